//! Routes of the audit.

use actix_web::{HttpResponse, get, http::header, web};
use protocol::{
    audit::AuditEvent,
    ids::WorkspaceId,
    paging::{Listed, Paging},
    problem::ErrorCode,
};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    path::Path,
    problem::{Coded, Failure, Problems},
    query::{self, Query},
};
use crate::services::{
    Ctx,
    audit::{self, AuditError},
};

/// One JSON value per line (github.com/ndjson/ndjson-spec).
const JSON_LINES: &str = "application/x-ndjson";

/// Adds the routes of this file.
pub(super) fn routes(app: &mut ServiceConfig) {
    app.service(list_audit).service(export_audit);
}

/// List what has happened in a workspace
///
/// The newest first.
#[utoipa::path(
    tag = "workspaces",
    params(("workspace" = WorkspaceId, Path), Paging),
    responses((status = OK, body = Listed<AuditEvent>, description = "The events"), Problems)
)]
#[get("/workspaces/{workspace}/audit")]
async fn list_audit(
    ctx: Ctx,
    workspace: Path<WorkspaceId>,
    paging: Query<Paging>,
) -> Result<web::Json<Listed<AuditEvent>>, Failure> {
    let (limit, before) = query::slice(&paging.0)?;
    let slice = audit::list(&ctx, workspace.0, limit, before).await?;
    Ok(query::listed(slice.items, slice.next))
}

/// Export what has happened in a workspace
///
/// Every event as a line of JSON, oldest first. The hash of an event is the SHA-256 of the hash before it
/// (32 zero bytes at first) and its line without `,"hash":"…"`.
#[utoipa::path(
    tag = "workspaces",
    params(("workspace" = WorkspaceId, Path)),
    responses((status = OK, body = String, content_type = "application/x-ndjson", description = "The events"), Problems)
)]
#[get("/workspaces/{workspace}/audit/export")]
async fn export_audit(ctx: Ctx, workspace: Path<WorkspaceId>) -> Result<HttpResponse, Failure> {
    let events = audit::export(&ctx, workspace.0).await?;
    Ok(HttpResponse::Ok()
        .content_type(JSON_LINES)
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"audit.jsonl\""))
        .streaming(events))
}

impl Coded for AuditError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Denied(error) => error.code(),
            Self::Outage(error) => error.code(),
        }
    }
}
