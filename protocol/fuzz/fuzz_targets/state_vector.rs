//! State vectors. What is understood is written and read again unchanged, and `yrs` reads it as well.
#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::wire::state_vector;
use yrs::StateVector;
use yrs::updates::decoder::Decode;

fuzz_target!(|bytes: &[u8]| {
    let Ok(clocks) = state_vector::decode(bytes) else { return };
    StateVector::decode_v1(bytes).expect("what passes is read by yrs");
    assert_eq!(state_vector::decode(&state_vector::encode(clocks.iter().copied())), Ok(clocks));
});
