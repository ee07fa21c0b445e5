//! Sign-ins in the database.

use protocol::{
    ids::{DeviceId, PrincipalId, ShareLinkId},
    time::Timestamp,
};

use uuid::Uuid;

use super::{
    Store,
    audit::{self, NewEvent},
    database::Scope,
    error::StoreError,
    refresh_tokens,
    slice::{Slice, rows_for},
    sql::{Row, sql},
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

/// A sign-in, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// What it calls itself.
    pub name: String,
    /// Where it was last used.
    pub address: String,
    /// When it signed in.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Timestamp,
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
        statements
            .extend(device.refresh.map(|hash| refresh_tokens::keep(device.id, hash, event.at, device.expires_at)));
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

    /// Ends every sign-in of an account but one.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn delete_other_devices(
        &self,
        account: PrincipalId,
        keep: DeviceId,
        event: &NewEvent,
    ) -> Result<(), StoreError> {
        let mut tx = self.database.write(Scope::Server).await?;
        let delete = sql("DELETE FROM device WHERE account_id = $1 AND id <> $2");
        if tx.execute(delete.bind(account).bind(keep)).await? == 0 {
            return Ok(());
        }
        let statements = audit::append(&mut tx, audit::SERVER, event).await?;
        tx.commit_after(statements.into()).await.map(drop)
    }

    /// The sign-ins of an account, the newest first, from `before` on, `limit` at most.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn devices_of(
        &self,
        account: PrincipalId,
        limit: u32,
        before: Option<DeviceId>,
        at: Timestamp,
    ) -> Result<Slice<Device, DeviceId>, StoreError> {
        let list = sql("SELECT id, name, address, created_at, last_used_at FROM device \
                        WHERE account_id = $1 AND expires_at > $2 AND id < $3 ORDER BY id DESC LIMIT $4");
        let before = before.unwrap_or(Uuid::max().into());
        let list = list.bind(account).bind(at).bind(before).bind(rows_for(limit));
        let rows = self.database.query(Scope::Server, list).await?;
        let devices = rows.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Slice::cut(devices, limit, |device: &Device| device.id))
    }

    /// Takes note that a sign-in is used, which then lasts until `expires_at` at least. Where it is not
    /// known from where, the address stays as it was.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn touch_device(
        &self,
        id: DeviceId,
        address: Option<&str>,
        at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        let update = sql("UPDATE device SET last_used_at = $2, expires_at = $3, address = COALESCE($4, address) \
                          WHERE id = $1");
        let update = update.bind(id).bind(at).bind(expires_at).bind(address);
        self.database.execute(Scope::Server, update).await.map(drop)
    }

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

fn read(row: &Row) -> Result<Device, StoreError> {
    Ok(Device {
        id: row.get(0)?,
        name: row.get(1)?,
        address: row.get(2)?,
        created_at: row.get(3)?,
        last_used_at: row.get(4)?,
    })
}
