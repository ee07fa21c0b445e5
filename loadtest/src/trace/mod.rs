//! Every keystroke of a paper, as a Yjs client would have sent it: one update each, or one for several.
//!
//! The trace is in `loadtest/data/editing-traces`, with where it comes from and its licence. Its updates are
//! written by hand: to find a quarter of a million places in a text takes a CRDT library half a minute.

mod letters;

use std::io::Read;

use flate2::read::GzDecoder;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use yrs::{Doc, ReadTxn, StateVector, Transact, Update, merge_updates_v1, updates::decoder::Decode};

use self::letters::{Between, Letters};
use crate::{
    bench::edit::{put_bytes, put_uint},
    failure::Failure,
};

const FILE: &[u8] = include_bytes!("../../data/editing-traces/automerge-paper.json.gz");
const FILE_SHA256: &str = "42c0ff1720c0cad77077e190e36135c9cab9f7bbc266351c0a7fe4981c6a1546";
/// The root text the paper is written into.
pub(crate) const ROOT: &str = "paper";
/// The client that writes all of it; as long as a real one's, which has 32 random bits.
pub(crate) const WRITER: u64 = 0x9a3f_0000;

/// The first byte of an item that holds a string, and what it says of its neighbours (`yjs/src/structs/Item.js`).
const STRING: u8 = 0x04;
const HAS_LEFT: u8 = 0x80;
const HAS_RIGHT: u8 = 0x40;
/// The parent is a root type, and its name follows.
const NAMED: u8 = 1;

/// The keystrokes, and what comes of them.
pub(crate) struct Trace {
    /// The updates, one after the other.
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<usize>,
    /// The text after the last one.
    pub(crate) text: String,
    /// How many keystrokes there are. Each inserts a letter, which takes a clock of [`WRITER`], or deletes one.
    pub(crate) keystrokes: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    end_content: String,
    txns: Vec<Transaction>,
}

#[derive(Deserialize)]
struct Transaction {
    patches: Vec<Patch>,
}

/// Where, how many letters are deleted there, and what is inserted then. All of it is ASCII: a position
/// is the same in bytes, in characters and in UTF-16.
#[derive(Deserialize)]
struct Patch(usize, usize, String);

impl Trace {
    /// All of it, so many keystrokes in an update.
    ///
    /// # Errors
    ///
    /// [`Failure::Trace`] if it is not the trace it should be.
    pub(crate) fn whole(per_update: usize) -> Result<Self, Failure> {
        let file = read()?;
        let trace = Self::of(file.patches())?;
        if trace.text != file.end_content {
            return Err(Failure::Trace("ends in another text"));
        }
        trace.together(per_update)
    }

    /// The first keystrokes of it.
    ///
    /// # Errors
    ///
    /// As [`Trace::whole`].
    pub(crate) fn first(keystrokes: usize, per_update: usize) -> Result<Self, Failure> {
        Self::of(read()?.patches().take(keystrokes))?.together(per_update)
    }

    /// How many updates there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The update with this number, v1.
    pub(crate) fn update(&self, number: usize) -> &[u8] {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[number]]
    }

    /// Bytes of the document in the end, as one update.
    ///
    /// # Errors
    ///
    /// [`Failure::Trace`] if it cannot be put together.
    pub(crate) fn document_bytes(&self) -> Result<usize, Failure> {
        let document = Doc::new();
        for number in 0..self.len() {
            let update = Update::decode_v1(self.update(number)).map_err(|_error| Failure::Trace("has no update"))?;
            let applied = document.transact_mut().apply_update(update);
            applied.map_err(|_error| Failure::Trace("cannot be put together"))?;
        }
        Ok(document.transact().encode_state_as_update_v1(&StateVector::default()).len())
    }

    fn of<'a>(patches: impl Iterator<Item = &'a Patch>) -> Result<Self, Failure> {
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        let (mut letters, mut typed) = (Letters::default(), Vec::new());
        for Patch(at, removed, added) in patches {
            let clock = typed.len() as u32;
            let written = match (removed, added.as_bytes()) {
                (0, [letter]) => {
                    typed.push(*letter);
                    letters.insert(*at, clock).map(|between| put_insert(&mut bytes, clock, between, *letter))
                }
                (1, []) => letters.delete(*at).map(|clock| put_delete(&mut bytes, clock)),
                _ => None,
            };
            written.ok_or(Failure::Trace("has a keystroke that is none"))?;
            ends.push(bytes.len());
        }
        let text = letters.visible().map(|clock| char::from(typed[clock as usize])).collect();
        Ok(Self { keystrokes: ends.len(), bytes, ends, text })
    }

    /// The same with so many keystrokes in an update.
    fn together(self, per_update: usize) -> Result<Self, Failure> {
        if per_update <= 1 {
            return Ok(self);
        }
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        let numbers: Vec<usize> = (0..self.len()).collect();
        for together in numbers.chunks(per_update) {
            let merged = merge_updates_v1(together.iter().map(|number| self.update(*number)));
            bytes.extend(merged.map_err(|_error| Failure::Trace("cannot be merged"))?);
            ends.push(bytes.len());
        }
        Ok(Self { bytes, ends, ..self })
    }
}

impl File {
    fn patches(&self) -> impl Iterator<Item = &Patch> {
        self.txns.iter().flat_map(|transaction| &transaction.patches)
    }
}

/// Writes the update that inserts a letter.
fn put_insert(out: &mut Vec<u8>, clock: u32, between: Between, letter: u8) {
    // One client, one block.
    out.extend_from_slice(&[1, 1]);
    put_uint(out, WRITER);
    put_uint(out, clock.into());
    let has = |neighbour: Option<u32>, flag| if neighbour.is_some() { flag } else { 0 };
    out.push(STRING | has(between.left, HAS_LEFT) | has(between.right, HAS_RIGHT));
    for neighbour in [between.left, between.right].into_iter().flatten() {
        put_uint(out, WRITER);
        put_uint(out, neighbour.into());
    }
    if between == (Between { left: None, right: None }) {
        out.push(NAMED);
        put_bytes(out, ROOT.as_bytes());
    }
    put_bytes(out, &[letter]);
    // No deletions.
    out.push(0);
}

/// Writes the update that deletes a letter: no blocks, one client, one range.
fn put_delete(out: &mut Vec<u8>, clock: u32) {
    out.extend_from_slice(&[0, 1]);
    put_uint(out, WRITER);
    out.push(1);
    put_uint(out, clock.into());
    out.push(1);
}

fn read() -> Result<File, Failure> {
    let digest: String = Sha256::digest(FILE).iter().map(|byte| format!("{byte:02x}")).collect();
    if digest != FILE_SHA256 {
        return Err(Failure::Trace("is another file"));
    }
    let mut json = Vec::new();
    GzDecoder::new(FILE).read_to_end(&mut json)?;
    serde_json::from_slice(&json).map_err(|_error| Failure::Trace("cannot be read"))
}

#[cfg(test)]
mod tests {
    use yrs::{ClientID, GetString, OffsetKind, Options, Text};

    use super::*;

    /// What somebody reads who is told every update.
    fn read_by_another(trace: &Trace) -> String {
        let document = Doc::new();
        let paper = document.get_or_insert_text(ROOT);
        for number in 0..trace.len() {
            let update = Update::decode_v1(trace.update(number)).unwrap();
            document.transact_mut().apply_update(update).unwrap();
        }
        paper.get_string(&document.transact())
    }

    #[test]
    fn a_keystroke_is_what_yrs_writes_for_the_same() {
        let trace = Trace::first(10_000, 1).unwrap();
        let options = Options { offset_kind: OffsetKind::Utf16, ..Options::with_client_id(ClientID::new(WRITER)) };
        let document = Doc::with_options(options);
        let paper = document.get_or_insert_text(ROOT);

        for (number, Patch(at, removed, added)) in read().unwrap().patches().take(10_000).enumerate() {
            let mut txn = document.transact_mut();
            paper.remove_range(&mut txn, *at as u32, *removed as u32);
            paper.insert(&mut txn, *at as u32, added);

            assert_eq!(trace.update(number), txn.encode_update_v1(), "{number}");
        }
    }

    #[test]
    fn keystrokes_may_share_updates() {
        let trace = Trace::first(20_000, 64).unwrap();

        assert_eq!((trace.len(), trace.keystrokes), (313, 20_000));
        assert_eq!(read_by_another(&trace), trace.text);
    }

    #[test]
    fn whoever_is_told_every_keystroke_reads_the_paper() {
        let trace = Trace::whole(1).unwrap();

        assert_eq!((trace.len(), trace.keystrokes), (259_778, 259_778));
        assert_eq!(trace.text.len(), 104_852);
        assert_eq!(read_by_another(&trace), trace.text);
    }
}
