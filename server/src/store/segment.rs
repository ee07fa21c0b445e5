//! One row of a room's log: the updates of one room in one commit.
//!
//! An update is stored as the client sent it, behind the author's id (16 bytes) and its own length
//! (lib0 `varUint`). One byte before all of them names this layout.

use actors::room::log::Entry;
use bytes::{BufMut, Bytes, BytesMut};
use protocol::{
    ids::PrincipalId,
    wire::{
        WireError,
        varint::{Reader, put_bytes},
    },
};
use uuid::Uuid;

/// The layout described above.
const LAYOUT: u8 = 1;
/// What an update takes besides its bytes, at most.
const MAX_HEADER_BYTES: usize = 16 + 8;

/// The updates as they are stored.
pub(super) fn encode(entries: &[Entry]) -> Bytes {
    let updates_bytes: usize = entries.iter().map(|entry| entry.update.len() + MAX_HEADER_BYTES).sum();
    let mut out = BytesMut::with_capacity(1 + updates_bytes);
    out.put_u8(LAYOUT);
    for entry in entries {
        out.put_slice(entry.author.as_uuid().as_bytes());
        put_bytes(&mut out, &entry.update);
    }
    out.freeze()
}

/// The updates that are stored; they share the bytes of `payload`.
///
/// # Errors
///
/// If the bytes are not what [`encode`] makes of any updates.
pub(super) fn decode(payload: &Bytes) -> Result<Vec<Entry>, WireError> {
    let mut reader = Reader::new(payload);
    let layout = reader.byte()?;
    if layout != LAYOUT {
        return Err(WireError::Unknown { what: "segment layout", value: layout.into() });
    }
    let mut entries = Vec::new();
    while reader.remaining() > 0 {
        let author = uuid(&mut reader)?;
        let update = payload.slice_ref(reader.bytes()?);
        entries.push(Entry { author: PrincipalId::from(author), update });
    }
    Ok(entries)
}

/// An id as its 16 bytes.
pub(super) fn uuid(reader: &mut Reader<'_>) -> Result<Uuid, WireError> {
    Uuid::from_slice(reader.take(16)?).map_err(|_length| WireError::Truncated)
}

/// What is stored beside a payload, to notice when it is no longer the same: CRC-32 (IEEE).
pub(super) fn checksum(payload: &[u8]) -> i64 {
    crc32fast::hash(payload).into()
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::Index};

    use super::*;

    fn entries() -> impl Strategy<Value = Vec<Entry>> {
        let entry = (any::<u128>(), proptest::collection::vec(any::<u8>(), 0..300))
            .prop_map(|(author, update)| Entry { author: Uuid::from_u128(author).into(), update: update.into() });
        proptest::collection::vec(entry, 0..20)
    }

    proptest! {
        #[test]
        fn updates_come_out_as_they_went_in(entries in entries()) {
            prop_assert_eq!(decode(&encode(&entries)).unwrap(), entries);
        }

        #[test]
        fn a_cut_off_segment_is_refused_or_ends_between_updates(entries in entries(), cut in any::<Index>()) {
            let whole = encode(&entries);
            let payload = whole.slice(..cut.index(whole.len()));

            if let Ok(fewer) = decode(&payload) {
                prop_assert!(entries.starts_with(&fewer) && fewer.len() < entries.len());
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            drop(decode(&bytes.into()));
        }
    }
}
