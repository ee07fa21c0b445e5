//! Routes of invitations.

use actix_web::{HttpResponse, delete, get, post, web};
use protocol::{
    ids::{InvitationId, WorkspaceId},
    paging::{Listed, Paging},
    problem::{ErrorCode, InvalidValue},
    workspaces::{CreateInvitation, InvitationOffer, InvitationView, PresentInvitation, WorkspaceView},
};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    body::Json,
    path::Path,
    problem::{Coded, Failure, Problems, invalid},
    query::{self, Query},
};
use crate::services::{
    Ctx,
    invitations::{self, InvitationError},
};

/// Adds the routes of this file.
pub(super) fn routes(app: &mut ServiceConfig) {
    app.service(list_invitations)
        .service(create_invitation)
        .service(revoke_invitation)
        .service(look_at_invitation)
        .service(accept_invitation);
}

/// List the open invitations into a workspace
///
/// Those that offer more than you are yourself are left out: their links would make you that.
#[utoipa::path(
    tag = "members",
    params(("workspace" = WorkspaceId, Path), Paging),
    responses((status = OK, body = Listed<InvitationView>, description = "The invitations"), Problems)
)]
#[get("/workspaces/{workspace}/invitations")]
async fn list_invitations(
    ctx: Ctx,
    workspace: Path<WorkspaceId>,
    paging: Query<Paging>,
) -> Result<web::Json<Listed<InvitationView>>, Failure> {
    let (limit, after) = query::slice(&paging.0)?;
    let slice = invitations::list(&ctx, workspace.0, limit, after).await?;
    Ok(query::listed(slice.items, slice.next))
}

/// Invite somebody
///
/// With an address, a mail is sent to it, and only an account with this address may accept, once.
/// Without one, everybody who has the link may accept it.
#[utoipa::path(
    tag = "members",
    params(("workspace" = WorkspaceId, Path)),
    responses((status = CREATED, body = InvitationView, description = "The invitation"), Problems)
)]
#[post("/workspaces/{workspace}/invitations")]
async fn create_invitation(
    ctx: Ctx,
    workspace: Path<WorkspaceId>,
    invitation: Json<CreateInvitation>,
) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Created().json(invitations::create(&ctx, workspace.0, invitation.0).await?))
}

/// Revoke an invitation
///
/// Who has accepted it stays.
#[utoipa::path(
    tag = "members",
    params(("workspace" = WorkspaceId, Path), ("invitation" = InvitationId, Path)),
    responses((status = NO_CONTENT, description = "It is good no more"), Problems)
)]
#[delete("/workspaces/{workspace}/invitations/{invitation}")]
async fn revoke_invitation(ctx: Ctx, path: Path<(WorkspaceId, InvitationId)>) -> Result<HttpResponse, Failure> {
    let (workspace, invitation) = path.0;
    invitations::revoke(&ctx, workspace, invitation).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// See what an invitation offers
///
/// Needs no sign-in: whoever has the link may look.
#[utoipa::path(tag = "members", responses((status = OK, body = InvitationOffer, description = "What it offers"), Problems))]
#[post("/invitations/look")]
async fn look_at_invitation(
    ctx: Ctx,
    invitation: Json<PresentInvitation>,
) -> Result<web::Json<InvitationOffer>, Failure> {
    Ok(web::Json(invitations::look(&ctx, &invitation.0.token).await?))
}

/// Accept an invitation
///
/// Needs a signed-in person. To make an account with an invitation, register with its token instead.
/// Who is a member already keeps the higher role.
#[utoipa::path(tag = "members", responses((status = OK, body = WorkspaceView, description = "The workspace"), Problems))]
#[post("/invitations/accept")]
async fn accept_invitation(ctx: Ctx, invitation: Json<PresentInvitation>) -> Result<web::Json<WorkspaceView>, Failure> {
    Ok(web::Json(invitations::accept(&ctx, &invitation.0.token).await?))
}

impl Coded for InvitationError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NotFound => ErrorCode::NotFound,
            Self::OtherAddress => ErrorCode::Forbidden,
            Self::Lifetime => ErrorCode::Invalid,
            Self::TooMany => ErrorCode::Conflict,
            Self::Denied(error) => error.code(),
            Self::RateLimited(error) => error.code(),
            Self::Outage(error) => error.code(),
        }
    }

    fn invalid_values(&self) -> Vec<InvalidValue> {
        match self {
            Self::Lifetime => vec![invalid("/expires_in_s", "out_of_range", self)],
            _ => Vec::new(),
        }
    }

    fn retry_after_s(&self) -> Option<u64> {
        match self {
            Self::RateLimited(error) => error.retry_after_s(),
            _ => None,
        }
    }
}
