//! Frames no client would send: random ones, and good ones with mistakes in them.
//!
//! Longer: `GALA_TEST_FRAMES=1000000 cargo test --release -p server --test it storm -- --nocapture`.

use std::time::Duration;

use tokio_tungstenite::tungstenite::Message;
use yrs::{ReadTxn, StateVector, Text, Transact};

use crate::{
    process::{Gala, free_port},
    setting,
    signed_in::SignedIn,
    yjs_client::{Dialect, YjsClient, bytes, new_doc, text, uint},
};

/// Frames sent over one socket before the next is opened, unless the server closes it before.
const FRAMES_PER_SOCKET: usize = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_frame_stops_the_server_or_a_room() {
    let frames = setting("GALA_TEST_FRAMES", 20_000) as usize;
    let directory = tempfile::tempdir().unwrap();
    let mut gala = Gala::start(free_port(), directory.path(), None).await;
    let room = gala.create_page("Storm").await;
    let mut witness = YjsClient::connect(&gala.owner, &room, None, Dialect::Hocuspocus, new_doc()).await.unwrap();
    witness.hear_until_synced().await;

    let storms = async {
        for dialect in [Dialect::YWebsocket, Dialect::Hocuspocus] {
            measure(&gala, &room, dialect, frames).await;
        }
    };
    tokio::select! {
        () = storms => (),
        closed = witness.hear_until_closed() => panic!("the witness was closed: {closed:?}"),
    }

    assert!(gala.is_running());
    witness.append("still here").await.unwrap();
    witness.hear_until_saved().await;
    assert!(witness.text().ends_with("still here"));
}

/// Checks that a storm leaves no memory behind.
async fn measure(gala: &Gala, room: &str, dialect: Dialect, frames: usize) {
    // Warmed up, so that what is measured is what the storm leaves behind.
    storm(&gala.owner, room, dialect, frames / 10, 1).await;
    let before_kib = gala.resident_kib();
    storm(&gala.owner, room, dialect, frames, 2).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let after_kib = gala.resident_kib();
    println!("{dialect:?}: {frames} frames, memory {before_kib} KiB before, {after_kib} KiB after");
    assert!(after_kib < before_kib + 48 * 1024, "{before_kib} KiB before, {after_kib} KiB after");
}

/// Sends frames from several sockets at a time, opening a new one whenever one is closed.
async fn storm(who: &SignedIn, room: &str, dialect: Dialect, frames: usize, seed: u64) {
    let senders = 4;
    let tasks = (0..senders).map(|sender| {
        let (who, room) = (who.clone(), room.to_owned());
        tokio::spawn(async move {
            let mut random = Random(seed << 8 | sender | 1);
            let mut sent = 0;
            while sent < frames / senders as usize {
                sent += one_socket(&who, &room, dialect, &mut random).await;
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

async fn one_socket(who: &SignedIn, room: &str, dialect: Dialect, random: &mut Random) -> usize {
    let Ok(mut client) = YjsClient::open(who, room, None, dialect, new_doc()).await else { return 0 };
    if dialect == Dialect::Hocuspocus {
        drop(client.send(&[&[2, 0][..], &text(""), &text("4.8.0")].concat()).await);
    }
    for sent in 0..FRAMES_PER_SOCKET {
        let frame = random.frame(room, dialect);
        if client.send_raw(frame).await.is_err() {
            return sent + 1;
        }
        // Reading now and then tells early that the socket was closed, and is what clients do.
        if sent % 8 == 7 {
            while let Ok(heard) = tokio::time::timeout(Duration::from_micros(200), client.hear_raw()).await {
                if !matches!(heard, Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_)))) {
                    return sent + 1;
                }
            }
        }
    }
    FRAMES_PER_SOCKET
}

/// xorshift64* (Vigna 2016, arXiv:1402.6246): the same frames for the same seed.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) % limit
    }

    fn frame(&mut self, room: &str, dialect: Dialect) -> Vec<u8> {
        let mut body = self.message();
        for _ in 0..self.below(4) {
            self.mutate(&mut body);
        }
        let addressed = dialect == Dialect::Hocuspocus && self.below(20) > 0;
        if addressed { [text(room), body].concat() } else { body }
    }

    fn message(&mut self) -> Vec<u8> {
        match self.below(8) {
            0 => (0..self.below(64)).map(|_| self.below(256) as u8).collect(),
            1 => [&[0, 0][..], &bytes(&[0])].concat(),
            2 => [&[1][..], &bytes(&[&[1][..], &uint(self.below(1 << 32)), &[1], &text("{\"cursor\":1}")].concat())]
                .concat(),
            3 => vec![3],
            kind => [&[0, 1 + (kind % 2) as u8][..], &bytes(&self.update())].concat(),
        }
    }

    /// A good update of a few characters, by one of a few writers, so that the room stays small.
    fn update(&mut self) -> Vec<u8> {
        let doc = yrs::Doc::with_client_id(1 + self.below(4));
        let shared = doc.get_or_insert_text("t");
        shared.insert(&mut doc.transact_mut(), 0, "héllo 😀");
        shared.remove_range(&mut doc.transact_mut(), 1, 2);
        doc.transact().encode_state_as_update_v1(&StateVector::default())
    }

    fn mutate(&mut self, frame: &mut Vec<u8>) {
        if frame.is_empty() {
            return;
        }
        let at = self.below(frame.len() as u64) as usize;
        match self.below(4) {
            0 => frame.truncate(at),
            1 => frame[at] = self.below(256) as u8,
            2 => frame[at] ^= 1 << self.below(8),
            _ => drop(frame.splice(at..at, [0xff, 0xff, 0xff, 0x0f])),
        }
    }
}

#[tokio::test]
async fn a_frame_over_the_limit_closes_its_socket_with_1009() {
    let directory = tempfile::tempdir().unwrap();
    let gala = Gala::start(free_port(), directory.path(), None).await;
    let room = gala.create_page("Limits").await;

    for dialect in [Dialect::YWebsocket, Dialect::Hocuspocus] {
        let mut client = YjsClient::connect(&gala.owner, &room, None, dialect, new_doc()).await.unwrap();
        drop(client.send_raw(vec![0; 17 * 1024 * 1024]).await);
        assert_eq!(client.hear_until_closed().await, Some(1009));
    }
}

#[tokio::test]
async fn a_text_frame_closes_its_socket_with_1003() {
    let directory = tempfile::tempdir().unwrap();
    let gala = Gala::start(free_port(), directory.path(), None).await;
    let room = gala.create_page("Text").await;
    let mut client = YjsClient::connect(&gala.owner, &room, None, Dialect::YWebsocket, new_doc()).await.unwrap();

    client.send_message(Message::text("hello")).await.unwrap();

    assert_eq!(client.hear_until_closed().await, Some(1003));
}
