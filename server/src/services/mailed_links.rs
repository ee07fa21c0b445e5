//! What is mailed to people so that they show that an address is theirs: links with a token that is
//! good once.

use std::error::Error;

use protocol::{
    accounts::{EmailAddress, RequestPasswordReset, ResetPassword, VerifyEmail},
    audit::Audited,
    ids::PrincipalId,
    time::Timestamp,
};

use super::{
    Ctx, Outage, Services,
    accounts::{AccountError, by},
    changes::Change,
    links::Links,
    mails, passwords,
    sign_in::new_secret,
};
use crate::{
    digest::Digest,
    store::{Account, MailPurpose, NewEvent, NewMailToken, Store},
};

/// Seconds in which a new password has to be chosen.
pub const RESET_TOKEN_S: u32 = 60 * 60;
/// Seconds in which an address has to be verified.
pub const VERIFY_TOKEN_S: u32 = 24 * 60 * 60;

/// Mails a link with which a new password can be chosen, if there is such an account. The answer does
/// not wait for that, so that it says nothing of it.
///
/// # Errors
///
/// [`AccountError::RateLimited`].
pub fn request_reset(ctx: &Ctx, request: RequestPasswordReset) -> Result<(), AccountError> {
    ctx.services.attempts.mail(&ctx.address, &request.email)?;
    let ctx = ctx.clone();
    tokio::spawn(async move {
        if let Err(error) = mail_reset(&ctx, &request.email).await {
            tracing::error!(error = &error as &dyn Error, "a mail for a new password was not sent");
        }
    });
    Ok(())
}

/// A link with which the owner of an account chooses a new password.
///
/// # Errors
///
/// [`Outage`].
pub async fn reset_link(
    store: &Store,
    links: &Links,
    account: PrincipalId,
    event: &NewEvent,
) -> Result<String, Outage> {
    let token = new_token(store, account, MailPurpose::ResetPassword, event.at, Some(event)).await?;
    Ok(links.reset_password_url(&token))
}

/// Gives an account the password its owner has chosen. Every device is signed out, and the account's
/// keys end.
///
/// # Errors
///
/// [`AccountError::MailedToken`] when the token is not good; the password may be too weak.
pub async fn reset_password(ctx: &Ctx, reset: ResetPassword) -> Result<(), AccountError> {
    let services = &ctx.services;
    services.attempts.mailed_token(&ctx.address)?;
    let (token, account) = shown(ctx, &reset.token, MailPurpose::ResetPassword).await?;
    passwords::check_new(&reset.password, &account.email)?;
    let hash = services.passwords.hash(&reset.password).await?;
    let event = by(account.id, ctx.event(Audited::PasswordChanged, account.id, "reset"));
    let _told = services.changes.telling(Change::Principal(account.id));
    if !services.store.reset_password(token, account.id, &hash, &event).await.map_err(Outage::from)? {
        return Err(AccountError::MailedToken);
    }
    Ok(())
}

/// Mails the caller a link with which they show that their address is theirs, unless they have.
///
/// # Errors
///
/// [`AccountError::RateLimited`].
pub async fn request_verification(ctx: &Ctx) -> Result<(), AccountError> {
    let account = ctx.services.store.account(ctx.account()?).await.map_err(Outage::from)?;
    let account = account.filter(|account| account.email_verified_at.is_none());
    let Some(account) = account else { return Ok(()) };
    ctx.services.attempts.mail(&ctx.address, &account.email)?;
    Ok(mail_verification(&ctx.services, account.id, account.email).await?)
}

/// Mails a link with which somebody shows that their address is theirs.
pub(super) async fn mail_verification(
    services: &Services,
    account: PrincipalId,
    email: EmailAddress,
) -> Result<(), Outage> {
    let now = services.clock.now();
    let token = new_token(&services.store, account, MailPurpose::VerifyEmail, now, None).await?;
    let link = services.links.verify_email_url(&token);
    services.post.send(email, mails::email_verification(&link, VERIFY_TOKEN_S));
    Ok(())
}

/// Takes note that a mail to the caller has arrived. Whoever only follows the link may be somebody whose
/// address another person has registered: they must not make that account look like theirs.
///
/// # Errors
///
/// [`AccountError::MailedToken`] when the token is not good, or another account's.
pub async fn verify_email(ctx: &Ctx, verify: VerifyEmail) -> Result<(), AccountError> {
    let caller = ctx.account()?;
    ctx.services.attempts.mailed_token(&ctx.address)?;
    let (token, account) = shown(ctx, &verify.token, MailPurpose::VerifyEmail).await?;
    if account.id != caller {
        return Err(AccountError::MailedToken);
    }
    let event = by(account.id, ctx.event(Audited::EmailVerified, account.id, account.email));
    let is_good = ctx.services.store.verify_email(token, account.id, &event).await.map_err(Outage::from)?;
    if is_good { Ok(()) } else { Err(AccountError::MailedToken) }
}

async fn mail_reset(ctx: &Ctx, email: &EmailAddress) -> Result<(), Outage> {
    let Some(account) = ctx.services.store.account_by_email(email).await? else { return Ok(()) };
    // Whoever asks has shown nothing.
    let event = NewEvent { actor: None, ..ctx.event(Audited::PasswordResetRequested, account.id, "") };
    let link = reset_link(&ctx.services.store, &ctx.services.links, account.id, &event).await?;
    ctx.services.post.send(account.email, mails::password_reset(&link, RESET_TOKEN_S));
    Ok(())
}

async fn new_token(
    store: &Store,
    account: PrincipalId,
    purpose: MailPurpose,
    at: Timestamp,
    event: Option<&NewEvent>,
) -> Result<String, Outage> {
    let lifetime_s = match purpose {
        MailPurpose::ResetPassword => RESET_TOKEN_S,
        MailPurpose::VerifyEmail => VERIFY_TOKEN_S,
    };
    let token = new_secret()?;
    let expires_at = at.plus_seconds(lifetime_s.into());
    let kept = NewMailToken { hash: Digest::of(&token), account, purpose, at, expires_at };
    store.create_mail_token(kept, event).await?;
    Ok(token)
}

/// Whose token it is.
async fn shown(ctx: &Ctx, token: &str, purpose: MailPurpose) -> Result<(Digest, Account), AccountError> {
    let token = Digest::of(token);
    let account = ctx.services.store.account_by_mail_token(token, purpose, ctx.services.clock.now()).await;
    Ok((token, account.map_err(Outage::from)?.ok_or(AccountError::MailedToken)?))
}
