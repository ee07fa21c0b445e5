//! What the operator does with accounts, from the command line: without a caller, and by no rule but
//! that of who may start the program.

use std::sync::Arc;

use actors::clock::Clock;
use protocol::{
    accounts::{EmailAddress, MAX_NAME_CHARS, Password},
    audit::Audited,
    ids::PrincipalId,
};

use super::{
    Outage,
    accounts::AccountError,
    links::Links,
    mailed_links, names,
    passwords::{self, Passwords},
};
use crate::store::{Admission, NewAccount, NewEvent, Store};

/// Acts for the operator.
pub struct Operator {
    /// What is kept.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Hashes passwords.
    pub passwords: Passwords,
    /// Makes links.
    pub links: Links,
}

impl Operator {
    /// Makes an account whose address is known to be its owner's. Without a password, it has none.
    ///
    /// # Errors
    ///
    /// [`AccountError`].
    pub async fn create_user(
        &self,
        email: &EmailAddress,
        name: &str,
        password: Option<&Password>,
    ) -> Result<(), AccountError> {
        let name = names::checked(name, MAX_NAME_CHARS).ok_or(AccountError::Name)?;
        let hash = match password {
            Some(password) => Some(self.hash(email, password).await?),
            None => None,
        };
        let id = PrincipalId::new();
        let account = NewAccount { id, email, name, password_hash: hash.as_deref(), is_verified: true };
        let event = self.event(Audited::AccountCreated, id, email.as_str());
        Ok(self.store.create_account(account, Admission::Anybody, &event).await?)
    }

    /// A link with which the owner of an account chooses a password.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchAccount`].
    pub async fn reset_link(&self, email: &EmailAddress) -> Result<String, AccountError> {
        let account = self.account(email).await?;
        let event = self.event(Audited::PasswordResetRequested, account, "");
        Ok(mailed_links::reset_link(&self.store, &self.links, account, &event).await?)
    }

    /// Gives an account a password, signs every device out and ends the account's keys.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchAccount`]; the password may be too weak.
    pub async fn set_password(&self, email: &EmailAddress, password: &Password) -> Result<(), AccountError> {
        let account = self.account(email).await?;
        let hash = self.hash(email, password).await?;
        let event = self.event(Audited::PasswordChanged, account, "set by the operator");
        Ok(self.store.replace_password(account, &hash, &event).await.map_err(Outage::from)?)
    }

    async fn account(&self, email: &EmailAddress) -> Result<PrincipalId, AccountError> {
        let account = self.store.account_by_email(email).await.map_err(Outage::from)?;
        account.map(|account| account.id).ok_or(AccountError::NoSuchAccount)
    }

    async fn hash(&self, email: &EmailAddress, password: &Password) -> Result<String, AccountError> {
        passwords::check_new(password, email)?;
        Ok(self.passwords.hash(password).await?)
    }

    fn event(&self, action: Audited, object: PrincipalId, detail: &str) -> NewEvent {
        NewEvent::of_operator(self.clock.now(), action, object, detail)
    }
}
