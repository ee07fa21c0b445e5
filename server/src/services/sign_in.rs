//! Signing in, staying signed in, and signing out.

use protocol::{
    accounts::{ACCESS_TOKEN_S, Refresh, SignIn, SignInMode, SignedIn, TokenType, UserView},
    audit::Audited,
    ids::DeviceId,
    principal::CredentialId,
};

use super::{
    Ctx, Denied, Outage,
    accounts::{AccountError, by, user_view},
    caller::SIGN_IN_LIFETIME,
    changes::Change,
    passwords::PasswordError,
    vault::SERVER,
};
use crate::{
    digest::{Digest, csrf_token, random_token},
    store::{DeviceOwner, Exchange, NewDevice, NewEvent, Refreshed},
};

/// Somebody has signed in, and what their browser has to keep.
pub struct NewSignIn {
    /// What is answered.
    pub view: SignedIn,
    /// The secret of the cookie, where cookies were asked for.
    pub cookie: Option<String>,
}

/// Signs in with a password.
///
/// # Errors
///
/// [`AccountError::WrongPassword`], after the same time whether there is such an account or not.
pub async fn sign_in(ctx: &Ctx, sign_in: SignIn, device: &str) -> Result<NewSignIn, AccountError> {
    ctx.services.attempts.sign_in(&ctx.address, &sign_in.email)?;
    let account = ctx.services.store.account_by_email(&sign_in.email).await.map_err(Outage::from)?;
    let hash = account.as_ref().and_then(|account| account.password_hash.clone());
    let verified = ctx.services.passwords.verify(&sign_in.password, hash.as_deref()).await;
    let (Ok(verified), Some(account)) = (&verified, account) else {
        if let Err(PasswordError::Outage(error)) = verified {
            return Err(error.into());
        }
        let event = ctx.event(Audited::SignInFailed, &sign_in.email, "");
        ctx.services.store.of(SERVER).tell_audit(&event).await.map_err(Outage::from)?;
        return Err(AccountError::WrongPassword);
    };
    if let (true, Some(old)) = (verified.needs_rehash, hash) {
        let new = ctx.services.passwords.hash(&sign_in.password).await?;
        ctx.services.store.rehash_password(account.id, &old, &new).await.map_err(Outage::from)?;
    }
    begin(ctx, user_view(account), sign_in.mode, device).await
}

/// Exchanges a refresh token for new tokens. A token that comes back a second time was stolen, now or
/// before: whoever has the sign-in, it is ended.
///
/// # Errors
///
/// [`AccountError::RefreshToken`].
pub async fn refresh(ctx: &Ctx, refresh: Refresh) -> Result<SignedIn, AccountError> {
    let next = new_secret()?;
    let at = ctx.services.clock.now();
    let exchange = Exchange {
        old: Digest::of(&refresh.refresh_token),
        next: Digest::of(&next),
        address: &ctx.address,
        at,
        expires_at: at.plus_seconds(SIGN_IN_LIFETIME.as_secs().cast_signed()),
    };
    let reused = |device, account| NewEvent { actor: None, ..ctx.event(Audited::RefreshReused, device, account) };
    let refreshed = ctx.services.store.exchange_refresh_token(exchange, reused).await;
    match refreshed.map_err(Outage::from)? {
        Refreshed::Renewed(device, account) => with_tokens(ctx, user_view(account), device, next).await,
        Refreshed::Reused(device) => {
            ctx.services.changes.tell(Change::Credential(CredentialId::Device(device)));
            Err(AccountError::RefreshToken)
        }
        Refreshed::Unknown => Err(AccountError::RefreshToken),
    }
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
    let _told = ctx.services.changes.telling(Change::Credential(caller.credential));
    ctx.services.store.delete_device(device, caller.principal.id, &event).await.map_err(Outage::from)?;
    Ok(())
}

/// Keeps a sign-in and makes what shows it.
pub(super) async fn begin(
    ctx: &Ctx,
    user: UserView,
    mode: SignInMode,
    device: &str,
) -> Result<NewSignIn, AccountError> {
    let id = DeviceId::new();
    let secret = new_secret()?;
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
    Ok(match mode {
        SignInMode::Cookie => {
            let csrf_token = Some(csrf_token(&secret));
            NewSignIn { view: SignedIn { csrf_token, ..without_secrets(user) }, cookie: Some(secret) }
        }
        SignInMode::Token => NewSignIn { view: with_tokens(ctx, user, id, secret).await?, cookie: None },
    })
}

async fn with_tokens(ctx: &Ctx, user: UserView, device: DeviceId, refresh: String) -> Result<SignedIn, AccountError> {
    Ok(SignedIn {
        access_token: Some(ctx.services.signing.issue(user.id, device).await?),
        refresh_token: Some(refresh),
        token_type: Some(TokenType::Bearer),
        expires_in_s: Some(ACCESS_TOKEN_S),
        ..without_secrets(user)
    })
}

const fn without_secrets(user: UserView) -> SignedIn {
    SignedIn { user, access_token: None, refresh_token: None, token_type: None, expires_in_s: None, csrf_token: None }
}

/// Something nobody can guess.
pub(super) fn new_secret() -> Result<String, Outage> {
    random_token().map_err(|error| Outage::Internal(error.into()))
}
