//! Many rooms that append at once share their commits.
//!
//! For figures: `GALA_TEST_APPENDS=800 cargo test --release -p server --test it throughput -- --nocapture --test-threads 1`.

use std::time::{Duration, Instant};

use actors::room::log::RoomLog;
use bytes::Bytes;
use futures_util::future::join_all;

use super::{new_rooms, updates};
use crate::{
    engines::{TestDatabase, on_both},
    setting,
};

const ROOMS: usize = 100;
/// A keystroke, about.
const UPDATE_BYTES: usize = 30;

on_both! {
    async fn a_hundred_busy_rooms_share_their_commits(database) {
        let appends = setting("GALA_TEST_APPENDS", 10) as usize;
        for updates_per_append in [1, 20] {
            measure(database, appends, updates_per_append).await;
        }
    }
}

/// Every room appends as soon as its last append is durable.
async fn measure(database: &TestDatabase, appends: usize, updates_per_append: usize) {
    let store = database.store().await;
    let rooms = new_rooms(&store, ROOMS).await;
    let commits =
        async || -> u64 { database.query("SELECT count(DISTINCT created_at) FROM room_log").await[0].parse().unwrap() };
    let commits_before = commits().await;
    let began = Instant::now();

    let latencies = join_all(rooms.iter().map(|&room| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut latencies = Vec::new();
            for _ in 0..appends {
                let append = updates(room, vec![Bytes::from_static(&[7; UPDATE_BYTES]); updates_per_append]);
                let appended = Instant::now();
                store.append(append).await.unwrap();
                latencies.push(appended.elapsed());
            }
            latencies
        })
    }));

    let mut latencies: Vec<Duration> = latencies.await.into_iter().flat_map(Result::unwrap).collect();
    let seconds = began.elapsed().as_secs_f64();
    latencies.sort_unstable();
    let at = |share: f64| latencies[(latencies.len() as f64 * share) as usize];
    let commits = commits().await - commits_before;
    println!(
        "{updates_per_append} updates an append: {:.0} commits/s, {:.0} appends/s, {:.0} updates/s, p50 {:?}, p99 {:?}",
        commits as f64 / seconds,
        latencies.len() as f64 / seconds,
        (latencies.len() * updates_per_append) as f64 / seconds,
        at(0.5),
        at(0.99),
    );
    assert!(commits < (ROOMS * appends / 2) as u64, "{commits} commits");
}
