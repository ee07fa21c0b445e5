//! What becomes of an edit.

use actors::room::{Change, EditRequest, RoomError};
use bytes::Bytes;
use protocol::{
    access::Access,
    content::Node,
    ids::PrincipalId,
    wire::{Inbound, close::CloseCode},
};

use yrs::{ReadTxn, StateVector, Transact, WriteTxn, XmlElementPrelim, XmlFragment};

use crate::{
    client::{Client, rooms, settle},
    memory_log::{Fault, MemoryLog},
};

#[actix::test]
async fn an_edit_is_seen_at_once_and_acknowledged_after_its_commit() {
    let log = MemoryLog::held();
    log.loads.add_permits(1);
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;
    let mut bob = Client::join(&rooms, room, Access::Write).await;
    ada.read().await;
    bob.read().await;
    let acknowledged_before = ada.saved;

    ada.edit("hello").await;
    ada.read().await;
    bob.read().await;
    assert_eq!((bob.text().as_str(), ada.saved), ("hello", acknowledged_before));

    log.commits.add_permits(1);
    ada.read().await;

    assert_eq!(ada.saved, acknowledged_before + 1);
    assert_eq!(log.updates(room).len(), 1);
}

#[actix::test]
async fn a_commit_that_ends_just_as_the_room_begins_something_long_is_acknowledged() {
    // Which of the things a room waits for actix looks at first changes with each long one.
    for begun_before in 0..4 {
        let log = MemoryLog::held();
        log.loads.add_permits(1);
        let (rooms, room) = (rooms(&log), log.add_room());
        let mut ada = Client::join(&rooms, room, Access::Write).await;
        let long = "long".repeat(10_000);
        ada.edit("short").await;
        for _ in 0..begun_before {
            ada.edit(&long).await;
            ada.read().await;
        }
        settle().await;

        log.commits.add_permits(10);
        ada.edit(&long).await;
        ada.read().await;

        assert_eq!((ada.saved, ada.closed), (ada.sent, None), "{begun_before}");
        assert_eq!(log.updates(room).len(), 2 + begun_before);
    }
}

#[actix::test]
async fn every_update_is_acknowledged_exactly_once() {
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;
    ada.read().await;

    for _ in 0..300 {
        ada.edit("x").await;
    }
    ada.read().await;

    assert_eq!(ada.saved, ada.sent, "300 updates and one answer to the server's question");
    assert_eq!(log.updates(room).len(), 300);
}

#[actix::test]
async fn what_is_sent_again_is_acknowledged_without_being_logged_again() {
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;
    let update = ada.type_in(0, "once");

    ada.send(update.clone()).await;
    ada.send(update).await;
    ada.read().await;

    assert_eq!(ada.saved, ada.sent);
    assert_eq!(log.updates(room).len(), 1);
}

#[actix::test]
async fn repeating_what_is_not_committed_is_not_acknowledged_before_it_is() {
    let log = MemoryLog::held();
    log.loads.add_permits(1);
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;
    let mut bob = Client::join(&rooms, room, Access::Write).await;
    bob.read().await;
    let before = bob.saved;
    let update = ada.type_in(0, "hello");

    ada.send(update.clone()).await;
    bob.send(update).await;
    bob.read().await;
    assert_eq!(bob.saved, before);

    log.commits.add_permits(1);
    bob.read().await;
    assert_eq!(bob.saved, before + 1);
}

#[actix::test]
async fn an_update_that_misses_something_waits_for_it() {
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;
    ada.read().await;
    let (saved, asked) = (ada.saved, ada.asked);
    let first = ada.type_in(0, "a");
    let second = ada.type_in(1, "b");

    ada.say(Inbound::Update(second.clone())).await;
    settle().await;
    assert_eq!(log.updates(room), [] as [Bytes; 0], "nothing with a hole in it is logged");
    ada.say(Inbound::Update(first.clone())).await;
    ada.read().await;

    assert_eq!(log.updates(room)[..2], [first, second]);
    assert_eq!(ada.asked, asked + 1, "the gap is asked for once");
    assert_eq!(ada.saved, saved + 3, "both updates, and the answer about the gap");
}

#[actix::test]
async fn a_client_that_sends_only_orphans_is_closed() {
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;
    ada.type_in(0, "never sent");

    for _ in 0..100 {
        let orphan = ada.type_in(u32::MAX, "x");
        ada.say(Inbound::Update(orphan)).await;
    }
    settle().await;
    // Not read before: reading would answer the server's question and close the gap.
    ada.read_until(|ada| ada.denied).await;

    assert!(!ada.room.knows(ada.session).await);
}

#[actix::test]
async fn a_malformed_update_closes_its_session_and_no_other() {
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;
    let mut mallory = Client::join(&rooms, room, Access::Write).await;
    mallory.read().await;

    mallory.say(Inbound::Update(Bytes::from_static(&[1, 1, 5, 0, 255, 255, 255]))).await;
    mallory.read().await;
    ada.edit("still here").await;
    ada.read().await;

    assert_eq!(mallory.closed, Some(CloseCode::Malformed));
    assert_eq!((ada.closed, ada.saved), (None, ada.sent));
}

#[actix::test]
async fn a_reader_is_told_that_it_may_not_write_and_goes_on_reading() {
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;
    let mut reader = Client::join(&rooms, room, Access::Read).await;
    reader.read().await;
    assert_eq!((reader.saved, reader.refused), (1, 0), "it has nothing the room lacks");

    reader.edit("mine").await;
    ada.edit("ours").await;
    ada.read().await;
    reader.read().await;

    assert_eq!(reader.refused, 1);
    assert_eq!(ada.text(), "ours");
    assert!(reader.text().contains("ours"));
    assert_eq!(log.updates(room).len(), 1);
}

#[actix::test]
async fn a_change_without_a_socket_is_answered_after_its_commit_and_seen_by_everybody() {
    let log = MemoryLog::new();
    let (rooms, id) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, id, Access::Write).await;
    let room = rooms.open(id).await.unwrap();
    let content = vec![Node::block("paragraph", vec![Node::text("hello", vec![])])];
    let edit = |change, expected| EditRequest { author: PrincipalId::new(), change, expected };

    let replaced = room.edit(edit(Change::Replace(content.clone()), None)).await.unwrap();
    let renamed = room.edit(edit(Change::Rename("A title".to_owned()), Some(replaced))).await.unwrap();
    let stale = room.edit(edit(Change::Rename("Another".to_owned()), Some(replaced))).await;
    ada.read().await;

    let read = room.read().await.unwrap();
    assert_eq!((read.title.as_str(), read.content, read.version), ("A title", content, renamed));
    assert!(matches!(stale, Err(RoomError::Stale(version)) if version == renamed));
    assert_eq!(ada.updates.len(), 3, "the empty answer and two changes");
    assert_eq!(log.title(id).as_deref(), Some("A title"));
}

#[actix::test]
async fn an_edit_of_a_room_that_was_deleted_is_not_acknowledged() {
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;
    ada.read().await;
    let saved = ada.saved;
    log.fail_with(Fault::AppendIsGone);

    ada.edit("too late").await;
    ada.read().await;

    assert_eq!((ada.saved, ada.denied, ada.closed), (saved, true, Some(CloseCode::NotFound)));
    assert_eq!(rooms.count(), 0);
}

#[actix::test]
async fn types_nested_without_end_are_refused_before_they_can_be_deleted() {
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut mallory = Client::join(&rooms, room, Access::Write).await;
    let nested = {
        let doc = yrs::Doc::new();
        let mut txn = doc.transact_mut();
        let mut parent = txn.get_or_insert_xml_fragment("x").push_back(&mut txn, XmlElementPrelim::empty("p"));
        for _ in 0..20_000 {
            parent = parent.push_back(&mut txn, XmlElementPrelim::empty("p"));
        }
        txn.commit();
        txn.encode_state_as_update_v1(&StateVector::default())
    };

    mallory.say(Inbound::Update(nested.into())).await;
    mallory.read_until(|mallory| mallory.denied).await;

    assert_eq!(log.updates(room), [] as [Bytes; 0]);
}

#[actix::test]
async fn updates_of_very_many_writers_are_taken_in_quickly() {
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;
    // 20,000 writers with a character each, and 200,000 deletions of the first one's: with a search
    // through the writers for each this would be four thousand million steps.
    let mut update = varint(20_000);
    for writer in 0..20_000 {
        update.extend([&[1][..], &varint(1 + writer), &[0, 4, 1, 1, b't', 1, b'x']].concat());
    }
    update.extend([&[1, 1][..], &varint(200_000)].concat());
    update.extend([0, 1].repeat(200_000));

    ada.send(update.into()).await;
    ada.read_until(|ada| ada.synced && ada.saved == ada.sent).await;

    assert_eq!(log.updates(room).len(), 1);
}

#[actix::test]
async fn answers_that_are_owed_hold_their_share_of_the_budget() {
    tokio::time::pause();
    let log = MemoryLog::held();
    log.loads.add_permits(1);
    let (rooms, room) = (rooms(&log), log.add_room());
    let ada = Client::join(&rooms, room, Access::Write).await;
    ada.say(Inbound::Update(ada.type_in(0, "not committed"))).await;

    let mut taken_in = 0;
    while ada.room.receive(ada.session, vec![Inbound::Update(Bytes::from_static(&[0, 0]))]).await.is_ok() {
        taken_in += 1;
        tokio::task::yield_now().await;
    }

    assert!(taken_in < 10_000, "{taken_in} answers were owed");
}

#[actix::test]
async fn what_was_passed_on_is_saved_before_a_room_ends() {
    let log = MemoryLog::held();
    log.loads.add_permits(1);
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;
    for word in ["one ", "two ", "three"] {
        ada.edit(word).await;
        settle().await;
    }
    ada.room.leave(ada.session);
    drop(ada);

    let ((), ()) = tokio::join!(rooms.close(room, CloseCode::Unavailable), async {
        settle().await;
        log.commits.add_permits(10);
    });

    assert_eq!(log.updates(room).len(), 3);
}

fn varint(mut value: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 127 {
        bytes.push(value as u8 | 128);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}
