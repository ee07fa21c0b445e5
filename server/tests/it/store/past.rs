//! The past of rooms in the store: keyframes, who wrote what, automatic versions.

use actors::room::{
    Attribution,
    log::{Append, Entry, RoomLog},
};
use bytes::Bytes;
use protocol::{
    history::{Point, VersionKind},
    ids::{PrincipalId, RoomId},
};
use server::store::{Store, Tenant};
use yrs::{Doc, Text, Transact};

use super::{event, new_page, of_room, workspace};
use crate::{
    engines::{ManualClock, on_both},
    yjs_client::new_doc,
};

/// Longer than segments are kept in the log for those who lag.
const PAST_THE_GRACE: i64 = 3600;

on_both! {
    async fn any_point_can_be_reached_whatever_was_archived(database) {
        let clock = ManualClock::new();
        let store = database.store_at(clock.clone()).await;
        let mut writer = Writer::begin(&store).await;
        for _ in 0..4 {
            writer.write(700).await;
            clock.advance_seconds(PAST_THE_GRACE);
            store.compact(writer.room).await.unwrap().unwrap();
        }
        writer.write(300).await;
        let room = of_room(database, writer.room);
        let keyframes = database.query(&format!("SELECT seq FROM room_keyframe WHERE {room} ORDER BY seq")).await;
        assert_eq!(keyframes.len(), 2, "one for every thousand updates: {keyframes:?}");
        assert_eq!(database.query(&format!("SELECT count(*) FROM room_history WHERE {room}")).await, ["4"]);

        for seq in [1, 2, 700, 999, 1000, 1001, 1402, 2100, 2801, 2802, 3101] {
            assert_eq!(writer.length_at(seq).await, seq - 1, "{seq}");
        }

        database.query(&format!("UPDATE room_keyframe SET checksum = 1 WHERE {room}")).await;
        assert_eq!(writer.length_at(2100).await, 2099, "damaged keyframes are passed over");
        database.query(&format!("DELETE FROM room_keyframe WHERE {room}")).await;
        assert_eq!(writer.length_at(2100).await, 2099);
        store.keep_past(writer.room).await.unwrap();
        let again = database.query(&format!("SELECT count(*) FROM room_keyframe WHERE {room}")).await;
        assert_eq!(again, ["3"], "what was lost is made again from the log");
    }

    async fn what_was_archived_before_it_was_packed_is_read_too(database) {
        let clock = ManualClock::new();
        let store = database.store_at(clock.clone()).await;
        let mut writer = Writer::begin(&store).await;
        writer.write(20).await;
        clock.advance_seconds(PAST_THE_GRACE);
        store.compact(writer.room).await.unwrap().unwrap();
        let at = writer.tenant.place(writer.room, Some(Point::Seq(11))).await.unwrap().at;
        writer.write(1).await;
        let room = of_room(database, writer.room);
        database.query(&format!("UPDATE room_history SET bytes = NULL, from_at = NULL, to_at = NULL WHERE {room}")).await;

        assert_eq!(writer.length_at(11).await, 10);
        let place = writer.tenant.place(writer.room, Some(Point::Time(at))).await.unwrap();
        assert_eq!((place.seq, place.at), (21, at));
    }

    async fn who_wrote_what_survives_compaction_and_is_made_anew_from_the_log(database) {
        let clock = ManualClock::new();
        let store = database.store_at(clock.clone()).await;
        let mut writer = Writer::begin(&store).await;
        for _ in 0..3 {
            writer.author = PrincipalId::new();
            writer.write(50).await;
            clock.advance_seconds(PAST_THE_GRACE);
            store.compact(writer.room).await.unwrap().unwrap();
        }
        writer.write(5).await;
        let kept = writer.attribution().await;
        let room = of_room(database, writer.room);
        assert_eq!(database.query(&format!("SELECT seq FROM room_attribution WHERE {room}")).await, ["151"]);

        database.query(&format!("UPDATE room_attribution SET checksum = 1 WHERE {room}")).await;
        assert_eq!(writer.attribution().await, kept, "a damaged row is passed over");
        database.query(&format!("DELETE FROM room_attribution WHERE {room}")).await;
        assert_eq!(writer.attribution().await, kept);

        assert_eq!((kept.seq, kept.inserted.count()), (156, 4), "three authors, one of them an hour later once more");
    }

    async fn nothing_erased_survives_a_compaction_or_an_edit_that_came_at_the_same_time(database) {
        let clock = ManualClock::new();
        let store = database.store_at(clock.clone()).await;
        let mut writer = Writer::begin(&store).await;
        let event = event();
        for generation in 1..20 {
            writer.write(3).await;
            clock.advance_seconds(PAST_THE_GRACE);

            let (erased, _compacted, late) = tokio::join!(
                writer.tenant.erase_room(writer.room, &event),
                store.compact(writer.room),
                store.append(writer.letters(2)),
            );

            assert_eq!(erased.unwrap(), Some(generation + 1));
            // A new document, as every client begins with after an erasure.
            let late = late.ok();
            writer.begin_anew(generation + 1);
            let stored = store.load(writer.room).await.unwrap();
            assert_eq!((stored.snapshot.unwrap().update, stored.tail.len()), (Bytes::from_static(&[0, 0]), 0), "{late:?}");
            let room = of_room(database, writer.room);
            assert_eq!(writer.attribution().await.inserted.count(), 0);
            for table in ["room_log", "room_history", "room_version"] {
                let left = database.query(&format!("SELECT count(*) FROM {table} WHERE {room}")).await;
                assert_eq!(left, ["0"], "{table} {generation}");
            }
        }
    }

    async fn the_server_makes_a_version_for_each_hour_in_which_something_was_written(database) {
        let clock = ManualClock::new();
        let store = database.store_at(clock.clone()).await;
        let mut writer = Writer::begin(&store).await;
        for minutes in [0, 10, 50, 600] {
            clock.advance_seconds(minutes * 60);
            writer.write(3).await;
            store.compact(writer.room).await.unwrap().unwrap();
        }

        let versions = writer.tenant.versions(writer.room, 10, None).await.unwrap().items;

        let made: Vec<_> = versions.iter().map(|version| (version.seq, version.kind, version.author)).collect();
        assert_eq!(made, [13, 10, 4].map(|seq| (seq, VersionKind::Automatic, writer.author)));
    }
}

/// Types one letter after the other into a page.
struct Writer {
    store: Store,
    tenant: Tenant,
    room: RoomId,
    author: PrincipalId,
    doc: Doc,
    generation: u64,
}

impl Writer {
    /// In a new page, whose first update says nothing.
    async fn begin(store: &Store) -> Self {
        let tenant = workspace(store).await;
        let page = server::store::NewPage { initial_update: Bytes::from_static(&[0, 0]), ..new_page(None, "") };
        let room = tenant.create_page(page, &event()).await.unwrap().id;
        Self { store: store.clone(), tenant, room, author: PrincipalId::new(), doc: new_doc(), generation: 1 }
    }

    /// Goes on with an empty document in a room that was erased.
    fn begin_anew(&mut self, generation: u64) {
        self.doc = new_doc();
        self.generation = generation;
    }

    /// Types as many letters, each an update of its own.
    async fn write(&mut self, letters: u64) {
        let append = self.letters(letters);
        self.store.append(append).await.unwrap();
    }

    fn letters(&self, letters: u64) -> Append {
        let text = self.doc.get_or_insert_text("title");
        let entries = (0..letters).map(|_| {
            let mut txn = self.doc.transact_mut();
            text.push(&mut txn, "a");
            Entry { author: self.author, update: txn.encode_update_v1().into() }
        });
        Append { room: self.room, generation: self.generation, known: 0, entries: entries.collect(), title: None }
    }

    /// How many letters there were at a position.
    async fn length_at(&self, seq: u64) -> u64 {
        use yrs::{ReadTxn, Update, updates::decoder::Decode};
        let place = self.tenant.place(self.room, Some(Point::Seq(seq))).await.unwrap();
        let state = self.tenant.replay(self.room, place).await.unwrap().state().unwrap();
        let doc = Doc::new();
        doc.transact_mut().apply_update(Update::decode_v1(&state).unwrap()).unwrap();
        let text = doc.transact().get_text("title");
        text.map_or(0, |text| text.len(&doc.transact()).into())
    }

    async fn attribution(&self) -> Attribution {
        let now = self.tenant.place(self.room, None).await.unwrap();
        self.tenant.attribution(self.room, now).await.unwrap()
    }
}
