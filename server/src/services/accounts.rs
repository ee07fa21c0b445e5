//! Accounts: made, looked at and changed by their owners.

use std::error::Error;

use protocol::{
    accounts::{ChangePassword, MAX_NAME_CHARS, Me, Register, Registration, SignInOptions, UpdateMe, UserView},
    audit::Audited,
    ids::PrincipalId,
    principal::PrincipalKind,
};

use super::{
    Ctx, Denied, Outage,
    caller::Powers,
    changes::Change,
    devices, guests,
    mailed_links::mail_verification,
    names,
    passwords::{self, PasswordError, WeakPassword},
    sign_in::{self, NewSignIn},
};
use crate::{
    rate_limit::RateLimited,
    store::{Account, Admission, CreateAccountError, NewAccount, NewEvent},
};

/// Why something was not done with an account.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The caller may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The password is wrong, or there is no such account: which one is nobody's business.
    #[error("the address or the password is wrong")]
    WrongPassword,
    /// The refresh token has expired, was used before, or is none.
    #[error("the refresh token is not good, or not any more")]
    RefreshToken,
    /// What stood in a mail has expired, was used before, or is nothing we have mailed.
    #[error("this link is not good, or not any more")]
    MailedToken,
    /// The password until now is another one.
    #[error("the password is wrong")]
    WrongPresentPassword,
    /// There is no account with this address: told to the operator only.
    #[error("there is no account with this address")]
    NoSuchAccount,
    /// There is no such device, or it is somebody else's.
    #[error("there is no such device")]
    NoSuchDevice,
    /// It was tried too often.
    #[error(transparent)]
    RateLimited(#[from] RateLimited),
    /// This server takes no new accounts, or only those of invited people.
    #[error("this server takes no new accounts without an invitation")]
    Closed,
    /// The invitation has expired, is revoked, used up or for another address.
    #[error("the invitation is not good any more, or for another address")]
    NotInvited,
    /// There is an account with this address.
    #[error("there is an account with this address")]
    EmailTaken,
    /// The name is empty or too long.
    #[error("a name has 1 to {MAX_NAME_CHARS} characters")]
    Name,
    /// The password may not be chosen.
    #[error(transparent)]
    WeakPassword(#[from] WeakPassword),
    /// The password may not be chosen in the place of another one.
    #[error(transparent)]
    WeakNewPassword(WeakPassword),
    /// It is not the caller's fault.
    #[error(transparent)]
    Outage(#[from] Outage),
}

/// How one can sign in here.
///
/// # Errors
///
/// [`AccountError`].
pub async fn options(ctx: &Ctx) -> Result<SignInOptions, AccountError> {
    let is_first_run = ctx.services.store.has_no_accounts().await.map_err(Outage::from)?;
    Ok(SignInOptions {
        is_first_run,
        registration: ctx.services.registration,
        providers: ctx.services.providers.views(),
    })
}

/// Makes an account and signs it in.
///
/// # Errors
///
/// [`AccountError`].
pub async fn register(ctx: &Ctx, new: Register, device: &str) -> Result<NewSignIn, AccountError> {
    ctx.services.attempts.register(&ctx.address)?;
    let name = checked_name(&new.name)?;
    passwords::check_new(&new.password, &new.email)?;
    let admission = admission(ctx, new.invitation.as_deref())?;
    // Hashing is dear: whoever is sure to be refused is refused before.
    if admission == Admission::First && !ctx.services.store.has_no_accounts().await.map_err(Outage::from)? {
        return Err(AccountError::Closed);
    }
    let hash = ctx.services.passwords.hash(&new.password).await?;
    let id = PrincipalId::new();
    let account = NewAccount { id, email: &new.email, name, password_hash: Some(hash.as_str()), is_verified: false };
    let event = by(id, ctx.event(Audited::AccountCreated, id, &new.email));
    ctx.services.store.create_account(account, admission, &event).await?;
    if let Err(error) = mail_verification(&ctx.services, id, new.email.clone()).await {
        // They can ask for another one.
        tracing::error!(error = &error as &dyn Error, "a mail that verifies an address was not sent");
    }
    let user =
        UserView { id, email: new.email, name: name.to_owned(), color: guests::color(id), email_verified: false };
    sign_in::begin(ctx, user, new.mode, device).await
}

/// Who the caller is.
///
/// # Errors
///
/// [`AccountError`].
pub async fn me(ctx: &Ctx) -> Result<Me, AccountError> {
    let caller = ctx.caller()?;
    let principal = caller.principal.clone();
    let account = match principal.kind {
        PrincipalKind::User => ctx.services.store.account(principal.id).await.map_err(Outage::from)?,
        PrincipalKind::Service | PrincipalKind::Guest => None,
    };
    Ok(Me {
        id: principal.id,
        kind: principal.kind,
        name: principal.name,
        color: principal.color,
        email_verified: account.as_ref().map(|account| account.email_verified_at.is_some()),
        has_password: account.as_ref().map(|account| account.password_hash.is_some()),
        email: account.map(|account| account.email),
        guest_of: match caller.powers {
            Powers::Guest { page, .. } => Some(page),
            Powers::Account | Powers::Key { .. } => None,
        },
    })
}

/// Changes what others see of the caller.
///
/// # Errors
///
/// [`AccountError`].
pub async fn update_me(ctx: &Ctx, update: UpdateMe) -> Result<Me, AccountError> {
    let account = ctx.account()?;
    let mut me = me(ctx).await?;
    if let Some(name) = update.name {
        checked_name(&name)?.clone_into(&mut me.name);
        ctx.services.store.rename_account(account, &me.name).await.map_err(Outage::from)?;
    }
    Ok(me)
}

/// Gives the caller another password. Every other device is signed out.
///
/// # Errors
///
/// [`AccountError::WrongPresentPassword`].
pub async fn change_password(ctx: &Ctx, change: ChangePassword) -> Result<(), AccountError> {
    let (account, device) = devices::signed_in(ctx)?;
    let account = ctx.services.store.account(account).await.map_err(Outage::from)?.ok_or(Denied::Unauthenticated)?;
    if let Some(present) = &account.password_hash {
        ctx.services.attempts.sign_in(&ctx.address, &account.email)?;
        let shown = change.current_password.ok_or(AccountError::WrongPresentPassword)?;
        match ctx.services.passwords.verify(&shown, Some(present)).await {
            Ok(_verified) => {}
            Err(PasswordError::Wrong) => return Err(AccountError::WrongPresentPassword),
            Err(PasswordError::Outage(error)) => return Err(error.into()),
        }
    }
    passwords::check_new(&change.new_password, &account.email).map_err(AccountError::WeakNewPassword)?;
    let hash = ctx.services.passwords.hash(&change.new_password).await?;
    let event = ctx.event(Audited::PasswordChanged, account.id, "changed");
    let _told = ctx.services.changes.telling(Change::Principal(account.id));
    ctx.services.store.change_password(account.id, &hash, device, &event).await.map_err(Outage::from)?;
    Ok(())
}

/// Why somebody with or without an invitation may make an account, if they may.
fn admission(ctx: &Ctx, invitation: Option<&str>) -> Result<Admission, AccountError> {
    Ok(match (ctx.services.registration, invitation) {
        (Registration::Open | Registration::Invite, Some(token)) => {
            Admission::Invited(ctx.services.links.invitation(token).ok_or(AccountError::NotInvited)?)
        }
        (Registration::Open, None) => Admission::Anybody,
        (Registration::Invite, None) | (Registration::Closed, _) => Admission::First,
    })
}

/// The event, done by whoever signs in with it.
pub(super) fn by(actor: PrincipalId, event: NewEvent) -> NewEvent {
    NewEvent { actor: Some(actor), ..event }
}

/// A name others can read.
fn checked_name(name: &str) -> Result<&str, AccountError> {
    names::checked(name, MAX_NAME_CHARS).ok_or(AccountError::Name)
}

/// An account as its owner sees it.
pub(super) fn user_view(account: Account) -> UserView {
    UserView {
        id: account.id,
        email: account.email,
        name: account.name,
        color: guests::color(account.id),
        email_verified: account.email_verified_at.is_some(),
    }
}

impl From<CreateAccountError> for AccountError {
    fn from(error: CreateAccountError) -> Self {
        match error {
            CreateAccountError::Closed => Self::Closed,
            CreateAccountError::NotInvited => Self::NotInvited,
            CreateAccountError::EmailTaken => Self::EmailTaken,
            CreateAccountError::Store(error) => Self::Outage(error.into()),
        }
    }
}
