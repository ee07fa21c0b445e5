//! Rooms on several nodes, with one log and a bus between them that may lose what it is told.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use actix::spawn;
use actors::{
    bus::{Bus, Heard},
    room::{Change, EditRequest, Rooms},
};
use protocol::{
    access::Access,
    ids::{NodeId, PrincipalId, RoomId},
    nodes::News,
};

use crate::{
    client::{Client, rooms_on, settle},
    memory_log::MemoryLog,
};

/// A bus that brings at once what it does not lose.
#[derive(Clone, Default)]
struct Wire(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    nodes: Vec<(NodeId, Rooms)>,
    is_cut: bool,
    told: usize,
}

/// One node's end of it.
struct End(Wire, NodeId);

impl Bus for End {
    fn tell(&self, room: RoomId, news: News) {
        let End(Wire(state), node) = self;
        let mut state = state.lock().unwrap();
        state.told += 1;
        if state.is_cut {
            return;
        }
        let others = state.nodes.iter().filter(|(other, _)| other != node);
        for (_, rooms) in others.cloned().collect::<Vec<_>>() {
            let heard = Heard::News { node: *node, room, news: news.clone() };
            spawn(async move { rooms.hear(heard) });
        }
    }

    fn enter(&self, _: RoomId) {}

    fn leave(&self, _: RoomId) {}

    fn is_heard(&self) -> bool {
        !self.0.0.lock().unwrap().is_cut
    }
}

impl Wire {
    fn node(&self, log: &MemoryLog) -> (NodeId, Rooms) {
        let node = NodeId::new();
        let rooms = rooms_on(log, Arc::new(End(self.clone(), node)));
        self.0.lock().unwrap().nodes.push((node, rooms.clone()));
        (node, rooms)
    }

    fn cut(&self, is_cut: bool) {
        self.0.lock().unwrap().is_cut = is_cut;
    }
}

/// Two nodes with the same room open, and a client on each.
async fn two_nodes(log: &MemoryLog, wire: &Wire) -> (RoomId, Client, Client) {
    let room = log.add_room();
    let ((_, here), (_, there)) = (wire.node(log), wire.node(log));
    for rooms in [&here, &there] {
        spawn(rooms.clone().follow_logs());
    }
    let mut ada = Client::join(&here, room, Access::Write).await;
    let mut bob = Client::join(&there, room, Access::Write).await;
    ada.read().await;
    bob.read().await;
    (room, ada, bob)
}

#[actix::test]
async fn what_is_committed_on_one_node_is_seen_on_the_other() {
    let (log, wire) = (MemoryLog::new(), Wire::default());
    let (_, mut ada, mut bob) = two_nodes(&log, &wire).await;

    ada.edit("from here, ").await;
    settle().await;
    bob.read().await;
    bob.edit("from there").await;
    settle().await;
    ada.read().await;

    assert_eq!(ada.text(), bob.text());
    assert!(ada.text().contains("from here") && ada.text().contains("from there"), "{}", ada.text());
}

#[actix::test]
async fn what_another_node_commits_reaches_a_room_that_rests() {
    tokio::time::pause();
    let (log, wire) = (MemoryLog::new(), Wire::default());
    let (_, mut ada, mut bob) = two_nodes(&log, &wire).await;
    for person in [&mut ada, &mut bob] {
        person.edit("before ").await;
        settle().await;
    }
    for person in [&mut ada, &mut bob] {
        person.read().await;
    }

    // Nobody says anything on either node for longer than a document is kept.
    tokio::time::sleep(Duration::from_secs(10 * 60)).await;
    ada.edit("after").await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    ada.read().await;
    bob.read().await;

    assert_eq!(ada.text(), bob.text());
    assert!(bob.text().contains("after") && bob.text().matches("before").count() == 2, "{}", bob.text());
}

#[actix::test]
async fn nothing_is_told_of_what_is_not_committed() {
    let (log, wire) = (MemoryLog::held(), Wire::default());
    log.loads.add_permits(2);
    let (_, mut ada, mut bob) = two_nodes(&log, &wire).await;

    ada.edit("not saved").await;
    settle().await;
    bob.read().await;
    assert_eq!(bob.text(), "");

    log.commits.add_permits(1);
    settle().await;
    bob.read().await;
    ada.read().await;
    assert_eq!((bob.text(), ada.saved), ("not saved".to_owned(), ada.sent));
}

#[actix::test]
async fn what_the_bus_loses_is_read_from_the_log() {
    tokio::time::pause();
    let (log, wire) = (MemoryLog::new(), Wire::default());
    let (_, mut ada, mut bob) = two_nodes(&log, &wire).await;
    wire.cut(true);
    ada.edit("lost ").await;
    bob.edit("both ways").await;

    tokio::time::sleep(Duration::from_secs(2)).await;

    ada.read().await;
    bob.read().await;
    assert_eq!(ada.text(), bob.text());
    assert!(ada.text().contains("lost") && ada.text().contains("both ways"), "{}", ada.text());
}

#[actix::test]
async fn a_message_that_follows_a_lost_one_brings_the_lost_one_too() {
    tokio::time::pause();
    let (log, wire) = (MemoryLog::new(), Wire::default());
    let room = log.add_room();
    let ((_, here), (_, there)) = (wire.node(&log), wire.node(&log));
    let mut ada = Client::join(&here, room, Access::Write).await;
    let mut bob = Client::join(&there, room, Access::Read).await;
    wire.cut(true);
    ada.edit("lost").await;
    settle().await;
    wire.cut(false);

    ada.edit(", told").await;
    settle().await;
    bob.read().await;
    assert_eq!(bob.text(), "", "nothing is applied before what comes before it");

    tokio::time::sleep(Duration::from_millis(100)).await;
    bob.read().await;
    assert_eq!(bob.text(), "lost, told");
}

#[actix::test]
async fn a_log_that_lost_its_end_is_refilled_by_the_rooms_that_have_it() {
    tokio::time::pause();
    let (log, wire) = (MemoryLog::new(), Wire::default());
    let (room, mut ada, mut bob) = two_nodes(&log, &wire).await;
    for text in ["one ", "two ", "three"] {
        ada.edit(text).await;
    }
    settle().await;
    assert_eq!(log.updates(room).len(), 3);

    log.truncate(room, 1);
    tokio::time::sleep(Duration::from_secs(5)).await;
    bob.edit("!").await;
    settle().await;
    tokio::time::sleep(Duration::from_secs(5)).await;

    let (_, elsewhere) = wire.node(&log);
    let mut eve = Client::join(&elsewhere, room, Access::Read).await;
    for client in [&mut ada, &mut bob, &mut eve] {
        client.read().await;
    }
    assert_eq!((eve.text(), bob.text()), (ada.text(), ada.text()));
    assert!(eve.text().contains("three") && eve.text().contains('!'), "{}", eve.text());
}

#[actix::test]
async fn the_lists_show_a_title_that_is_given_again_after_another_node_gave_one() {
    let (log, wire) = (MemoryLog::new(), Wire::default());
    let (room, ada, bob) = two_nodes(&log, &wire).await;

    for (client, title) in [(&ada, "one"), (&bob, "two"), (&ada, "one")] {
        let change = Change::Rename(title.to_owned());
        client.room.edit(EditRequest { author: PrincipalId::new(), change, expected: None }).await.unwrap();
        settle().await;
    }

    assert_eq!(log.title(room).as_deref(), Some("one"));
}

#[actix::test]
async fn presence_crosses_nodes_and_ends_with_them() {
    let (log, wire) = (MemoryLog::new(), Wire::default());
    let (_, ada, mut bob) = two_nodes(&log, &wire).await;

    ada.announce(7, 1, Some("{}")).await;
    settle().await;
    bob.read().await;
    let seen = bob.others.get(&7).and_then(|entry| entry.state.clone()).expect("she is seen");
    assert!(String::from_utf8_lossy(&seen).contains(&ada.name), "with her name");

    let (here, there) = {
        let state = wire.0.lock().unwrap();
        (state.nodes[0].0, state.nodes[1].1.clone())
    };
    there.hear(Heard::Gone(here));
    settle().await;
    tokio::time::sleep(Duration::from_millis(60)).await;
    bob.read().await;
    assert!(bob.others.get(&7).is_none_or(|entry| entry.state.is_none()));
}
