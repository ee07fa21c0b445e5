//! What a session may do, and how that changes while it stays.

use std::{
    task::{Context, Poll, Waker},
    time::Duration,
};

use actors::{
    room::Join,
    session::{Format, Outbox, OutboxReader, Taken},
};
use bytes::Bytes;
use protocol::{
    access::Access,
    ids::{PrincipalId, SessionId},
    principal::{Principal, PrincipalKind},
    wire::{Inbound, Outbound, close::CloseCode, hocuspocus::encode, presence},
};

use crate::{
    client::{Client, IDLE_TIMEOUT, hocuspocus, rooms, settle},
    memory_log::MemoryLog,
};

/// Both dialects.
fn formats() -> [Format; 2] {
    [Format::YWebsocket, hocuspocus()]
}

#[actix::test]
async fn a_session_that_is_lowered_stays_is_seen_and_sees_everything() {
    tokio::time::pause();
    for format in formats() {
        let log = MemoryLog::new();
        let (rooms, room) = (rooms(&log), log.add_room());
        let mut ada = Client::join(&rooms, room, Access::Write).await;
        let mut bob = Client::join_as(&rooms, room, Access::Write, format.clone()).await;
        bob.announce(2, 1, Some("{}")).await;
        bob.edit("before").await;
        bob.read().await;

        assert!(bob.room.set_access(bob.session, Access::Read).await);
        // Longer than presence outlives a session that has gone.
        tokio::time::sleep(Duration::from_secs(20)).await;
        bob.announce(2, 2, Some(r#"{"cursor":7}"#)).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        ada.read().await;
        ada.edit(", after").await;
        bob.read().await;

        assert_eq!((bob.text().as_str(), bob.closed, bob.denied), ("before, after", None, false), "{format:?}");
        let shown = String::from_utf8_lossy(ada.others[&2].state.as_ref().unwrap()).into_owned();
        assert!(shown.contains(r#""cursor":7"#) && shown.contains(&bob.name), "{format:?}: {shown}");
    }
}

#[actix::test]
async fn what_was_on_its_way_when_its_session_was_lowered_is_refused_and_costs_nothing_else() {
    for format in formats() {
        let log = MemoryLog::new();
        let (rooms, room) = (rooms(&log), log.add_room());
        let mut ada = Client::join(&rooms, room, Access::Write).await;
        let mut bob = Client::join_as(&rooms, room, Access::Write, format.clone()).await;
        bob.read().await;
        let (saved, crossed) = (bob.saved, bob.type_in(0, "crossed"));

        bob.room.set_access(bob.session, Access::Comment).await;
        bob.send(crossed).await;
        bob.read().await;
        ada.read().await;

        assert_eq!((ada.text().as_str(), log.updates(room)), ("", Vec::new()), "{format:?}: it is not stored");
        assert_eq!((bob.saved, bob.closed), (saved, None), "{format:?}");
        assert!(bob.room.knows(bob.session).await);
        match format {
            Format::YWebsocket => assert!(bob.denied),
            Format::Hocuspocus { .. } => {
                assert_eq!((bob.scope.as_deref(), bob.refused, bob.denied), (Some("readonly"), 1, false));
            }
        }
    }
}

#[actix::test]
async fn what_was_taken_in_before_its_session_was_lowered_is_kept_and_acknowledged() {
    let log = MemoryLog::held();
    log.loads.add_permits(1);
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;
    ada.read().await;
    let saved = ada.saved;
    ada.edit("in time").await;

    ada.room.set_access(ada.session, Access::Read).await;
    ada.edit(", too late").await;
    ada.read().await;
    assert_eq!((ada.saved, ada.refused), (saved, 1), "nothing is committed yet");
    log.commits.add_permits(1);
    ada.read().await;

    assert_eq!((ada.saved, ada.refused, log.updates(room).len()), (saved + 1, 1, 1));
}

#[actix::test]
async fn what_waits_for_something_is_refused_when_its_session_is_lowered() {
    for format in formats() {
        let log = MemoryLog::new();
        let (rooms, room) = (rooms(&log), log.add_room());
        let mut ada = Client::join(&rooms, room, Access::Write).await;
        let mut bob = Client::join_as(&rooms, room, Access::Write, format.clone()).await;
        bob.read().await;
        let saved = bob.saved;
        let first = bob.type_in(0, "a");
        let second = bob.type_in(1, "b");
        bob.say(Inbound::Update(second)).await;

        bob.room.set_access(bob.session, Access::Read).await;
        ada.send(first.clone()).await;
        ada.read().await;
        bob.read().await;

        assert_eq!(log.updates(room), [first], "{format:?}: what it waited for has come, and changes nothing");
        assert_eq!((bob.saved, bob.closed), (saved, None), "{format:?}");
        match format {
            Format::YWebsocket => assert!(bob.denied),
            Format::Hocuspocus { .. } => assert_eq!(bob.refused, 2, "the update, and the answer about the gap"),
        }
    }
}

#[actix::test]
async fn a_session_that_is_raised_can_write_and_is_asked_for_what_it_was_refused() {
    for format in formats() {
        let log = MemoryLog::new();
        let (rooms, room) = (rooms(&log), log.add_room());
        let mut ada = Client::join(&rooms, room, Access::Write).await;
        let mut bob = Client::join_as(&rooms, room, Access::Read, format.clone()).await;
        bob.edit("refused").await;
        bob.read().await;
        let asked = bob.asked;

        assert!(bob.room.set_access(bob.session, Access::Write).await);
        bob.read().await;
        ada.read().await;
        assert_eq!((ada.text().as_str(), bob.asked), ("refused", asked + 1), "{format:?}");
        bob.edit(", and taken").await;
        bob.read().await;
        ada.read().await;

        assert_eq!((ada.text().as_str(), log.updates(room).len()), ("refused, and taken", 2), "{format:?}");
        if format == hocuspocus() {
            assert_eq!((bob.scope.as_deref(), bob.saved + bob.refused), (Some("read-write"), bob.sent));
        }
    }
}

#[actix::test]
async fn nothing_is_said_when_nothing_changes() {
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;
    ada.read().await;
    let asked = ada.asked;

    assert!(ada.room.set_access(ada.session, Access::Write).await);
    ada.read().await;
    assert_eq!((ada.scope.as_deref(), ada.asked), (None, asked));
    ada.room.set_access(ada.session, Access::Read).await;
    ada.room.set_access(ada.session, Access::Write).await;
    ada.read().await;

    assert_eq!((ada.scope.as_deref(), ada.asked), (Some("read-write"), asked), "it was refused nothing");
    assert!(!ada.room.set_access(SessionId::new(), Access::Write).await, "nobody by that name");
}

#[actix::test]
async fn a_session_that_is_put_out_goes_and_the_others_are_not_disturbed() {
    tokio::time::pause();
    for format in formats() {
        let log = MemoryLog::new();
        let (rooms, room) = (rooms(&log), log.add_room());
        let mut ada = Client::join(&rooms, room, Access::Write).await;
        let mut bob = Client::join_as(&rooms, room, Access::Write, format.clone()).await;
        bob.announce(2, 1, Some("{}")).await;
        bob.edit("stays").await;
        bob.read().await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        ada.read().await;
        assert!(ada.others[&2].state.is_some());

        assert!(bob.room.put_out(bob.session, CloseCode::Forbidden).await);
        bob.edit(", not this").await;
        bob.read().await;
        ada.edit(", and mine").await;
        // Its presence ends after its grace.
        tokio::time::sleep(Duration::from_secs(6)).await;
        ada.read().await;

        assert_eq!((bob.closed, bob.denied), (Some(CloseCode::Forbidden), format == hocuspocus()), "{format:?}");
        assert_eq!((ada.text().as_str(), ada.closed), ("stays, and mine", None), "{format:?}");
        assert_eq!((ada.saved, ada.others[&2].state.as_ref()), (ada.sent, None), "{format:?}");
        assert!(!bob.room.put_out(bob.session, CloseCode::Forbidden).await, "it is out already");
    }
}

#[actix::test]
async fn a_room_that_has_put_everybody_out_leaves_memory() {
    tokio::time::pause();
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let ada = Client::join(&rooms, room, Access::Write).await;

    ada.room.put_out(ada.session, CloseCode::Unauthorized).await;
    drop(ada);
    tokio::time::sleep(IDLE_TIMEOUT * 2).await;

    assert_eq!(rooms.count(), 0);
}

/// Reads what waits on a socket; `None` once it closes.
fn take(reader: &mut OutboxReader) -> Option<Vec<Bytes>> {
    match reader.poll_take(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Taken::Batch(batch)) => Some(batch.frames.iter().map(|frame| frame.to_bytes()).collect()),
        Poll::Ready(Taken::Close(_)) => None,
        Poll::Pending => Some(Vec::new()),
    }
}

#[actix::test]
async fn a_shared_socket_goes_on_for_its_other_rooms_after_one_has_put_it_out() {
    let log = MemoryLog::new();
    let rooms = rooms(&log);
    for code in [CloseCode::Unauthorized, CloseCode::Forbidden, CloseCode::NotFound] {
        let (outbox, mut reader) = Outbox::new();
        let (one, other) = (Bytes::from_static(b"one"), Bytes::from_static(b"other"));
        let mut joined = Vec::new();
        for address in [one.clone(), other.clone()] {
            let (room, session) = (rooms.open(log.add_room()).await.unwrap(), SessionId::new());
            let (name, color) = ("Ada".to_owned(), "#336699".to_owned());
            let principal = Principal { id: PrincipalId::new(), kind: PrincipalKind::User, name, color };
            let format = Format::Hocuspocus { address };
            room.join(Join { session, principal, access: Access::Write, format, outbox: outbox.clone() })
                .await
                .unwrap();
            joined.push((room, session));
        }
        let [(first, session), (second, goes_on)] = &joined[..] else { panic!() };

        assert!(first.put_out(*session, code).await);
        first.receive(*session, vec![Inbound::QueryPresence]).await.unwrap();
        second.receive(*goes_on, vec![Inbound::QueryPresence]).await.unwrap();
        settle().await;

        let said = |address: &Bytes, message| encode(address, &message).to_bytes();
        let expected = [
            said(&one, Outbound::Generation(1)),
            said(&other, Outbound::Generation(1)),
            said(&one, Outbound::PermissionDenied(code.reason().to_owned())),
            said(&one, Outbound::Left(code.reason().to_owned())),
            said(&other, Outbound::Presence(presence::encode([].iter()))),
        ];
        assert_eq!(take(&mut reader), Some(expected.to_vec()), "{code:?}");
    }
}
