//! "Saved" means saved: the process is killed at random moments, and everything it acknowledged is
//! looked for in what it says afterwards, before any client can give it back.
//!
//! Longer: `GALA_TEST_KILLS=20 GALA_TEST_CRASH_S=60 cargo test --release -p server --test it crash -- --nocapture`.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;
use yrs::{GetString, Transact, Update, updates::decoder::Decode};

use crate::{
    engines::on_both,
    process::{Gala, free_port},
    setting,
    signed_in::SignedIn,
    yjs_client::{Dialect, Heard, YjsClient, new_doc},
};

const ROOMS: usize = 3;
const WRITERS: usize = 10;
/// A writer that waits for its acknowledgements is killed between them as often as it is not.
const MAX_UNSAVED: i64 = 8;

/// One writer's tokens: all it has sent, and how many of them from the first on are acknowledged.
#[derive(Default)]
struct Ledger {
    sent: Vec<String>,
    acknowledged: usize,
}

on_both! {
    async fn nothing_acknowledged_is_lost_when_the_process_is_killed(database) {
        let url = database.url();
        let kills = setting("GALA_TEST_KILLS", 4);
        let round = Duration::from_millis(setting("GALA_TEST_CRASH_S", 4) * 1000 / kills);
        let (port, directory) = (free_port(), tempfile::tempdir().unwrap());
        let mut gala = Gala::start(port, directory.path(), url).await;
        let mut rooms = Vec::new();
        for number in 0..ROOMS {
            rooms.push(gala.create_page(&format!("Room {number}")).await);
        }
        let mut writers: Vec<(Ledger, yrs::Doc)> = (0..WRITERS).map(|_| (Ledger::default(), new_doc())).collect();

        for kill in 0..kills {
            let stop = Arc::new(AtomicBool::new(false));
            let tasks: Vec<_> = writers
                .drain(..)
                .enumerate()
                .map(|(number, (ledger, doc))| {
                    // Every other writer loses its document with the server, as a closed tab would.
                    let doc = if number % 2 == 0 { doc } else { new_doc() };
                    let room = rooms[number % ROOMS].clone();
                    tokio::spawn(write(gala.owner.clone(), room, (number, kill), (ledger, doc), Arc::clone(&stop)))
                })
                .collect();
            // Anywhere in the round, so that kills fall before, in and after commits.
            let moment = round.mul_f64(0.3 + 0.7 * f64::from(uuid::Uuid::now_v7().as_bytes()[15]) / 255.0);
            tokio::time::sleep(moment).await;
            gala.kill();
            stop.store(true, Ordering::Relaxed);
            for task in tasks {
                writers.push(task.await.unwrap());
            }

            gala = Gala::start(port, directory.path(), url).await;
            check(&gala, &rooms, &writers).await;
        }

        let acknowledged: usize = writers.iter().map(|(ledger, _)| ledger.acknowledged).sum();
        println!("{kills} kills, {acknowledged} edits acknowledged, 0 lost");
        assert!(acknowledged > kills as usize);
    }
}

/// Types tokens as fast as they are acknowledged, until the server is gone.
async fn write(
    who: SignedIn,
    room: String,
    (number, round): (usize, u64),
    (mut ledger, doc): (Ledger, yrs::Doc),
    stop: Arc<AtomicBool>,
) -> (Ledger, yrs::Doc) {
    let Ok(mut client) = YjsClient::connect(&who, &room, None, Dialect::Hocuspocus, doc.clone()).await else {
        return (ledger, doc);
    };
    // What a fresh document was not given back is not ours to expect again.
    ledger.sent.truncate(ledger.acknowledged);
    for edit in 0.. {
        let token = format!("<{number}.{round}.{edit}>");
        if stop.load(Ordering::Relaxed) || client.append(&token).await.is_err() {
            break;
        }
        ledger.sent.push(token);
        let deadline = Instant::now() + Duration::from_millis(if client.unsaved > MAX_UNSAVED { 1_000 } else { 1 });
        while let Ok(Ok(heard)) = tokio::time::timeout_at(deadline, client.hear()).await {
            if heard == Heard::Saved(true) {
                // Acknowledgements come in the order of what they acknowledge.
                ledger.acknowledged =
                    ledger.acknowledged.max(ledger.sent.len().saturating_sub(client.unsaved as usize));
            }
            if client.unsaved <= MAX_UNSAVED / 2 {
                break;
            }
        }
    }
    (ledger, doc)
}

/// Looks for every acknowledged token in what the server has.
async fn check(gala: &Gala, rooms: &[String], writers: &[(Ledger, yrs::Doc)]) {
    let mut found = Vec::new();
    for room in rooms {
        let doc = new_doc();
        doc.transact_mut().apply_update(Update::decode_v1(&gala.state(room).await).unwrap()).unwrap();
        let text = doc.get_or_insert_text("t").get_string(&doc.transact());
        let mut tokens = HashMap::new();
        for token in text.split_inclusive('>') {
            *tokens.entry(token.to_owned()).or_insert(0) += 1;
        }
        found.push(tokens);
    }
    for (number, (ledger, _)) in writers.iter().enumerate() {
        for token in &ledger.sent[..ledger.acknowledged] {
            let times = found[number % ROOMS].get(token).copied().unwrap_or(0);
            assert_eq!(times, 1, "writer {number}: {token} was acknowledged");
        }
    }
}
