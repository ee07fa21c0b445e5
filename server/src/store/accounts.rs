//! Accounts in the database.

use protocol::{
    access::Role,
    accounts::EmailAddress,
    audit::Audited,
    ids::{DeviceId, InvitationId, PrincipalId, WorkspaceId},
    time::Timestamp,
};

use super::{
    Store,
    audit::{self, NewEvent},
    database::{Scope, Transaction},
    error::{Damage, StoreError},
    invitations,
    mail_tokens::MailPurpose,
    sql::{Row, Statement, sql},
    workspaces,
};

/// What the first workspace of a new server is called.
const FIRST_WORKSPACE: &str = "Workspace";
/// What [`read`] reads.
pub(super) const ACCOUNT: &str = "id, email, name, password_hash, email_verified_at, created_at";

/// An account, as it is stored.
#[derive(Clone)]
pub struct Account {
    /// Its principal.
    pub id: PrincipalId,
    /// The address to sign in with.
    pub email: EmailAddress,
    /// The name others see.
    pub name: String,
    /// The hash of the password; `None` for those who sign in elsewhere only.
    pub password_hash: Option<String>,
    /// Since when it is known that mail to the address arrives.
    pub email_verified_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// An account to be made.
#[derive(Clone)]
pub struct NewAccount<'a> {
    /// Its principal.
    pub id: PrincipalId,
    /// The address to sign in with.
    pub email: &'a EmailAddress,
    /// The name others see.
    pub name: &'a str,
    /// The hash of the password; `None` for those who sign in elsewhere.
    pub password_hash: Option<&'a str>,
    /// Whether it is known that mail to the address arrives.
    pub is_verified: bool,
}

/// Why an account may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Everybody may make one, or the operator does.
    Anybody,
    /// It is the first one of all; another one is refused.
    First,
    /// Somebody was invited, and joins that workspace.
    Invited(InvitationId),
}

/// Why an account was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateAccountError {
    /// There are accounts, and this server takes no others.
    #[error("this server takes no new accounts")]
    Closed,
    /// The invitation has expired, is revoked, used up or for another address.
    #[error("the invitation is not good any more")]
    NotInvited,
    /// There is an account with this address.
    #[error("there is an account with this address")]
    EmailTaken,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Makes an account. The first one of all becomes owner of the workspaces there are, or of a
    /// first one.
    ///
    /// # Errors
    ///
    /// As [`CreateAccountError`] says.
    pub async fn create_account(
        &self,
        account: NewAccount<'_>,
        admission: Admission,
        event: &NewEvent,
    ) -> Result<(), CreateAccountError> {
        let mut tx = self.database.write(Scope::Server).await?;
        // One at a time: there is one first account.
        audit::lock(&mut tx, audit::SERVER).await?;
        let is_first = tx.query_opt(sql("SELECT 1 FROM account LIMIT 1")).await?.is_none();
        if admission == Admission::First && !is_first {
            return Err(CreateAccountError::Closed);
        }
        let verified_at = account.is_verified.then_some(event.at);
        let insert = sql("INSERT INTO account (id, email, name, password_hash, email_verified_at, created_at) \
                          VALUES ($1, $2, $3, $4, $5, $6)");
        let insert = insert.bind(account.id).bind(account.email.as_str()).bind(account.name);
        let inserted = tx.execute(insert.bind(account.password_hash).bind(verified_at).bind(event.at)).await;
        inserted.map_err(|error| match error {
            StoreError::Conflict(_) => CreateAccountError::EmailTaken,
            error => error.into(),
        })?;
        let mut statements = Vec::from(audit::append(&mut tx, audit::SERVER, event).await?);
        if is_first {
            statements.extend(found(&mut tx, account.id, event).await?);
        }
        if let Admission::Invited(invitation) = admission {
            let joined = invitations::accept(&mut tx, invitation, account.id, account.email, event).await?;
            statements.extend(joined.ok_or(CreateAccountError::NotInvited)?.statements);
        }
        tx.commit_after(statements).await?;
        Ok(())
    }

    /// Whether nobody has an account yet.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn has_no_accounts(&self) -> Result<bool, StoreError> {
        Ok(self.database.query_opt(Scope::Server, sql("SELECT 1 FROM account LIMIT 1")).await?.is_none())
    }

    /// The account with this address.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn account_by_email(&self, email: &EmailAddress) -> Result<Option<Account>, StoreError> {
        let one = sql(format!("SELECT {ACCOUNT} FROM account WHERE email = $1")).bind(email.as_str());
        self.database.query_opt(Scope::Server, one).await?.as_ref().map(read).transpose()
    }

    /// One account.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn account(&self, id: PrincipalId) -> Result<Option<Account>, StoreError> {
        let one = sql(format!("SELECT {ACCOUNT} FROM account WHERE id = $1")).bind(id);
        self.database.query_opt(Scope::Server, one).await?.as_ref().map(read).transpose()
    }

    /// Gives an account another name.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn rename_account(&self, id: PrincipalId, name: &str) -> Result<(), StoreError> {
        let update = sql("UPDATE account SET name = $2 WHERE id = $1").bind(id).bind(name);
        self.database.execute(Scope::Server, update).await.map(drop)
    }

    /// Replaces the hash of an unchanged password by a better one.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn rehash_password(&self, id: PrincipalId, old: &str, new: &str) -> Result<(), StoreError> {
        let update = sql("UPDATE account SET password_hash = $3 WHERE id = $1 AND password_hash = $2");
        self.database.execute(Scope::Server, update.bind(id).bind(old).bind(new)).await.map(drop)
    }
}

impl Store {
    /// Gives an account another password, and signs out every device but `keep`.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn change_password(
        &self,
        account: PrincipalId,
        password_hash: &str,
        keep: DeviceId,
        event: &NewEvent,
    ) -> Result<(), StoreError> {
        let mut tx = self.database.write(Scope::Server).await?;
        tx.run(change(account, password_hash, keep)).await?;
        let statements = audit::append(&mut tx, audit::SERVER, event).await?;
        tx.commit_after(statements.into()).await.map(drop)
    }

    /// Gives an account a password in the place of one that is lost or known to others: every device is
    /// signed out, and the account's keys end.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn replace_password(
        &self,
        account: PrincipalId,
        password_hash: &str,
        event: &NewEvent,
    ) -> Result<(), StoreError> {
        let mut tx = self.database.write(Scope::Server).await?;
        tx.run(replace(account, password_hash)).await?;
        let statements = audit::append(&mut tx, audit::SERVER, event).await?;
        tx.commit_after(statements.into()).await.map(drop)
    }
}

/// Gives an account a password, and takes away every other way in.
pub(super) fn replace(account: PrincipalId, password_hash: &str) -> Vec<Statement> {
    let mut statements = change(account, password_hash, DeviceId::nil());
    statements.push(sql("DELETE FROM api_key WHERE account_id = $1").bind(account));
    statements
}

/// Gives an account another password, and signs out every device but `keep`. What was mailed to choose
/// a password with is used up.
fn change(account: PrincipalId, password_hash: &str, keep: DeviceId) -> Vec<Statement> {
    let update = sql("UPDATE account SET password_hash = $2 WHERE id = $1").bind(account).bind(password_hash);
    let devices = sql("DELETE FROM device WHERE account_id = $1 AND id <> $2").bind(account).bind(keep);
    let mails = sql("DELETE FROM mail_token WHERE account_id = $1 AND purpose = $2").bind(account);
    vec![update, devices, mails.bind(MailPurpose::ResetPassword.name())]
}

/// Makes somebody owner of the workspaces nobody owns, or of a first one.
async fn found(tx: &mut Transaction, owner: PrincipalId, event: &NewEvent) -> Result<Vec<Statement>, StoreError> {
    let ownerless = sql("SELECT id FROM workspace WHERE deleted_at IS NULL AND NOT EXISTS \
                         (SELECT 1 FROM member WHERE member.workspace_id = workspace.id)");
    let mut statements = Vec::new();
    let rows = tx.query(ownerless).await?;
    for row in &rows {
        let workspace: WorkspaceId = row.get(0)?;
        let joined = NewEvent { action: Audited::MemberJoined, object: owner.to_string(), ..event.clone() };
        statements.push(workspaces::add_member(workspace, owner, Role::Owner, event.at));
        statements.extend(audit::append(tx, workspace, &joined).await?);
    }
    if rows.is_empty() {
        statements.extend(workspaces::create(tx, WorkspaceId::new(), FIRST_WORKSPACE, owner, event).await?);
    }
    Ok(statements)
}

pub(super) fn read(row: &Row) -> Result<Account, StoreError> {
    Ok(Account {
        id: row.get(0)?,
        email: email(&row.get::<String>(1)?)?,
        name: row.get(2)?,
        password_hash: row.get(3)?,
        email_verified_at: row.get(4)?,
        created_at: row.get(5)?,
    })
}

/// An address as it is stored.
pub(super) fn email(text: &str) -> Result<EmailAddress, StoreError> {
    text.parse().map_err(|_invalid| Damage::Unknown { what: "e-mail address" }.into())
}
