//! Invitations into a workspace: by mail for one address, or by link for whoever has it.

use protocol::{
    access::Action,
    accounts::EmailAddress,
    audit::Audited,
    ids::{InvitationId, WorkspaceId},
    workspaces::{
        CreateInvitation, DEFAULT_INVITATION_S, InvitationOffer, InvitationView, MAX_INVITATION_S, MAX_INVITATIONS,
        MIN_INVITATION_S, WorkspaceView,
    },
};

use super::{Ctx, Denied, Outage, changes::Change, mails};
use crate::{
    rate_limit::RateLimited,
    store::{CreateInvitationError, Invitation, Offer, Slice},
};

/// Who is said to have invited when it was a service that is gone.
const SERVICE: &str = "A service";

/// Why something was not done with an invitation.
#[derive(Debug, thiserror::Error)]
pub enum InvitationError {
    /// There is no such invitation, or it has expired, is revoked or used up.
    #[error("the invitation is not good, or not any more")]
    NotFound,
    /// The caller may not, or offers more than they are themselves.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Somebody else is invited.
    #[error("the invitation is for another address: sign in with the one it was sent to")]
    OtherAddress,
    /// It would be good for too short or too long.
    #[error("an invitation is good for {MIN_INVITATION_S} to {MAX_INVITATION_S} seconds")]
    Lifetime,
    /// The workspace has as many as it may.
    #[error("a workspace has at most {MAX_INVITATIONS} open invitations: revoke some first")]
    TooMany,
    /// It was done too often.
    #[error(transparent)]
    RateLimited(#[from] RateLimited),
    /// It is not the caller's fault.
    #[error(transparent)]
    Outage(#[from] Outage),
}

/// Invites somebody.
///
/// # Errors
///
/// [`InvitationError`].
pub async fn create(
    ctx: &Ctx,
    workspace: WorkspaceId,
    invitation: CreateInvitation,
) -> Result<InvitationView, InvitationError> {
    let standing = ctx.require(Action::InviteMember, workspace).await?;
    if invitation.role > standing.role {
        return Err(Denied::Forbidden.into());
    }
    let expires_in_s = invitation.expires_in_s.unwrap_or(DEFAULT_INVITATION_S);
    if !(MIN_INVITATION_S..=MAX_INVITATION_S).contains(&expires_in_s) {
        return Err(InvitationError::Lifetime);
    }
    if let Some(to) = &invitation.email {
        ctx.services.attempts.invitation(&ctx.address, to, workspace)?;
    }
    let now = ctx.services.clock.now();
    let invitation = Invitation {
        id: InvitationId::new(),
        role: invitation.role,
        email: invitation.email,
        created_at: now,
        expires_at: now.plus_seconds(expires_in_s.into()),
    };
    let whom = invitation.email.as_ref().map_or("whoever has the link", EmailAddress::as_str);
    let detail = format!("{} for {whom}", invitation.role.name());
    let event = ctx.event(Audited::InvitationCreated, invitation.id, detail);
    let (tenant, caller) = (ctx.tenant(standing), &ctx.caller()?.principal);
    tenant.create_invitation(&invitation, caller.id, &event).await?;
    let view = view(ctx, invitation);
    if let Some(to) = &view.email {
        let name = tenant.workspace_name().await.map_err(Outage::from)?.unwrap_or_default();
        let mail = mails::invitation(&caller.name, &name, &view.url, expires_in_s);
        ctx.services.post.send(to.clone(), mail);
    }
    Ok(view)
}

/// The invitations into a workspace that are good, behind `after`, oldest first, `limit` at most.
///
/// # Errors
///
/// [`InvitationError`].
pub async fn list(
    ctx: &Ctx,
    workspace: WorkspaceId,
    limit: u32,
    after: Option<InvitationId>,
) -> Result<Slice<InvitationView, InvitationId>, InvitationError> {
    let standing = ctx.require(Action::InviteMember, workspace).await?;
    let now = ctx.services.clock.now();
    let slice = ctx.tenant(standing).invitations(now, limit, after).await.map_err(Outage::from)?;
    // Who has the link becomes what it offers.
    let within = slice.items.into_iter().filter(|invitation| invitation.role <= standing.role);
    Ok(Slice { items: within.map(|invitation| view(ctx, invitation)).collect(), next: slice.next })
}

/// Revokes an invitation. Who has accepted it stays.
///
/// # Errors
///
/// [`InvitationError`].
pub async fn revoke(ctx: &Ctx, workspace: WorkspaceId, id: InvitationId) -> Result<(), InvitationError> {
    let standing = ctx.require(Action::InviteMember, workspace).await?;
    let event = ctx.event(Audited::InvitationRevoked, id, "");
    let revoked = ctx.tenant(standing).revoke_invitation(id, &event).await.map_err(Outage::from)?;
    if revoked { Ok(()) } else { Err(InvitationError::NotFound) }
}

/// What the invitation behind a link offers, to whoever has it.
///
/// # Errors
///
/// [`InvitationError`].
pub async fn look(ctx: &Ctx, token: &str) -> Result<InvitationOffer, InvitationError> {
    let offer = offer(ctx, token).await?;
    Ok(InvitationOffer {
        workspace_name: offer.workspace_name,
        role: offer.invitation.role,
        email: offer.invitation.email,
        invited_by: offer.invited_by.unwrap_or_else(|| SERVICE.to_owned()),
        expires_at: offer.invitation.expires_at,
    })
}

/// Lets the caller into the workspace of an invitation. Who is a member already keeps the higher role.
///
/// # Errors
///
/// [`InvitationError`].
pub async fn accept(ctx: &Ctx, token: &str) -> Result<WorkspaceView, InvitationError> {
    let id = ctx.account()?;
    let Offer { invitation, workspace, workspace_name: name, .. } = offer(ctx, token).await?;
    let account = ctx.services.store.account(id).await.map_err(Outage::from)?.ok_or(Denied::Unauthenticated)?;
    if invitation.email.is_some_and(|invited| invited != account.email) {
        return Err(InvitationError::OtherAddress);
    }
    let event = ctx.event(Audited::MemberJoined, id, "");
    let _told = ctx.services.changes.telling(Change::Workspace(workspace));
    let accepted = ctx.services.store.accept_invitation(invitation.id, id, &account.email, &event).await;
    let role = accepted.map_err(Outage::from)?.ok_or(InvitationError::NotFound)?;
    Ok(WorkspaceView { id: workspace, name, role })
}

async fn offer(ctx: &Ctx, token: &str) -> Result<Offer, InvitationError> {
    let id = ctx.services.links.invitation(token).ok_or(InvitationError::NotFound)?;
    let offer = ctx.services.store.offer(id, ctx.services.clock.now()).await.map_err(Outage::from)?;
    offer.ok_or(InvitationError::NotFound)
}

fn view(ctx: &Ctx, invitation: Invitation) -> InvitationView {
    InvitationView {
        id: invitation.id,
        role: invitation.role,
        email: invitation.email,
        url: ctx.services.links.invitation_url(invitation.id),
        created_at: invitation.created_at,
        expires_at: invitation.expires_at,
    }
}

impl From<CreateInvitationError> for InvitationError {
    fn from(error: CreateInvitationError) -> Self {
        match error {
            CreateInvitationError::TooMany => Self::TooMany,
            CreateInvitationError::Store(error) => Self::Outage(error.into()),
        }
    }
}
