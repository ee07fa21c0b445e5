//! Keyframes: what a room was at some points of its past, packed, so that every other point is near.
//!
//! A keyframe is due when since the last one 1,000 updates have come, or a sixteenth of its stored bytes,
//! whichever is more; or 256 KiB of updates, or twice its stored bytes. Both are at least in proportion to
//! what a keyframe takes: an update takes more than 16 bytes in the log, so that all keyframes together take
//! at most as much as the log they stand in. And to reach any point takes decoding one keyframe and, beside a
//! constant, at most as many updates as there are sixteenths of its bytes, with twice its bytes in all.

use std::io;

use actors::room::log::Snapshot;
use bytes::Bytes;
use protocol::{ids::RoomId, rooms::Seq, time::Timestamp};

use super::{
    database::Transaction,
    error::{Damage, StoreError},
    packed, segment,
    sql::{Statement, sql},
};

/// Updates between two keyframes, at least.
const MIN_UPDATES: u64 = 1000;
/// Bytes of updates between two keyframes, at least, if they are fewer.
const MIN_BYTES: u64 = 256 * 1024;
/// Bytes that an update takes in the log beside its own: those of its author's id.
pub(super) const BYTES_PER_UPDATE: u64 = 16;

/// The last keyframe behind `after` and not behind `upto`, if there is one whose checksum is right.
pub(super) async fn nearest(
    tx: &mut Transaction,
    room: RoomId,
    after: Option<Seq>,
    upto: Seq,
) -> Result<Option<Snapshot>, StoreError> {
    let after = after.map_or(-1, u64::cast_signed);
    let mut upto = upto.cast_signed();
    loop {
        let newest = sql("SELECT seq, checksum, payload FROM room_keyframe \
                          WHERE room_id = $1 AND seq > $2 AND seq <= $3 ORDER BY seq DESC LIMIT 1");
        let Some(row) = tx.query_opt(newest.bind(room).bind(after).bind(upto)).await? else { return Ok(None) };
        let (seq, payload): (i64, Bytes) = (row.get(0)?, row.get(2)?);
        match unpack(&payload, row.get(1)?, row.get(0)?) {
            Ok(update) => return Ok(Some(Snapshot { seq: row.get(0)?, update })),
            Err(error) => {
                tracing::error!(room.id = %room, seq, error = &error as &dyn std::error::Error, "using an older keyframe");
                upto = seq - 1;
            }
        }
    }
}

/// How much has come since a keyframe, and how much that one takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Distance {
    pub(super) updates: u64,
    /// Of these updates.
    pub(super) bytes: u64,
    /// Of the keyframe.
    pub(super) stored_bytes: u64,
}

impl Distance {
    /// Whether the next keyframe is due.
    pub(super) fn is_due(self) -> bool {
        self.updates >= MIN_UPDATES.max(self.stored_bytes / BYTES_PER_UPDATE)
            || self.bytes >= MIN_BYTES.max(2 * self.stored_bytes)
    }
}

/// How much has come since the keyframe at this position; 0 is where the past begins without one.
pub(super) async fn distance(tx: &mut Transaction, room: RoomId, since: Seq) -> Result<Distance, StoreError> {
    let one = sql("SELECT head_seq, \
                       (SELECT CAST(COALESCE(sum(length(payload)), 0) AS BIGINT) FROM room_log WHERE room_id = $1 AND first_seq > $2), \
                       (SELECT CAST(COALESCE(sum(COALESCE(bytes, length(payload))), 0) AS BIGINT) FROM room_history \
                        WHERE room_id = $1 AND from_seq > $2), \
                       COALESCE((SELECT CAST(length(payload) AS BIGINT) FROM room_keyframe WHERE room_id = $1 AND seq = $2), 0) \
                   FROM room WHERE id = $1");
    let row = tx.query_opt(one.bind(room).bind(since)).await?.ok_or(Damage::Missing { what: "room" })?;
    let (head, in_log, in_history, stored_bytes): (Seq, u64, u64, u64) =
        (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
    Ok(Distance { updates: head - since, bytes: in_log + in_history, stored_bytes })
}

/// Keeps what a room was at a position, whose update was committed at `at`; answers also with the bytes
/// that takes.
///
/// # Errors
///
/// When it cannot be packed.
pub(super) fn insert(room: RoomId, seq: Seq, at: Timestamp, update: &[u8]) -> io::Result<(Statement, u64)> {
    let payload = packed::pack(update)?;
    let bytes = payload.len() as u64;
    let insert = sql("INSERT INTO room_keyframe (room_id, seq, at, checksum, payload) VALUES ($1, $2, $3, $4, $5) \
                      ON CONFLICT (room_id, seq) DO NOTHING");
    Ok((insert.bind(room).bind(seq).bind(at).bind(segment::checksum(&payload)).bind(payload), bytes))
}

fn unpack(payload: &[u8], checksum: i64, seq: Seq) -> Result<Bytes, Damage> {
    let what = "keyframe";
    if segment::checksum(payload) != checksum {
        return Err(Damage::Checksum { what, seq });
    }
    packed::unpack(payload).map_err(|_bytes| Damage::Encoding { what, seq })
}
