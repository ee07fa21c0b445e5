//! Keyframes: what a room was at some points of its past.

use actors::room::log::Snapshot;
use bytes::Bytes;
use protocol::{ids::RoomId, rooms::Seq, time::Timestamp};

use super::{
    database::Transaction,
    error::{Damage, StoreError},
    packed, segment,
    sql::{Statement, sql},
};

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

/// Keeps what a room was at a position, whose update was committed at `at`.
///
/// # Errors
///
/// [`StoreError::Internal`] when it cannot be packed.
pub(super) fn insert(room: RoomId, seq: Seq, at: Timestamp, update: &[u8]) -> Result<Statement, StoreError> {
    let payload = packed::pack(update).map_err(|error| StoreError::Internal(error.into()))?;
    let insert = sql("INSERT INTO room_keyframe (room_id, seq, at, checksum, payload) VALUES ($1, $2, $3, $4, $5)");
    Ok(insert.bind(room).bind(seq).bind(at).bind(segment::checksum(&payload)).bind(payload))
}

fn unpack(payload: &[u8], checksum: i64, seq: Seq) -> Result<Bytes, Damage> {
    let what = "keyframe";
    if segment::checksum(payload) != checksum {
        return Err(Damage::Checksum { what, seq });
    }
    packed::unpack(payload).map_err(|_bytes| Damage::Encoding { what, seq })
}
