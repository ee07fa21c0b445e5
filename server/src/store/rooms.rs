//! Rooms in the database: what a room reads when it opens. Appending is the committer's work.

use std::iter;

use actors::room::log::{Append, Commit, LogError, RoomLog, Since, Snapshot, Stored};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use protocol::{
    access::Access,
    ids::{RoomId, WorkspaceId},
    nodes::Head,
    rooms::{RoomKind, RoomView, Seq},
    time::Timestamp,
};

use super::{
    Store, Tenant, archive,
    archive::Segment,
    compaction,
    database::{Database, Scope, Transaction},
    error::{Damage, StoreError},
    opening,
    pieces::{self, Piece},
    segment, set_aside,
    sql::{Row, parameters, sql},
};

/// How the state in a snapshot is written; one written differently is passed over.
pub(super) const SNAPSHOT_ENCODING: &str = "yjs-v1";

/// Bytes of segments in one answer; the segment that passes it is the last one.
const MAX_READ_BYTES: usize = 4 * 1024 * 1024;
/// Rooms one statement asks for.
const HEADS: usize = 128;

/// A room of any kind, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// The room.
    pub id: RoomId,
    /// What it holds.
    pub kind: RoomKind,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// Position of the last committed update.
    pub head_seq: Seq,
    /// Changes when the room is erased or rebuilt.
    pub generation: u64,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Room {
    /// The room as somebody with this access sees it.
    pub fn view(self, access: Access) -> RoomView {
        RoomView {
            id: self.id,
            kind: self.kind,
            workspace_id: self.workspace,
            head_seq: self.head_seq,
            generation: self.generation,
            created_at: self.created_at,
            access,
        }
    }
}

impl RoomLog for Store {
    fn load(&self, room: RoomId) -> BoxFuture<'static, Result<Stored, LogError>> {
        let store = self.clone();
        Box::pin(async move {
            store.committer.settle(room).await?;
            opening::load(&store.database, room).await
        })
    }

    fn append(&self, append: Append) -> BoxFuture<'static, Result<Seq, LogError>> {
        let store = self.clone();
        Box::pin(async move { store.committer.append(append).await })
    }

    fn read_after(&self, room: RoomId, after: Seq) -> BoxFuture<'static, Result<Since, LogError>> {
        let store = self.clone();
        Box::pin(async move { read_after(&store.database, room, after).await })
    }

    fn heads(&self, rooms: Vec<RoomId>) -> BoxFuture<'static, Result<Vec<Head>, LogError>> {
        let store = self.clone();
        Box::pin(async move { Ok(heads(&store.database, &rooms).await?) })
    }

    fn compact(&self, room: RoomId) -> BoxFuture<'static, Result<Option<Snapshot>, LogError>> {
        let store = self.clone();
        Box::pin(async move { compaction::compact(&store, room).await })
    }
}

impl Tenant {
    /// A room of any kind; `None` if there is no such room or it is deleted.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn room(&self, id: RoomId) -> Result<Option<Room>, StoreError> {
        let one = sql("SELECT kind, head_seq, generation, created_at FROM room \
                       WHERE id = $1 AND workspace_id = $2 AND deleted_at IS NULL");
        let row = self.read().await?.query_opt(one.bind(id).bind(self.workspace())).await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Room {
            id,
            kind: kind(&row.get::<String>(0)?)?,
            workspace: self.workspace(),
            head_seq: row.get(1)?,
            generation: row.get(2)?,
            created_at: row.get(3)?,
        }))
    }
}

/// Everything there is of a room, for a row of it: kind, generation, head_seq, erased.
pub(super) async fn load_from(tx: &mut Transaction, room: RoomId, row: &Row) -> Result<Stored, StoreError> {
    let (generation, head) = (row.get(1)?, row.get(2)?);
    let snapshot = newest_snapshot(tx, room, generation, head).await?;
    let base = snapshot.as_ref().map_or(0, |snapshot| snapshot.seq);
    let (mut tail, left_out) = pieces::lay_out(base, head, pieces_after(tx, room, base).await?)?;
    let aside = set_aside::of_room(tx, room).await?;
    let left_out = pieces::set_aside(base, &mut tail, left_out, &aside);
    let (kind, erased) = (kind(&row.get::<String>(0)?)?, row.get::<Option<Bytes>>(3)?.unwrap_or_default());
    Ok(Stored { kind, generation, head, snapshot, tail, left_out, erased })
}

/// The commits after a position, as far as one answer takes them.
async fn read_after(database: &Database, room: RoomId, after: Seq) -> Result<Since, LogError> {
    let mut tx = database.read(Scope::Server).await?;
    let one = sql("SELECT generation, head_seq FROM room WHERE id = $1 AND deleted_at IS NULL");
    let Some(row) = tx.query_opt(one.bind(room)).await? else { return Err(LogError::Gone) };
    let (generation, head) = (row.get(0)?, row.get(1)?);
    let mut commits = Vec::new();
    let (mut end, mut bytes) = (after, 0);
    for segment in segments_after(&mut tx, room, after).await? {
        let updates = updates_between(end, segment.last_seq(), std::slice::from_ref(&segment));
        let updates = updates.map_err(StoreError::from)?;
        bytes += segment.payload.len();
        commits.push(Commit { first: end + 1, updates });
        end = segment.last_seq();
        if bytes > MAX_READ_BYTES {
            break;
        }
    }
    Ok(Since { generation, head, commits })
}

/// How far the logs of the rooms reach that are not gone.
async fn heads(database: &Database, rooms: &[RoomId]) -> Result<Vec<Head>, StoreError> {
    let text = format!(
        "SELECT id, generation, head_seq FROM room WHERE id IN ({}) AND deleted_at IS NULL",
        parameters(1, HEADS)
    );
    let mut tx = database.read(Scope::Server).await?;
    // Statements of one length stay prepared; nobody has the id of nobody.
    let statements = rooms.chunks(HEADS).map(|piece| {
        let rest = iter::repeat_n(RoomId::nil(), HEADS - piece.len());
        sql(text.clone()).bind_all(piece.iter().copied().chain(rest))
    });
    let answers = tx.run(statements.collect()).await?;
    let rows = answers.iter().flat_map(|answer| &answer.rows);
    rows.map(|row| Ok(Head { room: row.get(0)?, generation: row.get(1)?, head: row.get(2)? })).collect()
}

pub(super) fn kind(name: &str) -> Result<RoomKind, StoreError> {
    let kind = [RoomKind::Page].into_iter().find(|kind| kind.name() == name);
    kind.ok_or(Damage::Unknown { what: "kind of room" }.into())
}

/// The newest snapshot not behind `upto` whose checksum is right.
pub(super) async fn newest_snapshot(
    tx: &mut Transaction,
    room: RoomId,
    generation: u64,
    upto: Seq,
) -> Result<Option<Snapshot>, StoreError> {
    let mut upto = upto.cast_signed();
    loop {
        let newest = sql("SELECT seq, checksum, payload FROM room_snapshot \
                          WHERE room_id = $1 AND generation = $2 AND encoding = $3 AND seq <= $4 \
                          ORDER BY seq DESC LIMIT 1");
        let newest = newest.bind(room).bind(generation).bind(SNAPSHOT_ENCODING).bind(upto);
        let Some(row) = tx.query_opt(newest).await? else { return Ok(None) };
        let (seq, update): (i64, Bytes) = (row.get(0)?, row.get(2)?);
        if segment::checksum(&update) == row.get::<i64>(1)? {
            return Ok(Some(Snapshot { seq: row.get(0)?, update }));
        }
        tracing::error!(room.id = %room, seq, "the checksum of a snapshot is wrong; using an older one");
        upto = seq - 1;
    }
}

/// What is stored of the positions after `base`, whether it can be read or not.
pub(super) async fn pieces_after(tx: &mut Transaction, room: RoomId, base: Seq) -> Result<Vec<Piece>, StoreError> {
    let next = base + 1;
    let in_log = sql("SELECT first_seq, count, checksum, payload FROM room_log \
                      WHERE room_id = $1 AND first_seq + count > $2 ORDER BY first_seq");
    let rows = tx.query(in_log.bind(room).bind(next)).await?;
    let mut pieces: Vec<Piece> = rows.iter().map(Piece::of_log).collect::<Result<_, _>>()?;
    if pieces.first().is_none_or(|first| first.first > next) {
        // The snapshot that allowed the rest of the log to be archived was damaged.
        let in_history = sql("SELECT from_seq, to_seq, checksum, payload FROM room_history \
                              WHERE room_id = $1 AND to_seq > $2 ORDER BY from_seq");
        for row in tx.query(in_history.bind(room).bind(base)).await? {
            pieces.extend(Piece::of_history(&row)?);
        }
    }
    Ok(pieces)
}

/// The segments that hold the updates after `base`, oldest first, all of them sound.
async fn segments_after(tx: &mut Transaction, room: RoomId, base: Seq) -> Result<Vec<Segment>, StoreError> {
    let next = base + 1;
    let in_log = sql("SELECT id, first_seq, count, created_at, checksum, payload FROM room_log \
                      WHERE room_id = $1 AND first_seq + count > $2 ORDER BY first_seq");
    let rows = tx.query(in_log.bind(room).bind(next)).await?;
    let log: Vec<Segment> = rows.iter().map(archive::read).collect::<Result<_, _>>()?;
    if log.first().is_none_or(|first| first.first_seq <= next) {
        return Ok(log);
    }
    // The snapshot that allowed the rest of the log to be archived was damaged.
    let mut segments = archived_after(tx, room, base).await?;
    segments.extend(log);
    Ok(segments)
}

async fn archived_after(tx: &mut Transaction, room: RoomId, base: Seq) -> Result<Vec<Segment>, StoreError> {
    let in_history = sql("SELECT from_seq, checksum, payload FROM room_history \
                          WHERE room_id = $1 AND to_seq > $2 ORDER BY from_seq");
    let mut segments = Vec::new();
    for row in tx.query(in_history.bind(room).bind(base)).await? {
        segments.extend(archived(&row)?.into_iter().filter(|segment| segment.last_seq() > base));
    }
    Ok(segments)
}

/// The segments in a row of `room_history`: from_seq, checksum, payload.
///
/// # Errors
///
/// [`StoreError::Corrupt`] if the checksum is wrong.
pub(super) fn archived(row: &Row) -> Result<Vec<Segment>, StoreError> {
    let (what, seq, payload): (_, Seq, Bytes) = ("history", row.get(0)?, row.get(2)?);
    if segment::checksum(&payload) != row.get::<i64>(1)? {
        return Err(Damage::Checksum { what, seq }.into());
    }
    Ok(archive::decode(&payload).map_err(|_bytes| Damage::Encoding { what, seq })?)
}

/// The updates after `base` up to `head`, each of which must be there exactly once.
fn updates_between(base: Seq, head: Seq, segments: &[Segment]) -> Result<Vec<Bytes>, Damage> {
    let mut updates = Vec::new();
    let mut end = base;
    for segment in segments {
        let (expected, found) = (end + 1, segment.first_seq);
        // A segment may begin before the base, but what follows another begins where that ended.
        if found > expected || segment.last_seq() < expected || (end > base && found < expected) {
            return Err(Damage::Gap { expected, found });
        }
        let entries = segment::decode(&segment.payload)
            .ok()
            .filter(|entries| entries.len() as u64 == segment.count)
            .ok_or(Damage::Encoding { what: "segment", seq: found })?;
        let covered = (expected - found) as usize;
        updates.extend(entries.into_iter().skip(covered).map(|entry| entry.update));
        end = segment.last_seq();
    }
    if end == head { Ok(updates) } else { Err(Damage::End { end, head }) }
}
