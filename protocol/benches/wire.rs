//! What it costs to read what clients send: frames of both dialects, updates, presence.
//!
//! `cargo bench -p protocol`
#![expect(clippy::unwrap_used, reason = "a benchmark whose material is wrong has nothing to measure")]

use bytes::Bytes;
use divan::{Bencher, black_box, counter::BytesCount};
use protocol::wire::{
    Outbound, hocuspocus,
    presence::{self, PresenceEntry},
    state_vector, update, y_websocket,
};
use yrs::{Doc, ReadTxn, StateVector, Text, Transact, updates::encoder::Encode};

/// Characters of a block that is pasted.
const PASTED_CHARACTERS: usize = 1_000;
/// Keystrokes in the large document, at positions that make every one of them a block of its own.
const LARGE_DOCUMENT_KEYSTROKES: u32 = 10_000;
/// How a Hocuspocus client calls its room: as long as a room's id is.
const ADDRESS: &[u8] = b"0199e1c4-77aa-7c3e-9a53-0f7c2c6f4b11";

/// What an update may be.
#[derive(Clone, Copy, Debug)]
enum Sample {
    Keystroke,
    Deletion,
    Pasted,
    LargeDocument,
}

const SAMPLES: [Sample; 4] = [Sample::Keystroke, Sample::Deletion, Sample::Pasted, Sample::LargeDocument];

fn main() {
    divan::main();
}

#[divan::bench(args = SAMPLES)]
fn decode_y_websocket(bencher: Bencher<'_, '_>, sample: Sample) {
    let frame = y_websocket::encode(&Outbound::Update(sample.update())).unwrap().to_bytes();
    bencher.bench(|| y_websocket::decode(black_box(&frame)).unwrap());
}

#[divan::bench(args = SAMPLES)]
fn decode_hocuspocus(bencher: Bencher<'_, '_>, sample: Sample) {
    let frame = hocuspocus::encode(ADDRESS, &Outbound::Update(sample.update())).to_bytes();
    bencher.bench(|| hocuspocus::decode(black_box(&frame)).unwrap());
}

#[divan::bench(args = SAMPLES)]
fn scan_update(bencher: Bencher<'_, '_>, sample: Sample) {
    let update = sample.update();
    bencher.counter(BytesCount::new(update.len())).bench(|| update::scan(black_box(&update), &mut ()).unwrap());
}

#[divan::bench(args = [1, 100, 1_000])]
fn decode_state_vector(bencher: Bencher<'_, '_>, clients: u64) {
    let mut vector = StateVector::default();
    for client in 1..=clients {
        vector.set_max(yrs::ClientID::new(client * 7_919), 1_000);
    }
    let encoded = vector.encode_v1();
    bencher.bench(|| state_vector::decode(black_box(&encoded)).unwrap());
}

#[divan::bench(args = [1, 100])]
fn decode_presence(bencher: Bencher<'_, '_>, clients: u64) {
    let payload = presence::encode(entries(clients).iter());
    bencher.bench(|| presence::decode(black_box(&payload)).unwrap());
}

#[divan::bench(args = [1, 100])]
fn encode_presence(bencher: Bencher<'_, '_>, clients: u64) {
    let entries = entries(clients);
    bencher.bench(|| presence::encode(black_box(&entries).iter()));
}

impl Sample {
    fn update(self) -> Bytes {
        let document = Doc::with_client_id(3_141_592_653);
        let text = document.get_or_insert_text("t");
        let mut before = document.transact_mut();
        text.insert(&mut before, 0, "something that is there already");
        before.commit();
        drop(before);
        let mut change = document.transact_mut();
        match self {
            Self::Keystroke => text.insert(&mut change, 20, "x"),
            Self::Deletion => text.remove_range(&mut change, 20, 1),
            Self::Pasted => text.insert(&mut change, 20, &"x".repeat(PASTED_CHARACTERS)),
            Self::LargeDocument => {
                for at in 0..LARGE_DOCUMENT_KEYSTROKES {
                    text.insert(&mut change, at / 2, "x");
                }
                return change.encode_state_as_update_v1(&StateVector::default()).into();
            }
        }
        change.encode_update_v1().into()
    }
}

/// What clients show of themselves: a name, a colour and a cursor.
fn entries(clients: u64) -> Vec<PresenceEntry> {
    let state = r##"{"user":{"name":"Ada Lovelace","color":"#336699"},"cursor":{"anchor":{"item":{"client":3141592653,"clock":42}}}}"##;
    (1..=clients)
        .map(|client| PresenceEntry { client, clock: 1, state: Some(Bytes::from_static(state.as_bytes())) })
        .collect()
}
