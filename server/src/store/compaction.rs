//! Compaction: a snapshot so that opening is fast, and old segments moved out of its way.
//!
//! Nothing is lost: what leaves the log enters the history, byte for byte, in the transaction that
//! records the snapshot covering it. One node at a time compacts a room. Where two believe that they
//! are the one, as after a pause, they do no harm: the fence of the lease is in that transaction, and
//! whoever finds that something is not as it was takes its work back.

use actors::room::log::{LogError, Snapshot, Stored};
use protocol::{ids::RoomId, rooms::Seq, time::Timestamp};

use super::{
    Store,
    archive::{self, Segment},
    database::{Database, Scope},
    error::StoreError,
    leases::{Duty, Lease},
    opening,
    past::blocking,
    past_upkeep,
    rooms::SNAPSHOT_ENCODING,
    segment,
    sql::{Statement, sql},
};

/// Segments younger than this stay in the log, where those who lag a little look for them.
const TAIL_GRACE_SECONDS: i64 = 10 * 60;
/// Bytes of segments moved at once; the segment that passes it is the last one. The rest waits for
/// the next compaction.
const MAX_ARCHIVED_BYTES: i64 = 8 * 1024 * 1024;

impl Store {
    /// What [`RoomLog::compact`](actors::room::log::RoomLog::compact) does, by whoever has got the
    /// duty before; `None` also when another node has got it since.
    ///
    /// # Errors
    ///
    /// As [`LogError`] says; the log is as it was.
    pub async fn compact_under(&self, lease: Lease) -> Result<Option<Snapshot>, LogError> {
        let Duty::Compaction(room) = lease.duty();
        compact_fenced(self, room, lease).await
    }
}

/// Compacts a room unless another node does; then there may be something left to do later.
pub(super) async fn compact(store: &Store, room: RoomId) -> Result<Option<Snapshot>, LogError> {
    let _place = store.compactions.acquire().await;
    let compacted = store.under_lease(Duty::Compaction(room), async |lease| compact_fenced(store, room, lease).await);
    compacted.await?.unwrap_or(Ok(None))
}

/// Writes a snapshot of everything committed so far, if there is anything new, and moves what
/// snapshots cover to the history. Answers with the snapshot that covers everything.
async fn compact_fenced(store: &Store, room: RoomId, lease: Lease) -> Result<Option<Snapshot>, LogError> {
    let (database, at) = (&store.database, store.clock.now());
    let stored = opening::load(database, room).await?;
    let generation = stored.generation;
    let previous = stored.snapshot.as_ref().map_or(0, |snapshot| snapshot.seq);
    // Another node has been faster: its snapshot does for this one, too.
    let present = stored.snapshot.clone().filter(|_| stored.tail.is_empty());
    let snapshot = snapshot(stored).await?;
    let covered = snapshot.as_ref().map_or(previous, |snapshot| snapshot.seq);
    let old = covered_segments(database, room, covered, at.plus_seconds(-TAIL_GRACE_SECONDS)).await?;

    let mut steps = archive_steps(room, old).await?;
    if let Some(snapshot) = &snapshot {
        steps.extend(snapshot_steps(room, generation, snapshot, previous, at));
    }
    let is_done = match carry_out(database, &lease, steps).await {
        // Another node has written the same snapshot or archived the same segments.
        Err(StoreError::Conflict(_)) => false,
        carried_out => carried_out?,
    };
    if is_done && snapshot.is_some() {
        past_upkeep::after_compaction(store, room).await;
    }
    Ok(snapshot.filter(|_| is_done).or(present))
}

/// The state of the room as one update, on a thread that may take its time.
async fn snapshot(stored: Stored) -> Result<Option<Snapshot>, LogError> {
    if stored.tail.is_empty() {
        return Ok(None);
    }
    let compacted = tokio::task::spawn_blocking(move || actors::room::compact(&stored)).await;
    compacted.map_err(|panicked| LogError::Corrupt(panicked.into()))?.map_err(|error| LogError::Corrupt(error.into()))
}

/// The oldest segments in the log that are covered by a snapshot and committed before `before`.
async fn covered_segments(
    database: &Database,
    room: RoomId,
    covered: Seq,
    before: Timestamp,
) -> Result<Vec<Segment>, StoreError> {
    let oldest = sql("SELECT id, first_seq, count, created_at, checksum, payload FROM ( \
                          SELECT id, first_seq, count, created_at, checksum, payload, \
                              sum(length(payload)) OVER (ORDER BY first_seq) - length(payload) AS bytes_before, \
                              max(created_at) OVER (ORDER BY first_seq) AS youngest_so_far \
                          FROM room_log WHERE room_id = $1 AND first_seq + count - 1 <= $2 \
                      ) AS covered WHERE youngest_so_far < $3 AND bytes_before < $4 ORDER BY first_seq");
    // Clocks go back, and differ from node to node: what follows a younger segment stays with it.
    let oldest = oldest.bind(room).bind(covered).bind(before).bind(MAX_ARCHIVED_BYTES);
    let rows = database.query(Scope::Server, oldest).await?;
    // What is damaged or lost stays in the log, and what follows it waits for the operator.
    let segments: Vec<Segment> = rows.iter().map_while(|row| archive::read(row).ok()).collect();
    let mut next = segments.first().map_or(0, |segment| segment.first_seq);
    let adjoining = segments.into_iter().take_while(|segment| {
        let is_next = segment.first_seq == next;
        next = segment.last_seq() + 1;
        is_next
    });
    Ok(adjoining.collect())
}

/// A statement, and how many rows it writes unless somebody else was faster.
struct Step {
    statement: Statement,
    writes: Option<u64>,
}

impl Step {
    fn writes(rows: u64, statement: Statement) -> Self {
        Self { statement, writes: Some(rows) }
    }
}

/// Runs the steps in one transaction; `false` if the lease is another node's by now or one of them did
/// not write its rows: nothing was changed then.
async fn carry_out(database: &Database, lease: &Lease, mut steps: Vec<Step>) -> Result<bool, StoreError> {
    if steps.is_empty() {
        return Ok(true);
    }
    steps.insert(0, Step::writes(1, lease.fence()));
    let (statements, writes): (Vec<_>, Vec<_>) = steps.into_iter().map(|step| (step.statement, step.writes)).unzip();
    let mut tx = database.write(Scope::Server).await?;
    let answers = tx.run(statements).await?;
    let is_as_expected =
        answers.iter().zip(writes).all(|(answer, writes)| writes.is_none_or(|rows| rows == answer.affected));
    if is_as_expected {
        tx.commit().await?;
    }
    Ok(is_as_expected)
}

/// Moves adjoining segments from the log to the history.
async fn archive_steps(room: RoomId, segments: Vec<Segment>) -> Result<Vec<Step>, StoreError> {
    let (Some(first), Some(last)) = (segments.first().cloned(), segments.last().cloned()) else {
        return Ok(Vec::new());
    };
    let count = segments.len() as u64;
    let bytes: u64 = segments.iter().map(|segment| segment.payload.len() as u64).sum();
    let payload = blocking(move || archive::encode(&segments)).await?;
    let insert = sql("INSERT INTO room_history (room_id, from_seq, to_seq, checksum, payload, bytes, from_at, to_at) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
    .bind(room)
    .bind(first.first_seq)
    .bind(last.last_seq())
    .bind(segment::checksum(&payload))
    .bind(payload)
    .bind(bytes)
    .bind(first.created_at)
    .bind(last.created_at);
    let delete = sql("DELETE FROM room_log WHERE room_id = $1 AND first_seq >= $2 AND first_seq <= $3")
        .bind(room)
        .bind(first.first_seq)
        .bind(last.first_seq);
    Ok(vec![Step::writes(1, insert), Step::writes(count, delete)])
}

/// Records the snapshot and keeps one other, the one it was made from. The room's row comes last:
/// appends to the room wait from here to the commit.
fn snapshot_steps(room: RoomId, generation: u64, snapshot: &Snapshot, previous: Seq, at: Timestamp) -> [Step; 3] {
    let insert = sql("INSERT INTO room_snapshot (room_id, generation, seq, encoding, verified_at, checksum, payload) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7)")
    .bind(room)
    .bind(generation)
    .bind(snapshot.seq)
    .bind(SNAPSHOT_ENCODING)
    .bind(at)
    .bind(segment::checksum(&snapshot.update))
    .bind(snapshot.update.clone());
    let forget = sql("DELETE FROM room_snapshot WHERE room_id = $1 AND generation = $2 AND seq NOT IN ($3, $4)")
        .bind(room)
        .bind(generation)
        .bind(snapshot.seq)
        .bind(previous);
    let advance = sql("UPDATE room SET snapshot_seq = $3 \
                       WHERE id = $1 AND generation = $2 AND snapshot_seq < $3 AND deleted_at IS NULL")
    .bind(room)
    .bind(generation)
    .bind(snapshot.seq);
    [Step::writes(1, insert), Step { statement: forget, writes: None }, Step::writes(1, advance)]
}
