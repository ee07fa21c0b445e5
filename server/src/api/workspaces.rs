//! Routes of workspaces.

use actix_web::{HttpResponse, delete, get, patch, post, web};
use protocol::{
    ids::WorkspaceId,
    paging::{Listed, Paging},
    problem::{ErrorCode, InvalidValue},
    workspaces::{CreateWorkspace, UpdateWorkspace, WorkspaceView},
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
    workspaces::{self, WorkspaceError},
};

/// Adds the routes of this file.
pub(super) fn routes(app: &mut ServiceConfig) {
    app.service(list_workspaces)
        .service(create_workspace)
        .service(get_workspace)
        .service(update_workspace)
        .service(delete_workspace);
}

/// List your workspaces
#[utoipa::path(tag = "workspaces", params(Paging), responses((status = OK, body = Listed<WorkspaceView>, description = "The workspaces"), Problems))]
#[get("/workspaces")]
async fn list_workspaces(ctx: Ctx, paging: Query<Paging>) -> Result<web::Json<Listed<WorkspaceView>>, Failure> {
    let (limit, after) = query::slice(&paging.0)?;
    let slice = workspaces::list(&ctx, limit, after).await?;
    Ok(query::listed(slice.items, slice.next))
}

/// Make a workspace
///
/// You become its owner. Needs a signed-in person: API keys make no workspaces.
#[utoipa::path(tag = "workspaces", responses((status = CREATED, body = WorkspaceView, description = "The workspace"), Problems))]
#[post("/workspaces")]
async fn create_workspace(ctx: Ctx, workspace: Json<CreateWorkspace>) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Created().json(workspaces::create(&ctx, workspace.0).await?))
}

/// Look at a workspace
#[utoipa::path(tag = "workspaces", params(("workspace" = WorkspaceId, Path)), responses((status = OK, body = WorkspaceView, description = "The workspace"), Problems))]
#[get("/workspaces/{workspace}")]
async fn get_workspace(ctx: Ctx, workspace: Path<WorkspaceId>) -> Result<web::Json<WorkspaceView>, Failure> {
    Ok(web::Json(workspaces::get(&ctx, workspace.0).await?))
}

/// Rename a workspace
#[utoipa::path(tag = "workspaces", params(("workspace" = WorkspaceId, Path)), responses((status = OK, body = WorkspaceView, description = "The workspace"), Problems))]
#[patch("/workspaces/{workspace}")]
async fn update_workspace(
    ctx: Ctx,
    workspace: Path<WorkspaceId>,
    change: Json<UpdateWorkspace>,
) -> Result<web::Json<WorkspaceView>, Failure> {
    Ok(web::Json(workspaces::update(&ctx, workspace.0, change.0).await?))
}

/// Delete a workspace
///
/// With everything in it. The sockets of its rooms are closed with 4404; its invitations, share links
/// and service keys are good no more.
#[utoipa::path(tag = "workspaces", params(("workspace" = WorkspaceId, Path)), responses((status = NO_CONTENT, description = "It is deleted"), Problems))]
#[delete("/workspaces/{workspace}")]
async fn delete_workspace(ctx: Ctx, workspace: Path<WorkspaceId>) -> Result<HttpResponse, Failure> {
    workspaces::delete(&ctx, workspace.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

impl Coded for WorkspaceError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NotFound => ErrorCode::NotFound,
            Self::Name => ErrorCode::Invalid,
            Self::TooMany => ErrorCode::Conflict,
            Self::Denied(error) => error.code(),
            Self::Outage(error) => error.code(),
        }
    }

    fn invalid_values(&self) -> Vec<InvalidValue> {
        match self {
            Self::Name => vec![invalid("/name", "out_of_range", self)],
            Self::NotFound | Self::TooMany | Self::Denied(_) | Self::Outage(_) => Vec::new(),
        }
    }
}
