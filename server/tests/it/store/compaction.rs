//! Compaction: what it writes, what survives it, and what damage it outlives.

use actors::room::{LeftOut, Why, log::RoomLog};
use bytes::Bytes;
use futures_util::future::join_all;
use protocol::ids::RoomId;
use server::store::Store;
use yrs::{Doc, GetString, ReadTxn, StateVector, Text, Transact, Update, updates::decoder::Decode};

use super::{event, new_page, of_room, tail, updates, workspace};
use crate::engines::{ManualClock, TestDatabase, on_both};

/// Longer than segments are kept in the log for those who lag.
const PAST_THE_GRACE: i64 = 3600;

on_both! {
    async fn a_snapshot_stands_for_everything_before_it(database) {
        let store = database.store().await;
        let mut typist = Typist::begin(&store).await;
        typist.types("hello ").await;

        let snapshot = store.compact(typist.room).await.unwrap().unwrap();
        typist.types("world").await;

        let stored = store.load(typist.room).await.unwrap();
        assert_eq!((snapshot.seq, stored.head), (7, 12));
        assert_eq!(stored.snapshot.as_ref(), Some(&snapshot));
        assert_eq!(stored.tail, typist.updates[7..]);
        assert_eq!(text_of(stored.snapshot.iter().map(|s| &s.update).chain(&stored.tail)), "hello world");
    }

    async fn without_anything_new_there_is_no_new_snapshot(database) {
        let store = database.store().await;
        let typist = Typist::begin(&store).await;

        let snapshot = store.compact(typist.room).await.unwrap();
        assert!(snapshot.is_some());
        assert_eq!(store.compact(typist.room).await.unwrap(), snapshot);
    }

    async fn no_update_is_ever_lost(database) {
        let clock = ManualClock::new();
        let store = database.store_at(clock.clone()).await;
        let mut typist = Typist::begin(&store).await;
        for word in ["one ", "two ", "three ", "four "] {
            typist.types(word).await;
            clock.advance_seconds(PAST_THE_GRACE);
            store.compact(typist.room).await.unwrap().unwrap();
        }
        typist.types("five").await;
        let room = of_room(database, typist.room);
        assert_eq!(database.query(&format!("SELECT count(*) FROM room_log WHERE {room}")).await, ["4"]);
        assert_eq!(database.query(&format!("SELECT count(*) FROM room_snapshot WHERE {room}")).await, ["2"]);

        database.query(&format!("DELETE FROM room_snapshot WHERE {room}")).await;

        let stored = store.load(typist.room).await.unwrap();
        assert_eq!((stored.snapshot, stored.tail), (None, typist.updates));
    }

    async fn young_segments_stay_in_the_log(database) {
        let clock = ManualClock::new();
        let store = database.store_at(clock.clone()).await;
        let mut typist = Typist::begin(&store).await;
        typist.types("old").await;
        clock.advance_seconds(PAST_THE_GRACE);
        typist.types("new").await;

        store.compact(typist.room).await.unwrap().unwrap();
        let room = of_room(database, typist.room);
        let in_log = database.query(&format!("SELECT first_seq FROM room_log WHERE {room} ORDER BY first_seq")).await;
        assert_eq!(in_log, ["5", "6", "7"]);

        // They follow once they are old, although there is nothing new to take a snapshot of.
        clock.advance_seconds(PAST_THE_GRACE);
        store.compact(typist.room).await.unwrap().unwrap();
        assert!(database.query(&format!("SELECT first_seq FROM room_log WHERE {room}")).await.is_empty());
        assert!(tail(&store, typist.room).await.is_empty());
    }

    async fn segments_written_by_a_clock_that_went_ahead_keep_those_behind_them_in_the_log(database) {
        let clock = ManualClock::new();
        let store = database.store_at(clock.clone()).await;
        clock.advance_seconds(2 * PAST_THE_GRACE);
        let mut typist = Typist::begin(&store).await;
        typist.types("ahead").await;
        clock.advance_seconds(-2 * PAST_THE_GRACE);
        typist.types("right").await;
        clock.advance_seconds(PAST_THE_GRACE);
        let room = of_room(database, typist.room);

        store.compact(typist.room).await.unwrap().unwrap();
        // The page was made before either clock.
        assert_eq!(database.query(&format!("SELECT max(to_seq) FROM room_history WHERE {room}")).await, ["1"]);

        clock.advance_seconds(2 * PAST_THE_GRACE);
        typist.types("!").await;
        store.compact(typist.room).await.unwrap().unwrap();
        assert_eq!(database.query(&format!("SELECT min(from_seq) FROM room_history WHERE {room}")).await, ["1"]);
        assert_eq!(tail(&store, typist.room).await, [] as [Bytes; 0]);
    }

    async fn a_damaged_snapshot_is_passed_over(database) {
        let clock = ManualClock::new();
        let store = database.store_at(clock.clone()).await;
        let mut typist = Typist::begin(&store).await;
        typist.types("one ").await;
        let older = store.compact(typist.room).await.unwrap().unwrap();
        typist.types("two ").await;
        clock.advance_seconds(PAST_THE_GRACE);
        let newer = store.compact(typist.room).await.unwrap().unwrap();
        typist.types("three").await;
        let room = of_room(database, typist.room);

        damage(database, "room_snapshot", &format!("{room} AND seq = {}", newer.seq)).await;
        let stored = store.load(typist.room).await.unwrap();
        assert_eq!((stored.snapshot.as_ref(), &stored.tail[..]), (Some(&older), &typist.updates[older.seq as usize..]));

        damage(database, "room_snapshot", &format!("{room} AND seq = {}", older.seq)).await;
        let stored = store.load(typist.room).await.unwrap();
        assert_eq!((stored.snapshot, &stored.tail), (None, &typist.updates));

        let repaired = store.compact(typist.room).await.unwrap().unwrap();
        assert_eq!(text_of([&repaired.update]), "one two three");
        assert_eq!(store.load(typist.room).await.unwrap().snapshot, Some(repaired));
    }

    async fn damaged_history_costs_its_updates_when_it_is_needed(database) {
        let clock = ManualClock::new();
        let store = database.store_at(clock.clone()).await;
        let mut typist = Typist::begin(&store).await;
        typist.types("lost").await;
        clock.advance_seconds(PAST_THE_GRACE);
        store.compact(typist.room).await.unwrap().unwrap();
        typist.types("kept").await;
        let room = of_room(database, typist.room);

        damage(database, "room_history", &room).await;
        assert!(store.load(typist.room).await.unwrap().left_out.is_empty());
        damage(database, "room_snapshot", &room).await;

        let stored = store.load(typist.room).await.unwrap();
        assert_eq!(stored.left_out, [LeftOut { first: 1, last: 5, why: Why::Unreadable }]);
        assert_eq!((stored.snapshot, &stored.tail[5..]), (None, &typist.updates[5..]));
        assert_eq!(store.compact(typist.room).await.unwrap(), None, "a hole is not covered silently");
    }

    async fn a_room_is_compacted_once_what_is_left_out_is_set_aside(database) {
        let clock = ManualClock::new();
        let store = database.store_at(clock.clone()).await;
        let mut typist = Typist::begin(&store).await;
        typist.types("one").await;
        let alone = Typist { doc: Doc::new(), ..typist };
        let mut typist = alone;
        typist.types("two").await;
        let room = of_room(database, typist.room);
        damage(database, "room_log", &format!("{room} AND first_seq = 4")).await;
        let stored = store.load(typist.room).await.unwrap();
        assert_eq!(store.compact(typist.room).await.unwrap(), None);

        store.set_aside(typist.room, &stored.left_out, &event()).await.unwrap();
        clock.advance_seconds(PAST_THE_GRACE);
        let snapshot = store.compact(typist.room).await.unwrap().unwrap();

        let said = text_of([&snapshot.update]);
        assert!(said.contains("two") && said.contains("on") && said.len() == 5, "{said}");
        let in_log = database.query(&format!("SELECT first_seq FROM room_log WHERE {room} ORDER BY first_seq")).await;
        assert_eq!(in_log, ["4", "5", "6", "7"], "what is damaged stays where it is");
        assert!(store.load(typist.room).await.unwrap().tail.is_empty());
    }

    async fn a_tail_begins_right_after_its_snapshot(database) {
        let store = database.store().await;
        let mut typist = Typist::begin(&store).await;
        let many: Vec<Bytes> = "abcdef".chars().map(|letter| typist.makes(letter)).collect();
        store.append(updates(typist.room, many.clone())).await.unwrap();
        store.compact(typist.room).await.unwrap().unwrap();

        // As if the snapshot had been taken in the middle of the segment.
        let room = of_room(database, typist.room);
        database.query(&format!("UPDATE room_snapshot SET seq = 4 WHERE {room}")).await;

        assert_eq!(tail(&store, typist.room).await, many[3..]);
    }

    async fn compactions_and_appends_at_once_do_no_harm(database) {
        let clock = ManualClock::new();
        let (one, other) = (database.store_at(clock.clone()).await, database.store_at(clock.clone()).await);
        let mut typist = Typist::begin(&one).await;
        for round in 0..5 {
            clock.advance_seconds(PAST_THE_GRACE);
            let made: Vec<Bytes> = (0..10).map(|_| typist.makes('x')).collect();
            let appends = async {
                for update in &made {
                    one.append(updates(typist.room, [update.clone()])).await.unwrap();
                }
            };
            let compactions = join_all([&one, &other, &one, &other].map(|store| store.compact(typist.room)));
            let ((), compacted) = tokio::join!(appends, compactions);
            assert!(compacted.iter().all(Result::is_ok), "round {round}: {compacted:?}");
        }

        let room = of_room(database, typist.room);
        database.query(&format!("DELETE FROM room_snapshot WHERE {room}")).await;
        assert_eq!(tail(&other, typist.room).await, typist.updates);
    }
}

async fn damage(database: &TestDatabase, table: &str, rows: &str) {
    database.query(&format!("UPDATE {table} SET checksum = checksum + 1 WHERE {rows}")).await;
}

/// Somebody who writes into a page, and everything that was written.
pub(super) struct Typist {
    store: Store,
    pub(super) room: RoomId,
    doc: Doc,
    pub(super) updates: Vec<Bytes>,
}

impl Typist {
    /// Makes a page with an empty first update.
    pub(super) async fn begin(store: &Store) -> Self {
        let mut page = new_page(None, "");
        let empty = Doc::new().transact().encode_state_as_update_v1(&StateVector::default());
        page.initial_update = empty.into();
        let updates = vec![page.initial_update.clone()];
        workspace(store).await.create_page(page.clone(), &event()).await.unwrap();
        Self { store: store.clone(), room: page.id, doc: Doc::new(), updates }
    }

    /// Writes at the end, each letter an append of its own.
    pub(super) async fn types(&mut self, text: &str) {
        for letter in text.chars() {
            let update = self.makes(letter);
            self.store.append(updates(self.room, [update])).await.unwrap();
        }
    }

    /// The update that writes a letter at the end.
    pub(super) fn makes(&mut self, letter: char) -> Bytes {
        let text = self.doc.get_or_insert_text("text");
        let mut tx = self.doc.transact_mut();
        text.push(&mut tx, letter.encode_utf8(&mut [0; 4]));
        let update = Bytes::from(tx.encode_update_v1());
        self.updates.push(update.clone());
        update
    }
}

/// What a document says after these updates.
fn text_of<'a>(updates: impl IntoIterator<Item = &'a Bytes>) -> String {
    let doc = Doc::new();
    let text = doc.get_or_insert_text("text");
    for update in updates {
        doc.transact_mut().apply_update(Update::decode_v1(update).unwrap()).unwrap();
    }
    text.get_string(&doc.transact())
}
