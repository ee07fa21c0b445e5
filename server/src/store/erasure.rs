//! Erasing: everything a room said is deleted, and its ids are remembered so that nobody brings it back.

use actors::room::{
    Erased,
    log::{LogError, Stored},
};
use bytes::Bytes;
use protocol::{
    ids::RoomId,
    rooms::Seq,
    wire::{WireError, update},
};

use super::{
    Tenant,
    audit::{self, NewEvent},
    database::{Scope, Transaction},
    error::{Damage, StoreError},
    keyframes, opening,
    past::{self, Place, blocking},
    rooms::SNAPSHOT_ENCODING,
    segment, set_aside,
    sql::{Statement, sql},
};

/// The update that says nothing (`yjs/src/utils/encoding.js`): what a room holds that was erased.
const NOTHING: Bytes = Bytes::from_static(&[0, 0]);
/// Everywhere something of a room's content is. The log first: compaction moves it to the history, and is
/// waited for there.
const TABLES: [&str; 7] = [
    "room_log",
    "room_history",
    "room_snapshot",
    "room_keyframe",
    "room_version",
    "room_attribution",
    "room_set_aside",
];

impl Tenant {
    /// Deletes everything a room says and has said, in one transaction, and answers with its new generation;
    /// `None` if there is no such room or it is deleted. Positions go on where they were.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn erase_room(&self, room: RoomId, event: &NewEvent) -> Result<Option<u64>, StoreError> {
        if self.room(room).await?.is_none() {
            return Ok(None);
        }
        // Gathered before anything is locked: of what is written meanwhile there is little.
        let Some((seen, head)) = self.ids(room).await? else { return Ok(None) };
        let mut tx = self.write().await?;
        // Whoever adds rows that hang on the room's, as compaction does, is waited for, and waits.
        let lock = sql("SELECT generation, head_seq FROM room \
                        WHERE id = $1 AND workspace_id = $2 AND deleted_at IS NULL FOR UPDATE");
        let row = tx.query_opt(lock.bind(room).bind(self.workspace())).await?;
        let Some(row) = row else { return Ok(None) };
        let (generation, end): (u64, Seq) = (row.get(0)?, row.get(1)?);
        let erased = with_newer(&mut tx, room, seen, head, end).await?;
        let mut statements: Vec<Statement> =
            TABLES.iter().map(|table| sql(format!("DELETE FROM {table} WHERE room_id = $1")).bind(room)).collect();
        let anew = Place { generation: generation + 1, seq: end, at: event.at };
        statements.extend(begin_anew(room, anew, &erased)?);
        statements.extend(audit::append(&mut tx, self.workspace(), event).await?);
        tx.commit_after(statements).await?;
        Ok(Some(generation + 1))
    }

    /// The ids a room has had, and up to which position.
    async fn ids(&self, room: RoomId) -> Result<Option<(Erased, Seq)>, StoreError> {
        let Stored { head, snapshot, tail, erased, .. } = match opening::load(&self.store().database, room).await {
            Ok(stored) => stored,
            Err(LogError::Gone | LogError::Erased) => return Ok(None),
            Err(LogError::Unavailable(cause)) => return Err(StoreError::Unavailable(cause)),
            Err(rewound @ LogError::Rewound) => return Err(StoreError::Unavailable(rewound.into())),
            Err(LogError::Corrupt(cause)) => return Err(StoreError::Corrupt(cause)),
        };
        let aside = set_aside::entries(&mut self.store().database.read(Scope::Server).await?, room).await?;
        let gathered = blocking(move || {
            let mut ids = Erased::decode(&erased)?;
            let base = snapshot.iter().map(|snapshot| &snapshot.update);
            for update in base.chain(&tail).chain(aside.iter().map(|entry| &entry.update)) {
                // What is no update has no ids.
                if update::scan(update, &mut ()).is_ok() {
                    ids.add(update)?;
                }
            }
            Ok::<_, WireError>(ids)
        });
        Ok(Some((gathered.await?, head)))
    }
}

/// An empty room of another generation, whose past begins here.
fn begin_anew(room: RoomId, anew: Place, erased: &Erased) -> Result<[Statement; 3], StoreError> {
    let Place { generation, seq, at } = anew;
    let snapshot =
        sql("INSERT INTO room_snapshot (room_id, generation, seq, encoding, verified_at, checksum, payload) \
                        VALUES ($1, $2, $3, $4, $5, $6, $7)");
    let snapshot = snapshot.bind(room).bind(generation).bind(seq).bind(SNAPSHOT_ENCODING).bind(at);
    let (keyframe, _bytes) =
        keyframes::insert(room, seq, at, &NOTHING).map_err(|error| StoreError::Internal(error.into()))?;
    let update = sql("UPDATE room SET generation = $2, snapshot_seq = $3, title = '', updated_at = $4, erased = $5 \
                      WHERE id = $1");
    Ok([
        snapshot.bind(segment::checksum(&NOTHING)).bind(NOTHING),
        keyframe,
        update.bind(room).bind(generation).bind(seq).bind(at).bind(erased.encode()),
    ])
}

/// The ids with those of the updates after `head` up to `end`, which came since they were gathered.
async fn with_newer(
    tx: &mut Transaction,
    room: RoomId,
    mut ids: Erased,
    mut head: Seq,
    end: Seq,
) -> Result<Erased, StoreError> {
    while head < end {
        let segments = past::segments(tx, room, head, end).await?;
        for recorded in past::recorded(&segments, head, end)? {
            let seq = recorded.seq;
            ids.add(&recorded.entry.update).map_err(|_bytes| Damage::Encoding { what: "update", seq })?;
            head = seq;
        }
    }
    Ok(ids)
}
