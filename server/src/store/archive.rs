//! One row of a room's history: segments of its log, as they were, one after the other.
//!
//! A segment is stored as its id (16 bytes), the position of its first update, the number of its
//! updates (lib0 `varUint`), when it was committed (microseconds since 1970, 8 bytes, big-endian), and
//! its payload behind the length of it (lib0 `varUint`). One byte before all of them names the layout: 1 when
//! they stand there as they are, 2 when they are packed.

use std::io;

use bytes::{BufMut, Bytes, BytesMut};
use protocol::{
    ids::SegmentId,
    rooms::Seq,
    time::Timestamp,
    wire::{
        WireError,
        varint::{Reader, put_bytes, put_uint},
    },
};

use super::{
    error::{Damage, StoreError},
    packed, segment,
    sql::Row,
};

/// The segments as described above.
const PLAIN: u8 = 1;
/// The same, packed. What is written now.
const PACKED: u8 = 2;

/// A segment of a log, with what its row says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) id: SegmentId,
    /// Position of its first update.
    pub(super) first_seq: Seq,
    /// Number of its updates.
    pub(super) count: u64,
    pub(super) created_at: Timestamp,
    pub(super) payload: Bytes,
}

impl Segment {
    /// Position of its last update.
    pub(super) const fn last_seq(&self) -> Seq {
        self.first_seq + self.count - 1
    }
}

/// The segments as they are archived.
///
/// # Errors
///
/// When they cannot be packed.
pub(super) fn encode(segments: &[Segment]) -> io::Result<Bytes> {
    let packed = packed::pack(&plain(segments))?;
    let mut out = BytesMut::with_capacity(1 + packed.len());
    out.put_u8(PACKED);
    out.put_slice(&packed);
    Ok(out.freeze())
}

fn plain(segments: &[Segment]) -> Bytes {
    let mut out = BytesMut::with_capacity(segments.iter().map(|segment| segment.payload.len() + 48).sum());
    for segment in segments {
        out.put_slice(segment.id.as_uuid().as_bytes());
        put_uint(&mut out, segment.first_seq);
        put_uint(&mut out, segment.count);
        out.put_i64(segment.created_at.as_micros());
        put_bytes(&mut out, &segment.payload);
    }
    out.freeze()
}

/// The segments of an archive; they share their bytes.
///
/// # Errors
///
/// If the bytes are not what [`encode`] makes of any segments.
pub(super) fn decode(payload: &Bytes) -> Result<Vec<Segment>, WireError> {
    let plain = match payload.first() {
        Some(&PLAIN) => payload.slice(1..),
        Some(&PACKED) => packed::unpack(&payload[1..]).map_err(|_damaged| WireError::Truncated)?,
        Some(layout) => return Err(WireError::Unknown { what: "archive layout", value: (*layout).into() }),
        None => return Err(WireError::Truncated),
    };
    let mut reader = Reader::new(&plain);
    let mut segments = Vec::new();
    while reader.remaining() > 0 {
        segments.push(Segment {
            id: segment::uuid(&mut reader)?.into(),
            first_seq: reader.uint()?,
            count: reader.uint()?,
            created_at: time(&mut reader)?,
            payload: plain.slice_ref(reader.bytes()?),
        });
    }
    Ok(segments)
}

fn time(reader: &mut Reader<'_>) -> Result<Timestamp, WireError> {
    let bytes = reader.take(8)?.try_into().map_err(|_length| WireError::Truncated)?;
    Ok(Timestamp::from_micros(i64::from_be_bytes(bytes)))
}

/// A row of `room_log`: id, first_seq, count, created_at, checksum, payload.
///
/// # Errors
///
/// [`StoreError::Corrupt`] if the checksum is wrong.
pub(super) fn read(row: &Row) -> Result<Segment, StoreError> {
    let segment = Segment {
        id: row.get(0)?,
        first_seq: row.get(1)?,
        count: row.get(2)?,
        created_at: row.get(3)?,
        payload: row.get(5)?,
    };
    if segment::checksum(&segment.payload) == row.get::<i64>(4)? {
        Ok(segment)
    } else {
        Err(Damage::Checksum { what: "segment", seq: segment.first_seq }.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_come_out_as_they_went_in() {
        let segments: Vec<Segment> = (1..5)
            .map(|n| Segment {
                id: SegmentId::new(),
                first_seq: n * 10,
                count: 10,
                created_at: Timestamp::from_micros(-1 + n.cast_signed()),
                payload: Bytes::from(vec![7; n as usize * 100]),
            })
            .collect();

        assert_eq!(decode(&encode(&segments).unwrap()).unwrap(), segments);
        let before_packing = [&[PLAIN][..], &plain(&segments)].concat();
        assert_eq!(decode(&before_packing.into()).unwrap(), segments);
    }
}
