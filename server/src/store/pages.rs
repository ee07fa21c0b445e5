//! Pages in the database: made and looked at. `page_tree.rs` lists them, `page_moves.rs` arranges them.

use actors::room::log::Entry;
use bytes::Bytes;
use protocol::{
    access::Access,
    ids::{PrincipalId, RoomId, SegmentId, WorkspaceId},
    pages::{MAX_PAGE_DEPTH, PageView},
    rooms::RoomKind,
    time::Timestamp,
};

use super::{
    Tenant,
    audit::{self, NewEvent},
    database::Transaction,
    error::StoreError,
    segment,
    sql::{Row, Value, sql},
};

/// The generation every room begins with.
pub(super) const FIRST_GENERATION: u64 = 1;

/// What [`page`] reads, from `page` joined with its `room`.
pub(super) const PAGE: &str = "page.id, page.workspace_id, page.parent_id, room.title, \
     room.created_at, room.updated_at, page.trashed_at";
/// How many columns these are.
pub(super) const PAGE_COLUMNS: usize = 7;

/// A page, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its id, and its room's.
    pub id: RoomId,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// The page it stands under; `None` at the top.
    pub parent: Option<RoomId>,
    /// Its title.
    pub title: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its content or title last changed.
    pub updated_at: Timestamp,
    /// When it was put into the trash.
    pub trashed_at: Option<Timestamp>,
}

impl Page {
    /// The page as somebody with this access sees it.
    pub fn view(self, access: Access) -> PageView {
        PageView {
            id: self.id,
            workspace_id: self.workspace,
            parent_id: self.parent,
            title: self.title,
            created_at: self.created_at,
            updated_at: self.updated_at,
            trashed_at: self.trashed_at,
            access,
        }
    }
}

/// A page to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPage<'a> {
    /// Its id, and its room's.
    pub id: RoomId,
    /// The page it shall stand under, last; at the top when `None`.
    pub parent: Option<RoomId>,
    /// Its title.
    pub title: &'a str,
    /// Who makes it: the author of the first update.
    pub created_by: PrincipalId,
    /// What it holds at first: the first update of its log.
    pub initial_update: Bytes,
    /// Now.
    pub at: Timestamp,
}

/// Why a page was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreatePageError {
    /// The workspace has no such page, or it is in the trash.
    #[error("there is no such page to stand under")]
    ParentNotFound,
    /// The tree would have more than [`MAX_PAGE_DEPTH`] levels.
    #[error("the page would be too deep in the tree")]
    TooDeep,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Tenant {
    /// Makes a page and its room with the first update in its log, all or nothing.
    ///
    /// # Errors
    ///
    /// As [`CreatePageError`] says.
    pub async fn create_page(&self, page: NewPage<'_>, event: &NewEvent) -> Result<Page, CreatePageError> {
        let workspace = self.workspace();
        let mut tx = self.write().await?;
        lock_tree(&mut tx, workspace).await?;
        if let Some(parent) = page.parent {
            match ancestors(&mut tx, workspace, parent).await?.len() {
                0 => return Err(CreatePageError::ParentNotFound),
                MAX_PAGE_DEPTH.. => return Err(CreatePageError::TooDeep),
                _ => {}
            }
        }
        let position = last_position(&mut tx, workspace, page.parent).await? + 1;
        let payload = segment::encode(&[Entry { author: page.created_by, update: page.initial_update }]);
        let title = storable(page.title);
        let room = sql("INSERT INTO room (id, workspace_id, kind, title, generation, head_seq, snapshot_seq, \
                        created_at, updated_at, deleted_at) VALUES ($1, $2, $3, $4, $5, 1, 0, $6, $6, NULL)")
        .bind(page.id)
        .bind(workspace)
        .bind(RoomKind::Page.name())
        .bind(title.as_str())
        .bind(FIRST_GENERATION)
        .bind(page.at);
        let first = sql("INSERT INTO room_log (id, room_id, first_seq, count, created_at, checksum, payload) \
                         VALUES ($1, $2, 1, 1, $3, $4, $5)")
        .bind(SegmentId::new())
        .bind(page.id)
        .bind(page.at)
        .bind(segment::checksum(&payload))
        .bind(payload);
        let place = sql("INSERT INTO page (id, workspace_id, parent_id, position, trashed_at, member_level) \
                 VALUES ($1, $2, $3, $4, NULL, NULL)")
        .bind(page.id)
        .bind(workspace)
        .bind(page.parent)
        .bind(position);
        let mut statements = vec![room, first, place];
        statements.extend(audit::append(&mut tx, self.workspace(), event).await?);
        tx.commit_after(statements).await?;
        Ok(Page {
            id: page.id,
            workspace,
            parent: page.parent,
            title,
            created_at: page.at,
            updated_at: page.at,
            trashed_at: None,
        })
    }

    /// A page, in the trash or not; `None` if there is no such page.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn page(&self, id: RoomId) -> Result<Option<Page>, StoreError> {
        find(&mut self.read().await?, self.workspace(), id).await
    }
}

/// A page, in the trash or not.
pub(super) async fn find(tx: &mut Transaction, workspace: WorkspaceId, id: RoomId) -> Result<Option<Page>, StoreError> {
    let one = sql(format!(
        "SELECT {PAGE} FROM page JOIN room ON room.id = page.id WHERE page.id = $1 AND page.workspace_id = $2"
    ));
    tx.query_opt(one.bind(id).bind(workspace)).await?.as_ref().map(page).transpose()
}

/// A row of [`PAGE`].
pub(super) fn page(row: &Row) -> Result<Page, StoreError> {
    Ok(Page {
        id: row.get(0)?,
        workspace: row.get(1)?,
        parent: row.get(2)?,
        title: row.get(3)?,
        created_at: row.get(4)?,
        updated_at: row.get(5)?,
        trashed_at: row.get(6)?,
    })
}

/// A title as both engines keep it: Postgres has no NUL in texts.
pub(super) fn storable(title: &str) -> String {
    title.replace('\0', "\u{fffd}")
}

/// Until the transaction ends, nobody else changes the tree of this workspace.
pub(super) async fn lock_tree(tx: &mut Transaction, workspace: WorkspaceId) -> Result<(), StoreError> {
    tx.query(sql("SELECT id FROM workspace WHERE id = $1 FOR NO KEY UPDATE").bind(workspace)).await.map(drop)
}

/// The page and those above it, from the page up; empty if the workspace has no such page outside
/// the trash.
pub(super) async fn ancestors(
    tx: &mut Transaction,
    workspace: WorkspaceId,
    page: RoomId,
) -> Result<Vec<RoomId>, StoreError> {
    let walk = sql("WITH RECURSIVE ancestor (id, parent_id, distance) AS ( \
                        SELECT id, parent_id, CAST(0 AS BIGINT) FROM page \
                        WHERE id = $1 AND workspace_id = $2 AND trashed_at IS NULL \
                        UNION ALL \
                        SELECT page.id, page.parent_id, ancestor.distance + 1 \
                        FROM ancestor JOIN page ON page.id = ancestor.parent_id \
                    ) SELECT id FROM ancestor ORDER BY distance");
    tx.query(walk.bind(page).bind(workspace)).await?.iter().map(|row| row.get(0)).collect()
}

/// What the index of siblings knows them by: their parent, or their workspace at the top.
pub(super) fn siblings_key(workspace: WorkspaceId, parent: Option<RoomId>) -> Value {
    parent.map_or_else(|| workspace.into(), Into::into)
}

/// The position of the last page there; 0 if there is none.
pub(super) async fn last_position(
    tx: &mut Transaction,
    workspace: WorkspaceId,
    parent: Option<RoomId>,
) -> Result<i64, StoreError> {
    let last = sql("SELECT max(position) FROM page WHERE COALESCE(parent_id, workspace_id) = $1");
    let row = tx.query_opt(last.bind(siblings_key(workspace, parent))).await?;
    Ok(row.map_or(Ok(None), |row| row.get(0))?.unwrap_or(0))
}
