//! Workspaces in the database.

use protocol::{
    access::Role,
    audit::Audited,
    ids::{PrincipalId, RoomId, WorkspaceId},
    time::Timestamp,
    workspaces::{MAX_WORKSPACES, WorkspaceView},
};

use super::{
    Store, Tenant,
    audit::{self, NewEvent},
    database::{Scope, Transaction},
    error::StoreError,
    pages::lock_tree,
    slice::{Slice, rows_for},
    sql::{Row, Statement, sql},
    standing::role,
};

/// Why a workspace was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateWorkspaceError {
    /// Its owner would own more than [`MAX_WORKSPACES`].
    #[error("one person owns at most {MAX_WORKSPACES} workspaces")]
    TooMany,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// The workspaces a principal belongs to behind `after`, in the order in which they were made,
    /// `limit` at most.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn workspaces_of(
        &self,
        principal: PrincipalId,
        limit: u32,
        after: Option<WorkspaceId>,
    ) -> Result<Slice<WorkspaceView, WorkspaceId>, StoreError> {
        let list = sql("SELECT workspace.id, workspace.name, member.role FROM member \
                        JOIN workspace ON workspace.id = member.workspace_id \
                        WHERE member.principal_id = $1 AND workspace.deleted_at IS NULL AND workspace.id > $2 \
                        ORDER BY workspace.id LIMIT $3");
        let list = list.bind(principal).bind(after.unwrap_or(WorkspaceId::nil())).bind(rows_for(limit));
        let rows = self.database.query(Scope::Server, list).await?;
        let workspaces = rows.iter().map(view).collect::<Result<_, _>>()?;
        Ok(Slice::cut(workspaces, limit, |workspace: &WorkspaceView| workspace.id))
    }

    /// Makes a workspace with its owner.
    ///
    /// # Errors
    ///
    /// As [`CreateWorkspaceError`] says.
    pub async fn create_workspace(
        &self,
        id: WorkspaceId,
        name: &str,
        owner: PrincipalId,
        event: &NewEvent,
    ) -> Result<(), CreateWorkspaceError> {
        let mut tx = self.database.write(Scope::Server).await?;
        // One at a time, so that the limit holds.
        tx.query(sql("SELECT id FROM account WHERE id = $1 FOR NO KEY UPDATE").bind(owner)).await?;
        let owned = sql("SELECT count(*) FROM member \
                         JOIN workspace ON workspace.id = member.workspace_id AND workspace.deleted_at IS NULL \
                         WHERE member.principal_id = $1 AND member.role = $2");
        let owned = tx.query_opt(owned.bind(owner).bind(Role::Owner.name())).await?;
        if owned.map_or(Ok(0), |row| row.get::<u64>(0))? >= MAX_WORKSPACES as u64 {
            return Err(CreateWorkspaceError::TooMany);
        }
        let statements = create(&mut tx, id, name, owner, event).await?;
        tx.commit_after(statements).await?;
        Ok(())
    }
}

impl Tenant {
    /// What the workspace is called; `None` if it is deleted.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn workspace_name(&self) -> Result<Option<String>, StoreError> {
        let one = sql("SELECT name FROM workspace WHERE id = $1 AND deleted_at IS NULL").bind(self.workspace());
        self.read().await?.query_opt(one).await?.map(|row| row.get(0)).transpose()
    }

    /// Gives the workspace another name; answers whether there is one.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn rename_workspace(&self, name: &str, event: &NewEvent) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let update = sql("UPDATE workspace SET name = $2 WHERE id = $1 AND deleted_at IS NULL");
        if tx.execute(update.bind(self.workspace()).bind(name)).await? == 0 {
            return Ok(false);
        }
        let statements = audit::append(&mut tx, self.workspace(), event).await?;
        tx.commit_after(statements.into()).await?;
        Ok(true)
    }

    /// Deletes the workspace and its rooms: from now on nothing is appended to them, and what lets
    /// somebody in is gone. Answers with the rooms; `None` if it is deleted already.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn delete_workspace(&self, event: &NewEvent) -> Result<Option<Vec<RoomId>>, StoreError> {
        let workspace = self.workspace();
        let mut tx = self.write().await?;
        lock_tree(&mut tx, workspace).await?;
        let mark = sql("UPDATE workspace SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL");
        if tx.execute(mark.bind(workspace).bind(event.at)).await? == 0 {
            return Ok(None);
        }
        // In the order in which commits lock them.
        let rooms =
            sql("SELECT id FROM room WHERE workspace_id = $1 AND deleted_at IS NULL ORDER BY id FOR NO KEY UPDATE");
        let rooms = tx.query(rooms.bind(workspace)).await?.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
        let close = sql("UPDATE room SET deleted_at = $2 WHERE workspace_id = $1 AND deleted_at IS NULL");
        let mut statements = vec![close.bind(workspace).bind(event.at)];
        // Guests go with their links, services with their keys.
        let ways_in = ["share_link", "invitation", "api_key"];
        statements
            .extend(ways_in.map(|table| sql(format!("DELETE FROM {table} WHERE workspace_id = $1")).bind(workspace)));
        statements.extend(audit::append(&mut tx, workspace, event).await?);
        tx.commit_after(statements).await?;
        Ok(Some(rooms))
    }
}

/// The statements that make a workspace with its owner.
pub(super) async fn create(
    tx: &mut Transaction,
    id: WorkspaceId,
    name: &str,
    owner: PrincipalId,
    event: &NewEvent,
) -> Result<Vec<Statement>, StoreError> {
    let insert = sql("INSERT INTO workspace (id, name, created_at, deleted_at) VALUES ($1, $2, $3, NULL)");
    let mut statements = vec![insert.bind(id).bind(name).bind(event.at), add_member(id, owner, Role::Owner, event.at)];
    let event = NewEvent {
        action: Audited::WorkspaceCreated,
        actor: Some(owner),
        object: id.to_string(),
        detail: name.to_owned(),
        ..event.clone()
    };
    statements.extend(audit::append(tx, id, &event).await?);
    Ok(statements)
}

/// Makes somebody a member, or gives a member another role.
pub(super) fn add_member(workspace: WorkspaceId, principal: PrincipalId, role: Role, at: Timestamp) -> Statement {
    sql("INSERT INTO member (workspace_id, principal_id, role, joined_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (workspace_id, principal_id) DO UPDATE SET role = excluded.role")
    .bind(workspace)
    .bind(principal)
    .bind(role.name())
    .bind(at)
}

/// A row with the id, the name, and what somebody is there.
fn view(row: &Row) -> Result<WorkspaceView, StoreError> {
    Ok(WorkspaceView { id: row.get(0)?, name: row.get(1)?, role: role(&row.get::<String>(2)?)? })
}
