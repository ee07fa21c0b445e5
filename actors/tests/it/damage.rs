//! Rooms of which something stored is damaged.

use actors::room::{Rooms, log::RoomLog};
use bytes::{Bytes, BytesMut};
use protocol::{
    access::Access,
    ids::RoomId,
    rooms::Seq,
    wire::{close::CloseCode, varint::put_uint},
};
use yrs::{Doc, Transact, Update, updates::decoder::Decode};

use crate::{
    client::{Client, options, rooms},
    memory_log::MemoryLog,
};

/// A room whose log holds `a`, then `b` behind it by the same writer, then `X` by somebody who had
/// seen neither.
struct Damaged {
    log: MemoryLog,
    rooms: Rooms,
    room: RoomId,
    /// Whoever wrote `a` and `b`.
    ada: Doc,
}

impl Damaged {
    async fn new() -> Self {
        let log = MemoryLog::new();
        let (rooms, room) = (rooms(&log), log.add_room());
        let mut ada = Client::join(&rooms, room, Access::Write).await;
        let mut bob = Client::join(&rooms, room, Access::Write).await;
        let independent = bob.type_in(0, "X");
        ada.edit("a").await;
        ada.edit("b").await;
        bob.send(independent).await;
        ada.read().await;
        rooms.close(room, CloseCode::Restarting).await;
        assert_eq!(log.updates(room).len(), 3);
        Self { log, rooms, room, ada: ada.doc }
    }

    /// Somebody who has nothing yet, and has read what there is.
    async fn reader(&self) -> Client {
        let mut reader = Client::join(&self.rooms, self.room, Access::Write).await;
        reader.read().await;
        assert!(reader.synced && reader.closed.is_none());
        reader
    }

    async fn reopen(&self) {
        self.rooms.close(self.room, CloseCode::Restarting).await;
    }

    async fn compacts(&self) -> bool {
        self.log.compact(self.room).await.unwrap().is_some()
    }
}

/// The letters of a text, in the order of the alphabet: where they stand is not what is looked at.
fn letters(client: &Client) -> String {
    let mut letters: Vec<char> = client.text().chars().collect();
    letters.sort_unstable();
    letters.into_iter().collect()
}

#[actix::test]
async fn an_unreadable_update_costs_itself_and_what_builds_on_it() {
    let damaged = Damaged::new().await;
    damaged.log.lose(damaged.room, &[1]);

    let mut carol = damaged.reader().await;
    carol.edit("!").await;
    carol.read().await;

    assert_eq!(letters(&carol), "!X");
    assert_eq!((carol.saved, carol.closed), (carol.sent, None));
    assert!(!damaged.compacts().await);
}

#[actix::test]
async fn whoever_has_what_was_lost_gives_it_back() {
    let damaged = Damaged::new().await;
    damaged.log.lose(damaged.room, &[1]);
    let mut carol = damaged.reader().await;

    let mut ada = Client::join_with(&damaged.rooms, damaged.room, Access::Write, damaged.ada.clone()).await;
    ada.read().await;
    carol.read().await;

    assert_eq!((letters(&ada).as_str(), letters(&carol).as_str()), ("Xab", "Xab"));
    damaged.reopen().await;
    assert_eq!(letters(&damaged.reader().await), "Xab");
    assert!(!damaged.compacts().await, "nobody knows whether everything was given back");
}

#[actix::test]
async fn what_waited_for_a_lost_update_takes_part_once_that_is_given_back() {
    let damaged = Damaged::new().await;
    damaged.log.lose(damaged.room, &[1]);
    let mut carol = damaged.reader().await;
    let first = Update::decode_v1(&damaged.log.updates(damaged.room)[0]).unwrap();
    let old = Doc::with_options(options());
    old.transact_mut().apply_update(first).unwrap();

    let mut dan = Client::join_with(&damaged.rooms, damaged.room, Access::Write, old).await;
    dan.read().await;
    carol.read().await;

    assert_eq!((letters(&dan).as_str(), letters(&carol).as_str()), ("Xab", "Xab"));
    assert_eq!(letters(&damaged.reader().await), "Xab");
    damaged.reopen().await;
    assert_eq!(letters(&damaged.reader().await), "Xab");
}

#[actix::test]
async fn an_update_that_cannot_be_applied_is_found_when_the_room_is_used_and_left_out() {
    let damaged = Damaged::new().await;
    damaged.log.replace(damaged.room, 3, breaking(client_of(&damaged.log.updates(damaged.room)[0])));
    let mut ada = Client::join_with(&damaged.rooms, damaged.room, Access::Write, damaged.ada.clone()).await;
    ada.read().await;

    ada.edit("!").await;
    ada.read().await;

    assert_eq!((letters(&ada).as_str(), ada.saved, ada.closed), ("!Xab", ada.sent, None));
    assert_eq!(letters(&damaged.reader().await), "!Xab");
    assert!(!damaged.compacts().await);
}

#[actix::test]
async fn bytes_that_are_no_update_are_left_out() {
    let damaged = Damaged::new().await;
    damaged.log.replace(damaged.room, 3, Bytes::from_static(b"no update"));

    let mut carol = damaged.reader().await;
    carol.edit("!").await;
    carol.read().await;

    assert_eq!((letters(&carol).as_str(), carol.saved), ("!ab", carol.sent));
    assert!(!damaged.compacts().await);
}

#[actix::test]
async fn a_room_whose_damage_is_healed_is_compacted() {
    let damaged = Damaged::new().await;
    let updates = damaged.log.updates(damaged.room);
    // As if what `b` builds on had never arrived, and came in the end.
    damaged.log.replace(damaged.room, 1, updates[2].clone());
    damaged.log.replace(damaged.room, 3, Bytes::from_static(&[0, 0]));
    assert_eq!(letters(&damaged.reader().await), "X");
    assert!(!damaged.compacts().await);

    let mut ada = Client::join_with(&damaged.rooms, damaged.room, Access::Write, damaged.ada.clone()).await;
    ada.read().await;

    assert!(damaged.compacts().await);
    damaged.reopen().await;
    assert_eq!(letters(&damaged.reader().await), "Xab");
}

#[actix::test]
async fn positions_are_those_of_the_log_whatever_is_left_out() {
    let damaged = Damaged::new().await;
    damaged.log.lose(damaged.room, &[1, 3]);

    let mut carol = damaged.reader().await;
    let (before, _) = carol.room.state().await.unwrap();
    carol.edit("!").await;
    carol.read().await;
    let (after, _) = carol.room.state().await.unwrap();

    let expected: (Seq, Seq) = (3, 4);
    assert_eq!((before.seq, after.seq), expected);
    assert_eq!(letters(&carol), "!");
}

/// The writer of the blocks in an update of one writer.
fn client_of(update: &Bytes) -> u64 {
    let decoded = Update::decode_v1(update).unwrap();
    let writers = decoded.state_vector();
    let (client, _) = writers.iter().next().unwrap();
    client.get()
}

/// A letter inside the first letter of this writer: well-formed, but nothing can stand there.
fn breaking(writer: u64) -> Bytes {
    // One writer, whose number is 2, with one block from clock 0 on: a text with its parent's id.
    let mut update = BytesMut::from(&[1, 1, 2, 0, 4, 0][..]);
    put_uint(&mut update, writer);
    // The parent's clock, the text, and no deletions.
    update.extend_from_slice(&[0, 1, b'x', 0]);
    update.freeze()
}
