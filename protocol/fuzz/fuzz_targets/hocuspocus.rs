//! Frames of Hocuspocus providers. What is understood has an address that can be answered.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use protocol::wire::hocuspocus::{self, Received};
use protocol::wire::{Inbound, Outbound};

fuzz_target!(|frame: &[u8]| {
    let frame = Bytes::copy_from_slice(frame);
    let Ok(received) = hocuspocus::decode(&frame) else { return };
    let Received::Message { address, message } = received else { return };
    assert!(hocuspocus::document_name(&address).is_some());
    let said = match message.clone() {
        Inbound::Step1(payload) => Outbound::Step1(payload),
        Inbound::Step2(payload) => Outbound::Step2(payload),
        Inbound::Update(payload) => Outbound::Update(payload),
        Inbound::Presence(payload) => Outbound::Presence(payload),
        Inbound::QueryPresence | Inbound::Stateless | Inbound::Token { .. } | Inbound::Leave => return,
    };
    let written = hocuspocus::encode(&address, &said).to_bytes();
    assert_eq!(hocuspocus::decode(&written), Ok(Received::Message { address, message }));
});
