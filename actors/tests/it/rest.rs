//! A room in which nothing happens for some time, and then something does.

use std::time::Duration;

use actors::room::{Change, EditRequest};
use protocol::{access::Access, ids::PrincipalId};
use yrs::{Doc, ReadTxn, StateVector, Text, Transact};

use crate::{
    client::{Client, options, rooms},
    memory_log::MemoryLog,
};

/// Far more than a room needs to let its document go, and to leave memory if it could.
const LONG: Duration = Duration::from_secs(10 * 60);

#[actix::test]
async fn a_room_that_has_rested_goes_on_where_it_was() {
    tokio::time::pause();
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;
    let mut bob = Client::join(&rooms, room, Access::Read).await;
    ada.edit("before").await;
    ada.read().await;
    bob.read().await;

    tokio::time::sleep(LONG).await;
    ada.edit(", after").await;
    ada.read().await;
    bob.read().await;
    let mut cleo = Client::join(&rooms, room, Access::Read).await;
    cleo.read().await;

    assert_eq!((ada.saved, ada.closed), (ada.sent, None));
    assert_eq!([bob.text(), cleo.text()], ["before, after", "before, after"]);
}

#[actix::test]
async fn whoever_comes_back_to_a_room_that_rests_is_told_what_they_lack() {
    tokio::time::pause();
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;
    let mut bob = Client::join(&rooms, room, Access::Read).await;
    ada.edit("known").await;
    ada.read().await;
    bob.read().await;
    bob.room.leave(bob.session);
    ada.edit(", missed").await;
    ada.read().await;

    tokio::time::sleep(LONG).await;
    let mut again = Client::join_with(&rooms, room, Access::Read, bob.doc.clone()).await;
    again.read().await;

    assert_eq!(again.text(), "known, missed");
}

#[actix::test]
async fn a_change_without_a_socket_reaches_those_in_a_room_that_rests() {
    tokio::time::pause();
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;
    ada.edit("here").await;
    ada.read().await;
    let (before, state) = ada.room.state().await.unwrap();

    tokio::time::sleep(LONG).await;
    assert_eq!(ada.room.state().await.unwrap(), (before, state), "resting changes nothing");
    let update = {
        let doc = Doc::with_options(options());
        doc.get_or_insert_text("t").insert(&mut doc.transact_mut(), 0, "there, ");
        doc.transact().encode_state_as_update_v1(&StateVector::default())
    };
    let change = Change::Update(update.into());
    let edit = EditRequest { author: PrincipalId::new(), change, expected: Some(before) };
    ada.room.edit(edit).await.unwrap();
    ada.read().await;

    assert!(ada.text().contains("there, ") && ada.text().contains("here"), "{}", ada.text());
}

#[actix::test]
async fn who_is_present_stays_so_while_the_room_rests() {
    tokio::time::pause();
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;
    ada.edit("x").await;
    ada.read().await;

    for clock in 1..60 {
        ada.announce(1, clock, Some("{}")).await;
        ada.read().await;
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    let mut bob = Client::join(&rooms, room, Access::Read).await;
    bob.read().await;

    assert!(bob.others.get(&1).is_some_and(|entry| entry.state.is_some()));
}
