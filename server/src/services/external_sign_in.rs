//! Signing in with what another place says of somebody.

use protocol::{
    accounts::{ExternalIdentity, MAX_NAME_CHARS, Registration, SignInMode},
    audit::Audited,
    ids::PrincipalId,
};

use super::{
    Ctx, Outage,
    accounts::{self, AccountError},
    changes::Change,
    sign_in::{self, NewSignIn},
};
use crate::store::{Admission, NewAccount};

/// Why what another place says does not let somebody in.
#[derive(Debug, thiserror::Error)]
pub enum ExternalSignInError {
    /// It does not say that they read mail to an address, and nobody is known by what they are called.
    #[error("the provider has not verified your e-mail address")]
    EmailUnverified,
    /// There is no account for them, and none may be made.
    #[error(transparent)]
    Account(#[from] AccountError),
}

/// Signs in whoever this is: by what they are called there, else the account with their verified
/// address, else a new one.
///
/// # Errors
///
/// [`ExternalSignInError`].
pub async fn sign_in(ctx: &Ctx, identity: ExternalIdentity, device: &str) -> Result<NewSignIn, ExternalSignInError> {
    let known = ctx.services.store.account_of_identity(&identity.provider, &identity.subject).await;
    let account = match known.map_err(outage)? {
        Some(account) => account,
        None => admit(ctx, &identity).await?,
    };
    let account = ctx.services.store.account(account).await.map_err(outage)?.ok_or(AccountError::Closed)?;
    Ok(sign_in::begin(ctx, accounts::user_view(account), SignInMode::Cookie, device).await?)
}

/// Finds or makes the account of somebody who comes for the first time.
async fn admit(ctx: &Ctx, identity: &ExternalIdentity) -> Result<PrincipalId, ExternalSignInError> {
    let email = identity.email.as_ref().filter(|_| identity.email_verified);
    let email = email.ok_or(ExternalSignInError::EmailUnverified)?;
    let store = &ctx.services.store;
    let account = match store.account_by_email(email).await.map_err(outage)? {
        Some(account) => account.id,
        None => {
            let id = PrincipalId::new();
            let invitation = store.invitation_for(email, ctx.services.clock.now()).await.map_err(outage)?;
            let admission = match (invitation, ctx.services.registration) {
                (Some(invitation), Registration::Open | Registration::Invite) => Admission::Invited(invitation),
                (None, Registration::Open) => Admission::Anybody,
                (None, Registration::Invite) | (_, Registration::Closed) => Admission::First,
            };
            let said = identity.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
            let name: String = said.unwrap_or(email.as_str()).chars().take(MAX_NAME_CHARS).collect();
            let account = NewAccount { id, email, name: &name, password_hash: None, is_verified: true };
            let event = super::accounts::by(id, ctx.event(Audited::AccountCreated, id, email));
            store.create_account(account, admission, &event).await.map_err(AccountError::from)?;
            id
        }
    };
    let event = accounts::by(account, ctx.event(Audited::IdentityLinked, account, &identity.provider));
    store.link_identity(&identity.provider, &identity.subject, account, &event).await.map_err(outage)?;
    ctx.services.changes.tell(Change::Principal(account));
    Ok(account)
}

fn outage(error: crate::store::StoreError) -> AccountError {
    AccountError::Outage(Outage::from(error))
}
