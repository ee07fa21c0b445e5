//! What is made of a room's past after a compaction, so that all of it stays near.
//!
//! None of it is the truth: keyframes and attribution follow from the log and can be deleted at any time.

use std::io;

use actors::room::{DamagedError, Replay, log::Snapshot};
use protocol::{
    history::{MAX_AUTOMATIC_VERSIONS, VersionKind},
    ids::{RoomId, WorkspaceId},
    rooms::Seq,
};

use super::{
    Store, Tenant,
    database::Scope,
    keyframes::{self, BYTES_PER_UPDATE, Distance},
    past::{PastError, Place, Recorded, blocking},
    sql::{Statement, sql},
    versions,
};

/// Seconds between two versions that the server makes by itself, at least.
const VERSION_EVERY_S: i64 = 60 * 60;

impl Store {
    /// Keeps who wrote what, keyframes and a version of a room, as far as they are due.
    ///
    /// # Errors
    ///
    /// [`PastError`]. What was not made is made the next time.
    pub async fn keep_past(&self, room: RoomId) -> Result<(), PastError> {
        let one = sql("SELECT workspace_id FROM room WHERE id = $1").bind(room);
        let row = self.database.query_opt(Scope::Server, one).await?.ok_or(PastError::NotFound)?;
        let tenant = self.of(row.get::<WorkspaceId>(0)?);
        let head = tenant.place(room, None).await?;
        tenant.keep_attribution(room, head).await?;
        tenant.keep_keyframes(room, head).await?;
        tenant.keep_version(room, head).await
    }
}

impl Tenant {
    /// Makes keyframes from the last one on, each where it is due.
    async fn keep_keyframes(&self, room: RoomId, head: Place) -> Result<(), PastError> {
        let mut tx = self.read().await?;
        let last = keyframes::nearest(&mut tx, room, None, head.seq).await?;
        let distance = keyframes::distance(&mut tx, room, last.as_ref().map_or(0, |last| last.seq)).await?;
        drop(tx);
        if !distance.is_due() {
            return Ok(());
        }
        let stored_bytes = distance.stored_bytes;
        let mut making = blocking(move || Making::begin(last.as_ref(), stored_bytes)).await?;
        while making.replay.seq() < head.seq {
            let part = self.part(room, head, making.replay.seq()).await?;
            making = blocking(move || making.extend(room, &part)).await?;
            let mut tx = self.write().await?;
            if !self.hold(&mut tx, room, head.generation).await? {
                return Err(PastError::NotThen);
            }
            tx.commit_after(std::mem::take(&mut making.made)).await?;
        }
        Ok(())
    }

    /// Makes a version of now, unless there is one that is not an hour old.
    async fn keep_version(&self, room: RoomId, head: Place) -> Result<(), PastError> {
        let last = self.versions(room, 1, None).await?.items.pop();
        if last.is_some_and(|last| last.seq >= head.seq || last.at.plus_seconds(VERSION_EVERY_S) > head.at) {
            return Ok(());
        }
        let before = Seq::saturating_sub(head.seq, 1);
        let author = self.part(room, head, before).await?.pop().map(|last| last.entry.author);
        let Some(author) = author else { return Ok(()) };
        let version =
            versions::StoredVersion { seq: head.seq, at: head.at, kind: VersionKind::Automatic, name: None, author };
        let mut tx = self.write().await?;
        if self.hold(&mut tx, room, head.generation).await? {
            let forget = sql("DELETE FROM room_version WHERE room_id = $1 AND kind = $2 AND seq NOT IN ( \
                                  SELECT seq FROM room_version WHERE room_id = $1 AND kind = $2 \
                                  ORDER BY seq DESC LIMIT $3)");
            let forget = forget.bind(room).bind(VersionKind::Automatic.name()).bind(MAX_AUTOMATIC_VERSIONS as u64);
            tx.commit_after(vec![versions::put(room, &version), forget]).await?;
        }
        Ok(())
    }
}

/// Keyframes on their way.
struct Making {
    replay: Replay,
    distance: Distance,
    made: Vec<Statement>,
}

impl Making {
    fn begin(last: Option<&Snapshot>, stored_bytes: u64) -> Result<Self, DamagedError> {
        let distance = Distance { stored_bytes, ..Distance::default() };
        Ok(Self { replay: Replay::begin(last)?, distance, made: Vec::new() })
    }

    fn extend(mut self, room: RoomId, part: &[Recorded]) -> Result<Self, MakingError> {
        for Recorded { seq, at, entry } in part {
            self.replay.extend([&entry.update])?;
            self.distance.updates += 1;
            self.distance.bytes += BYTES_PER_UPDATE + entry.update.len() as u64;
            if !self.distance.is_due() {
                continue;
            }
            // Where updates are missing the next position is tried.
            if let Some(update) = self.replay.state() {
                let (insert, stored_bytes) = keyframes::insert(room, *seq, *at, &update)?;
                self.made.push(insert);
                self.distance = Distance { stored_bytes, ..Distance::default() };
            }
        }
        Ok(self)
    }
}

/// Why no keyframe was made.
#[derive(Debug, thiserror::Error)]
enum MakingError {
    #[error(transparent)]
    Damaged(#[from] DamagedError),
    #[error("the keyframe cannot be packed")]
    Packing(#[from] io::Error),
}

/// Does what is due after a compaction; what goes wrong costs time later, and nothing else.
pub(super) async fn after_compaction(store: &Store, room: RoomId) {
    match store.keep_past(room).await {
        Ok(()) | Err(PastError::NotFound | PastError::NotThen) => (),
        Err(PastError::Store(error)) => {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(room.id = %room, error, "the past of the room is farther away than it should be");
        }
    }
}
