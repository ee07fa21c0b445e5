//! Sign-ins in the database.

use protocol::{
    ids::{DeviceId, PrincipalId, ShareLinkId},
    time::Timestamp,
};

use super::{
    Store,
    audit::{self, NewEvent},
    database::Scope,
    error::StoreError,
    sql::{Statement, sql},
};
use crate::digest::Digest;

/// Whose sign-in it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceOwner {
    /// A person with an account.
    Account(PrincipalId),
    /// Somebody with a share link.
    Guest(PrincipalId, ShareLinkId),
}

/// A sign-in to be kept.
#[derive(Clone)]
pub struct NewDevice<'a> {
    /// Its id.
    pub id: DeviceId,
    /// Whose it is.
    pub owner: DeviceOwner,
    /// What the cookie is recognised by; `None` for those who use tokens.
    pub cookie: Option<Digest>,
    /// What the first refresh token is recognised by; `None` for those who use cookies.
    pub refresh: Option<Digest>,
    /// What it calls itself.
    pub name: &'a str,
    /// Where it is.
    pub address: &'a str,
    /// When it is signed out unless it is used before.
    pub expires_at: Timestamp,
}

impl Store {
    /// Keeps a sign-in.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn create_device(&self, device: NewDevice<'_>, event: &NewEvent) -> Result<(), StoreError> {
        let mut tx = self.database.write(Scope::Server).await?;
        let (principal, account, link) = match device.owner {
            DeviceOwner::Account(account) => (account, Some(account), None),
            DeviceOwner::Guest(guest, link) => (guest, None, Some(link)),
        };
        let insert =
            sql("INSERT INTO device (id, principal_id, account_id, share_link_id, cookie_hash, name, address, \
                          created_at, last_used_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)");
        let insert = insert.bind(device.id).bind(principal).bind(account).bind(link).bind(device.cookie);
        let insert = insert.bind(device.name).bind(device.address).bind(event.at).bind(device.expires_at);
        let mut statements = vec![insert];
        statements.extend(device.refresh.map(|hash| refresh_token(device.id, hash, event.at, device.expires_at)));
        statements.extend(audit::append(&mut tx, audit::SERVER, event).await?);
        tx.commit_after(statements).await.map(drop)
    }

    /// Ends a sign-in; answers whether there was such a sign-in of this principal.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn delete_device(
        &self,
        id: DeviceId,
        principal: PrincipalId,
        event: &NewEvent,
    ) -> Result<bool, StoreError> {
        let mut tx = self.database.write(Scope::Server).await?;
        let delete = sql("DELETE FROM device WHERE id = $1 AND principal_id = $2");
        if tx.execute(delete.bind(id).bind(principal)).await? == 0 {
            return Ok(false);
        }
        let statements = audit::append(&mut tx, audit::SERVER, event).await?;
        tx.commit_after(statements.into()).await?;
        Ok(true)
    }

    /// Takes note that a sign-in is used, which then lasts until `expires_at` at least.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn touch_device(
        &self,
        id: DeviceId,
        address: &str,
        at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        let update = sql("UPDATE device SET last_used_at = $2, expires_at = $3, address = $4 WHERE id = $1");
        let update = update.bind(id).bind(at).bind(expires_at).bind(address);
        self.database.execute(Scope::Server, update).await.map(drop)
    }
}

impl Store {
    /// Forgets sign-ins that have not been used for too long, and what was mailed and has expired.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn forget_expired(&self, at: Timestamp) -> Result<(), StoreError> {
        let devices = sql("DELETE FROM device WHERE expires_at <= $1").bind(at);
        let mails = sql("DELETE FROM mail_token WHERE expires_at <= $1").bind(at);
        let tx = self.database.write(Scope::Server).await?;
        tx.commit_after(vec![devices, mails]).await.map(drop)
    }
}

/// Keeps what a refresh token is recognised by.
pub(super) fn refresh_token(device: DeviceId, hash: Digest, at: Timestamp, expires_at: Timestamp) -> Statement {
    sql("INSERT INTO refresh_token (hash, device_id, created_at, used_at, expires_at) VALUES ($1, $2, $3, NULL, $4)")
        .bind(hash)
        .bind(device)
        .bind(at)
        .bind(expires_at)
}
