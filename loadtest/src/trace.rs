//! Every keystroke of a paper, as a Yjs client would have sent it: one update each, or one for several.
//!
//! The trace is in `loadtest/data/editing-traces`, with where it comes from and its licence. The updates are
//! made before anything is measured: a generator that asks a CRDT library for every letter measures the library.

use std::io::Read;

use flate2::read::GzDecoder;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use yrs::{ClientID, Doc, OffsetKind, Options, ReadTxn, StateVector, Text, Transact};

use crate::failure::Failure;

const FILE: &[u8] = include_bytes!("../data/editing-traces/automerge-paper.json.gz");
const FILE_SHA256: &str = "42c0ff1720c0cad77077e190e36135c9cab9f7bbc266351c0a7fe4981c6a1546";
/// The root text the paper is written into.
pub(crate) const ROOT: &str = "paper";
/// The client that writes all of it; as long as a real one's, which has 32 random bits.
pub(crate) const WRITER: u64 = 0x9a3f_0000;

/// The keystrokes, and what comes of them.
pub(crate) struct Trace {
    /// The updates, one after the other.
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<usize>,
    /// The text after the last one.
    pub(crate) text: String,
    /// Bytes of the document then, as one update.
    pub(crate) document_bytes: usize,
    /// Keystrokes that insert a letter; each takes a clock of [`WRITER`].
    inserted: usize,
    /// Keystrokes that delete one.
    deleted: usize,
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

/// Where, how many characters are deleted there, and what is inserted then.
#[derive(Deserialize)]
struct Patch(u32, u32, String);

impl Trace {
    /// All of it, so many keystrokes in an update. Takes some seconds.
    ///
    /// # Errors
    ///
    /// [`Failure::Trace`] if it is not the trace it should be.
    pub(crate) fn whole(per_update: usize) -> Result<Self, Failure> {
        let file = read()?;
        let trace = Self::of(file.patches(), per_update);
        if trace.text == file.end_content { Ok(trace) } else { Err(Failure::Trace("ends in another text")) }
    }

    /// The first keystrokes of it.
    ///
    /// # Errors
    ///
    /// As [`Trace::whole`].
    pub(crate) fn first(keystrokes: usize, per_update: usize) -> Result<Self, Failure> {
        Ok(Self::of(read()?.patches().take(keystrokes), per_update))
    }

    /// How many updates there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// How many keystrokes there are.
    pub(crate) fn keystrokes(&self) -> usize {
        self.inserted + self.deleted
    }

    /// The update with this number, v1.
    pub(crate) fn update(&self, number: usize) -> &[u8] {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[number]]
    }

    fn of<'a>(patches: impl Iterator<Item = &'a Patch>, per_update: usize) -> Self {
        let options = Options { offset_kind: OffsetKind::Utf16, ..Options::with_client_id(ClientID::new(WRITER)) };
        let document = Doc::with_options(options);
        let paper = document.get_or_insert_text(ROOT);
        let patches: Vec<&Patch> = patches.collect();
        let (mut bytes, mut ends, mut text) = (Vec::new(), Vec::new(), String::new());
        for together in patches.chunks(per_update.max(1)) {
            let mut txn = document.transact_mut();
            for Patch(at, removed, added) in together {
                paper.remove_range(&mut txn, *at, *removed);
                paper.insert(&mut txn, *at, added);
                // All of it is ASCII: a position is the same in bytes, in characters and in UTF-16.
                let at = *at as usize;
                text.replace_range(at..at + *removed as usize, added);
            }
            bytes.extend_from_slice(&txn.encode_update_v1());
            ends.push(bytes.len());
        }
        let inserted = patches.iter().map(|Patch(_, _, added)| added.len()).sum();
        let deleted = patches.iter().map(|Patch(_, removed, _)| *removed as usize).sum();
        let document_bytes = document.transact().encode_state_as_update_v1(&StateVector::default()).len();
        Self { bytes, ends, text, document_bytes, inserted, deleted }
    }
}

impl File {
    fn patches(&self) -> impl Iterator<Item = &Patch> {
        self.txns.iter().flat_map(|transaction| &transaction.patches)
    }
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
    use yrs::{GetString, Update, updates::decoder::Decode};

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
    fn whoever_is_told_every_keystroke_reads_the_text() {
        let trace = Trace::first(20_000, 1).unwrap();

        assert_eq!(trace.len(), 20_000);
        assert_eq!(read_by_another(&trace), trace.text);
    }

    #[test]
    fn keystrokes_may_share_updates() {
        let trace = Trace::first(20_000, 64).unwrap();

        assert_eq!((trace.len(), trace.keystrokes()), (313, 20_000));
        assert_eq!(read_by_another(&trace), trace.text);
    }

    #[test]
    fn the_whole_trace_is_the_paper() {
        let trace = Trace::whole(1).unwrap();

        assert_eq!((trace.len(), trace.inserted, trace.deleted), (259_778, 182_315, 77_463));
        assert_eq!(trace.text.len(), 104_852);
    }
}
