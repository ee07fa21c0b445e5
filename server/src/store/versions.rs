//! Versions in the database: points of a room's past with a name, or otherwise worth finding.

use protocol::{
    history::{MAX_VERSIONS, VersionKind},
    ids::{PrincipalId, RoomId},
    rooms::Seq,
    time::Timestamp,
};

use super::{
    Tenant,
    audit::{self, NewEvent},
    database::Transaction,
    error::{Damage, StoreError},
    past::Place,
    slice::{Slice, rows_for},
    sql::{Row, Statement, sql},
};

/// A version, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredVersion {
    /// The position of the last update in it.
    pub seq: Seq,
    /// When that was committed.
    pub at: Timestamp,
    /// What sort of version it is.
    pub kind: VersionKind,
    /// Its name.
    pub name: Option<String>,
    /// Whose it is.
    pub author: PrincipalId,
}

/// Why a point was not made a version.
#[derive(Debug, thiserror::Error)]
pub enum CreateVersionError {
    /// There is no such room, or it was erased meanwhile.
    #[error("there is no such room")]
    NotFound,
    /// The point has a name.
    #[error("this point has a name already")]
    Exists,
    /// The room has [`MAX_VERSIONS`] already.
    #[error("a room has at most {MAX_VERSIONS} versions that people made")]
    TooMany,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

const VERSION: &str = "seq, at, kind, name, author_id";

impl Tenant {
    /// The versions of a room before the position `before`, the newest first, `limit` at most.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn versions(
        &self,
        room: RoomId,
        limit: u32,
        before: Option<Seq>,
    ) -> Result<Slice<StoredVersion, Seq>, StoreError> {
        let list = sql(format!(
            "SELECT {VERSION} FROM room_version WHERE room_id = {OF_WORKSPACE} AND seq < $3 ORDER BY seq DESC LIMIT $4"
        ));
        let before = before.and_then(|before| before.try_into().ok()).unwrap_or(i64::MAX);
        let list = list.bind(room).bind(self.workspace()).bind(before).bind(rows_for(limit));
        let versions = self.read().await?.query(list).await?.iter().map(version).collect::<Result<_, _>>()?;
        Ok(Slice::cut(versions, limit, |version: &StoredVersion| version.seq))
    }

    /// Gives a point of the past a name.
    ///
    /// # Errors
    ///
    /// As [`CreateVersionError`] says.
    pub async fn name_version(
        &self,
        room: RoomId,
        place: Place,
        name: &str,
        author: PrincipalId,
    ) -> Result<StoredVersion, CreateVersionError> {
        let mut tx = self.write().await?;
        if !self.hold(&mut tx, room, place.generation).await? {
            return Err(CreateVersionError::NotFound);
        }
        let one = sql(format!("SELECT {VERSION} FROM room_version WHERE room_id = $1 AND seq = $2"));
        let present = tx.query_opt(one.bind(room).bind(place.seq)).await?.as_ref().map(version).transpose()?;
        if present.is_some_and(|present| present.name.is_some()) {
            return Err(CreateVersionError::Exists);
        }
        check_count(&mut tx, room).await?;
        let name = Some(name.to_owned());
        let version = StoredVersion { seq: place.seq, at: place.at, kind: VersionKind::Named, name, author };
        tx.commit_after(vec![put(room, &version)]).await?;
        Ok(version)
    }

    /// Keeps the version a restore has made, and tells the audit of it.
    ///
    /// # Errors
    ///
    /// As [`CreateVersionError`] says; there may be any number of them.
    pub async fn keep_restore(
        &self,
        room: RoomId,
        place: Place,
        author: PrincipalId,
        event: &NewEvent,
    ) -> Result<StoredVersion, CreateVersionError> {
        let mut tx = self.write().await?;
        if !self.hold(&mut tx, room, place.generation).await? {
            return Err(CreateVersionError::NotFound);
        }
        let version = StoredVersion { seq: place.seq, at: place.at, kind: VersionKind::Restore, name: None, author };
        let is_known = sql("SELECT seq FROM room_version WHERE room_id = $1 AND seq = $2").bind(room).bind(place.seq);
        let mut statements = Vec::new();
        if tx.query_opt(is_known).await?.is_none() {
            statements.push(put(room, &version));
        }
        statements.extend(audit::append(&mut tx, self.workspace(), event).await?);
        tx.commit_after(statements).await?;
        Ok(version)
    }

    /// Names a version anew; answers with it, if there is one.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn rename_version(
        &self,
        room: RoomId,
        seq: Seq,
        name: &str,
        author: PrincipalId,
    ) -> Result<Option<StoredVersion>, StoreError> {
        let mut tx = self.write().await?;
        let one = sql(format!(
            "SELECT {VERSION} FROM room_version WHERE room_id = {OF_WORKSPACE} AND seq = $3 FOR NO KEY UPDATE"
        ));
        let row = tx.query_opt(one.bind(room).bind(self.workspace()).bind(seq)).await?;
        let Some(mut version) = row.as_ref().map(version).transpose()? else { return Ok(None) };
        if version.kind == VersionKind::Automatic {
            (version.kind, version.author) = (VersionKind::Named, author);
        }
        version.name = Some(name.to_owned());
        tx.commit_after(vec![put(room, &version)]).await?;
        Ok(Some(version))
    }

    /// Forgets a version, not what it was; answers whether there was one.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn delete_version(&self, room: RoomId, seq: Seq) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let delete = sql(format!("DELETE FROM room_version WHERE room_id = {OF_WORKSPACE} AND seq = $3"));
        let deleted = tx.execute(delete.bind(room).bind(self.workspace()).bind(seq)).await?;
        tx.commit().await?;
        Ok(deleted > 0)
    }
}

/// The room `$1`, if it is one of the workspace `$2` and not deleted.
const OF_WORKSPACE: &str = "(SELECT id FROM room WHERE id = $1 AND workspace_id = $2 AND deleted_at IS NULL)";

async fn check_count(tx: &mut Transaction, room: RoomId) -> Result<(), CreateVersionError> {
    let count = sql("SELECT count(*) FROM room_version WHERE room_id = $1 AND name IS NOT NULL").bind(room);
    let count = tx.query_opt(count).await?.map_or(Ok(0), |row| row.get::<u64>(0))?;
    if count >= MAX_VERSIONS as u64 { Err(CreateVersionError::TooMany) } else { Ok(()) }
}

/// Writes a version in place of the one at the same point.
pub(super) fn put(room: RoomId, version: &StoredVersion) -> Statement {
    sql("INSERT INTO room_version (room_id, seq, at, kind, name, author_id) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (room_id, seq) DO UPDATE \
         SET kind = excluded.kind, name = excluded.name, author_id = excluded.author_id")
    .bind(room)
    .bind(version.seq)
    .bind(version.at)
    .bind(version.kind.name())
    .bind(version.name.clone())
    .bind(version.author)
}

fn version(row: &Row) -> Result<StoredVersion, StoreError> {
    let kind: String = row.get(2)?;
    let kind = VersionKind::ALL.into_iter().find(|known| known.name() == kind);
    Ok(StoredVersion {
        seq: row.get(0)?,
        at: row.get(1)?,
        kind: kind.ok_or(Damage::Unknown { what: "kind of version" })?,
        name: row.get(3)?,
        author: row.get(4)?,
    })
}
