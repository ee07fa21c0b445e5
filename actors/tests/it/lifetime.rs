//! How rooms come and go.

use std::time::Duration;

use actors::room::OpenError;
use futures_util::future::join_all;
use protocol::{access::Access, ids::RoomId, wire::close::CloseCode};

use crate::{
    client::{Client, IDLE_TIMEOUT, rooms, settle},
    memory_log::{Fault, MemoryLog},
};

#[actix::test]
async fn whoever_opens_a_room_while_it_loads_waits_for_it() {
    let log = MemoryLog::held();
    let (rooms, room) = (rooms(&log), log.add_room());
    let opening = join_all((0..50).map(|_| rooms.open(room)));

    let (opened, ()) = tokio::join!(opening, async {
        settle().await;
        log.loads.add_permits(1);
    });

    assert!(opened.iter().all(Result::is_ok));
    assert_eq!((log.loads(), rooms.count()), (1, 1));
}

#[actix::test]
async fn a_load_that_fails_is_an_error_and_never_an_empty_room() {
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;
    ada.edit("precious").await;
    ada.read().await;
    rooms.close(room, CloseCode::Restarting).await;
    log.fail_with(Fault::LoadFails);

    assert_eq!(rooms.open(room).await.err(), Some(OpenError::Unavailable));
    assert_eq!(rooms.count(), 0, "a failed load leaves nothing behind");
    log.fail_with(Fault::None);

    let mut bob = Client::join(&rooms, room, Access::Write).await;
    bob.read().await;
    assert_eq!(bob.text(), "precious");
}

#[actix::test]
async fn a_room_that_does_not_exist_is_not_made_by_asking_for_it() {
    let log = MemoryLog::new();
    let rooms = rooms(&log);

    assert_eq!(rooms.open(RoomId::new()).await.err(), Some(OpenError::NotFound));
    assert_eq!(rooms.count(), 0);
}

#[actix::test]
async fn a_room_that_panics_is_rebuilt_from_its_log() {
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;
    ada.edit("kept").await;
    ada.read().await;
    let saved = ada.saved;
    log.fail_with(Fault::AppendPanics);

    ada.edit(", lost").await;
    ada.read().await;
    assert_eq!((ada.closed, ada.saved), (Some(CloseCode::Restarting), saved));
    log.fail_with(Fault::None);

    let mut again = Client::join_with(&rooms, room, Access::Write, ada.doc.clone()).await;
    again.read().await;
    assert_eq!(again.saved, again.sent, "what was not acknowledged is sent again and saved");
    let mut bob = Client::join(&rooms, room, Access::Read).await;
    bob.read().await;
    assert_eq!(bob.text(), "kept, lost");
}

#[actix::test]
async fn a_room_nobody_uses_leaves_memory_with_a_snapshot() {
    tokio::time::pause();
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;
    for _ in 0..100 {
        ada.edit("x").await;
    }
    ada.read().await;
    ada.room.leave(ada.session);
    drop(ada);

    tokio::time::sleep(IDLE_TIMEOUT * 3).await;

    assert_eq!(rooms.count(), 0);
    assert_eq!(log.snapshot(room).map(|snapshot| snapshot.seq), Some(100));
    let mut bob = Client::join(&rooms, room, Access::Read).await;
    bob.read().await;
    assert_eq!(bob.text(), "x".repeat(100));
}

#[actix::test]
async fn a_session_keeps_its_room_in_memory() {
    tokio::time::pause();
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let _ada = Client::join(&rooms, room, Access::Write).await;

    tokio::time::sleep(IDLE_TIMEOUT * 10).await;

    assert_eq!((rooms.count(), log.loads()), (1, 1));
}

#[actix::test]
async fn a_join_at_the_moment_a_room_leaves_is_not_lost() {
    tokio::time::pause();
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());

    for round in 0..200 {
        let mut ada = Client::join(&rooms, room, Access::Write).await;
        ada.edit("x").await;
        ada.read().await;
        assert_eq!(ada.saved, ada.sent, "round {round}");
        ada.room.leave(ada.session);
        drop(ada);
        // The next join comes just before, at, or just after the moment the room leaves.
        tokio::time::sleep(IDLE_TIMEOUT + Duration::from_millis(round % 3) - Duration::from_millis(1)).await;
    }

    assert_eq!(log.updates(room).len(), 200);
}

#[actix::test]
async fn a_room_that_is_closed_tells_everybody_why() {
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;

    rooms.close(room, CloseCode::Unavailable).await;
    ada.read().await;

    assert_eq!((ada.closed, rooms.count()), (Some(CloseCode::Unavailable), 0));
}

#[actix::test]
async fn a_server_that_stops_opens_no_more_rooms() {
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;

    rooms.stop().await;
    ada.read().await;

    assert_eq!(ada.closed, Some(CloseCode::Unavailable));
    assert_eq!(rooms.open(room).await.err(), Some(OpenError::Stopping));
}

#[actix::test]
async fn a_room_that_cannot_save_for_a_minute_sends_everybody_away_and_loses_nothing() {
    tokio::time::pause();
    let log = MemoryLog::held();
    log.loads.add_permits(1);
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;
    ada.read().await;
    ada.edit("unsaved").await;

    tokio::time::sleep(Duration::from_secs(50)).await;
    ada.read().await;
    assert_eq!((ada.closed, ada.sent - ada.saved), (None, 1));
    tokio::time::sleep(Duration::from_secs(16)).await;
    ada.read().await;
    assert_eq!(ada.closed, Some(CloseCode::Unavailable));

    log.commits.add_permits(1);
    settle().await;
    assert_eq!(log.updates(room).len(), 1);
}
