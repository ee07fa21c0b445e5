//! Who is seen by whom.

use std::time::Duration;

use protocol::{
    access::Access,
    wire::{Inbound, presence},
};
use serde_json::Value;

use crate::{
    client::{Client, rooms},
    memory_log::MemoryLog,
};

fn name_of(client: &Client, other: u64) -> Option<String> {
    let state: Value = serde_json::from_slice(client.others.get(&other)?.state.as_ref()?).unwrap();
    Some(state["user"]["name"].as_str().unwrap().to_owned())
}

#[actix::test]
async fn everybody_sees_who_is_here_under_the_name_the_server_gives() {
    tokio::time::pause();
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;
    ada.announce(1, 1, Some(r#"{"user":{"name":"Root"},"cursor":7}"#)).await;
    ada.read().await;

    let mut bob = Client::join(&rooms, room, Access::Read).await;
    bob.announce(2, 1, Some("{}")).await;
    bob.read().await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    ada.read().await;

    assert_eq!(name_of(&bob, 1), Some(ada.name.clone()), "told on joining");
    assert_eq!(name_of(&ada, 2), Some(bob.name.clone()), "told as it happens");
}

#[actix::test]
async fn presence_ends_after_its_session_and_its_grace() {
    tokio::time::pause();
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;
    let bob = Client::join(&rooms, room, Access::Write).await;
    bob.announce(2, 1, Some("{}")).await;
    ada.read().await;
    assert!(name_of(&ada, 2).is_some());

    bob.room.leave(bob.session);
    ada.read().await;
    assert!(name_of(&ada, 2).is_some(), "it may come back");
    tokio::time::sleep(Duration::from_secs(10)).await;
    ada.read().await;

    assert_eq!(ada.others[&2].state, None);
}

#[actix::test]
async fn a_viewer_that_echoes_everything_leaves_the_others_their_names() {
    tokio::time::pause();
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;
    ada.announce(1, 1, Some("{}")).await;
    let mut viewer = Client::join(&rooms, room, Access::Read).await;

    for _ in 0..5 {
        viewer.read().await;
        let heard = viewer.others[&1].clone();
        viewer.say(Inbound::Presence(presence::encode([heard].iter()))).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        ada.read().await;
        let heard = ada.others[&1].clone();
        ada.say(Inbound::Presence(presence::encode([heard].iter()))).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    viewer.read().await;
    assert_eq!(name_of(&viewer, 1), Some(ada.name.clone()));
    assert_eq!(viewer.others[&1].clock, 1, "an echo changes nothing");
}

#[actix::test]
async fn nobody_can_push_a_clock_until_its_owner_is_closed() {
    tokio::time::pause();
    let log = MemoryLog::new();
    let (rooms, room) = (rooms(&log), log.add_room());
    let mut ada = Client::join(&rooms, room, Access::Write).await;
    ada.announce(1, 1, Some("{}")).await;
    let eve = Client::join(&rooms, room, Access::Read).await;
    eve.announce(1, i32::MAX as u32, Some("{}")).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    ada.read().await;

    ada.announce(1, ada.others[&1].clock + 1, Some("{}")).await;
    ada.announce(1, i32::MAX as u32 + 1, Some("{}")).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    ada.read().await;

    assert_eq!(name_of(&ada, 1), Some(ada.name.clone()));
    assert_eq!((ada.others[&1].clock, ada.closed), (3, None));
}
