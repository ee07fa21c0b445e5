//! Workspaces in the database.

use protocol::{
    access::Role,
    audit::Audited,
    ids::{PrincipalId, WorkspaceId},
    time::Timestamp,
    workspaces::WorkspaceView,
};

use super::{
    Store,
    audit::{self, NewEvent},
    database::{Scope, Transaction},
    error::StoreError,
    slice::{Slice, rows_for},
    sql::{Row, Statement, sql},
    standing::role,
};

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
    /// As [`StoreError`] says.
    pub async fn create_workspace(
        &self,
        id: WorkspaceId,
        name: &str,
        owner: PrincipalId,
        event: &NewEvent,
    ) -> Result<(), StoreError> {
        let mut tx = self.database.write(Scope::Server).await?;
        let statements = create(&mut tx, id, name, owner, event).await?;
        tx.commit_after(statements).await.map(drop)
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
