//! Frames of `y-websocket` clients. What is understood is a message whose payload is in the frame.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use protocol::wire::{Inbound, Outbound, y_websocket};

fuzz_target!(|frame: &[u8]| {
    let frame = Bytes::copy_from_slice(frame);
    let Ok(message) = y_websocket::decode(&frame) else { return };
    let said = match message.clone() {
        Inbound::Step1(payload) => Outbound::Step1(payload),
        Inbound::Step2(payload) => Outbound::Step2(payload),
        Inbound::Update(payload) => Outbound::Update(payload),
        Inbound::Presence(payload) => Outbound::Presence(payload),
        Inbound::QueryPresence | Inbound::Stateless => return,
        Inbound::Token { .. } | Inbound::Leave => panic!("the dialect has no such message"),
    };
    let written = y_websocket::encode(&said).expect("payloads can be said in every dialect").to_bytes();
    assert_eq!(y_websocket::decode(&written), Ok(message));
});
