//! Signing in with what another place says of somebody.

use protocol::{
    accounts::{EmailAddress, ExternalIdentity, MAX_NAME_CHARS, Registration, SignInMode},
    audit::Audited,
    ids::PrincipalId,
};
use url::Url;

use super::{
    Ctx, Outage,
    accounts::{self, AccountError},
    changes::Change,
    sign_in::{self, NewSignIn},
};
use crate::{
    adapters::oauth::{OAuthError, ReturnTo},
    store::{Admission, NewAccount, StoreError},
};

pub use crate::adapters::oauth::{Callback, FLOW_TIMEOUT_S};

/// Somebody goes to sign in elsewhere.
pub struct Leave {
    /// Where their browser goes.
    pub url: Url,
    /// What it keeps for [`FLOW_TIMEOUT_S`], and shows when it comes back.
    pub flow: String,
}

/// Somebody has come back, and is signed in.
pub struct Return {
    /// Their sign-in.
    pub sign_in: NewSignIn,
    /// A path of this server, where they wanted to be.
    pub return_to: ReturnTo,
}

/// Why what another place says does not let somebody in.
#[derive(Debug, thiserror::Error)]
pub enum ExternalSignInError {
    /// There is no such place.
    #[error("one cannot sign in there")]
    UnknownProvider,
    /// They did not want to.
    #[error("the sign-in was cancelled")]
    Cancelled,
    /// This browser has not started it, or too long ago.
    #[error("the sign-in was not started in this browser, or too long ago")]
    NotStarted,
    /// The place refuses, or says what cannot be believed.
    #[error("the provider's answer is not good")]
    Untrusted(#[source] OAuthError),
    /// The place does not answer, or not as it should.
    #[error("the provider cannot be reached")]
    Unreachable(#[source] OAuthError),
    /// It does not say that they read mail to an address, and nobody is known by what they are called.
    #[error("the provider has not verified the e-mail address")]
    EmailUnverified,
    /// There is no account for them, and none may be made.
    #[error(transparent)]
    Account(#[from] AccountError),
}

/// Begins to sign in elsewhere. Whatever is no path of this server leads back to the first page.
///
/// # Errors
///
/// [`ExternalSignInError`].
pub async fn leave(ctx: &Ctx, provider: &str, return_to: Option<&str>) -> Result<Leave, ExternalSignInError> {
    let providers = &ctx.services.providers;
    let provider = providers.get(provider).ok_or(ExternalSignInError::UnknownProvider)?;
    let return_to = return_to.and_then(|path| path.parse().ok()).unwrap_or_default();
    let (url, flow) = provider.start(return_to, ctx.services.clock.now()).await?;
    let flow = providers.flows().seal(&flow).map_err(OAuthError::Seal)?;
    Ok(Leave { url, flow })
}

/// Signs in whoever comes back, with what their browser has kept: by what they are called there, else
/// the account with their verified address, else a new one.
///
/// # Errors
///
/// [`ExternalSignInError`].
pub async fn come_back(
    ctx: &Ctx,
    provider: &str,
    flow: Option<&str>,
    callback: Callback,
    device: &str,
) -> Result<Return, ExternalSignInError> {
    let providers = &ctx.services.providers;
    let provider = providers.get(provider).ok_or(ExternalSignInError::UnknownProvider)?;
    let now = ctx.services.clock.now();
    let flow = providers.flows().open(flow.ok_or(ExternalSignInError::NotStarted)?, now)?;
    ctx.services.attempts.external_sign_in(&ctx.address).map_err(AccountError::from)?;
    let return_to = flow.return_to().clone();
    let identity = provider.finish(flow, callback, now).await?;
    let known = ctx.services.store.account_of_identity(&identity.provider, &identity.subject).await;
    let account = match known.map_err(outage)? {
        Some(account) => account,
        None => admit(ctx, &identity).await?,
    };
    let account = ctx.services.store.account(account).await.map_err(outage)?.ok_or(AccountError::Closed)?;
    let sign_in = sign_in::begin(ctx, accounts::user_view(account), SignInMode::Cookie, device).await?;
    Ok(Return { sign_in, return_to })
}

/// Finds or makes the account of somebody who comes for the first time.
async fn admit(ctx: &Ctx, identity: &ExternalIdentity) -> Result<PrincipalId, ExternalSignInError> {
    let email = identity.email.as_ref().filter(|_| identity.email_verified);
    let email = email.ok_or(ExternalSignInError::EmailUnverified)?;
    let store = &ctx.services.store;
    let account = match store.account_by_email(email).await.map_err(outage)? {
        Some(account) => account.id,
        None => create(ctx, email, identity.name.as_deref()).await?,
    };
    let event = accounts::by(account, ctx.event(Audited::IdentityLinked, account, &identity.provider));
    let _told = ctx.services.changes.telling(Change::Principal(account));
    store.link_identity(&identity.provider, &identity.subject, account, &event).await.map_err(outage)?;
    Ok(account)
}

/// Makes an account for whoever reads mail to this address, if they may have one. Whom a mail has invited
/// need not show its link: it went to them.
async fn create(ctx: &Ctx, email: &EmailAddress, name: Option<&str>) -> Result<PrincipalId, AccountError> {
    let store = &ctx.services.store;
    let invitation = store.invitation_for(email, ctx.services.clock.now()).await.map_err(outage)?;
    let admission = match (ctx.services.registration, invitation) {
        (Registration::Open | Registration::Invite, Some(invitation)) => Admission::Invited(invitation),
        (Registration::Open, None) => Admission::Anybody,
        (Registration::Invite, None) | (Registration::Closed, _) => Admission::First,
    };
    let name = name.map(str::trim).filter(|name| !name.is_empty());
    let name: String = name.unwrap_or(email.as_str()).chars().take(MAX_NAME_CHARS).collect();
    ctx.services.attempts.register(&ctx.address)?;
    let id = PrincipalId::new();
    let account = NewAccount { id, email, name: &name, password_hash: None, is_verified: true };
    let event = accounts::by(id, ctx.event(Audited::AccountCreated, id, email));
    store.create_account(account, admission, &event).await?;
    Ok(id)
}

fn outage(error: StoreError) -> AccountError {
    AccountError::Outage(error.into())
}

impl From<OAuthError> for ExternalSignInError {
    fn from(error: OAuthError) -> Self {
        match error {
            OAuthError::Cancelled => Self::Cancelled,
            OAuthError::NotStarted | OAuthError::Expired => Self::NotStarted,
            OAuthError::Refused(_) | OAuthError::Untrusted(_) => Self::Untrusted(error),
            OAuthError::Unavailable(_) => Self::Unreachable(error),
            OAuthError::Random(_) | OAuthError::Seal(_) => {
                Self::Account(AccountError::Outage(Outage::Internal(error.into())))
            }
        }
    }
}
