//! Routes of the people who belong to a workspace.

use actix_web::{HttpResponse, delete, get, patch, web};
use protocol::{
    ids::{PrincipalId, WorkspaceId},
    paging::{Listed, Paging},
    problem::ErrorCode,
    workspaces::{MemberView, UpdateMember},
};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    body::Json,
    path::Path,
    problem::{Coded, Failure, Problems},
    query::{self, Query},
};
use crate::services::{
    Ctx,
    members::{self, MemberError},
};

/// Adds the routes of this file.
pub(super) fn routes(app: &mut ServiceConfig) {
    app.service(list_members).service(update_member).service(remove_member);
}

/// List the members of a workspace
///
/// People only: services are listed with their keys.
#[utoipa::path(
    tag = "members",
    params(("workspace" = WorkspaceId, Path), Paging),
    responses((status = OK, body = Listed<MemberView>, description = "The members"), Problems)
)]
#[get("/workspaces/{workspace}/members")]
async fn list_members(
    ctx: Ctx,
    workspace: Path<WorkspaceId>,
    paging: Query<Paging>,
) -> Result<web::Json<Listed<MemberView>>, Failure> {
    let (limit, after) = query::slice(&paging.0)?;
    let slice = members::list(&ctx, workspace.0, limit, after).await?;
    Ok(query::listed(slice.items, slice.next))
}

/// Give a member another role
///
/// Only owners make owners, and change them. The last owner stays one. It acts on open sockets at once.
#[utoipa::path(
    tag = "members",
    params(("workspace" = WorkspaceId, Path), ("principal" = PrincipalId, Path)),
    responses((status = OK, body = MemberView, description = "The member"), Problems)
)]
#[patch("/workspaces/{workspace}/members/{principal}")]
async fn update_member(
    ctx: Ctx,
    path: Path<(WorkspaceId, PrincipalId)>,
    change: Json<UpdateMember>,
) -> Result<web::Json<MemberView>, Failure> {
    let (workspace, member) = path.0;
    Ok(web::Json(members::update(&ctx, workspace, member, change.0).await?))
}

/// Remove a member, or leave
///
/// Everybody may leave but the last owner. What was granted to the member goes, too, and their
/// sockets are closed.
#[utoipa::path(
    tag = "members",
    params(("workspace" = WorkspaceId, Path), ("principal" = PrincipalId, Path)),
    responses((status = NO_CONTENT, description = "They belong to the workspace no more"), Problems)
)]
#[delete("/workspaces/{workspace}/members/{principal}")]
async fn remove_member(ctx: Ctx, path: Path<(WorkspaceId, PrincipalId)>) -> Result<HttpResponse, Failure> {
    let (workspace, member) = path.0;
    members::remove(&ctx, workspace, member).await?;
    Ok(HttpResponse::NoContent().finish())
}

impl Coded for MemberError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NotFound => ErrorCode::NotFound,
            Self::LastOwner => ErrorCode::Conflict,
            Self::Denied(error) => error.code(),
            Self::Outage(error) => error.code(),
        }
    }
}
