//! What a room holds, measured and in a form in which two of them can be compared.

use bytes::{BufMut, Bytes, BytesMut};
use protocol::wire::{state_vector, varint::put_uint};
use yrs::{ReadTxn, Transact};

use super::{
    content::page,
    document::{DamagedError, Document},
    left_out::LeftOut,
    log::Stored,
};

/// What came out of the stored updates of a room. Two rooms that were put together of the same updates,
/// in whatever order, are the same in all of it but what is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// What each writer has written, in the order of writers.
    pub state_vector: Bytes,
    /// Which of it is deleted: writers in their order, with the ranges of each.
    pub deleted: Bytes,
    /// What a page says, its title first, as JSON.
    pub content: String,
    /// Characters, elements and values that are there.
    pub live: u64,
    /// Those that were deleted, of which only their place is kept.
    pub tombstones: u64,
    /// What is stored but left out.
    pub left_out: Vec<LeftOut>,
    /// Whether everything that was left out has become part of it by other updates.
    pub is_whole: bool,
}

/// Puts a room together and looks at it. Pure work, in proportion to the document: not for a thread on
/// which rooms live.
///
/// # Errors
///
/// [`DamagedError`] when the snapshot cannot be read.
pub fn examine(stored: Stored) -> Result<Examined, DamagedError> {
    let mut document = Document::stored(stored)?;
    document.doc()?;
    let is_whole = document.is_whole();
    let left_out = document.damage().list();
    let doc = document.doc()?;
    let content = serde_json::json!([page::title(doc), page::blocks(doc)]).to_string();
    let (mut written, mut deleted) = (Vec::new(), Vec::new());
    if let Ok(txn) = doc.try_transact() {
        let snapshot = txn.snapshot();
        written.extend(snapshot.state_map.iter().map(|(client, clock)| (client.get(), *clock)));
        for (client, ranges) in snapshot.delete_set.iter() {
            deleted.extend(ranges.iter().map(|range| (client.get(), range.start, range.end)));
        }
    }
    written.sort_unstable();
    deleted.sort_unstable();
    let total: u64 = written.iter().map(|(_, clock)| u64::from(*clock)).sum();
    let tombstones: u64 = deleted.iter().map(|(_, start, end)| u64::from(end - start)).sum();
    Ok(Examined {
        state_vector: state_vector::encode(written),
        deleted: ranges(&deleted),
        content,
        live: total.saturating_sub(tombstones),
        tombstones,
        left_out,
        is_whole,
    })
}

fn ranges(deleted: &[(u64, u32, u32)]) -> Bytes {
    let mut out = BytesMut::new();
    for (client, start, end) in deleted {
        put_uint(&mut out, *client);
        out.put_u32(*start);
        out.put_u32(*end);
    }
    out.freeze()
}
