//! How long it takes to look into a long past.
//!
//! Longer: `GALA_TEST_HISTORY_EDITS=100000 cargo test --release -p server --test it history::depth -- --nocapture`.

use std::{sync::Arc, time::Duration};

use actors::{
    clock::SystemClock,
    room::log::{Append, Entry, RoomLog},
};
use bytes::Bytes;
use protocol::ids::{PrincipalId, RoomId};
use server::store::{Engine, Store};
use tokio::time::Instant;
use yrs::{
    Doc, GetString, OffsetKind, Options, Text, Transact, Update, XmlElementPrelim, XmlFragment, XmlTextPrelim,
    XmlTextRef, updates::decoder::Decode,
};

use super::of_room;
use crate::{app::TestApp, engines::on_both, setting};

/// Points of the past that are looked at.
const POINTS: u64 = 20;
/// Edits in one commit.
const BATCH: u64 = 50;
/// Edits after which a room that is written in takes a snapshot.
const SNAPSHOT_EVERY: u64 = 1000;

on_both! {
    async fn any_point_of_a_long_past_is_near(database) {
        let edits = setting("GALA_TEST_HISTORY_EDITS", 2_000);
        let app = TestApp::on(database).await;
        let page = app.create_page("", "").await;
        let engine = match database.url() {
            Some(url) => Engine::Postgres(url.to_owned()),
            None => Engine::Sqlite(app.data_dir().join("gala.db")),
        };
        let store = Store::open(&engine, Arc::new(SystemClock)).await.unwrap();
        let mut typist = Typist::new();
        let said = typist.fill(&store, page.parse().unwrap(), edits).await;

        let (mut opened, mut compared, mut whole) = (Vec::new(), Vec::new(), Vec::new());
        for (seq, words) in &said {
            let (took, moment) = timed(&app, &of_room(&page, &format!("/history?at={seq}"))).await;
            assert_eq!(text_of(&moment["content"]), *words, "{seq}");
            opened.push(took);
            let from = seq.saturating_sub(edits / POINTS).max(1);
            compared.push(timed(&app, &of_room(&page, &format!("/history/diff?from={from}&to={seq}"))).await.0);
        }
        for _ in 0..3 {
            whole.push(timed(&app, &of_room(&page, "/history/diff?from=0")).await.0);
        }

        for (what, times) in [("open", &mut opened), ("compare", &mut compared), ("who wrote all of it", &mut whole)] {
            times.sort_unstable();
            println!("{edits} edits, {what}: median {:?}, max {:?}", times[times.len() / 2], times[times.len() - 1]);
        }
        for sum in ["length(payload)) FROM room_keyframe", "length(payload)) FROM room_log", "bytes) FROM room_history"] {
            println!("{edits} edits: sum({sum}: {:?}", app.query(database, &format!("SELECT sum({sum}")).await);
        }
    }
}

/// Asks for something; answers with how long that took.
async fn timed(app: &TestApp, path: &str) -> (Duration, serde_json::Value) {
    let began = Instant::now();
    let answer = app.get(path).await.expect(200);
    (began.elapsed(), answer.json())
}

/// All words of a node.
fn text_of(node: &serde_json::Value) -> String {
    let children = node["content"].as_array().into_iter().flatten().map(text_of);
    node["text"].as_str().map_or_else(|| children.collect(), str::to_owned)
}

/// Writes as people do: letter by letter, with mistakes, now here and now there.
struct Typist {
    doc: Doc,
    paragraphs: Vec<XmlTextRef>,
    paragraph: usize,
    caret: u32,
    chance: u64,
}

impl Typist {
    fn new() -> Self {
        let doc = Doc::with_options(Options { offset_kind: OffsetKind::Utf16, ..Options::default() });
        Self { doc, paragraphs: Vec::new(), paragraph: 0, caret: 0, chance: 1 }
    }

    /// Writes that many edits into the room; answers with what it said at some positions.
    async fn fill(&mut self, store: &Store, room: RoomId, edits: u64) -> Vec<(u64, String)> {
        let stored = store.load(room).await.unwrap();
        for update in &stored.tail {
            self.doc.transact_mut().apply_update(Update::decode_v1(update).unwrap()).unwrap();
        }
        let authors: Vec<PrincipalId> = (0..5).map(|_| PrincipalId::new()).collect();
        let (mut said, mut head) = (Vec::new(), stored.head);
        while head < edits {
            let author = authors[(head / 200) as usize % authors.len()];
            let entries: Vec<Entry> = (0..BATCH).map(|_| Entry { author, update: self.edit() }).collect();
            store.append(Append { room, generation: 1, known: 0, entries, title: None }).await.unwrap();
            head += BATCH;
            if head % SNAPSHOT_EVERY < BATCH {
                store.compact(room).await.unwrap();
            }
            if head % (edits / POINTS).max(BATCH) < BATCH {
                said.push((head, self.words()));
            }
        }
        said
    }

    fn words(&self) -> String {
        let txn = self.doc.transact();
        self.paragraphs.iter().map(|text| text.get_string(&txn)).collect()
    }

    /// A number below `limit`, from a generator by Lehmer: the same every time.
    fn below(&mut self, limit: u64) -> u64 {
        self.chance = self.chance * 48_271 % 2_147_483_647;
        self.chance % limit
    }

    fn edit(&mut self) -> Bytes {
        let (what, letter) = (self.below(100), b'a' + self.below(26) as u8);
        if self.paragraphs.is_empty() || what == 0 {
            return self.begin_paragraph();
        }
        if what < 5 {
            self.paragraph = self.below(self.paragraphs.len() as u64) as usize;
        }
        let text = self.paragraphs[self.paragraph].clone();
        let length = text.len(&self.doc.transact());
        if what < 5 {
            self.caret = self.below(u64::from(length) + 1) as u32;
        }
        let mut txn = self.doc.transact_mut();
        self.caret = self.caret.min(length);
        if what < 30 && self.caret > 0 {
            self.caret -= 1;
            text.remove_range(&mut txn, self.caret, 1);
        } else {
            text.insert(&mut txn, self.caret, std::str::from_utf8(&[letter]).unwrap());
            self.caret += 1;
        }
        txn.encode_update_v1().into()
    }

    fn begin_paragraph(&mut self) -> Bytes {
        let place = self.below(self.paragraphs.len() as u64 + 1) as usize;
        let content = self.doc.get_or_insert_xml_fragment("content");
        let mut txn = self.doc.transact_mut();
        let paragraph = content.insert(&mut txn, place as u32, XmlElementPrelim::empty("paragraph"));
        self.paragraphs.insert(place, paragraph.insert(&mut txn, 0, XmlTextPrelim::new("")));
        (self.paragraph, self.caret) = (place, 0);
        txn.encode_update_v1().into()
    }
}
