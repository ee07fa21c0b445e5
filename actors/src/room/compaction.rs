//! A snapshot made of what is stored, and proven before anything relies on it.

use std::iter;

use bytes::Bytes;
use yrs::{Doc, ReadTxn, Snapshot as YjsSnapshot, Transact};

use super::{
    clocks::Clocks,
    content::page,
    document::{DamagedError, Document, build, encode},
    log::{Snapshot, Stored},
};

/// Why no snapshot could be made. What is stored is as it was.
#[derive(Debug, thiserror::Error)]
pub enum CompactError {
    /// What is stored cannot be put together.
    #[error(transparent)]
    Damaged(#[from] DamagedError),
    /// The snapshot did not decode to the document it was made of.
    #[error("the snapshot differs from the document it was made of")]
    Differs,
}

/// The state up to the head as one update; `None` when the snapshot covers it already, or updates are
/// left out or missing in it, which then stay in the log until they arrive ([`LeftOut`](super::LeftOut)).
///
/// The snapshot is decoded into a second document and compared with the first before it is answered.
/// Pure work, in proportion to the document: not for a thread on which rooms live.
///
/// # Errors
///
/// [`CompactError`].
pub fn compact(stored: &Stored) -> Result<Option<Snapshot>, CompactError> {
    if stored.tail.is_empty() {
        return Ok(None);
    }
    let mut document = Document::stored(stored.clone())?;
    if !document.is_whole() {
        return Ok(None);
    }
    let doc = document.doc()?;
    let Some(update) = encode(doc) else { return Ok(None) };
    let snapshot = Snapshot { seq: stored.head, update };
    let copy = build(Some(&snapshot), iter::empty())?.doc;
    let same_content = page::title(doc) == page::title(&copy) && page::blocks(doc) == page::blocks(&copy);
    if extent(doc).is_some() && extent(doc) == extent(&copy) && same_content && within(&snapshot.update) {
        Ok(Some(snapshot))
    } else {
        Err(CompactError::Differs)
    }
}

/// Everything a document holds by id: the clocks reached and what of it is deleted.
fn extent(doc: &Doc) -> Option<YjsSnapshot> {
    doc.try_transact().ok().map(|txn| txn.snapshot())
}

/// Whether the next load will accept the bytes.
fn within(update: &Bytes) -> bool {
    Clocks::default().advance(update).is_ok()
}

#[cfg(test)]
mod tests {
    use protocol::{content::Node, rooms::RoomKind};

    use super::*;
    use crate::room::content::page::initial_update;

    fn stored(tail: Vec<Bytes>) -> Stored {
        let head = tail.len() as u64;
        let (snapshot, left_out, erased) = (None, vec![], Bytes::new());
        Stored { kind: RoomKind::Page, generation: 1, head, snapshot, tail, left_out, erased }
    }

    #[test]
    fn a_snapshot_holds_everything_up_to_the_head() {
        let content = vec![Node::block("paragraph", vec![Node::text("hello", vec![])])];

        let snapshot = compact(&stored(vec![initial_update("t", &content)])).unwrap().unwrap();

        assert_eq!(snapshot.seq, 1);
        assert_eq!(page::content_of(&snapshot.update).unwrap(), content);
    }

    #[test]
    fn nothing_new_needs_no_snapshot() {
        assert_eq!(compact(&stored(vec![])).unwrap(), None);
    }
}
