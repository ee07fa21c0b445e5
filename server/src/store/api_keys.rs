//! API keys in the database. Who acts with one is found in `credentials.rs`.

use protocol::{
    access::{Role, Scope as KeyScope},
    api_keys::MAX_KEYS,
    ids::{ApiKeyId, PrincipalId},
    time::Timestamp,
};

use super::{
    Store, Tenant,
    audit::{self, NewEvent},
    credentials::scope,
    database::{Scope, Transaction},
    error::StoreError,
    pages::lock_tree,
    slice::{Slice, rows_for},
    sql::{Row, Statement, Value, sql},
    standing::role,
    workspaces,
};
use crate::digest::Digest;

/// What [`key`] reads.
const KEY: &str = "api_key.id, api_key.name, api_key.prefix, api_key.scopes, api_key.created_at, \
     api_key.expires_at, api_key.last_used_at";

/// A key, as it is stored, without what it is recognised by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// What it is for, or the service's name.
    pub name: String,
    /// How it begins.
    pub prefix: String,
    /// What it may be used for.
    pub scopes: Vec<KeyScope>,
    /// What the service is in its workspace; `None` for keys of persons.
    pub role: Option<Role>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops being good; `None` for never.
    pub expires_at: Option<Timestamp>,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

/// Why a key was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateKeyError {
    /// The person or the workspace has [`MAX_KEYS`] already.
    #[error("there are {MAX_KEYS} keys already")]
    TooMany,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Keeps a key that acts for a person.
    ///
    /// # Errors
    ///
    /// As [`CreateKeyError`] says.
    pub async fn create_key(
        &self,
        key: &ApiKey,
        hash: Digest,
        account: PrincipalId,
        event: &NewEvent,
    ) -> Result<(), CreateKeyError> {
        let mut tx = self.database.write(Scope::Server).await?;
        // One at a time, so that the limit holds.
        tx.query(sql("SELECT id FROM account WHERE id = $1 FOR NO KEY UPDATE").bind(account)).await?;
        let count = sql("SELECT count(*) FROM api_key WHERE account_id = $1").bind(account);
        check_room_for_one(&mut tx, count).await?;
        let mut statements = vec![insert(key, hash, account).bind(account).bind(Value::Null)];
        statements.extend(audit::append(&mut tx, audit::SERVER, event).await?);
        tx.commit_after(statements).await?;
        Ok(())
    }

    /// The keys that act for a person behind `after`, oldest first, `limit` at most.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn keys(
        &self,
        account: PrincipalId,
        limit: u32,
        after: Option<ApiKeyId>,
    ) -> Result<Slice<ApiKey, ApiKeyId>, StoreError> {
        let list = sql(format!(
            "SELECT {KEY}, CAST(NULL AS TEXT) FROM api_key WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3"
        ));
        let list = list.bind(account).bind(after.unwrap_or(ApiKeyId::nil())).bind(rows_for(limit));
        slice(&self.database.query(Scope::Server, list).await?, limit)
    }

    /// Revokes a key that acts for a person; answers whether there was one.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn revoke_key(&self, id: ApiKeyId, account: PrincipalId, event: &NewEvent) -> Result<bool, StoreError> {
        let mut tx = self.database.write(Scope::Server).await?;
        let delete = sql("DELETE FROM api_key WHERE id = $1 AND account_id = $2");
        if tx.execute(delete.bind(id).bind(account)).await? == 0 {
            return Ok(false);
        }
        let statements = audit::append(&mut tx, audit::SERVER, event).await?;
        tx.commit_after(statements.into()).await?;
        Ok(true)
    }
}

impl Tenant {
    /// Makes a service a member of the workspace, and keeps its key.
    ///
    /// # Errors
    ///
    /// As [`CreateKeyError`] says.
    pub async fn create_service_key(
        &self,
        key: &ApiKey,
        role: Role,
        hash: Digest,
        event: &NewEvent,
    ) -> Result<(), CreateKeyError> {
        let service = PrincipalId::new();
        let mut tx = self.write().await?;
        // One at a time, so that the limit holds.
        lock_tree(&mut tx, self.workspace()).await?;
        let count = sql("SELECT count(*) FROM api_key WHERE workspace_id = $1").bind(self.workspace());
        check_room_for_one(&mut tx, count).await?;
        let member = workspaces::add_member(self.workspace(), service, role, key.created_at);
        let mut statements = vec![member, insert(key, hash, service).bind(Value::Null).bind(self.workspace())];
        statements.extend(audit::append(&mut tx, self.workspace(), event).await?);
        tx.commit_after(statements).await?;
        Ok(())
    }

    /// The keys of services behind `after`, oldest first, `limit` at most.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn service_keys(
        &self,
        limit: u32,
        after: Option<ApiKeyId>,
    ) -> Result<Slice<ApiKey, ApiKeyId>, StoreError> {
        let list = sql(format!(
            "SELECT {KEY}, member.role FROM api_key JOIN member ON member.workspace_id = api_key.workspace_id \
             AND member.principal_id = api_key.principal_id \
             WHERE api_key.workspace_id = $1 AND api_key.id > $2 ORDER BY api_key.id LIMIT $3"
        ));
        let list = list.bind(self.workspace()).bind(after.unwrap_or(ApiKeyId::nil())).bind(rows_for(limit));
        slice(&self.read().await?.query(list).await?, limit)
    }

    /// Revokes the key of a service, which belongs to the workspace no more, with the links it has made
    /// and, if it may have seen them, the invitations for whoever has the link; answers whether there was
    /// one.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn revoke_service_key(&self, id: ApiKeyId, event: &NewEvent) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        lock_tree(&mut tx, self.workspace()).await?;
        let service = sql("SELECT api_key.principal_id, member.role FROM api_key \
                           JOIN member ON member.workspace_id = api_key.workspace_id \
                           AND member.principal_id = api_key.principal_id \
                           WHERE api_key.id = $1 AND api_key.workspace_id = $2");
        let Some(service) = tx.query_opt(service.bind(id).bind(self.workspace())).await? else { return Ok(false) };
        let (service, was) = (service.get(0)?, role(&service.get::<String>(1)?)?);
        let delete = sql("DELETE FROM api_key WHERE id = $1 AND workspace_id = $2");
        let mut statements = vec![delete.bind(id).bind(self.workspace())];
        statements.extend(self.expel(service, was));
        statements.extend(audit::append(&mut tx, self.workspace(), event).await?);
        tx.commit_after(statements).await?;
        Ok(true)
    }
}

/// Refuses one more where `count` says that there are [`MAX_KEYS`].
async fn check_room_for_one(tx: &mut Transaction, count: Statement) -> Result<(), CreateKeyError> {
    let count = tx.query_opt(count).await?.map_or(Ok(0), |row| row.get::<u64>(0))?;
    if count >= MAX_KEYS as u64 { Err(CreateKeyError::TooMany) } else { Ok(()) }
}

/// Keeps a key. Its account and its workspace are still to be bound.
fn insert(key: &ApiKey, hash: Digest, principal: PrincipalId) -> Statement {
    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.name()).collect();
    sql("INSERT INTO api_key (id, hash, prefix, principal_id, name, scopes, created_at, expires_at, last_used_at, \
         account_id, workspace_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, $9, $10)")
    .bind(key.id)
    .bind(hash)
    .bind(key.prefix.as_str())
    .bind(principal)
    .bind(key.name.as_str())
    .bind(scopes.join(" "))
    .bind(key.created_at)
    .bind(key.expires_at)
}

fn slice(rows: &[Row], limit: u32) -> Result<Slice<ApiKey, ApiKeyId>, StoreError> {
    let keys = rows.iter().map(key).collect::<Result<_, _>>()?;
    Ok(Slice::cut(keys, limit, |key: &ApiKey| key.id))
}

/// A row of [`KEY`] and a role.
fn key(row: &Row) -> Result<ApiKey, StoreError> {
    Ok(ApiKey {
        id: row.get(0)?,
        name: row.get(1)?,
        prefix: row.get(2)?,
        scopes: row.get::<String>(3)?.split(' ').map(scope).collect::<Result<_, _>>()?,
        role: row.get::<Option<String>>(7)?.as_deref().map(role).transpose()?,
        created_at: row.get(4)?,
        expires_at: row.get(5)?,
        last_used_at: row.get(6)?,
    })
}
