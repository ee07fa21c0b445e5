//! What was mailed to show that somebody reads an address: each is good once, and for one purpose.

use protocol::{ids::PrincipalId, time::Timestamp};

use super::{
    Account, Store,
    accounts::{self, ACCOUNT},
    audit::{self, NewEvent},
    database::{Scope, Transaction},
    error::StoreError,
    sql::{Statement, sql},
};
use crate::digest::Digest;

/// What a mailed token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailPurpose {
    /// To choose a new password.
    ResetPassword,
    /// To show that the address is somebody's own.
    VerifyEmail,
}

impl MailPurpose {
    /// The purpose as it is stored.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::ResetPassword => "reset_password",
            Self::VerifyEmail => "verify_email",
        }
    }
}

/// A token to be mailed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewMailToken {
    /// What it is recognised by.
    pub hash: Digest,
    /// Whose address it shows.
    pub account: PrincipalId,
    /// What it is good for.
    pub purpose: MailPurpose,
    /// When it was made.
    pub at: Timestamp,
    /// When it stops being good.
    pub expires_at: Timestamp,
}

impl Store {
    /// Keeps what a mailed token is recognised by. Those before it stay good: nobody takes a mail away
    /// from somebody by asking for another one.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn create_mail_token(&self, token: NewMailToken, event: Option<&NewEvent>) -> Result<(), StoreError> {
        let mut tx = self.database.write(Scope::Server).await?;
        let insert = sql("INSERT INTO mail_token (hash, account_id, purpose, created_at, expires_at) \
                          VALUES ($1, $2, $3, $4, $5)");
        let insert = insert.bind(token.hash).bind(token.account).bind(token.purpose.name());
        tx.run(vec![insert.bind(token.at).bind(token.expires_at)]).await?;
        let statements = match event {
            Some(event) => audit::append(&mut tx, audit::SERVER, event).await?.into(),
            None => Vec::new(),
        };
        tx.commit_after(statements).await.map(drop)
    }

    /// Whose address a mailed token shows; `None` if it is not good, or not any more.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn account_by_mail_token(
        &self,
        hash: Digest,
        purpose: MailPurpose,
        at: Timestamp,
    ) -> Result<Option<Account>, StoreError> {
        let one = sql(format!(
            "SELECT {ACCOUNT} FROM account WHERE id = \
             (SELECT account_id FROM mail_token WHERE hash = $1 AND purpose = $2 AND expires_at > $3)"
        ));
        let one = one.bind(hash).bind(purpose.name()).bind(at);
        self.database.query_opt(Scope::Server, one).await?.as_ref().map(accounts::read).transpose()
    }

    /// Gives an account the password its owner has chosen with a mailed token, signs every device out
    /// and ends the account's keys. Answers whether the token was good.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn reset_password(
        &self,
        token: Digest,
        account: PrincipalId,
        password_hash: &str,
        event: &NewEvent,
    ) -> Result<bool, StoreError> {
        let mut tx = self.database.write(Scope::Server).await?;
        if !use_up(&mut tx, token, account, MailPurpose::ResetPassword, event.at).await? {
            return Ok(false);
        }
        let mut statements = accounts::replace(account, password_hash);
        statements.push(verify(account, event.at));
        tx.run(statements).await?;
        let statements = audit::append(&mut tx, audit::SERVER, event).await?;
        tx.commit_after(statements.into()).await?;
        Ok(true)
    }

    /// Takes note that mail to the address of an account has arrived. Answers whether the token was good.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn verify_email(
        &self,
        token: Digest,
        account: PrincipalId,
        event: &NewEvent,
    ) -> Result<bool, StoreError> {
        let mut tx = self.database.write(Scope::Server).await?;
        if !use_up(&mut tx, token, account, MailPurpose::VerifyEmail, event.at).await? {
            return Ok(false);
        }
        tx.run(vec![verify(account, event.at)]).await?;
        let statements = audit::append(&mut tx, audit::SERVER, event).await?;
        tx.commit_after(statements.into()).await?;
        Ok(true)
    }
}

/// Uses up a token, and with it all others for the same purpose. Answers whether it was good.
async fn use_up(
    tx: &mut Transaction,
    token: Digest,
    account: PrincipalId,
    purpose: MailPurpose,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let one = sql("DELETE FROM mail_token WHERE hash = $1 AND account_id = $2 AND purpose = $3 AND expires_at > $4");
    let used = tx.execute(one.bind(token).bind(account).bind(purpose.name()).bind(at)).await?;
    if used == 0 {
        return Ok(false);
    }
    let others = sql("DELETE FROM mail_token WHERE account_id = $1 AND purpose = $2");
    tx.execute(others.bind(account).bind(purpose.name())).await?;
    Ok(true)
}

fn verify(account: PrincipalId, at: Timestamp) -> Statement {
    let update = sql("UPDATE account SET email_verified_at = $2 WHERE id = $1 AND email_verified_at IS NULL");
    update.bind(account).bind(at)
}
