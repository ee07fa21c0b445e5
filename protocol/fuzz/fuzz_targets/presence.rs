//! Presence payloads. What is understood is written and read again unchanged.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use protocol::wire::presence;

fuzz_target!(|payload: &[u8]| {
    let Ok(entries) = presence::decode(&Bytes::copy_from_slice(payload)) else { return };
    assert_eq!(presence::decode(&presence::encode(entries.iter())), Ok(entries));
});
