//! Merging two updates. What passes the scan one by one passes it together, and `yrs` reads it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::wire::update;
use yrs::Update;
use yrs::updates::decoder::Decode;

fuzz_target!(|updates: (&[u8], &[u8])| {
    let (first, second) = updates;
    if update::scan(first, &mut ()).is_err() || update::scan(second, &mut ()).is_err() {
        return;
    }
    for pair in [[first, second], [second, first], [first, first]] {
        if let Some(merged) = update::merge(pair) {
            update::scan(&merged, &mut ()).expect("it is as well-formed as what it was made of");
            Update::decode_v1(&merged).expect("what passes is read by yrs");
        }
    }
});
