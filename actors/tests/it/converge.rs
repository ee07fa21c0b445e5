//! Random clients, random moments: in the end all have the same.

use actors::room::Rooms;
use protocol::{
    access::Access,
    ids::RoomId,
    wire::{Inbound, close::CloseCode},
};
use yrs::{ReadTxn, StateVector, Transact};

use crate::{
    client::{Client, rooms},
    memory_log::MemoryLog,
};

/// xorshift64*: the same plan for the same seed, on every machine (Vigna 2016, arXiv:1402.6246).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % limit
    }
}

#[actix::test]
async fn random_clients_converge_and_nothing_acknowledged_is_lost() {
    for seed in 1..=30 {
        run(seed).await;
    }
}

async fn run(seed: u64) {
    let mut random = Random(seed);
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut clients = Vec::new();
    for _ in 0..4 {
        clients.push(Client::join(&rooms, room, Access::Write).await);
    }

    for _ in 0..150 {
        let chosen = random.below(4) as usize;
        step(&mut random, &rooms, room, &mut clients[chosen]).await;
    }
    for client in &mut clients {
        come_back(&rooms, room, client).await;
    }
    for _ in 0..2 {
        for client in &mut clients {
            client.read().await;
        }
    }

    let text = clients[0].text();
    for client in &clients {
        assert_eq!(client.text(), text, "seed {seed}");
        assert_eq!((client.saved, client.refused), (client.sent, 0), "seed {seed}");
    }
    rooms.close(room, CloseCode::Restarting).await;
    let mut late = Client::join(&rooms, room, Access::Read).await;
    late.read().await;
    assert_eq!(late.text(), text, "seed {seed}, from the log");
}

async fn step(random: &mut Random, rooms: &Rooms, room: RoomId, client: &mut Client) {
    let at = random.below(20) as u32;
    match random.below(12) {
        0..6 => {
            let update = client.type_in(at, &char::from(b'a' + at as u8).to_string());
            client.send(update).await;
        }
        6..8 => {
            if let Some(update) = client.delete(at) {
                client.send(update).await;
            }
        }
        8 => client.read().await,
        // Sent twice, as after a lost acknowledgement.
        9 => {
            let full = client.doc.transact().encode_state_as_update_v1(&StateVector::default());
            client.sent += 1;
            client.say(Inbound::Step2(full.into())).await;
        }
        10 => come_back(rooms, room, client).await,
        _ => {
            rooms.close(room, CloseCode::Restarting).await;
            come_back(rooms, room, client).await;
        }
    }
}

/// The socket is cut and opened again; the document stays.
async fn come_back(rooms: &Rooms, room: RoomId, client: &mut Client) {
    client.room.leave(client.session);
    *client = Client::join_with(rooms, room, Access::Write, client.doc.clone()).await;
    client.read().await;
}
