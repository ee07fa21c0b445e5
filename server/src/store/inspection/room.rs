//! What is stored of one room: each row for itself, and what comes of them together.

use actors::room::{
    DamagedError, Examined, LeftOut, Why, examine,
    log::{Snapshot, Stored},
};
use bytes::Bytes;
use protocol::{
    doctor::{Finding, FindingKind, Report, RoomSize},
    ids::RoomId,
    rooms::Seq,
};

use super::RoomRow;
use crate::store::{
    database::{Database, Scope, Transaction},
    error::{Damage, StoreError},
    pieces, rooms, segment, set_aside,
    sql::{Row, sql},
};

/// A room while it is looked at.
struct Look<'a> {
    room: &'a RoomRow,
    row: Row,
    generation: u64,
    head: Seq,
    report: &'a mut Report,
}

/// Looks at a room; says what is wrong in the report.
pub(super) async fn look(database: &Database, room: &RoomRow, report: &mut Report) -> Result<RoomSize, StoreError> {
    let mut tx = database.read(Scope::Server).await?;
    let mut size = sizes(&mut tx, room).await?;
    let one = sql("SELECT kind, generation, head_seq, snapshot_seq FROM room WHERE id = $1");
    // Deleted rooms stay, so that it is there.
    let Some(row) = tx.query_opt(one.bind(room.id)).await? else { return Ok(size) };
    let (generation, head, snapshot_seq) = (row.get(1)?, row.get(2)?, row.get::<Seq>(3)?);
    report.rooms += 1;
    let mut look = Look { room, row, generation, head, report };
    let snapshots = look.snapshots(&mut tx).await?;
    let newest = snapshots.first().map_or(0, |snapshot| snapshot.seq);
    if newest > snapshot_seq {
        look.say(FindingKind::SnapshotSeqWrong, |finding| finding.at(snapshot_seq, newest));
    }
    for table in ["room_keyframe", "room_attribution"] {
        look.derived(&mut tx, table).await?;
    }
    let Some(log) = look.log(&mut tx).await? else { return Ok(size) };
    let aside = set_aside::of_room(&mut tx, room.id).await?;
    look.report.set_aside += aside.iter().map(|(first, last)| last - first + 1).sum::<u64>();
    drop(tx);
    look.report.updates += log.tail.len() as u64;
    let rebuilt = put_together(log.clone()).await?;
    if let Ok(rebuilt) = &rebuilt {
        look.say_left_out(&rebuilt.left_out, newest);
        (size.live, size.deleted) = (rebuilt.live, rebuilt.tombstones);
    }
    for snapshot in snapshots {
        look.compare(snapshot, &log, rebuilt.as_ref().ok(), &mut size).await?;
    }
    Ok(size)
}

impl Look<'_> {
    fn say(&mut self, kind: FindingKind, more: impl FnOnce(Finding) -> Finding) {
        self.report.findings.push(more(Finding::of_room(kind, self.room.workspace, self.room.id)));
    }

    /// The snapshots of the present generation that can be read, the newest first.
    async fn snapshots(&mut self, tx: &mut Transaction) -> Result<Vec<Snapshot>, StoreError> {
        let list = sql("SELECT seq, checksum, payload FROM room_snapshot WHERE room_id = $1 AND generation = $2 \
                        ORDER BY seq DESC");
        let mut sound = Vec::new();
        for row in tx.query(list.bind(self.room.id).bind(self.generation)).await? {
            let (seq, update): (Seq, Bytes) = (row.get(0)?, row.get(2)?);
            if segment::checksum(&update) == row.get::<i64>(1)? {
                sound.push(Snapshot { seq, update });
            } else {
                self.say(FindingKind::SnapshotUnreadable, |finding| finding.at(seq, seq));
            }
        }
        Ok(sound)
    }

    /// What was made from the log, and could be made anew: one row at a time.
    async fn derived(&mut self, tx: &mut Transaction, table: &str) -> Result<(), StoreError> {
        let mut after = -1_i64;
        loop {
            let next = format!(
                "SELECT seq, checksum, payload FROM {table} WHERE room_id = $1 AND seq > $2 ORDER BY seq LIMIT 1"
            );
            let Some(row) = tx.query_opt(sql(next).bind(self.room.id).bind(after)).await? else { return Ok(()) };
            let (seq, payload): (Seq, Bytes) = (row.get(0)?, row.get(2)?);
            if segment::checksum(&payload) != row.get::<i64>(1)? {
                self.say(FindingKind::DerivedUnreadable, |finding| finding.at(seq, seq).saying(table));
            }
            after = row.get(0)?;
        }
    }

    /// The whole log, from the first update of the generation on.
    async fn log(&mut self, tx: &mut Transaction) -> Result<Option<Log>, StoreError> {
        let pieces = rooms::pieces_after(tx, self.room.id, 0).await?;
        let first = pieces.iter().map(|piece| piece.first).min().unwrap_or(self.head + 1);
        // An erasure leaves nothing of what came before it.
        let base = if self.generation > 1 { first - 1 } else { 0 };
        let laid = pieces::lay_out(base, self.head, pieces);
        let (mut tail, left_out) = match laid {
            Ok(laid) => laid,
            Err(damage @ (Damage::End { .. } | Damage::Gap { .. })) => {
                self.say(FindingKind::LogBeyondHead, |finding| finding.saying(damage));
                return Ok(None);
            }
            Err(damage) => return Err(damage.into()),
        };
        let aside = set_aside::of_room(tx, self.room.id).await?;
        let left_out = pieces::set_aside(base, &mut tail, left_out, &aside);
        let kind = rooms::kind(&self.row.get::<String>(0)?)?;
        let stored = Stored {
            kind,
            generation: self.generation,
            head: self.head,
            snapshot: (base > 0).then(|| Snapshot { seq: base, update: Bytes::from_static(pieces::EMPTY_UPDATE) }),
            tail,
            left_out,
            erased: Bytes::new(),
        };
        Ok(Some(Log(stored)))
    }

    fn say_left_out(&mut self, left_out: &[LeftOut], newest: Seq) {
        for LeftOut { first, last, why } in left_out {
            let kind = match why {
                _ if *last <= newest => FindingKind::PastLacks,
                Why::Lost => FindingKind::UpdatesLost,
                Why::Unreadable => FindingKind::UpdatesUnreadable,
                Why::Malformed => FindingKind::UpdateMalformed,
                Why::Breaks => FindingKind::UpdateBreaks,
                Why::Waits => FindingKind::UpdateWaits,
            };
            self.say(kind, |finding| finding.at(*first, *last).saying(why.name()));
        }
    }

    /// Compares a snapshot and what came after it with what the whole log says.
    async fn compare(
        &mut self,
        snapshot: Snapshot,
        log: &Log,
        rebuilt: Option<&Examined>,
        size: &mut RoomSize,
    ) -> Result<(), StoreError> {
        let seq = snapshot.seq;
        let Some(stored) = log.after(snapshot) else { return Ok(()) };
        match put_together(Log(stored)).await? {
            Ok(examined) => {
                (size.live, size.deleted) = (examined.live, examined.tombstones);
                // What the log lacks, the snapshot may have; and the other way round while it waits.
                let comparable = rebuilt.filter(|rebuilt| rebuilt.left_out.is_empty() && examined.left_out.is_empty());
                if comparable.is_some_and(|rebuilt| !is_same(rebuilt, &examined)) {
                    self.say(FindingKind::SnapshotDiffers, |finding| finding.at(seq, seq));
                }
            }
            Err(damaged) => self.say(FindingKind::SnapshotUnreadable, |finding| finding.at(seq, seq).saying(damaged)),
        }
        Ok(())
    }
}

/// The log of a room, as if nothing else were stored of it.
#[derive(Clone)]
struct Log(Stored);

impl Log {
    fn base(&self) -> Seq {
        self.0.snapshot.as_ref().map_or(0, |snapshot| snapshot.seq)
    }

    /// A snapshot and what came after it; `None` for one of before the log begins.
    fn after(&self, snapshot: Snapshot) -> Option<Stored> {
        let covered = usize::try_from(snapshot.seq.checked_sub(self.base())?).ok()?;
        let tail = self.0.tail.get(covered..)?.to_vec();
        let left_out = self.0.left_out.iter().filter(|left_out| left_out.last > snapshot.seq).cloned().collect();
        Some(Stored { snapshot: Some(snapshot), tail, left_out, ..self.0.clone() })
    }
}

impl std::ops::Deref for Log {
    type Target = Stored;

    fn deref(&self) -> &Stored {
        &self.0
    }
}

fn is_same(one: &Examined, other: &Examined) -> bool {
    (&one.state_vector, &one.deleted, &one.content) == (&other.state_vector, &other.deleted, &other.content)
}

async fn put_together(log: Log) -> Result<Result<Examined, DamagedError>, StoreError> {
    let examined = tokio::task::spawn_blocking(move || examine(log.0)).await;
    examined.map_err(|panicked| StoreError::Internal(panicked.into()))
}

async fn sizes(tx: &mut Transaction, room: &RoomRow) -> Result<RoomSize, StoreError> {
    let mut bytes = async |table: &str| {
        let sum = format!("SELECT CAST(COALESCE(sum(length(payload)), 0) AS BIGINT) FROM {table} WHERE room_id = $1");
        let row = tx.query_opt(sql(sum).bind(room.id)).await?;
        row.map_or(Ok(0), |row| row.get::<u64>(0))
    };
    Ok(RoomSize {
        room_id: room.id,
        workspace_id: room.workspace,
        title: room.title.clone(),
        live: 0,
        deleted: 0,
        snapshot_bytes: bytes("room_snapshot").await?,
        log_bytes: bytes("room_log").await?,
        history_bytes: bytes("room_history").await?,
    })
}

/// What is left out of a room at present, and has not become part of it by other updates.
pub(super) async fn left_out(tx: &mut Transaction, room: RoomId) -> Result<Option<Vec<LeftOut>>, StoreError> {
    let one = sql("SELECT kind, generation, head_seq, erased FROM room WHERE id = $1");
    let Some(row) = tx.query_opt(one.bind(room)).await? else { return Ok(None) };
    let stored = rooms::load_from(tx, room, &row).await?;
    let examined = put_together(Log(stored)).await?.map_err(|damaged| StoreError::Corrupt(damaged.into()))?;
    Ok(Some(if examined.is_whole { Vec::new() } else { examined.left_out }))
}
