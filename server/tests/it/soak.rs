//! Rooms that are opened, edited and closed again leave nothing behind.
//!
//! Longer: `GALA_TEST_CYCLES=10000 cargo test --release -p server --test it soak -- --nocapture`.

use std::time::Duration;

use futures_util::{StreamExt, stream};

use crate::{
    process::{Gala, free_port},
    setting,
    yjs_client::{Dialect, Heard, YjsClient, new_doc},
};

/// Cycles under way at a time.
const AT_ONCE: usize = 16;
/// What may be left behind: what the allocator keeps for the next time.
const ALLOWED_KIB: u64 = 32 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rooms_that_were_opened_and_closed_leave_no_memory_behind() {
    let cycles = setting("GALA_TEST_CYCLES", 300) as usize;
    let directory = tempfile::tempdir().unwrap();
    let gala = Gala::start_with(free_port(), directory.path(), None, &["--room-idle-timeout-s", "1"]).await;
    let open =
        |count: usize| stream::iter(0..count).for_each_concurrent(AT_ONCE, |number| open_edit_close(&gala, number));
    open(cycles / 10).await;
    wait_until_empty(&gala).await;
    let before_kib = gala.resident_kib();

    open(cycles).await;
    wait_until_empty(&gala).await;

    let after_kib = gala.resident_kib();
    println!("{cycles} rooms opened, edited, closed: {before_kib} KiB before, {after_kib} KiB after");
    assert!(after_kib < before_kib + ALLOWED_KIB, "{before_kib} KiB before, {after_kib} KiB after");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn loads_that_fail_leave_no_memory_behind() {
    let cycles = setting("GALA_TEST_CYCLES", 300) as usize;
    let directory = tempfile::tempdir().unwrap();
    let gala = Gala::start(free_port(), directory.path(), None).await;
    let fail = |count: usize| stream::iter(0..count).for_each_concurrent(AT_ONCE, |number| fail_to_open(&gala, number));
    fail(cycles / 10).await;
    let before_kib = gala.resident_kib();

    fail(cycles).await;
    wait_until_empty(&gala).await;

    let after_kib = gala.resident_kib();
    println!("{cycles} loads that fail: {before_kib} KiB before, {after_kib} KiB after");
    assert!(after_kib < before_kib + ALLOWED_KIB, "{before_kib} KiB before, {after_kib} KiB after");
}

async fn open_edit_close(gala: &Gala, number: usize) {
    let room = gala.create_page(&format!("Room {number}")).await;
    let dialect = if number.is_multiple_of(2) { Dialect::YWebsocket } else { Dialect::Hocuspocus };
    let mut client = YjsClient::connect(&gala.owner, &room, None, dialect, new_doc()).await.unwrap();
    client.hear_until_synced().await;
    client.append("some words that take a little room").await.unwrap();
    if dialect == Dialect::Hocuspocus {
        client.hear_until_saved().await;
    }
}

async fn fail_to_open(gala: &Gala, number: usize) {
    let room = protocol::ids::RoomId::new().to_string();
    let dialect = if number.is_multiple_of(2) { Dialect::YWebsocket } else { Dialect::Hocuspocus };
    let mut client = YjsClient::connect(&gala.owner, &room, None, dialect, new_doc()).await.unwrap();
    client.hear_until(|heard| matches!(heard, Heard::Closed(4404) | Heard::Denied(_))).await;
}

/// Waits until no room is in memory.
async fn wait_until_empty(gala: &Gala) {
    let empty = tokio::time::timeout(Duration::from_secs(120), async {
        while gala.metric("gala_rooms").await > 0.0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    empty.await.expect("idle rooms leave memory");
}
