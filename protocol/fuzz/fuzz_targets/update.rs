//! Updates. What passes the scan is read by `yrs`, and a document takes it or refuses it, but lives on:
//! a new one, and one that clients 7 and 8 have written in before.
#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::wire::update;
use yrs::updates::decoder::Decode;
use yrs::{ClientID, Doc, OffsetKind, Options, ReadTxn, StateVector, Transact, Update};

/// "hello" in the root text `t`, a paragraph in the root fragment `b`, a value in the root map `m`,
/// and the first letters deleted.
const WRITTEN_BEFORE: &[u8] = b"\x02\
    \x03\x08\x00\x07\x01\x01b\x03\x01p\x07\x00\x08\x00\x06\x04\x00\x08\x01\x02hi\
    \x02\x07\x00\x04\x01\x01t\x05hello\x28\x01\x01m\x01k\x01\x77\x01v\
    \x01\x07\x01\x00\x02";

fuzz_target!(|bytes: &[u8]| {
    if update::scan(bytes, &mut ()).is_err() {
        return;
    }
    for before in [&[0, 0], WRITTEN_BEFORE] {
        let document = Doc::with_options(Options {
            client_id: ClientID::new(1),
            offset_kind: OffsetKind::Utf16,
            ..Options::default()
        });
        for update in [before, bytes, bytes, WRITTEN_BEFORE] {
            let update = Update::decode_v1(update).expect("what passes is read by yrs");
            if document.transact_mut().apply_update(update).is_err() {
                break;
            }
        }
        document.transact().encode_state_as_update_v1(&StateVector::default());
    }
});
