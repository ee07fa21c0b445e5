//! Many updates in one, made from their bytes: nothing is decoded, nothing is built.
//!
//! Blocks are copied as they are, one writer's behind each other. Text typed behind text becomes one block
//! with it, as it would in a library's document (`yjs/src/structs/Item.js`, `mergeWith`): a run of
//! keystrokes shrinks to little more than its characters.

use std::collections::HashMap;

use bytes::{BufMut, Bytes, BytesMut};

use super::{
    GC, SKIP, clock_of,
    item::{CONTENT, HAS_ORIGIN, HAS_PARENT_KEY, HAS_RIGHT_ORIGIN, Item, STRING},
    read_clock,
};
use crate::wire::{
    WireError,
    varint::{Reader, put_bytes, put_uint},
};

/// Writer and clock of a character.
type Id = (u64, u32);

/// One update that says what these well-formed ones say. Linear in their bytes.
///
/// `None` where a writer's blocks do not follow each other without gap or overlap: only a library can
/// merge those.
pub fn merge<'a>(updates: impl IntoIterator<Item = &'a [u8]>) -> Option<Bytes> {
    let mut merged = Merged::default();
    for update in updates {
        merged.add(update).ok()?;
    }
    Some(merged.finish())
}

/// What keeps updates from being merged.
struct Unfit;

impl From<WireError> for Unfit {
    fn from(_: WireError) -> Self {
        Self
    }
}

#[derive(Default)]
struct Merged {
    sections: Vec<Section>,
    /// Of each writer the place of its section; nearly always there are very few.
    places: HashMap<u64, usize>,
    deletions: HashMap<u64, Vec<(u32, u32)>>,
}

/// The blocks of one writer.
struct Section {
    client: u64,
    first: u32,
    end: u32,
    blocks: u64,
    bytes: BytesMut,
    /// The text of the last block, which may still become longer; everything else of it is written.
    open: Option<Text>,
}

struct Text {
    right: Option<Id>,
    bytes: Vec<u8>,
}

impl Merged {
    fn add(&mut self, update: &[u8]) -> Result<(), Unfit> {
        let mut reader = Reader::new(update);
        for _ in 0..reader.count(3)? {
            let blocks = reader.count(2)?;
            let client = reader.uint()?;
            let clock = read_clock(&mut reader)?;
            let section = self.section(client, clock)?;
            for _ in 0..blocks {
                section.add_block(update, &mut reader)?;
            }
        }
        for _ in 0..reader.count(2)? {
            let client = reader.uint()?;
            let ranges = self.deletions.entry(client).or_default();
            for _ in 0..reader.count(2)? {
                ranges.push((read_clock(&mut reader)?, read_clock(&mut reader)?));
            }
        }
        Ok(reader.finish()?)
    }

    /// The section of a writer, whose blocks go on at this clock.
    fn section(&mut self, client: u64, clock: u32) -> Result<&mut Section, Unfit> {
        let place = *self.places.entry(client).or_insert_with(|| {
            let section = Section { client, first: clock, end: clock, blocks: 0, bytes: BytesMut::new(), open: None };
            self.sections.push(section);
            self.sections.len() - 1
        });
        self.sections.get_mut(place).filter(|section| section.end == clock).ok_or(Unfit)
    }

    fn finish(mut self) -> Bytes {
        // Both libraries write the writers in descending order.
        self.sections.sort_unstable_by_key(|section| std::cmp::Reverse(section.client));
        let mut out = BytesMut::new();
        put_uint(&mut out, self.sections.len() as u64);
        for mut section in self.sections {
            section.close();
            put_uint(&mut out, section.blocks);
            put_uint(&mut out, section.client);
            put_uint(&mut out, section.first.into());
            out.put_slice(&section.bytes);
        }
        let mut deletions: Vec<_> = self.deletions.into_iter().collect();
        deletions.sort_unstable_by_key(|(client, _)| std::cmp::Reverse(*client));
        put_uint(&mut out, deletions.len() as u64);
        for (client, ranges) in deletions {
            let ranges = joined(ranges);
            put_uint(&mut out, client);
            put_uint(&mut out, ranges.len() as u64);
            for (clock, len) in ranges {
                put_uint(&mut out, clock.into());
                put_uint(&mut out, len.into());
            }
        }
        out.freeze()
    }
}

impl Section {
    /// Copies the next block, or makes the last one longer by it.
    fn add_block(&mut self, update: &[u8], reader: &mut Reader<'_>) -> Result<(), Unfit> {
        let start = update.len() - reader.remaining();
        let info = reader.byte()?;
        let copied = |reader: &Reader<'_>| update.get(start..update.len() - reader.remaining()).ok_or(Unfit);
        let len = match info {
            SKIP => return Err(Unfit),
            GC => read_clock(reader)?,
            info if info & CONTENT == STRING => {
                let origin = if info & HAS_ORIGIN == 0 { None } else { Some(read_id(reader)?) };
                let right = if info & HAS_RIGHT_ORIGIN == 0 { None } else { Some(read_id(reader)?) };
                if origin.is_none() && right.is_none() {
                    skip_parent(info, reader)?;
                }
                let head = copied(reader)?;
                let text = reader.text()?;
                let len = clock_of(text.encode_utf16().count() as u64)?;
                let is_behind = self.end > self.first && origin == Some((self.client, self.end - 1));
                match &mut self.open {
                    Some(open) if is_behind && open.right == right && info & HAS_PARENT_KEY == 0 => {
                        open.bytes.extend_from_slice(text.as_bytes());
                    }
                    _ => {
                        self.begin_block(head);
                        if info & HAS_PARENT_KEY == 0 {
                            self.open = Some(Text { right, bytes: text.as_bytes().to_vec() });
                        } else {
                            put_bytes(&mut self.bytes, text.as_bytes());
                        }
                    }
                }
                self.end = clock_of(u64::from(self.end) + u64::from(len))?;
                return Ok(());
            }
            info => Item { client: self.client, clock: self.end, info }.scan(reader, &mut ())?,
        };
        self.begin_block(copied(reader)?);
        self.end = clock_of(u64::from(self.end) + u64::from(len))?;
        Ok(())
    }

    fn begin_block(&mut self, bytes: &[u8]) {
        self.close();
        self.blocks += 1;
        self.bytes.put_slice(bytes);
    }

    /// The last block becomes no longer.
    fn close(&mut self) {
        if let Some(Text { bytes, .. }) = self.open.take() {
            put_bytes(&mut self.bytes, &bytes);
        }
    }
}

fn read_id(reader: &mut Reader<'_>) -> Result<Id, Unfit> {
    Ok((reader.uint()?, read_clock(reader)?))
}

fn skip_parent(info: u8, reader: &mut Reader<'_>) -> Result<(), Unfit> {
    match reader.uint()? {
        0 => drop(read_id(reader)?),
        _ => drop(reader.text()?),
    }
    if info & HAS_PARENT_KEY != 0 {
        reader.text()?;
    }
    Ok(())
}

/// The ranges in order, those that touch as one.
fn joined(mut ranges: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    ranges.sort_unstable();
    let mut joined: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
    for (clock, len) in ranges {
        let end = clock.saturating_add(len);
        match joined.last_mut() {
            Some((start, length)) if clock <= start.saturating_add(*length) => {
                *length = (*length).max(end - *start);
            }
            _ => joined.push((clock, len)),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};
    use yrs::{
        Any, ClientID, Doc, GetString, Map, OffsetKind, Options, Out, ReadTxn, Snapshot, Text as _, Transact,
        TransactionMut, Update, WriteTxn, XmlElementPrelim, XmlFragment, updates::decoder::Decode,
    };

    use super::super::scan;
    use super::*;

    fn doc(client: u64) -> Doc {
        let options = Options { offset_kind: OffsetKind::Utf16, ..Options::with_client_id(ClientID::new(client)) };
        Doc::with_options(options)
    }

    fn edit(doc: &Doc, edit: impl FnOnce(&mut TransactionMut<'_>)) -> Vec<u8> {
        let mut txn = doc.transact_mut();
        edit(&mut txn);
        txn.encode_update_v1()
    }

    fn apply(doc: &Doc, update: &[u8]) {
        doc.transact_mut().apply_update(Update::decode_v1(update).unwrap()).unwrap();
    }

    /// What a document says, and all ids in it; into which blocks a library cuts them is its own affair.
    fn state(doc: &Doc) -> (String, String, Option<Out>, Snapshot) {
        let (text, map, xml) =
            (doc.get_or_insert_text("t"), doc.get_or_insert_map("m"), doc.get_or_insert_xml_fragment("x"));
        let txn = doc.transact();
        (text.get_string(&txn), xml.get_string(&txn), map.get(&txn, "k"), txn.snapshot())
    }

    fn merged(updates: &[Vec<u8>]) -> Bytes {
        merge(updates.iter().map(Vec::as_slice)).unwrap()
    }

    /// Edits of three writers, each of whom has heard of some of those of the others.
    fn edits(seed: u64, count: usize) -> Vec<Vec<u8>> {
        let mut random = fastrand::Rng::with_seed(seed);
        let docs = [doc(7), doc(300), doc(1 << 40)];
        let mut heard = [0; 3];
        let mut updates: Vec<Vec<u8>> = Vec::new();
        while updates.len() < count {
            let at = random.usize(0..3);
            let writer = &docs[at];
            if random.u8(0..3) == 0 {
                updates[heard[at]..].iter().for_each(|update| apply(writer, update));
                heard[at] = updates.len();
            }
            let update = edit(writer, |txn| {
                let text = txn.get_or_insert_text("t");
                let length = text.len(txn);
                match random.u8(0..12) {
                    0..7 => text.insert(txn, length, ["a", "é", "日", "bc"][random.usize(0..4)]),
                    7 => text.insert(txn, 0, "x"),
                    8 if length > 4 => text.insert(txn, length - 3, "y"),
                    9 if length > 4 => text.remove_range(txn, length - 4, 2),
                    10 => drop(txn.get_or_insert_map("m").insert(txn, "k", Any::from(seed as i64))),
                    _ => drop(txn.get_or_insert_xml_fragment("x").push_back(txn, XmlElementPrelim::empty("p"))),
                }
            });
            if update != [0, 0] {
                updates.push(update);
            }
        }
        updates
    }

    #[test]
    fn what_is_merged_says_what_all_of_it_says() {
        for seed in 0..200 {
            let updates = edits(seed, 60);
            let (one_by_one, at_once, in_parts) = (doc(1), doc(1), doc(1));

            updates.iter().for_each(|update| apply(&one_by_one, update));
            apply(&at_once, &merged(&updates));
            updates.chunks(1 + seed as usize % 20).for_each(|part| apply(&in_parts, &merged(part)));

            assert_eq!(state(&at_once), state(&one_by_one), "seed {seed}");
            assert_eq!(state(&in_parts), state(&one_by_one), "seed {seed}");
            assert!(scan(&merged(&updates), &mut ()).is_ok());
        }
    }

    #[test]
    fn whoever_has_a_part_of_it_already_takes_the_rest() {
        for seed in 0..100 {
            let updates = edits(seed, 40);
            let (one_by_one, late) = (doc(1), doc(1));
            updates.iter().for_each(|update| apply(&one_by_one, update));
            updates[..seed as usize % 40].iter().for_each(|update| apply(&late, update));

            apply(&late, &merged(&updates));

            assert_eq!(state(&late), state(&one_by_one), "seed {seed}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(one in any::<Vec<u8>>(), other in any::<Vec<u8>>()) {
            drop(merge([&one[..], &other[..]]));
        }
    }

    #[test]
    fn a_run_of_keystrokes_becomes_one_block() {
        let writer = doc(7);
        let text = writer.get_or_insert_text("t");
        let updates: Vec<Vec<u8>> = (0..100).map(|at| edit(&writer, |txn| text.insert(txn, at, "z"))).collect();

        assert_eq!(merged(&updates).len(), 2 + 2 + 1 + 3 + 1 + 100 + 1);
    }

    #[test]
    fn what_is_deleted_in_pieces_is_one_range() {
        let writer = doc(7);
        let text = writer.get_or_insert_text("t");
        edit(&writer, |txn| text.insert(txn, 0, "abcdef"));
        let updates: Vec<Vec<u8>> = (0..4).map(|_| edit(&writer, |txn| text.remove_range(txn, 1, 1))).collect();

        assert_eq!(merged(&updates)[..], [0, 1, 7, 1, 1, 4]);
    }

    #[test]
    fn blocks_that_do_not_follow_each_other_are_left_to_a_library() {
        let updates = edits(1, 30);
        let own: Vec<&[u8]> = updates.iter().map(Vec::as_slice).collect();

        assert!(merge([own[0], own[0]]).is_none());
        assert!(merge(own.iter().rev().copied()).is_none());
        assert_eq!(merge([]).as_deref(), Some(&[0, 0][..]));
    }
}
