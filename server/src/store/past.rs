//! The past of a room: where a point of it is, and what the room was there.
//!
//! A state is made of the nearest snapshot or keyframe before it and the updates after that, which are
//! read part by part: whatever the room has been through, the work is bounded by the distance of two
//! keyframes (`keyframes.rs`), and never more than a part of the log is in memory.

use std::time::Duration;

use actors::room::{
    Replay,
    log::{Entry, Snapshot},
};
use protocol::{history::Point, ids::RoomId, rooms::Seq, time::Timestamp};
use tokio::sync::OwnedSemaphorePermit;

use super::{
    Store, Tenant,
    archive::{self, Segment},
    database::Transaction,
    error::{Damage, Silence, StoreError},
    keyframes,
    pages::FIRST_GENERATION,
    rooms, segment,
    sql::sql,
};

/// Bytes of the log that are read at once, if its segments are not larger.
const MAX_PART_BYTES: i64 = 4 * 1024 * 1024;
/// How long somebody waits for others who read the past.
const TURN_TIMEOUT: Duration = Duration::from_secs(10);

/// Why something of the past is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum PastError {
    /// There is no such room, or it is deleted.
    #[error("there is no such room")]
    NotFound,
    /// The room has not come so far, was not there yet, or what it said then was erased.
    #[error("the room has no such point in its past")]
    NotThen,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A position in the past of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The room's generation.
    pub generation: u64,
    /// The last update that had been committed.
    pub seq: Seq,
    /// When it was.
    pub at: Timestamp,
}

/// One update, as the log has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its position.
    pub seq: Seq,
    /// When it was committed.
    pub at: Timestamp,
    /// The update, and whose it is.
    pub entry: Entry,
}

/// A room, as far as its past is concerned.
struct Extent {
    generation: u64,
    head: Seq,
    created_at: Timestamp,
}

impl Store {
    /// Leave to do something heavy with the past, which few may do at the same time.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when it is not given within 10 s.
    pub async fn turn(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let turn = tokio::time::timeout(TURN_TIMEOUT, self.replays.clone().acquire_owned()).await;
        turn.ok().and_then(Result::ok).ok_or(Silence::NoTurn.into())
    }
}

impl Tenant {
    /// Where a point in the past of a room is; now when it is `None`.
    ///
    /// # Errors
    ///
    /// [`PastError`].
    pub async fn place(&self, room: RoomId, point: Option<Point>) -> Result<Place, PastError> {
        let mut tx = self.read().await?;
        let Extent { generation, head, created_at } = self.extent(&mut tx, room).await?;
        let seq = match point {
            None => head,
            Some(Point::Seq(seq)) if seq > head => return Err(PastError::NotThen),
            Some(Point::Seq(seq)) => seq,
            Some(Point::Time(time)) => seq_at(&mut tx, room, time).await?.ok_or(PastError::NotThen)?,
        };
        let at = match seq {
            0 if generation == FIRST_GENERATION => Some(created_at),
            _ => time_of(&mut tx, room, seq).await?,
        };
        Ok(Place { generation, seq, at: at.ok_or(PastError::NotThen)? })
    }

    /// What the room was at a place.
    ///
    /// # Errors
    ///
    /// [`PastError`].
    pub async fn replay(&self, room: RoomId, place: Place) -> Result<Replay, PastError> {
        let base = self.base(room, place).await?;
        let mut replay = blocking(move || Replay::begin(base.as_ref())).await?;
        while replay.seq() < place.seq {
            let part = self.part(room, place, replay.seq()).await?;
            replay = blocking(move || {
                let extended = replay.extend(part.iter().map(|recorded| &recorded.entry.update));
                extended.map(|()| replay)
            })
            .await?;
        }
        Ok(replay)
    }

    /// The updates after `after` up to a place, oldest first: as many as fit into one part, at least one.
    ///
    /// # Errors
    ///
    /// [`PastError`].
    pub async fn part(&self, room: RoomId, upto: Place, after: Seq) -> Result<Vec<Recorded>, PastError> {
        let mut tx = self.read().await?;
        if self.extent(&mut tx, room).await?.generation != upto.generation {
            return Err(PastError::NotThen);
        }
        let segments = segments(&mut tx, room, after, upto.seq).await?;
        Ok(recorded(&segments, after, upto.seq).map_err(StoreError::from)?)
    }

    /// Keeps the room as it is until the transaction ends: nobody erases it; answers whether it is there and
    /// was not erased before.
    pub(super) async fn hold(&self, tx: &mut Transaction, room: RoomId, generation: u64) -> Result<bool, StoreError> {
        let lock = sql("SELECT id FROM room WHERE id = $1 AND workspace_id = $2 AND generation = $3 \
                        AND deleted_at IS NULL FOR NO KEY UPDATE");
        Ok(tx.query_opt(lock.bind(room).bind(self.workspace()).bind(generation)).await?.is_some())
    }

    async fn extent(&self, tx: &mut Transaction, room: RoomId) -> Result<Extent, PastError> {
        let one = sql("SELECT generation, head_seq, created_at FROM room \
                       WHERE id = $1 AND workspace_id = $2 AND deleted_at IS NULL");
        let row = tx.query_opt(one.bind(room).bind(self.workspace())).await?.ok_or(PastError::NotFound)?;
        Ok(Extent { generation: row.get(0)?, head: row.get(1)?, created_at: row.get(2)? })
    }

    /// The nearest snapshot or keyframe that is not behind the place.
    async fn base(&self, room: RoomId, place: Place) -> Result<Option<Snapshot>, PastError> {
        let mut tx = self.read().await?;
        let snapshot = rooms::newest_snapshot(&mut tx, room, place.generation, place.seq).await?;
        let nearest = snapshot.as_ref().map(|snapshot| snapshot.seq);
        let keyframe = keyframes::nearest(&mut tx, room, nearest, place.seq).await?;
        Ok(keyframe.or(snapshot))
    }
}

/// The last update that was committed by then.
async fn seq_at(tx: &mut Transaction, room: RoomId, time: Timestamp) -> Result<Option<Seq>, StoreError> {
    let in_log = sql("SELECT first_seq + count - 1 FROM room_log WHERE room_id = $1 AND created_at <= $2 \
                      ORDER BY first_seq DESC LIMIT 1");
    if let Some(row) = tx.query_opt(in_log.bind(room).bind(time)).await? {
        return Ok(Some(row.get(0)?));
    }
    let mut before = i64::MAX;
    loop {
        let in_history = sql("SELECT from_seq, checksum, payload FROM room_history WHERE room_id = $1 \
                              AND from_seq < $2 AND (from_at IS NULL OR from_at <= $3) ORDER BY from_seq DESC LIMIT 1");
        let Some(row) = tx.query_opt(in_history.bind(room).bind(before).bind(time)).await? else { break };
        let archived = rooms::archived(&row)?;
        if let Some(segment) = archived.iter().rev().find(|segment| segment.created_at <= time) {
            return Ok(Some(segment.last_seq()));
        }
        before = row.get(0)?;
    }
    let keyframe = sql("SELECT seq FROM room_keyframe WHERE room_id = $1 AND at <= $2 ORDER BY seq DESC LIMIT 1");
    tx.query_opt(keyframe.bind(room).bind(time)).await?.map(|row| row.get(0)).transpose()
}

/// When an update was committed; `None` if nothing of that point is kept.
async fn time_of(tx: &mut Transaction, room: RoomId, seq: Seq) -> Result<Option<Timestamp>, StoreError> {
    let of_segment = |segments: &[Segment]| {
        let segment = segments.iter().find(|segment| segment.first_seq <= seq && segment.last_seq() >= seq);
        segment.map(|segment| segment.created_at)
    };
    let in_log = sql("SELECT created_at FROM room_log \
                      WHERE room_id = $1 AND first_seq <= $2 AND first_seq + count > $2 LIMIT 1");
    if let Some(row) = tx.query_opt(in_log.bind(room).bind(seq)).await? {
        return Ok(Some(row.get(0)?));
    }
    let in_history = sql("SELECT from_seq, checksum, payload FROM room_history \
                          WHERE room_id = $1 AND from_seq <= $2 AND to_seq >= $2 LIMIT 1");
    if let Some(row) = tx.query_opt(in_history.bind(room).bind(seq)).await? {
        return Ok(of_segment(&rooms::archived(&row)?));
    }
    let keyframe = sql("SELECT at FROM room_keyframe WHERE room_id = $1 AND seq = $2");
    tx.query_opt(keyframe.bind(room).bind(seq)).await?.map(|row| row.get(0)).transpose()
}

/// The next segments that hold updates after `after` and up to `upto`, oldest first.
pub(super) async fn segments(
    tx: &mut Transaction,
    room: RoomId,
    after: Seq,
    upto: Seq,
) -> Result<Vec<Segment>, StoreError> {
    let next = after + 1;
    // What is archived is older than what is not.
    let in_history = sql("SELECT from_seq, checksum, payload FROM room_history \
                          WHERE room_id = $1 AND to_seq >= $2 AND from_seq <= $3 ORDER BY from_seq LIMIT 1");
    let segments = match tx.query_opt(in_history.bind(room).bind(next).bind(upto)).await? {
        Some(row) => rooms::archived(&row)?,
        None => {
            let in_log = sql("SELECT id, first_seq, count, created_at, checksum, payload FROM ( \
                                  SELECT id, first_seq, count, created_at, checksum, payload, \
                                      sum(length(payload)) OVER (ORDER BY first_seq) - length(payload) AS bytes_before \
                                  FROM room_log WHERE room_id = $1 AND first_seq <= $3 AND first_seq >= \
                                      (SELECT COALESCE(max(first_seq), 0) FROM room_log \
                                       WHERE room_id = $1 AND first_seq <= $2) \
                              ) AS part WHERE bytes_before < $4 ORDER BY first_seq");
            let rows = tx.query(in_log.bind(room).bind(next).bind(upto).bind(MAX_PART_BYTES)).await?;
            rows.iter().map(archive::read).collect::<Result<Vec<_>, _>>()?
        }
    };
    let is_wanted = |segment: &Segment| segment.last_seq() >= next && segment.first_seq <= upto;
    Ok(segments.into_iter().filter(is_wanted).collect())
}

/// The updates in these segments after `after` and up to `upto`, without a gap.
///
/// # Errors
///
/// [`Damage`] where the next update is not there, or a segment does not hold what it says.
pub(super) fn recorded(segments: &[Segment], after: Seq, upto: Seq) -> Result<Vec<Recorded>, Damage> {
    let mut recorded: Vec<Recorded> = Vec::new();
    for segment in segments {
        let end = recorded.last().map_or(after, |last| last.seq);
        if segment.first_seq > end + 1 {
            return Err(Damage::Gap { expected: end + 1, found: segment.first_seq });
        }
        let entries = segment::decode(&segment.payload)
            .ok()
            .filter(|entries| entries.len() as u64 == segment.count)
            .ok_or(Damage::Encoding { what: "segment", seq: segment.first_seq })?;
        let numbered = (segment.first_seq..).zip(entries).filter(|(seq, _)| *seq > end && *seq <= upto);
        recorded.extend(numbered.map(|(seq, entry)| Recorded { seq, at: segment.created_at, entry }));
    }
    if recorded.is_empty() { Err(Damage::End { end: after, head: upto }) } else { Ok(recorded) }
}

/// Does heavy work where it holds up nobody.
pub(super) async fn blocking<T: Send + 'static, E: std::error::Error + Send + Sync + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, StoreError> {
    let worked = tokio::task::spawn_blocking(work).await;
    worked.map_err(|panicked| StoreError::Corrupt(panicked.into()))?.map_err(|error| StoreError::Corrupt(error.into()))
}
