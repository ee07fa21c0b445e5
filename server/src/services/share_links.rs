//! Share links: how people enter a page who do not belong to its workspace.
//!
//! Whoever opens one without being signed in becomes a guest, in this browser. Who is signed in stays
//! who they are: those who may enter anyway keep what they have, others are let in by the link, on this
//! device, until it expires, is revoked, or they open another one.

use protocol::{
    access::{Access, Action},
    audit::Audited,
    ids::{DeviceId, PrincipalId, RoomId, ShareLinkId},
    principal::CredentialId,
    sharing::{CreateShareLink, MAX_SHARE_LINKS, OpenedShareLink, ShareLinkView},
};

use super::{
    Ctx, Denied, Outage,
    caller::{Caller, Powers, SIGN_IN_LIFETIME},
    changes::Change,
    rooms, standing,
};
use crate::{
    digest::{Digest, csrf_token, random_token},
    rate_limit::RateLimited,
    store::{CreateShareLinkError, DeviceOwner, NewDevice, ShareLink, Shared, Slice},
};

/// Why something was not done with a share link.
#[derive(Debug, thiserror::Error)]
pub enum ShareLinkError {
    /// There is no such page, or it is in the trash.
    #[error("there is no such room")]
    RoomNotFound,
    /// There is no such link, or it has expired or is revoked.
    #[error("the link is not good, or not any more")]
    NotFound,
    /// It would have expired before it was made.
    #[error("the link would have expired already")]
    Expired,
    /// The page has as many as it may.
    #[error("a page has at most {MAX_SHARE_LINKS} share links: revoke some first")]
    TooMany,
    /// The caller may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// It was done too often.
    #[error(transparent)]
    RateLimited(#[from] RateLimited),
    /// It is not the caller's fault.
    #[error(transparent)]
    Outage(#[from] Outage),
}

/// A link is open, and what the browser has to keep.
pub struct Opened {
    /// What is answered.
    pub view: OpenedShareLink,
    /// The secret of the cookie, for guests.
    pub cookie: Option<String>,
}

/// Makes a share link of a page.
///
/// # Errors
///
/// [`ShareLinkError`].
pub async fn create(ctx: &Ctx, room: RoomId, link: CreateShareLink) -> Result<ShareLinkView, ShareLinkError> {
    let standing = ctx.require(Action::ShareRoom, room).await?;
    let now = ctx.services.clock.now();
    if link.expires_at.is_some_and(|expires_at| expires_at <= now) {
        return Err(ShareLinkError::Expired);
    }
    let link = ShareLink { id: ShareLinkId::new(), access: link.access, created_at: now, expires_at: link.expires_at };
    let event = ctx.event(Audited::ShareLinkCreated, link.id, format!("{room} {}", link.access.name()));
    ctx.tenant(standing).create_share_link(room, &link, ctx.caller()?.principal.id, &event).await?;
    Ok(view(ctx, link))
}

/// The share links of a page that are good, behind `after`, oldest first, `limit` at most.
///
/// # Errors
///
/// [`ShareLinkError`].
pub async fn list(
    ctx: &Ctx,
    room: RoomId,
    limit: u32,
    after: Option<ShareLinkId>,
) -> Result<Slice<ShareLinkView, ShareLinkId>, ShareLinkError> {
    let standing = ctx.require(Action::ShareRoom, room).await?;
    let links = ctx.tenant(standing).share_links(room, ctx.services.clock.now(), limit, after).await;
    let links = links.map_err(Outage::from)?;
    Ok(Slice { items: links.items.into_iter().map(|link| view(ctx, link)).collect(), next: links.next })
}

/// Revokes a share link. Its guests are signed out.
///
/// # Errors
///
/// [`ShareLinkError`].
pub async fn revoke(ctx: &Ctx, room: RoomId, id: ShareLinkId) -> Result<(), ShareLinkError> {
    let standing = ctx.require(Action::ShareRoom, room).await?;
    let event = ctx.event(Audited::ShareLinkRevoked, id, room);
    let _told = ctx.services.changes.telling(Change::Workspace(standing.workspace));
    if !ctx.tenant(standing).revoke_share_link(room, id, &event).await.map_err(Outage::from)? {
        return Err(ShareLinkError::NotFound);
    }
    Ok(())
}

/// Opens a share link on a device that calls itself `device`.
///
/// # Errors
///
/// [`ShareLinkError`].
pub async fn open(ctx: &Ctx, token: &str, device: &str) -> Result<Opened, ShareLinkError> {
    let link = ctx.services.links.share_link(token).ok_or(ShareLinkError::NotFound)?;
    let shared = ctx.services.store.shared(link, ctx.services.clock.now()).await.map_err(Outage::from)?;
    let shared = shared.ok_or(ShareLinkError::NotFound)?;
    let Some(caller) = &ctx.caller else { return welcome(ctx, link, shared, device).await };
    if let Some(access) = kept(ctx, caller, shared).await? {
        return Ok(opened(shared.page, access));
    }
    match (&caller.powers, caller.credential) {
        (Powers::Guest { .. }, _) => welcome(ctx, link, shared, device).await,
        (Powers::Account, CredentialId::Device(signed_in)) => {
            // What another link has opened on this device is closed.
            let _told = ctx.services.changes.telling(Change::Credential(caller.credential));
            ctx.services.store.open_on_device(signed_in, link).await.map_err(Outage::from)?;
            tell_audit(ctx, link, shared, caller.principal.id).await?;
            Ok(opened(shared.page, shared.access))
        }
        (Powers::Account | Powers::Key { .. }, _) => Err(Denied::Forbidden.into()),
    }
}

/// What the caller may do there without the link, or by one they have opened before; `None` if this link
/// gives more than that one, or they have nothing.
async fn kept(ctx: &Ctx, caller: &Caller, shared: Shared) -> Result<Option<Access>, Outage> {
    let standing = standing::in_room(&ctx.services, caller, shared.page).await?;
    Ok(standing.and_then(|standing| {
        let access = rooms::access(caller, standing.role);
        (standing.link.is_none() || access >= shared.access).then_some(access)
    }))
}

/// Makes a guest.
async fn welcome(ctx: &Ctx, link: ShareLinkId, shared: Shared, device: &str) -> Result<Opened, ShareLinkError> {
    ctx.services.attempts.guest(&ctx.address)?;
    let (id, guest) = (DeviceId::new(), PrincipalId::new());
    let secret = random_token().map_err(|error| Outage::Internal(error.into()))?;
    let expires_at = ctx.services.clock.now().plus_seconds(SIGN_IN_LIFETIME.as_secs().cast_signed());
    let (owner, cookie) = (DeviceOwner::Guest(guest, link), Some(Digest::of(&secret)));
    let new = NewDevice { id, owner, cookie, refresh: None, name: device, address: &ctx.address, expires_at };
    let mut event = ctx.event(Audited::SignedIn, id, device);
    event.actor = Some(guest);
    ctx.services.store.create_device(new, &event).await.map_err(Outage::from)?;
    tell_audit(ctx, link, shared, guest).await?;
    let Opened { mut view, .. } = opened(shared.page, shared.access);
    view.csrf_token = Some(csrf_token(&secret));
    Ok(Opened { view, cookie: Some(secret) })
}

async fn tell_audit(ctx: &Ctx, link: ShareLinkId, shared: Shared, who: PrincipalId) -> Result<(), Outage> {
    let mut event = ctx.event(Audited::ShareLinkOpened, link, shared.page);
    event.actor = Some(who);
    Ok(ctx.services.store.of(shared.workspace).tell_audit(&event).await?)
}

fn opened(page_id: RoomId, access: Access) -> Opened {
    Opened { view: OpenedShareLink { page_id, access, csrf_token: None }, cookie: None }
}

fn view(ctx: &Ctx, link: ShareLink) -> ShareLinkView {
    ShareLinkView {
        id: link.id,
        access: link.access,
        url: ctx.services.links.share_link_url(link.id),
        created_at: link.created_at,
        expires_at: link.expires_at,
    }
}

impl From<CreateShareLinkError> for ShareLinkError {
    fn from(error: CreateShareLinkError) -> Self {
        match error {
            CreateShareLinkError::NotFound => Self::RoomNotFound,
            CreateShareLinkError::TooMany => Self::TooMany,
            CreateShareLinkError::Store(error) => Self::Outage(error.into()),
        }
    }
}
