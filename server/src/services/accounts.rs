//! Accounts: made, signed in to and out of.

use protocol::{
    accounts::{
        ACCESS_TOKEN_S, MAX_NAME_CHARS, Me, Register, Registration, SignIn, SignInMode, SignInOptions, SignedIn,
        TokenType, UpdateMe, UserView,
    },
    audit::Audited,
    ids::{DeviceId, PrincipalId},
    principal::{CredentialId, PrincipalKind},
};

use super::{
    Ctx, Denied, Outage,
    caller::{Powers, SIGN_IN_LIFETIME},
    changes::Change,
    guests,
    passwords::{PasswordError, WeakPassword},
};
use crate::{
    digest::{Digest, csrf_token, random_token},
    store::{Account, Admission, CreateAccountError, DeviceOwner, NewAccount, NewDevice, NewEvent},
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
    /// It is not the caller's fault.
    #[error(transparent)]
    Outage(#[from] Outage),
}

/// Somebody has signed in, and what their browser has to keep.
pub struct NewSignIn {
    /// What is answered.
    pub view: SignedIn,
    /// The secret of the cookie, where cookies were asked for.
    pub cookie: Option<String>,
}

/// How one can sign in here.
///
/// # Errors
///
/// [`AccountError`].
pub async fn options(ctx: &Ctx) -> Result<SignInOptions, AccountError> {
    let is_first_run = ctx.services.store.has_no_accounts().await.map_err(Outage::from)?;
    Ok(SignInOptions { is_first_run, registration: ctx.services.registration, providers: Vec::new() })
}

/// Makes an account and signs it in.
///
/// # Errors
///
/// [`AccountError`].
pub async fn register(ctx: &Ctx, new: Register, device: &str) -> Result<NewSignIn, AccountError> {
    let name = checked_name(&new.name)?;
    super::passwords::check_new(&new.password, &new.email)?;
    let admission = admission(ctx, new.invitation.as_deref())?;
    let hash = ctx.services.passwords.hash(&new.password).await?;
    let id = PrincipalId::new();
    let account = NewAccount { id, email: &new.email, name, password_hash: Some(hash.as_str()), is_verified: false };
    let event = by(id, ctx.event(Audited::AccountCreated, id, &new.email));
    ctx.services.store.create_account(account, admission, &event).await?;
    let user =
        UserView { id, email: new.email, name: name.to_owned(), color: guests::color(id), email_verified: false };
    sign_in_device(ctx, user, new.mode, device).await
}

/// Signs in with a password.
///
/// # Errors
///
/// [`AccountError`].
pub async fn sign_in(ctx: &Ctx, sign_in: SignIn, device: &str) -> Result<NewSignIn, AccountError> {
    let account = ctx.services.store.account_by_email(&sign_in.email).await.map_err(Outage::from)?;
    let hash = account.as_ref().and_then(|account| account.password_hash.clone());
    let verified = ctx.services.passwords.verify(&sign_in.password, hash.as_deref()).await;
    let (Ok(verified), Some(account)) = (&verified, account) else {
        if let Err(PasswordError::Outage(error)) = verified {
            return Err(error.into());
        }
        return Err(AccountError::WrongPassword);
    };
    if let (true, Some(old)) = (verified.needs_rehash, hash) {
        let new = ctx.services.passwords.hash(&sign_in.password).await?;
        ctx.services.store.rehash_password(account.id, &old, &new).await.map_err(Outage::from)?;
    }
    sign_in_device(ctx, user_view(account), sign_in.mode, device).await
}

/// Ends the sign-in the caller acts with.
///
/// # Errors
///
/// [`AccountError`].
pub async fn sign_out(ctx: &Ctx) -> Result<(), AccountError> {
    let caller = ctx.caller()?;
    let CredentialId::Device(device) = caller.credential else { return Err(Denied::Forbidden.into()) };
    let event = ctx.event(Audited::SignedOut, device, "");
    ctx.services.store.delete_device(device, caller.principal.id, &event).await.map_err(Outage::from)?;
    ctx.services.changes.tell(Change::Credential(caller.credential));
    Ok(())
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

/// Keeps a sign-in and makes what shows it.
pub(super) async fn sign_in_device(
    ctx: &Ctx,
    user: UserView,
    mode: SignInMode,
    device: &str,
) -> Result<NewSignIn, AccountError> {
    let id = DeviceId::new();
    let secret = random_token().map_err(|error| Outage::Internal(error.into()))?;
    let digest = Digest::of(&secret);
    let (cookie, refresh) = match mode {
        SignInMode::Cookie => (Some(digest), None),
        SignInMode::Token => (None, Some(digest)),
    };
    let now = ctx.services.clock.now();
    let expires_at = now.plus_seconds(SIGN_IN_LIFETIME.as_secs().cast_signed());
    let owner = DeviceOwner::Account(user.id);
    let new = NewDevice { id, owner, cookie, refresh, name: device, address: &ctx.address, expires_at };
    let event = by(user.id, ctx.event(Audited::SignedIn, id, device));
    ctx.services.store.create_device(new, &event).await.map_err(Outage::from)?;
    let csrf_token = cookie.map(|_| csrf_token(&secret));
    let view =
        SignedIn { user, access_token: None, refresh_token: None, token_type: None, expires_in_s: None, csrf_token };
    Ok(match mode {
        SignInMode::Cookie => NewSignIn { view, cookie: Some(secret) },
        SignInMode::Token => NewSignIn {
            view: SignedIn {
                access_token: None,
                refresh_token: Some(secret),
                token_type: Some(TokenType::Bearer),
                expires_in_s: Some(ACCESS_TOKEN_S),
                ..view
            },
            cookie: None,
        },
    })
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
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME_CHARS { Err(AccountError::Name) } else { Ok(name) }
}

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
