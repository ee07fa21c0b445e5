//! The keys access tokens are signed with, sealed.

use bytes::Bytes;
use protocol::time::Timestamp;

use super::{
    Store,
    audit::{self, NewEvent},
    database::Scope,
    error::StoreError,
    sql::{Row, sql},
};

/// A signing key, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSigningKey {
    /// Its name in the header of a token.
    pub id: String,
    /// The private key, sealed by the vault.
    pub sealed: Bytes,
    /// The public key (RFC 7517), JSON.
    pub public_jwk: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when another one signs; `None` for the one that signs.
    pub retired_at: Option<Timestamp>,
}

impl Store {
    /// Every signing key, the newest first: that one signs.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn signing_keys(&self) -> Result<Vec<StoredSigningKey>, StoreError> {
        let all = sql("SELECT id, sealed, public_jwk, created_at, retired_at FROM signing_key \
                       ORDER BY CASE WHEN retired_at IS NULL THEN 0 ELSE 1 END, retired_at DESC");
        self.database.query(Scope::Server, all).await?.iter().map(read).collect()
    }

    /// Lets a new key sign in the place of `before`, and forgets those that were retired before
    /// `forget`. Answers whether it does: another node may have replaced that key already.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn replace_signing_key(
        &self,
        before: Option<&str>,
        key: &StoredSigningKey,
        forget: Timestamp,
        event: &NewEvent,
    ) -> Result<bool, StoreError> {
        let mut tx = self.database.write(Scope::Server).await?;
        // One node at a time.
        audit::lock(&mut tx, audit::SERVER).await?;
        let present = tx.query_opt(sql("SELECT id FROM signing_key WHERE retired_at IS NULL")).await?;
        let present: Option<String> = present.map(|row| row.get(0)).transpose()?;
        if present.as_deref() != before {
            return Ok(false);
        }
        let delete = sql("DELETE FROM signing_key WHERE retired_at < $1").bind(forget);
        let retire = sql("UPDATE signing_key SET retired_at = $1 WHERE retired_at IS NULL").bind(event.at);
        let insert = sql("INSERT INTO signing_key (id, sealed, public_jwk, created_at, retired_at) \
                          VALUES ($1, $2, $3, $4, NULL)");
        let insert = insert.bind(key.id.as_str()).bind(key.sealed.clone()).bind(key.public_jwk.as_str());
        let mut statements = vec![delete, retire, insert.bind(key.created_at)];
        statements.extend(audit::append(&mut tx, audit::SERVER, event).await?);
        tx.commit_after(statements).await?;
        Ok(true)
    }
}

fn read(row: &Row) -> Result<StoredSigningKey, StoreError> {
    Ok(StoredSigningKey {
        id: row.get(0)?,
        sealed: row.get(1)?,
        public_jwk: row.get(2)?,
        created_at: row.get(3)?,
        retired_at: row.get(4)?,
    })
}
