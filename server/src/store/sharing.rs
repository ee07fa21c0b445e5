//! Who may enter single pages, in the database: what is said of all members and of single ones.

use protocol::{
    audit::Audited,
    ids::{PrincipalId, RoomId},
    sharing::{Level, MAX_GRANTS},
};

use super::{
    Tenant,
    audit::{self, NewEvent},
    database::Transaction,
    error::StoreError,
    pages::{ancestors, lock_tree},
    sql::{Statement, sql},
    standing::level,
};

/// The name of a member, be it a person or a service.
const NAME: &str = "COALESCE(account.name, api_key.name)";

/// What one page says of who may enter it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageSharing {
    /// The page.
    pub page: RoomId,
    /// What all members may do.
    pub members: Option<Level>,
    /// What single members may do.
    pub grants: Vec<Grant>,
}

/// What is said of one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The member.
    pub principal: PrincipalId,
    /// The name others see.
    pub name: String,
    /// What they may do.
    pub level: Level,
}

/// Why nothing was said of a member.
#[derive(Debug, thiserror::Error)]
pub enum PutGrantError {
    /// There is no such page outside the trash.
    #[error("there is no such page")]
    PageNotFound,
    /// Nobody with this id belongs to the workspace.
    #[error("there is no such member")]
    MemberNotFound,
    /// The page says something of [`MAX_GRANTS`] others already.
    #[error("a page says something of {MAX_GRANTS} members at most")]
    TooMany,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Tenant {
    /// What a page outside the trash and each page above it say, from the page up to the top; empty if
    /// there is no such page.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn sharing(&self, page: RoomId) -> Result<Vec<PageSharing>, StoreError> {
        let mut tx = self.read().await?;
        let mut sharing = Vec::new();
        // A page has few above it: their number is limited.
        for page in ancestors(&mut tx, self.workspace(), page).await? {
            let members = sql("SELECT member_level FROM page WHERE id = $1 AND workspace_id = $2");
            let grants = sql(format!(
                "SELECT page_grant.principal_id, {NAME}, page_grant.level FROM page_grant \
                 LEFT JOIN account ON account.id = page_grant.principal_id \
                 LEFT JOIN api_key ON api_key.principal_id = page_grant.principal_id \
                     AND api_key.workspace_id = page_grant.workspace_id \
                 WHERE page_grant.page_id = $1 AND page_grant.workspace_id = $2 ORDER BY page_grant.principal_id"
            ));
            let asked = [members, grants].map(|statement| statement.bind(page).bind(self.workspace()));
            let answers = tx.run(asked.into()).await?;
            let [members, grants] = answers.as_slice() else { continue };
            let members = members.rows.first().map_or(Ok(None), |row| row.get::<Option<String>>(0))?;
            let grants = grants.rows.iter().map(|row| {
                let name: Option<String> = row.get(1)?;
                let (name, level) = (name.unwrap_or_default(), level(&row.get::<String>(2)?)?);
                Ok(Grant { principal: row.get(0)?, name, level })
            });
            let grants = grants.collect::<Result<_, StoreError>>()?;
            sharing.push(PageSharing { page, members: members.as_deref().map(level).transpose()?, grants });
        }
        Ok(sharing)
    }

    /// Says of all members what they may do on a page. Where `keeper` is somebody, they are granted
    /// `write` there. Answers whether there is such a page outside the trash.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn say_of_members(
        &self,
        page: RoomId,
        members: Option<Level>,
        keeper: Option<PrincipalId>,
        event: &NewEvent,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        if !self.lock_page(&mut tx, page).await? {
            return Ok(false);
        }
        let update = sql("UPDATE page SET member_level = $3 WHERE id = $1 AND workspace_id = $2");
        let update = update.bind(page).bind(self.workspace()).bind(members.map(Level::name));
        let mut statements = vec![update];
        statements.extend(audit::append(&mut tx, self.workspace(), event).await?);
        if let Some(keeper) = keeper {
            statements.push(self.grant(page, keeper, Level::Write));
            // The second event is bound to the first.
            tx.run(std::mem::take(&mut statements)).await?;
            let detail = format!("{keeper} {}", Level::Write.name());
            let granted = NewEvent { action: Audited::GrantChanged, detail, ..event.clone() };
            statements.extend(audit::append(&mut tx, self.workspace(), &granted).await?);
        }
        tx.commit_after(statements).await?;
        Ok(true)
    }

    /// Says of one member what they may do on a page; answers with their name.
    ///
    /// # Errors
    ///
    /// As [`PutGrantError`] says.
    pub async fn put_grant(
        &self,
        page: RoomId,
        principal: PrincipalId,
        level: Level,
        event: &NewEvent,
    ) -> Result<String, PutGrantError> {
        let mut tx = self.write().await?;
        if !self.lock_page(&mut tx, page).await? {
            return Err(PutGrantError::PageNotFound);
        }
        let member = sql(format!(
            "SELECT {NAME} FROM member LEFT JOIN account ON account.id = member.principal_id \
             LEFT JOIN api_key ON api_key.principal_id = member.principal_id \
                 AND api_key.workspace_id = member.workspace_id \
             WHERE member.workspace_id = $1 AND member.principal_id = $2"
        ));
        let member = tx.query_opt(member.bind(self.workspace()).bind(principal)).await?;
        let name: Option<String> = member.ok_or(PutGrantError::MemberNotFound)?.get(0)?;
        let others = sql("SELECT count(*) FROM page_grant WHERE page_id = $1 AND principal_id <> $2");
        let others = tx.query_opt(others.bind(page).bind(principal)).await?;
        if others.map_or(Ok(0), |row| row.get::<u64>(0))? >= MAX_GRANTS as u64 {
            return Err(PutGrantError::TooMany);
        }
        let mut statements = vec![self.grant(page, principal, level)];
        statements.extend(audit::append(&mut tx, self.workspace(), event).await?);
        tx.commit_after(statements).await?;
        Ok(name.unwrap_or_default())
    }

    /// Takes back what a page says of one member; answers whether it said something.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn delete_grant(
        &self,
        page: RoomId,
        principal: PrincipalId,
        event: &NewEvent,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let delete = sql("DELETE FROM page_grant WHERE page_id = $1 AND workspace_id = $2 AND principal_id = $3");
        if tx.execute(delete.bind(page).bind(self.workspace()).bind(principal)).await? == 0 {
            return Ok(false);
        }
        let statements = audit::append(&mut tx, self.workspace(), event).await?;
        tx.commit_after(statements.into()).await?;
        Ok(true)
    }

    /// Whether there is such a page outside the trash. Until the transaction ends nobody else changes
    /// who may enter it.
    pub(super) async fn lock_page(&self, tx: &mut Transaction, page: RoomId) -> Result<bool, StoreError> {
        lock_tree(tx, self.workspace()).await?;
        let one = sql("SELECT 1 FROM page WHERE id = $1 AND workspace_id = $2 AND trashed_at IS NULL");
        Ok(tx.query_opt(one.bind(page).bind(self.workspace())).await?.is_some())
    }

    fn grant(&self, page: RoomId, principal: PrincipalId, level: Level) -> Statement {
        sql("INSERT INTO page_grant (workspace_id, page_id, principal_id, level) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (page_id, principal_id) DO UPDATE SET level = excluded.level")
        .bind(self.workspace())
        .bind(page)
        .bind(principal)
        .bind(level.name())
    }
}
