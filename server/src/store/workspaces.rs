//! Workspaces in the database.

use protocol::{ids::WorkspaceId, time::Timestamp};
use uuid::Uuid;

use super::{
    Store,
    database::Transaction,
    error::{Damage, StoreError},
    slice::{Slice, rows_for},
    sql::{Row, sql},
};

/// What the first workspace of a new database is called.
const FIRST_NAME: &str = "Workspace";

/// A workspace, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// The workspace.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Store {
    /// The workspace of those who were not told another: the first one.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn default_workspace(&self) -> Result<Workspace, StoreError> {
        let first = sql("SELECT id, name, created_at FROM workspace ORDER BY id LIMIT 1");
        let row = self.database.query_opt(first).await?.ok_or(Damage::Missing { what: "workspace" })?;
        read(&row)
    }

    /// The workspaces behind `after` in the order in which they were made, `limit` at most.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn workspaces(
        &self,
        limit: u32,
        after: Option<WorkspaceId>,
    ) -> Result<Slice<Workspace, WorkspaceId>, StoreError> {
        let after = after.unwrap_or(Uuid::nil().into());
        let list = sql("SELECT id, name, created_at FROM workspace WHERE id > $1 ORDER BY id LIMIT $2");
        let rows = self.database.query(list.bind(after).bind(rows_for(limit))).await?;
        let workspaces = rows.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Slice::cut(workspaces, limit, |workspace: &Workspace| workspace.id))
    }

    /// One workspace; `None` if there is no such workspace.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn workspace(&self, id: WorkspaceId) -> Result<Option<Workspace>, StoreError> {
        let one = sql("SELECT id, name, created_at FROM workspace WHERE id = $1").bind(id);
        self.database.query_opt(one).await?.as_ref().map(read).transpose()
    }
}

/// Makes the first workspace if there is none.
pub(super) async fn ensure_first(tx: &mut Transaction, at: Timestamp) -> Result<(), StoreError> {
    if tx.query_opt(sql("SELECT id FROM workspace LIMIT 1")).await?.is_some() {
        return Ok(());
    }
    let insert = sql("INSERT INTO workspace (id, name, created_at) VALUES ($1, $2, $3)");
    tx.execute(insert.bind(WorkspaceId::new()).bind(FIRST_NAME).bind(at)).await?;
    Ok(())
}

fn read(row: &Row) -> Result<Workspace, StoreError> {
    Ok(Workspace { id: row.get(0)?, name: row.get(1)?, created_at: row.get(2)? })
}
