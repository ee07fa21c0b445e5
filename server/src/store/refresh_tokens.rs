//! Refresh tokens in the database: each is good once, and one that comes back ends its sign-in.

use protocol::{
    ids::{DeviceId, PrincipalId},
    time::Timestamp,
};

use super::{
    Account, Store,
    accounts::{self, ACCOUNT},
    audit::{self, NewEvent},
    database::Scope,
    error::StoreError,
    sql::{Statement, sql},
};
use crate::digest::Digest;

/// What came of a refresh token.
#[derive(Clone)]
pub enum Refreshed {
    /// It is used up, and the next one kept.
    Renewed(DeviceId, Account),
    /// It had been used before: the sign-in is ended.
    Reused(DeviceId),
    /// There is none, or it has expired.
    Unknown,
}

/// A refresh token in exchange for the next one.
#[derive(Clone)]
pub struct Exchange<'a> {
    /// What the old one is recognised by.
    pub old: Digest,
    /// What the next one is recognised by.
    pub next: Digest,
    /// Where the request comes from.
    pub address: &'a str,
    /// Now.
    pub at: Timestamp,
    /// When the sign-in ends unless it is used before.
    pub expires_at: Timestamp,
}

impl Store {
    /// Exchanges a refresh token. `reused` is what the audit is told of a sign-in that is ended.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn exchange_refresh_token(
        &self,
        exchange: Exchange<'_>,
        reused: impl FnOnce(DeviceId, PrincipalId) -> NewEvent,
    ) -> Result<Refreshed, StoreError> {
        let mut tx = self.database.write(Scope::Server).await?;
        // First the sign-in, then its tokens: in this order they are locked when it is ended, too.
        let device =
            sql("SELECT id, account_id FROM device WHERE account_id IS NOT NULL AND expires_at > $2 AND id = \
                          (SELECT device_id FROM refresh_token WHERE hash = $1) FOR NO KEY UPDATE");
        let Some(row) = tx.query_opt(device.bind(exchange.old).bind(exchange.at)).await? else {
            return Ok(Refreshed::Unknown);
        };
        let (device, account): (DeviceId, PrincipalId) = (row.get(0)?, row.get(1)?);
        let token = sql("SELECT used_at, expires_at FROM refresh_token WHERE hash = $1");
        let Some(row) = tx.query_opt(token.bind(exchange.old)).await? else { return Ok(Refreshed::Unknown) };
        let (used_at, expires_at): (Option<Timestamp>, Timestamp) = (row.get(0)?, row.get(1)?);
        if used_at.is_some() {
            let mut statements = vec![sql("DELETE FROM device WHERE id = $1").bind(device)];
            statements.extend(audit::append(&mut tx, audit::SERVER, &reused(device, account)).await?);
            tx.commit_after(statements).await?;
            return Ok(Refreshed::Reused(device));
        }
        let person = sql(format!("SELECT {ACCOUNT} FROM account WHERE id = $1")).bind(account);
        let person = tx.query_opt(person).await?.as_ref().map(accounts::read).transpose()?;
        let Some(person) = person.filter(|_| expires_at > exchange.at) else { return Ok(Refreshed::Unknown) };
        tx.commit_after(renew(device, &exchange)).await?;
        Ok(Refreshed::Renewed(device, person))
    }
}

/// Uses up the old token, keeps the next one, and lets the sign-in last.
fn renew(device: DeviceId, exchange: &Exchange<'_>) -> Vec<Statement> {
    let used = sql("UPDATE refresh_token SET used_at = $2 WHERE hash = $1");
    let expired = sql("DELETE FROM refresh_token WHERE device_id = $1 AND expires_at <= $2");
    let touch = sql("UPDATE device SET last_used_at = $2, expires_at = $3, address = $4 WHERE id = $1");
    vec![
        used.bind(exchange.old).bind(exchange.at),
        expired.bind(device).bind(exchange.at),
        touch.bind(device).bind(exchange.at).bind(exchange.expires_at).bind(exchange.address),
        keep(device, exchange.next, exchange.at, exchange.expires_at),
    ]
}

/// Keeps what a refresh token is recognised by.
pub(super) fn keep(device: DeviceId, hash: Digest, at: Timestamp, expires_at: Timestamp) -> Statement {
    sql("INSERT INTO refresh_token (hash, device_id, created_at, used_at, expires_at) VALUES ($1, $2, $3, NULL, $4)")
        .bind(hash)
        .bind(device)
        .bind(at)
        .bind(expires_at)
}
