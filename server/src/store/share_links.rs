//! Share links in the database. Guests' sign-ins hang on them, and go with them.

use protocol::{
    access::Access,
    ids::{DeviceId, PrincipalId, RoomId, ShareLinkId, WorkspaceId},
    sharing::MAX_SHARE_LINKS,
    time::Timestamp,
};

use super::{
    Store, Tenant,
    audit::{self, NewEvent},
    credentials::level,
    database::Scope,
    error::StoreError,
    slice::{Slice, rows_for},
    sql::{Row, sql},
};

/// A share link, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareLink {
    /// Its id.
    pub id: ShareLinkId,
    /// What whoever has it may do.
    pub access: Access,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops being good; `None` for never.
    pub expires_at: Option<Timestamp>,
}

/// What a share link opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shared {
    /// The workspace of the page.
    pub workspace: WorkspaceId,
    /// The page.
    pub page: RoomId,
    /// What it lets one do there and below.
    pub access: Access,
    /// When it stops being good; `None` for never.
    pub expires_at: Option<Timestamp>,
}

/// Why a share link was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateShareLinkError {
    /// There is no such page outside the trash.
    #[error("there is no such page")]
    NotFound,
    /// The page has [`MAX_SHARE_LINKS`] already.
    #[error("a page has at most {MAX_SHARE_LINKS} share links")]
    TooMany,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Tenant {
    /// Keeps a share link of a page, and forgets those that are not good any more.
    ///
    /// # Errors
    ///
    /// As [`CreateShareLinkError`] says.
    pub async fn create_share_link(
        &self,
        page: RoomId,
        link: &ShareLink,
        created_by: PrincipalId,
        event: &NewEvent,
    ) -> Result<(), CreateShareLinkError> {
        let mut tx = self.write().await?;
        if !self.lock_page(&mut tx, page).await? {
            return Err(CreateShareLinkError::NotFound);
        }
        tx.execute(sql("DELETE FROM share_link WHERE page_id = $1 AND expires_at <= $2").bind(page).bind(event.at))
            .await?;
        let count = tx.query_opt(sql("SELECT count(*) FROM share_link WHERE page_id = $1").bind(page)).await?;
        if count.map_or(Ok(0), |row| row.get::<u64>(0))? >= MAX_SHARE_LINKS as u64 {
            return Err(CreateShareLinkError::TooMany);
        }
        let insert =
            sql("INSERT INTO share_link (id, workspace_id, page_id, access, created_by, created_at, expires_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7)");
        let insert = insert.bind(link.id).bind(self.workspace()).bind(page).bind(link.access.name());
        let mut statements = vec![insert.bind(created_by).bind(link.created_at).bind(link.expires_at)];
        statements.extend(audit::append(&mut tx, self.workspace(), event).await?);
        tx.commit_after(statements).await?;
        Ok(())
    }

    /// The share links of a page that are good at `at`, behind `after`, oldest first, `limit` at most.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn share_links(
        &self,
        page: RoomId,
        at: Timestamp,
        limit: u32,
        after: Option<ShareLinkId>,
    ) -> Result<Slice<ShareLink, ShareLinkId>, StoreError> {
        let list = sql("SELECT id, access, created_at, expires_at FROM share_link \
                        WHERE workspace_id = $1 AND page_id = $2 AND (expires_at IS NULL OR expires_at > $3) \
                        AND id > $4 ORDER BY id LIMIT $5");
        let list = list.bind(self.workspace()).bind(page).bind(at).bind(after.unwrap_or(ShareLinkId::nil()));
        let rows = self.read().await?.query(list.bind(rows_for(limit))).await?;
        let links = rows.iter().map(link).collect::<Result<_, _>>()?;
        Ok(Slice::cut(links, limit, |link: &ShareLink| link.id))
    }

    /// Revokes a share link of a page, and signs its guests out; answers whether there was one.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn revoke_share_link(&self, page: RoomId, id: ShareLinkId, event: &NewEvent) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let delete = sql("DELETE FROM share_link WHERE workspace_id = $1 AND page_id = $2 AND id = $3");
        if tx.execute(delete.bind(self.workspace()).bind(page).bind(id)).await? == 0 {
            return Ok(false);
        }
        let statements = audit::append(&mut tx, self.workspace(), event).await?;
        tx.commit_after(statements.into()).await?;
        Ok(true)
    }
}

impl Store {
    /// What a share link opens at `at`; `None` if there is no such link, it is not good any more, or its
    /// page is in the trash.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn shared(&self, id: ShareLinkId, at: Timestamp) -> Result<Option<Shared>, StoreError> {
        let one = sql("SELECT share_link.workspace_id, share_link.page_id, share_link.access, share_link.expires_at \
                       FROM share_link \
                       JOIN workspace ON workspace.id = share_link.workspace_id AND workspace.deleted_at IS NULL \
                       JOIN page ON page.id = share_link.page_id AND page.trashed_at IS NULL \
                       WHERE share_link.id = $1 AND (share_link.expires_at IS NULL OR share_link.expires_at > $2)");
        let row = self.database.query_opt(Scope::Server, one.bind(id).bind(at)).await?;
        row.as_ref().map(shared).transpose()
    }

    /// Lets the person on a device in by a share link, instead of the one opened there before.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn open_on_device(&self, device: DeviceId, link: ShareLinkId) -> Result<(), StoreError> {
        let update = sql("UPDATE device SET opened_link_id = $2 WHERE id = $1 AND account_id IS NOT NULL");
        self.database.execute(Scope::Server, update.bind(device).bind(link)).await.map(drop)
    }

    /// What the share link opens at `at` that the person on a device has opened last.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn opened_on(&self, device: DeviceId, at: Timestamp) -> Result<Option<Shared>, StoreError> {
        let one = sql("SELECT share_link.workspace_id, share_link.page_id, share_link.access, share_link.expires_at \
                       FROM device \
                       JOIN share_link ON share_link.id = device.opened_link_id \
                       WHERE device.id = $1 AND (share_link.expires_at IS NULL OR share_link.expires_at > $2)");
        let row = self.database.query_opt(Scope::Server, one.bind(device).bind(at)).await?;
        row.as_ref().map(shared).transpose()
    }
}

fn link(row: &Row) -> Result<ShareLink, StoreError> {
    Ok(ShareLink {
        id: row.get(0)?,
        access: level(&row.get::<String>(1)?)?,
        created_at: row.get(2)?,
        expires_at: row.get(3)?,
    })
}

fn shared(row: &Row) -> Result<Shared, StoreError> {
    Ok(Shared {
        workspace: row.get(0)?,
        page: row.get(1)?,
        access: level(&row.get::<String>(2)?)?,
        expires_at: row.get(3)?,
    })
}
