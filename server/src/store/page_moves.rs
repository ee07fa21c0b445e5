//! Pages in the database, arranged: moved, put into the trash and brought back.

use protocol::{
    ids::{RoomId, WorkspaceId},
    pages::MAX_PAGE_DEPTH,
    time::Timestamp,
};

use super::{
    Tenant,
    audit::{self, NewEvent},
    database::Transaction,
    error::StoreError,
    page_tree::with_subtree,
    pages::{Page, ancestors, find, last_position, lock_tree, siblings_key},
    sql::{Statement, sql},
};

/// The root of the subtree that is moved, trashed or restored.
const ROOT: &str = "SELECT id, trashed_at FROM page WHERE id = $1";

/// How the audit is told that a page stands at the top.
const TOP: &str = "top";

/// Why a page was not moved.
#[derive(Debug, thiserror::Error)]
pub enum MovePageError {
    /// There is no such page, or it is in the trash.
    #[error("there is no such page")]
    NotFound,
    /// The workspace has no such page to stand under, or it is in the trash.
    #[error("there is no such page to stand under")]
    ParentNotFound,
    /// No such page stands there to stand before.
    #[error("there is no such page to stand before")]
    BeforeNotFound,
    /// The page would stand under itself.
    #[error("a page cannot stand under itself")]
    Cycle,
    /// The tree would have more than [`MAX_PAGE_DEPTH`] levels.
    #[error("the page would be too deep in the tree")]
    TooDeep,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a page was not brought back from the trash.
#[derive(Debug, thiserror::Error)]
pub enum RestorePageError {
    /// There is no such page in the trash.
    #[error("there is no such page in the trash")]
    NotFound,
    /// The place it had is in the trash, or too deep by now.
    #[error("the place of the page is gone")]
    PlaceGone,
    /// The same, and something was said there of who may enter: at the top it would be open to more people.
    #[error("the place of the page is gone, and it says who may enter")]
    PlaceSaysWhoEnters,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Tenant {
    /// Moves a page with all pages below it: under `parent` or to the top, there before `before` or
    /// to the end. The audit is told from where to where.
    ///
    /// # Errors
    ///
    /// As [`MovePageError`] says.
    pub async fn move_page(
        &self,
        id: RoomId,
        parent: Option<RoomId>,
        before: Option<RoomId>,
        event: &NewEvent,
    ) -> Result<Page, MovePageError> {
        let workspace = self.workspace();
        let mut tx = self.write().await?;
        let page = locked(&mut tx, workspace, id).await?.filter(|page| page.trashed_at.is_none());
        let page = page.ok_or(MovePageError::NotFound)?;
        if let Some(parent) = parent {
            let above = ancestors(&mut tx, workspace, parent).await?;
            if above.is_empty() {
                return Err(MovePageError::ParentNotFound);
            }
            if above.contains(&id) {
                return Err(MovePageError::Cycle);
            }
            if above.len() + height(&mut tx, id).await? > MAX_PAGE_DEPTH {
                return Err(MovePageError::TooDeep);
            }
        }
        let mut statements = Vec::new();
        let position = match before {
            None => last_position(&mut tx, workspace, parent).await? + 1,
            Some(before) if before == id => return Err(MovePageError::BeforeNotFound),
            Some(before) => {
                let position = position_among(&mut tx, workspace, parent, before).await?;
                let position = position.ok_or(MovePageError::BeforeNotFound)?;
                statements.push(make_room(workspace, parent, position));
                position
            }
        };
        statements.push(put(id, parent, position));
        let event = NewEvent { detail: format!("{} {}", place(page.parent), place(parent)), ..event.clone() };
        statements.extend(audit::append(&mut tx, workspace, &event).await?);
        tx.commit_after(statements).await?;
        Ok(Page { parent, ..page })
    }

    /// Puts a page with all pages below it into the trash and deletes their rooms: from now on
    /// nothing is appended to them. Answers with these rooms; `None` if there is no such page
    /// outside the trash.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn trash_page(&self, id: RoomId, event: &NewEvent) -> Result<Option<Vec<RoomId>>, StoreError> {
        let mut tx = self.write().await?;
        if locked(&mut tx, self.workspace(), id).await?.is_none_or(|page| page.trashed_at.is_some()) {
            return Ok(None);
        }
        let rooms = lock_rooms(&mut tx, id).await?;
        let mut statements = Vec::from(mark(id, Some(event.at)));
        statements.extend(audit::append(&mut tx, self.workspace(), event).await?);
        tx.commit_after(statements).await?;
        Ok(Some(rooms))
    }

    /// Brings a page back from the trash to the place it had, with the pages that were put there with
    /// it.
    ///
    /// # Errors
    ///
    /// As [`RestorePageError`] says.
    pub async fn restore_page(&self, id: RoomId, event: &NewEvent) -> Result<Page, RestorePageError> {
        let mut tx = self.write().await?;
        let page = trashed(&mut tx, self.workspace(), id).await?;
        lock_rooms(&mut tx, id).await?;
        if let Some(above) = page.parent {
            let depth = ancestors(&mut tx, self.workspace(), above).await?.len();
            if depth == 0 || depth + height(&mut tx, id).await? > MAX_PAGE_DEPTH {
                return Err(RestorePageError::PlaceGone);
            }
        }
        self.bring_back(tx, page, Vec::new(), event).await
    }

    /// Brings a page back from the trash to the top, with the pages that were put there with it, unless
    /// a page it stood under says who may enter.
    ///
    /// # Errors
    ///
    /// As [`RestorePageError`] says.
    pub async fn restore_page_at_top(&self, id: RoomId, event: &NewEvent) -> Result<Page, RestorePageError> {
        let mut tx = self.write().await?;
        let page = trashed(&mut tx, self.workspace(), id).await?;
        lock_rooms(&mut tx, id).await?;
        if says_who_enters(&mut tx, page.parent).await? {
            return Err(RestorePageError::PlaceSaysWhoEnters);
        }
        let position = last_position(&mut tx, self.workspace(), None).await? + 1;
        self.bring_back(tx, Page { parent: None, ..page }, vec![put(id, None, position)], event).await
    }

    async fn bring_back(
        &self,
        mut tx: Transaction,
        page: Page,
        mut statements: Vec<Statement>,
        event: &NewEvent,
    ) -> Result<Page, RestorePageError> {
        statements.extend(mark(page.id, None));
        statements.extend(audit::append(&mut tx, self.workspace(), event).await?);
        tx.commit_after(statements).await?;
        Ok(Page { trashed_at: None, ..page })
    }
}

/// A page, and until the transaction ends nobody else changes the tree it stands in.
async fn locked(tx: &mut Transaction, workspace: WorkspaceId, id: RoomId) -> Result<Option<Page>, StoreError> {
    lock_tree(tx, workspace).await?;
    find(tx, workspace, id).await
}

/// A page in the trash, locked as [`locked`] does.
async fn trashed(tx: &mut Transaction, workspace: WorkspaceId, id: RoomId) -> Result<Page, RestorePageError> {
    let page = locked(tx, workspace, id).await?.filter(|page| page.trashed_at.is_some());
    page.ok_or(RestorePageError::NotFound)
}

/// Whether a page or one of those above it, in the trash or not, says anything of who may enter.
async fn says_who_enters(tx: &mut Transaction, page: Option<RoomId>) -> Result<bool, StoreError> {
    let Some(page) = page else { return Ok(false) };
    let one = sql("WITH RECURSIVE above (id, parent_id, member_level) AS ( \
                       SELECT id, parent_id, member_level FROM page WHERE id = $1 \
                       UNION ALL \
                       SELECT page.id, page.parent_id, page.member_level FROM above JOIN page ON page.id = above.parent_id \
                   ) SELECT 1 FROM above WHERE member_level IS NOT NULL \
                   OR EXISTS (SELECT 1 FROM page_grant WHERE page_grant.page_id = above.id) LIMIT 1");
    Ok(tx.query_opt(one.bind(page)).await?.is_some())
}

/// Locks the rooms of a page and of those below it, in the order in which commits lock them.
async fn lock_rooms(tx: &mut Transaction, id: RoomId) -> Result<Vec<RoomId>, StoreError> {
    let lock = "SELECT id FROM room WHERE id IN (SELECT id FROM subtree) ORDER BY id FOR NO KEY UPDATE";
    tx.query(with_subtree(ROOT, lock).bind(id)).await?.iter().map(|row| row.get(0)).collect()
}

/// Levels of the page and what is below it.
async fn height(tx: &mut Transaction, id: RoomId) -> Result<usize, StoreError> {
    let deepest = with_subtree(ROOT, "SELECT max(depth) FROM subtree").bind(id);
    let levels: Option<i64> = tx.query_opt(deepest).await?.map_or(Ok(None), |row| row.get(0))?;
    Ok(levels.and_then(|levels| levels.try_into().ok()).unwrap_or(0))
}

/// The position of a page that stands there, outside the trash.
async fn position_among(
    tx: &mut Transaction,
    workspace: WorkspaceId,
    parent: Option<RoomId>,
    id: RoomId,
) -> Result<Option<i64>, StoreError> {
    let one = sql("SELECT position FROM page \
                   WHERE COALESCE(parent_id, workspace_id) = $1 AND id = $2 AND trashed_at IS NULL");
    let row = tx.query_opt(one.bind(siblings_key(workspace, parent)).bind(id)).await?;
    row.map(|row| row.get(0)).transpose()
}

/// Moves everything from a position on by one, what is in the trash too, so that it keeps its place.
fn make_room(workspace: WorkspaceId, parent: Option<RoomId>, position: i64) -> Statement {
    sql("UPDATE page SET position = position + 1 WHERE COALESCE(parent_id, workspace_id) = $1 AND position >= $2")
        .bind(siblings_key(workspace, parent))
        .bind(position)
}

/// How the audit is told under what a page stands.
fn place(parent: Option<RoomId>) -> String {
    parent.map_or_else(|| TOP.to_owned(), |parent| parent.to_string())
}

fn put(id: RoomId, parent: Option<RoomId>, position: i64) -> Statement {
    sql("UPDATE page SET parent_id = $2, position = $3 WHERE id = $1").bind(id).bind(parent).bind(position)
}

/// Says of a page and those below it since when they are in the trash.
fn mark(id: RoomId, trashed_at: Option<Timestamp>) -> [Statement; 2] {
    // The pages last: they are what the subtree is found by.
    [
        "UPDATE room SET deleted_at = $2 WHERE id IN (SELECT id FROM subtree)",
        "UPDATE page SET trashed_at = $2 WHERE id IN (SELECT id FROM subtree)",
    ]
    .map(|statement| with_subtree(ROOT, statement).bind(id).bind(trashed_at))
}
