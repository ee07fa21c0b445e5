//! Clients that read slowly, or not at all.

use std::time::Duration;

use protocol::{access::Access, wire::close::CloseCode};

use crate::{
    client::{Client, rooms, settle},
    memory_log::MemoryLog,
};

#[actix::test]
async fn a_slow_reader_is_told_everything_late() {
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;
    let mut slow = Client::join(&rooms, room, Access::Write).await;
    slow.read().await;

    let piece = "0123456789".repeat(10_000);
    for _ in 0..15 {
        ada.edit(&piece).await;
        ada.read_until(|ada| ada.synced && ada.saved == ada.sent).await;
    }
    slow.read_until(|slow| slow.text().len() == 15 * piece.len()).await;

    assert_eq!(slow.closed, None);
}

#[actix::test]
async fn a_reader_that_stands_still_is_closed_and_the_others_go_on() {
    tokio::time::pause();
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;
    let mut still = Client::join(&rooms, room, Access::Write).await;
    still.read().await;

    ada.edit("x").await;
    settle().await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    still.read().await;
    ada.read().await;
    ada.edit("y").await;
    ada.read().await;

    assert_eq!(still.closed, Some(CloseCode::TryAgainLater));
}

#[actix::test]
async fn others_who_come_and_go_do_not_make_a_reader_look_still() {
    tokio::time::pause();
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;
    ada.read().await;

    for _ in 0..20 {
        let mut visitor = Client::join(&rooms, room, Access::Write).await;
        visitor.edit("x").await;
        visitor.read().await;
        visitor.room.leave(visitor.session);
    }
    tokio::time::sleep(Duration::from_secs(10)).await;
    ada.read().await;

    assert_eq!(ada.closed, None);
}

#[actix::test]
async fn a_cold_room_is_sent_as_it_is_stored() {
    tokio::time::pause();
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;
    for _ in 0..200 {
        ada.edit("typing ").await;
    }
    ada.read().await;
    ada.room.leave(ada.session);
    let text = ada.text();
    drop(ada);
    // The room leaves memory, and makes its snapshot before.
    tokio::time::sleep(Duration::from_secs(300)).await;
    let snapshot = log.snapshot(room).unwrap();

    let mut bob = Client::join(&rooms, room, Access::Read).await;
    bob.read().await;

    assert_eq!(bob.text(), text);
    assert!(bob.synced);
    assert_eq!(bob.updates, [snapshot.update], "the stored bytes, not encoded again");
}

#[actix::test]
async fn a_room_with_much_behind_its_snapshot_is_sent_in_one_piece() {
    tokio::time::pause();
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;
    for _ in 0..200 {
        ada.edit("typing ").await;
    }
    ada.read().await;
    rooms.close(room, CloseCode::Restarting).await;
    assert_eq!(log.updates(room).len(), 200);

    let mut bob = Client::join(&rooms, room, Access::Read).await;
    bob.read().await;

    assert_eq!(bob.text(), ada.text());
    assert!(bob.synced);
    assert_eq!(bob.updates.len(), 1);
    assert!(bob.updates[0].len() < 2 * ada.text().len(), "runs of keystrokes are as short as their text");
}
