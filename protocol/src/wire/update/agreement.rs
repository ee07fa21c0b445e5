//! Proof that [`scan`] and `yrs` agree: on what `yrs` writes, and on what is left of it after damage.

use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::sync::{Arc, Mutex};

use proptest::prelude::{Strategy, any, prop, prop_assert, prop_assert_eq, proptest};
use yrs::types::Attrs;
use yrs::updates::decoder::Decode;
use yrs::{
    Any, Array, ClientID, Doc, ID, IdSet, Map, OffsetKind, Options, ReadTxn, StateVector, Text, Transact, Update, Xml,
    XmlElementPrelim, XmlFragment, XmlTextPrelim,
};

use super::{Visit, scan};

/// Damaged updates in [`damage_never_gets_past_the_scan`].
const DAMAGED_UPDATES: usize = 20_000;

/// What a scan told, in the types of `yrs`.
#[derive(Default)]
struct Told {
    blocks: IdSet,
    deletions: IdSet,
    skips: usize,
    references: Vec<(u64, u32)>,
}

impl Visit for Told {
    fn block(&mut self, client: u64, clock: u32, len: u32) {
        self.blocks.insert(ID::new(ClientID::new(client), clock), len);
    }

    fn skip(&mut self, _client: u64, _clock: u32, _len: u32) {
        self.skips += 1;
    }

    fn reference(&mut self, client: u64, clock: u32) {
        self.references.push((client, clock));
    }

    fn deletion(&mut self, client: u64, clock: u32, len: u32) {
        self.deletions.insert(ID::new(ClientID::new(client), clock), len);
    }
}

fn told(update: &[u8]) -> Told {
    let mut told = Told::default();
    scan(update, &mut told).unwrap();
    told
}

/// One thing a person does to a document: what, and where.
type Edit = (u8, u32);

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    prop::collection::vec((any::<u8>(), 0..64_u32), 1..40)
}

fn document(client: u64) -> Doc {
    Doc::with_options(Options {
        client_id: ClientID::new(client),
        offset_kind: OffsetKind::Utf16,
        ..Options::default()
    })
}

fn apply(document: &Doc, update: &[u8]) {
    document.transact_mut().apply_update(Update::decode_v1(update).unwrap()).unwrap();
}

fn state(document: &Doc) -> Vec<u8> {
    document.transact().encode_state_as_update_v1(&StateVector::default())
}

/// Does one thing to a document that has a title, a list, a record and a body.
fn edit(document: &Doc, (what, at): Edit) {
    let title = document.get_or_insert_text("title");
    let list = document.get_or_insert_array("list");
    let record = document.get_or_insert_map("record");
    let body = document.get_or_insert_xml_fragment("body");
    let mut txn = document.transact_mut();
    let (letters, items, blocks) = (title.len(&txn), list.len(&txn), body.len(&txn));
    let key = format!("key {}", at % 4);
    match what % 12 {
        0 | 1 => title.insert(&mut txn, at.min(letters), "wörd "),
        2 => title.push(&mut txn, "w"),
        3 if at + 3 < letters => title.remove_range(&mut txn, at, 3),
        4 if at + 5 < letters => title.format(&mut txn, at, 5, Attrs::from([("bold".into(), Any::from(true))])),
        5 => drop(title.insert_embed(&mut txn, at.min(letters), Any::from_json(r#"{"image":[1,null]}"#).unwrap())),
        6 => drop(record.insert(&mut txn, key, Any::from_json(r#"{"a":[1,2.5,"x"],"b":{}}"#).unwrap())),
        7 => drop(record.remove(&mut txn, &key)),
        8 => drop(list.push_back(&mut txn, Any::Buffer(Arc::from([1, 2, 3])))),
        9 if items > 0 => list.remove(&mut txn, at % items),
        10 => {
            let block = body.insert(&mut txn, at.min(blocks), XmlElementPrelim::empty("heading"));
            block.insert_attribute(&mut txn, "level", 2);
            block.push_back(&mut txn, XmlTextPrelim::new("naïve 😀"));
        }
        11 if blocks > 0 => body.remove_range(&mut txn, at % blocks, 1),
        _ => {}
    }
}

/// Two people edit at the same time and see each other's edits now and then.
/// Returns one of their documents, and every update that was sent.
fn write_together(edits: &[Edit]) -> (Doc, Vec<Vec<u8>>) {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let documents = [document(7), document((1 << 53) - 1)];
    for document in &documents {
        let sent = sent.clone();
        document.observe_update_v1("sent", move |_, event| sent.lock().unwrap().push(event.update.clone())).unwrap();
    }
    for (round, edits) in edits.chunks(5).enumerate() {
        let [author, other] = [&documents[round % 2], &documents[(round + 1) % 2]];
        for done in edits {
            edit(author, *done);
        }
        if round % 3 == 0 {
            apply(other, &state(author));
            apply(author, &state(other));
        }
    }
    apply(&documents[0], &state(&documents[1]));
    let [document, _] = documents;
    let sent = std::mem::take(&mut *sent.lock().unwrap());
    (document, sent)
}

/// Clocks per client, if every client's blocks follow each other from zero.
fn ends_of(blocks: &IdSet) -> BTreeMap<u64, u32> {
    let mut ends = BTreeMap::new();
    for (client, ranges) in blocks.iter() {
        let ranges: Vec<_> = ranges.iter().cloned().collect();
        assert_eq!(ranges.len(), 1, "{ranges:?}");
        assert_eq!(ranges[0].start, 0);
        ends.insert(client.get(), ranges[0].end);
    }
    ends
}

proptest! {
    #[test]
    fn a_state_tells_all_blocks_up_to_its_state_vector(edits in edits()) {
        let (document, _) = write_together(&edits);

        let told = told(&state(&document));

        let state_vector = document.transact().state_vector();
        let expected: BTreeMap<u64, u32> = state_vector.iter().map(|(client, clock)| (client.get(), *clock)).collect();
        prop_assert_eq!(ends_of(&told.blocks), expected);
        prop_assert_eq!(told.skips, 0);
        prop_assert!(told.references.iter().all(|(client, clock)| *clock < state_vector.get(&ClientID::new(*client))));
    }

    #[test]
    fn every_update_sent_tells_what_yrs_reads_in_it(edits in edits()) {
        let (_, sent) = write_together(&edits);

        for update in sent {
            let told = told(&update);
            let read = Update::decode_v1(&update).unwrap();
            prop_assert_eq!(&told.blocks, &read.insertions(true));
            prop_assert_eq!(&told.deletions, read.delete_set());
        }
    }
}

/// Random numbers that are the same in every run (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }
}

/// Breaks an update as bad memory, bad software and bad people do.
fn damage(update: &mut Vec<u8>, dice: &mut Dice) {
    let at = dice.roll(update.len());
    match dice.roll(6) {
        0 => update.truncate(at),
        1 => update[at] ^= 1 << dice.roll(8),
        2 => update[at] = dice.roll(256) as u8,
        3 => drop(update.splice(at..at, [0xff, 0xff, 0xff, 0xff, 0x0f])),
        4 => drop(update.remove(at)),
        _ => {
            let copied = update[at..update.len().min(at + 16)].to_vec();
            let to = dice.roll(update.len());
            update.splice(to..to, copied);
        }
    }
}

#[test]
fn damage_never_gets_past_the_scan() {
    let edits: Vec<Edit> = (0..80).map(|step| (step, u32::from(step) * 7 % 64)).collect();
    let (document, mut updates) = write_together(&edits);
    assert!(updates.len() > 40);
    updates.push(state(&document));
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut passed = 0;

    for _ in 0..DAMAGED_UPDATES {
        let mut update = updates[dice.roll(updates.len())].clone();
        for _ in 0..=dice.roll(2) {
            if !update.is_empty() {
                damage(&mut update, &mut dice);
            }
        }
        let mut told = Told::default();
        if scan(&update, &mut told).is_ok() {
            passed += 1;
            let read = catch_unwind(|| Update::decode_v1(&update)).unwrap().unwrap();
            assert_eq!(told.blocks, read.insertions(true), "{update:?}");
        }
    }

    // Bits flipped in a text or a clock are no damage to the structure.
    assert!((DAMAGED_UPDATES / 10..DAMAGED_UPDATES / 2).contains(&passed), "{passed}");
}
