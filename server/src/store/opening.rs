//! What a room reads when it opens, in one round trip.

use actors::room::log::{LogError, Snapshot, Stored};
use bytes::Bytes;
use protocol::{ids::RoomId, rooms::Seq};

use super::{
    database::{Database, Scope},
    error::StoreError,
    pieces::{self, Piece},
    rooms::{self, SNAPSHOT_ENCODING},
    segment, set_aside,
    sql::{Answer, sql},
};

/// Everything there is of a room, in one state of the database.
pub(super) async fn load(database: &Database, room: RoomId) -> Result<Stored, LogError> {
    let one =
        || sql("SELECT kind, generation, head_seq, erased FROM room WHERE id = $1 AND deleted_at IS NULL").bind(room);
    let snapshot = sql("SELECT room_snapshot.seq, room_snapshot.checksum, room_snapshot.payload FROM room \
                        JOIN room_snapshot ON room_snapshot.room_id = room.id \
                        AND room_snapshot.generation = room.generation AND room_snapshot.seq <= room.head_seq \
                        WHERE room.id = $1 AND room_snapshot.encoding = $2 ORDER BY room_snapshot.seq DESC LIMIT 1");
    let log = sql("SELECT first_seq, count, checksum, payload FROM room_log WHERE room_id = $1 \
                   AND first_seq + count > 1 + COALESCE((SELECT MAX(room_snapshot.seq) FROM room \
                       JOIN room_snapshot ON room_snapshot.room_id = room.id \
                       AND room_snapshot.generation = room.generation AND room_snapshot.seq <= room.head_seq \
                       WHERE room.id = $1 AND room_snapshot.encoding = $2), 0) ORDER BY first_seq");
    let statements = vec![
        one(),
        snapshot.bind(room).bind(SNAPSHOT_ENCODING),
        log.bind(room).bind(SNAPSHOT_ENCODING),
        set_aside::listed(room),
    ];
    let answers = database.read_once(Scope::Server, statements).await?;
    if answers.first().is_none_or(|room| room.rows.is_empty()) {
        return Err(LogError::Gone);
    }
    if let Some(stored) = whole(&answers)? {
        return Ok(stored);
    }
    let mut tx = database.read(Scope::Server).await?;
    let Some(row) = tx.query_opt(one()).await? else { return Err(LogError::Gone) };
    Ok(rooms::load_from(&mut tx, room, &row).await?)
}

/// The room, if the newest snapshot and the log after it are all that is needed: if nothing is damaged.
fn whole(answers: &[Answer]) -> Result<Option<Stored>, StoreError> {
    let [room, snapshot, log, aside] = answers else { return Ok(None) };
    let Some(row) = room.rows.first() else { return Ok(None) };
    let mut newest = None;
    if let Some(row) = snapshot.rows.first() {
        let (seq, update): (_, Bytes) = (row.get(0)?, row.get(2)?);
        if segment::checksum(&update) != row.get::<i64>(1)? {
            return Ok(None);
        }
        newest = Some(Snapshot { seq, update });
    }
    let (head, base): (Seq, Seq) = (row.get(2)?, newest.as_ref().map_or(0, |newest| newest.seq));
    let log: Vec<Piece> = log.rows.iter().map(Piece::of_log).collect::<Result<_, _>>()?;
    if base < head && log.first().is_none_or(|first| first.first > base + 1) {
        // The snapshot that allowed the rest of the log to be archived was damaged.
        return Ok(None);
    }
    let (mut tail, left_out) = pieces::lay_out(base, head, log)?;
    let left_out = pieces::set_aside(base, &mut tail, left_out, &set_aside::read(aside)?);
    Ok(Some(Stored {
        kind: rooms::kind(&row.get::<String>(0)?)?,
        generation: row.get(1)?,
        head,
        snapshot: newest,
        tail,
        left_out,
        erased: row.get::<Option<Bytes>>(3)?.unwrap_or_default(),
    }))
}
