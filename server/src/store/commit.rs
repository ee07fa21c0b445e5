//! One commit: segments of many rooms in one transaction and two round trips, however many.

use std::collections::HashMap;

use protocol::{
    ids::{RoomId, SegmentId},
    rooms::Seq,
    time::Timestamp,
};

use super::{
    archive,
    batch::Segment,
    database::{Database, Scope, Transaction},
    error::{Damage, StoreError},
    pages::storable,
    sql::{Statement, Value, parameters, rows, sql},
};

/// Rows one statement reads or writes at most, far below the 32,766 parameters SQLite takes.
const MAX_ROWS: usize = 128;

/// What became of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is durable, its first update at this position.
    Committed(Seq),
    /// Its room is gone; it is not written and never will be.
    Gone,
    /// What its room said was erased; it is not written and never will be.
    Erased,
    /// The log of its room ends before what its updates build on; it is not written.
    Rewound,
}

/// A room whose row is locked.
struct Locked {
    generation: u64,
    head: Seq,
    is_deleted: bool,
}

/// Writes the segments, sorted by room, all or nothing, and answers with an outcome for each.
///
/// After any error it may be called again with the same segments: what an earlier call has
/// committed without learning of it is found and not written twice.
///
/// # Errors
///
/// After [`StoreError::Unavailable`] the outcome is not known; after another error nothing was written.
pub(super) async fn write(
    database: &Database,
    segments: &mut [Segment],
    at: Timestamp,
) -> Result<Vec<Outcome>, StoreError> {
    let mut tx = database.write(Scope::Server).await?;
    // Everyone locks in the order of ids, so that no two wait for each other.
    let rooms = lock(&mut tx, segments).await?;
    // Only under the locks is it certain that no earlier attempt is still about to commit.
    let written = written_before(&mut tx, segments, &rooms).await?;
    let mut outcomes = Vec::with_capacity(segments.len());
    let mut new: Vec<&Segment> = Vec::with_capacity(segments.len());
    for segment in &mut *segments {
        let room = rooms.get(&segment.room);
        let outcome = match (written.get(&segment.id), room) {
            (Some(&seq), _) => Outcome::Committed(seq),
            (None, Some(room)) if room.generation == segment.generation && room.head < segment.known => {
                Outcome::Rewound
            }
            (None, Some(room)) if !room.is_deleted && room.generation == segment.generation => {
                segment.tried_at = Some(room.head + 1);
                new.push(segment);
                Outcome::Committed(room.head + 1)
            }
            (None, Some(room)) if !room.is_deleted => Outcome::Erased,
            (None, _) => Outcome::Gone,
        };
        outcomes.push(outcome);
    }
    if !new.is_empty() {
        tx.commit_after(statements(&new, at)).await?;
    }
    Ok(outcomes)
}

/// Locks the rows of the segments' rooms in the order of their ids.
async fn lock(tx: &mut Transaction, segments: &[Segment]) -> Result<HashMap<RoomId, Locked>, StoreError> {
    let locks = pieces(segments).map(|piece| {
        let text = format!(
            "SELECT id, generation, head_seq, deleted_at IS NOT NULL FROM room \
             WHERE id IN ({}) ORDER BY id FOR NO KEY UPDATE",
            parameters(1, piece.len())
        );
        sql(text).bind_all(piece.iter().map(|segment| segment.room))
    });
    let answers = tx.run(locks.collect()).await?;
    let rows = answers.iter().flat_map(|answer| &answer.rows);
    rows.map(|row| {
        let locked = Locked { generation: row.get(1)?, head: row.get(2)?, is_deleted: row.get(3)? };
        Ok((row.get(0)?, locked))
    })
    .collect()
}

/// Which segments an earlier attempt has written, and where.
async fn written_before(
    tx: &mut Transaction,
    segments: &[Segment],
    rooms: &HashMap<RoomId, Locked>,
) -> Result<HashMap<SegmentId, Seq>, StoreError> {
    let mut written = HashMap::new();
    for segment in segments {
        let Some(seq) = segment.tried_at else { continue };
        let is_taken = rooms.get(&segment.room).is_some_and(|room| room.head >= seq);
        if is_taken && stands_at(tx, segment, seq).await? {
            written.insert(segment.id, seq);
        }
    }
    Ok(written)
}

/// Whether it is this segment that stands at this position, in the log or in the history.
async fn stands_at(tx: &mut Transaction, segment: &Segment, seq: Seq) -> Result<bool, StoreError> {
    let in_log = sql("SELECT id FROM room_log WHERE room_id = $1 AND first_seq = $2").bind(segment.room).bind(seq);
    if let Some(row) = tx.query_opt(in_log).await? {
        return Ok(row.get::<SegmentId>(0)? == segment.id);
    }
    let in_history =
        sql("SELECT payload FROM room_history WHERE room_id = $1 AND from_seq <= $2 AND to_seq >= $2 LIMIT 1");
    let Some(row) = tx.query_opt(in_history.bind(segment.room).bind(seq)).await? else { return Ok(false) };
    let archived = archive::decode(&row.get(0)?).map_err(|_bytes| Damage::Encoding { what: "history", seq })?;
    Ok(archived.iter().any(|archived| archived.id == segment.id))
}

/// What is written once the rooms are locked.
fn statements(segments: &[&Segment], at: Timestamp) -> Vec<Statement> {
    let inserts = pieces(segments).map(|piece| {
        let text = format!(
            "INSERT INTO room_log (id, room_id, first_seq, count, created_at, checksum, payload) VALUES {}",
            rows(piece.len(), 7)
        );
        sql(text).bind_all(piece.iter().flat_map(|segment| row(segment, at)))
    });
    // The segments that have just been written say where the log of each room ends now.
    let heads = pieces(segments).map(|piece| {
        let text = format!(
            "UPDATE room SET head_seq = room_log.first_seq + room_log.count - 1, updated_at = room_log.created_at \
             FROM room_log WHERE room_log.id IN ({}) AND room.id = room_log.room_id",
            parameters(1, piece.len())
        );
        sql(text).bind_all(piece.iter().map(|segment| segment.id))
    });
    let titles = segments.iter().filter_map(|segment| {
        let title = storable(segment.title.as_deref()?);
        Some(sql("UPDATE room SET title = $2 WHERE id = $1").bind(segment.room).bind(title))
    });
    inserts.chain(heads).chain(titles).collect()
}

fn row(segment: &Segment, at: Timestamp) -> [Value; 7] {
    [
        segment.id.into(),
        segment.room.into(),
        segment.tried_at.into(),
        segment.count.into(),
        at.into(),
        segment.checksum.into(),
        segment.payload.clone().into(),
    ]
}

/// Cuts into pieces whose lengths are powers of two, so that batches of any length need only a
/// few different statements, and those stay prepared.
fn pieces<T>(mut rest: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let len = 1 << rest.len().min(MAX_ROWS).checked_ilog2()?;
        let (piece, after) = rest.split_at(len);
        rest = after;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use actors::room::log::{Append, Entry};
    use protocol::ids::{PrincipalId, WorkspaceId};
    use tempfile::TempDir;
    use tokio::sync::oneshot;

    use super::*;
    use crate::store::{
        batch::{Batch, Order},
        migrate, opening,
        sqlite::Sqlite,
    };

    const AT: Timestamp = Timestamp::from_micros(1_763_632_735_000_000);

    #[test]
    fn pieces_are_powers_of_two_and_leave_nothing_out() {
        let items: Vec<usize> = (0..300).collect();

        let lengths: Vec<usize> = pieces(&items).map(<[usize]>::len).collect();

        assert_eq!(lengths, [128, 128, 32, 8, 4]);
        assert_eq!(pieces(&items).flatten().copied().collect::<Vec<_>>(), items);
    }

    #[tokio::test]
    async fn a_commit_that_is_repeated_is_not_written_twice() {
        let (database, room, _directory) = room().await;
        let mut segments = vec![segment(room, "a")];

        assert_eq!(write(&database, &mut segments, AT).await.unwrap(), [Outcome::Committed(1)]);
        assert_eq!(write(&database, &mut segments, AT).await.unwrap(), [Outcome::Committed(1)]);

        assert_eq!(opening::load(&database, room).await.unwrap().tail, ["a"]);
    }

    #[tokio::test]
    async fn a_commit_is_recognised_in_the_history_too_and_in_a_deleted_room() {
        let (database, room, _directory) = room().await;
        let mut segments = vec![segment(room, "a")];
        write(&database, &mut segments, AT).await.unwrap();
        let mut tx = database.write(Scope::Server).await.unwrap();
        let archived = archive::read(&tx.query(sql(LOG)).await.unwrap()[0]).unwrap();
        let payload = archive::encode(&[archived]).unwrap();
        let insert =
            sql("INSERT INTO room_history (room_id, from_seq, to_seq, checksum, payload) VALUES ($1, 1, 1, 0, $2)");
        let delete = sql("UPDATE room SET deleted_at = $1").bind(AT);
        tx.commit_after(vec![insert.bind(room).bind(payload), sql("DELETE FROM room_log"), delete]).await.unwrap();

        assert_eq!(write(&database, &mut segments, AT).await.unwrap(), [Outcome::Committed(1)]);
        assert_eq!(write(&database, &mut [segment(room, "b")], AT).await.unwrap(), [Outcome::Gone]);
    }

    #[tokio::test]
    async fn a_commit_that_did_not_happen_is_written_where_the_log_ends_now() {
        let (database, room, _directory) = room().await;
        let mut lost = vec![segment(room, "a")];
        lost[0].tried_at = Some(1);
        write(&database, &mut [segment(room, "b")], AT).await.unwrap();

        assert_eq!(write(&database, &mut lost, AT).await.unwrap(), [Outcome::Committed(2)]);

        assert_eq!(opening::load(&database, room).await.unwrap().tail, ["b", "a"]);
    }

    #[tokio::test]
    async fn nothing_is_written_to_a_log_that_has_lost_what_it_builds_on() {
        let (database, room, _directory) = room().await;
        let mut later = vec![segment(room, "b")];
        later[0].known = 1;

        assert_eq!(write(&database, &mut later, AT).await.unwrap(), [Outcome::Rewound]);
        write(&database, &mut [segment(room, "a")], AT).await.unwrap();
        assert_eq!(write(&database, &mut later, AT).await.unwrap(), [Outcome::Committed(2)]);
    }

    const LOG: &str = "SELECT id, first_seq, count, created_at, checksum, payload FROM room_log";

    /// A room without updates.
    async fn room() -> (Database, RoomId, TempDir) {
        let directory = tempfile::tempdir().unwrap();
        let database = Database::Sqlite(Sqlite::open(&directory.path().join("gala.db")).unwrap());
        migrate::migrate(&database, AT).await.unwrap();
        let (workspace, room) = (WorkspaceId::new(), RoomId::new());
        let first = sql("INSERT INTO workspace (id, name, created_at, deleted_at) VALUES ($1, '', $2, NULL)");
        let insert = sql("INSERT INTO room (id, workspace_id, kind, title, generation, head_seq, snapshot_seq, \
                          created_at, updated_at, deleted_at) VALUES ($1, $2, 'page', '', 1, 0, 0, $3, $3, NULL)");
        let tx = database.write(Scope::Server).await.unwrap();
        tx.commit_after(vec![first.bind(workspace).bind(AT), insert.bind(room).bind(workspace).bind(AT)])
            .await
            .unwrap();
        (database, room, directory)
    }

    fn segment(room: RoomId, update: &'static str) -> Segment {
        let entry = Entry { author: PrincipalId::new(), update: update.as_bytes().into() };
        let append = Append { room, generation: 1, known: 0, entries: vec![entry], title: None };
        let mut batch = Batch::default();
        assert!(batch.take(Order::Append(append, oneshot::channel().0)).is_ok());
        batch.seal().0.remove(0)
    }
}
