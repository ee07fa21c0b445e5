//! Routes of workspaces.

use actix_web::{get, web};
use protocol::{
    paging::{Listed, Paging},
    problem::ErrorCode,
    workspaces::WorkspaceView,
};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    problem::{Coded, Failure, Problems},
    query::{self, Query},
};
use crate::services::{
    Ctx,
    workspaces::{self, WorkspaceError},
};

/// Adds the routes of this file.
pub(super) fn routes(app: &mut ServiceConfig) {
    app.service(list_workspaces);
}

/// List your workspaces
#[utoipa::path(tag = "workspaces", params(Paging), responses((status = OK, body = Listed<WorkspaceView>, description = "The workspaces"), Problems))]
#[get("/workspaces")]
async fn list_workspaces(ctx: Ctx, paging: Query<Paging>) -> Result<web::Json<Listed<WorkspaceView>>, Failure> {
    let (limit, after) = query::slice(&paging.0)?;
    let slice = workspaces::list(&ctx, limit, after).await?;
    Ok(web::Json(Listed { items: slice.items, next_cursor: slice.next.map(|id| id.to_string()) }))
}

impl Coded for WorkspaceError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Denied(error) => error.code(),
            Self::Outage(error) => error.code(),
        }
    }
}
