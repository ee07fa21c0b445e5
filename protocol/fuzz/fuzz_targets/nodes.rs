//! What nodes tell each other. What is understood is written and read again unchanged.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use protocol::wire::nodes;

fuzz_target!(|message: &[u8]| {
    let Ok((node, said)) = nodes::decode(&Bytes::copy_from_slice(message)) else { return };
    assert_eq!(nodes::decode(&nodes::encode(node, &said)), Ok((node, said)));
});
