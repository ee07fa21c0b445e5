//! The vault's rows: keys that are wrapped, secrets that are sealed. Nothing here can be read with what
//! is in the database alone.

use bytes::Bytes;
use protocol::{ids::WorkspaceId, time::Timestamp};

use super::{
    Store,
    audit::{self, NewEvent},
    database::Scope,
    error::StoreError,
    sql::sql,
};

/// Why the wrapped keys were not replaced; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceKeysError<E> {
    /// A key could not be wrapped again.
    #[error(transparent)]
    Wrap(E),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// The wrapped key of a workspace.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn vault_key(&self, workspace: WorkspaceId) -> Result<Option<Bytes>, StoreError> {
        let one = sql("SELECT wrapped FROM vault_key WHERE workspace_id = $1").bind(workspace);
        self.database.query_opt(Scope::Server, one).await?.map(|row| row.get(0)).transpose()
    }

    /// Keeps the first wrapped key of a workspace, and answers with the one that is kept: somebody
    /// else's, if theirs was there before.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn keep_vault_key(
        &self,
        workspace: WorkspaceId,
        wrapped: Bytes,
        at: Timestamp,
    ) -> Result<Bytes, StoreError> {
        let insert = sql("INSERT INTO vault_key (workspace_id, wrapped, created_at) VALUES ($1, $2, $3) \
                          ON CONFLICT DO NOTHING");
        self.database.execute(Scope::Server, insert.bind(workspace).bind(wrapped.clone()).bind(at)).await?;
        Ok(self.vault_key(workspace).await?.unwrap_or(wrapped))
    }

    /// Replaces every wrapped key by what `wrap` makes of it, and says how many. What they have sealed
    /// stays as it is.
    ///
    /// # Errors
    ///
    /// As [`ReplaceKeysError`] says.
    pub async fn replace_vault_keys<E>(
        &self,
        wrap: impl Fn(WorkspaceId, &[u8]) -> Result<Vec<u8>, E>,
        event: &NewEvent,
    ) -> Result<usize, ReplaceKeysError<E>> {
        let mut tx = self.database.write(Scope::Server).await?;
        let all = sql("SELECT workspace_id, wrapped FROM vault_key ORDER BY workspace_id FOR NO KEY UPDATE");
        let mut statements = Vec::new();
        for row in tx.query(all).await? {
            let (workspace, wrapped): (WorkspaceId, Bytes) = (row.get(0)?, row.get(1)?);
            let wrapped = Bytes::from(wrap(workspace, &wrapped).map_err(ReplaceKeysError::Wrap)?);
            let update = sql("UPDATE vault_key SET wrapped = $2 WHERE workspace_id = $1");
            statements.push(update.bind(workspace).bind(wrapped));
        }
        let replaced = statements.len();
        statements.extend(audit::append(&mut tx, audit::SERVER, event).await?);
        tx.commit_after(statements).await?;
        Ok(replaced)
    }

    /// A sealed secret.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn vault_secret(&self, workspace: WorkspaceId, name: &str) -> Result<Option<Bytes>, StoreError> {
        let one = sql("SELECT sealed FROM vault_secret WHERE workspace_id = $1 AND name = $2");
        let row = self.database.query_opt(Scope::Server, one.bind(workspace).bind(name)).await?;
        row.map(|row| row.get(0)).transpose()
    }

    /// The names of a workspace's secrets, in the order of the alphabet.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn vault_secret_names(&self, workspace: WorkspaceId) -> Result<Vec<String>, StoreError> {
        let names = sql("SELECT name FROM vault_secret WHERE workspace_id = $1 ORDER BY name").bind(workspace);
        self.database.query(Scope::Server, names).await?.iter().map(|row| row.get(0)).collect()
    }

    /// Keeps a sealed secret, in the place of the one before. The workspace has a key.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn set_vault_secret(
        &self,
        workspace: WorkspaceId,
        name: &str,
        sealed: Bytes,
        event: &NewEvent,
    ) -> Result<(), StoreError> {
        let mut tx = self.database.write(Scope::Server).await?;
        let upsert = sql("INSERT INTO vault_secret (workspace_id, name, sealed, updated_at) VALUES ($1, $2, $3, $4) \
                          ON CONFLICT (workspace_id, name) \
                          DO UPDATE SET sealed = excluded.sealed, updated_at = excluded.updated_at");
        let mut statements = vec![upsert.bind(workspace).bind(name).bind(sealed).bind(event.at)];
        statements.extend(audit::append(&mut tx, workspace, event).await?);
        tx.commit_after(statements).await.map(drop)
    }

    /// Forgets a secret; answers whether there was one.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn delete_vault_secret(
        &self,
        workspace: WorkspaceId,
        name: &str,
        event: &NewEvent,
    ) -> Result<bool, StoreError> {
        let mut tx = self.database.write(Scope::Server).await?;
        let delete = sql("DELETE FROM vault_secret WHERE workspace_id = $1 AND name = $2");
        if tx.execute(delete.bind(workspace).bind(name)).await? == 0 {
            return Ok(false);
        }
        let statements = audit::append(&mut tx, workspace, event).await?;
        tx.commit_after(statements.into()).await?;
        Ok(true)
    }
}
