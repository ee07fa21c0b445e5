//! Who wrote in a room, in runs.

use protocol::{
    history::{MAX_RUN_UPDATES, RUN_PAUSE_S},
    ids::{PrincipalId, RoomId},
    rooms::Seq,
    time::Timestamp,
};

use super::{
    Tenant,
    archive::{self, Segment},
    database::Transaction,
    error::StoreError,
    past::{PastError, Recorded, recorded},
    rooms,
    slice::Slice,
    sql::sql,
};

/// Bytes of the log that are read for one answer, if one segment is not larger. An answer that would
/// take more has fewer runs than were asked for.
const MAX_READ_BYTES: usize = 16 * 1024 * 1024;
/// Bytes of segments in the log that are read at once.
const MAX_PART_BYTES: i64 = 1024 * 1024;

/// Updates of one author without a long pause between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The position of the first one.
    pub from_seq: Seq,
    /// The position of the last one.
    pub to_seq: Seq,
    /// When the first one was committed.
    pub from_at: Timestamp,
    /// When the last one was committed.
    pub to_at: Timestamp,
    /// Whose they are.
    pub author: PrincipalId,
}

impl Run {
    /// How many updates they are.
    pub const fn updates(&self) -> u64 {
        self.to_seq - self.from_seq + 1
    }

    fn of(update: &Recorded) -> Self {
        let Recorded { seq, at, entry } = update;
        Self { from_seq: *seq, to_seq: *seq, from_at: *at, to_at: *at, author: entry.author }
    }

    /// Takes the update before the first one in, if it belongs to the run.
    fn begin_with(&mut self, update: &Recorded) -> bool {
        let belongs = update.entry.author == self.author
            && self.updates() < MAX_RUN_UPDATES
            && update.at.plus_seconds(RUN_PAUSE_S) >= self.from_at;
        if belongs {
            (self.from_seq, self.from_at) = (update.seq, update.at);
        }
        belongs
    }
}

impl Tenant {
    /// The runs of edits of a room before the position `before`, the newest first, `limit` at most. The
    /// last of them may be the end of a longer one.
    ///
    /// # Errors
    ///
    /// [`PastError`].
    pub async fn edits(&self, room: RoomId, limit: u32, before: Option<Seq>) -> Result<Slice<Run, Seq>, PastError> {
        let mut tx = self.read().await?;
        let one = sql("SELECT head_seq FROM room WHERE id = $1 AND workspace_id = $2 AND deleted_at IS NULL");
        let row = tx.query_opt(one.bind(room).bind(self.workspace())).await?.ok_or(PastError::NotFound)?;
        let mut upto = row.get::<Seq>(0)?.min(before.map_or(Seq::MAX, |before| before.saturating_sub(1)));
        let mut runs: Vec<Run> = Vec::new();
        let mut read_bytes = 0;
        while read_bytes < MAX_READ_BYTES {
            let segments = segments_before(&mut tx, room, upto).await?;
            let Some(first) = segments.first() else { return Ok(Slice { items: runs, next: None }) };
            read_bytes += segments.iter().map(|segment| segment.payload.len()).sum::<usize>();
            let after = first.first_seq - 1;
            for update in recorded(&segments, after, upto).map_err(StoreError::from)?.iter().rev() {
                if runs.last_mut().is_some_and(|run| run.begin_with(update)) {
                    continue;
                }
                if runs.len() == limit as usize {
                    return Ok(Slice { items: runs, next: Some(update.seq + 1) });
                }
                runs.push(Run::of(update));
            }
            upto = after;
        }
        let next = runs.last().map(|run| run.from_seq).filter(|first| *first > 1);
        Ok(Slice { items: runs, next })
    }
}

/// The segments just before and with the update `upto`, oldest first; none when there is no such update.
async fn segments_before(tx: &mut Transaction, room: RoomId, upto: Seq) -> Result<Vec<Segment>, StoreError> {
    let in_log = sql("SELECT id, first_seq, count, created_at, checksum, payload FROM ( \
                          SELECT id, first_seq, count, created_at, checksum, payload, \
                              sum(length(payload)) OVER (ORDER BY first_seq DESC) - length(payload) AS bytes_behind \
                          FROM room_log WHERE room_id = $1 AND first_seq <= $2 \
                      ) AS part WHERE bytes_behind < $3 ORDER BY first_seq");
    let rows = tx.query(in_log.bind(room).bind(upto).bind(MAX_PART_BYTES)).await?;
    if !rows.is_empty() {
        return rows.iter().map(archive::read).collect();
    }
    let in_history = sql("SELECT from_seq, checksum, payload FROM room_history \
                          WHERE room_id = $1 AND from_seq <= $2 ORDER BY from_seq DESC LIMIT 1");
    let row = tx.query_opt(in_history.bind(room).bind(upto)).await?;
    let segments = row.as_ref().map(rooms::archived).transpose()?.unwrap_or_default();
    Ok(segments.into_iter().filter(|segment| segment.first_seq <= upto).collect())
}
