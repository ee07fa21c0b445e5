//! Routes of API keys, of persons and of services.

use actix_web::{HttpResponse, delete, get, post, web};
use protocol::{
    api_keys::{ApiKeyView, CreateApiKey, CreateServiceKey, CreatedApiKey},
    ids::{ApiKeyId, WorkspaceId},
    paging::{Listed, Paging},
    problem::{ErrorCode, InvalidValue},
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
    api_keys::{self, ApiKeyError},
};

/// Adds the routes of this file.
pub(super) fn routes(app: &mut ServiceConfig) {
    app.service(list_keys)
        .service(create_key)
        .service(revoke_key)
        .service(list_service_keys)
        .service(create_service_key)
        .service(revoke_service_key);
}

/// List your API keys
#[utoipa::path(tag = "me", params(Paging), responses((status = OK, body = Listed<ApiKeyView>, description = "The keys"), Problems))]
#[get("/me/api-keys")]
async fn list_keys(ctx: Ctx, paging: Query<Paging>) -> Result<web::Json<Listed<ApiKeyView>>, Failure> {
    let (limit, after) = query::slice(&paging.0)?;
    let slice = api_keys::list(&ctx, limit, after).await?;
    Ok(query::listed(slice.items, slice.next))
}

/// Make an API key
///
/// It acts for you, within its scopes, and is shown this once. Keys make no keys.
#[utoipa::path(tag = "me", responses((status = CREATED, body = CreatedApiKey, description = "The key"), Problems))]
#[post("/me/api-keys")]
async fn create_key(ctx: Ctx, key: Json<CreateApiKey>) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Created().json(api_keys::create(&ctx, key.0).await?))
}

/// Revoke one of your API keys
///
/// It is good no more at once, and its sockets are closed.
#[utoipa::path(tag = "me", params(("key" = ApiKeyId, Path)), responses((status = NO_CONTENT, description = "It is revoked"), Problems))]
#[delete("/me/api-keys/{key}")]
async fn revoke_key(ctx: Ctx, key: Path<ApiKeyId>) -> Result<HttpResponse, Failure> {
    api_keys::revoke(&ctx, key.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// List the keys of the services of a workspace
#[utoipa::path(
    tag = "workspaces",
    params(("workspace" = WorkspaceId, Path), Paging),
    responses((status = OK, body = Listed<ApiKeyView>, description = "The keys"), Problems)
)]
#[get("/workspaces/{workspace}/api-keys")]
async fn list_service_keys(
    ctx: Ctx,
    workspace: Path<WorkspaceId>,
    paging: Query<Paging>,
) -> Result<web::Json<Listed<ApiKeyView>>, Failure> {
    let (limit, after) = query::slice(&paging.0)?;
    let slice = api_keys::list_of_services(&ctx, workspace.0, limit, after).await?;
    Ok(query::listed(slice.items, slice.next))
}

/// Make a service with a key
///
/// The service belongs to the workspace in the role that is asked for, whoever made it. The key is shown
/// this once. Keys make no keys.
#[utoipa::path(
    tag = "workspaces",
    params(("workspace" = WorkspaceId, Path)),
    responses((status = CREATED, body = CreatedApiKey, description = "The key"), Problems)
)]
#[post("/workspaces/{workspace}/api-keys")]
async fn create_service_key(
    ctx: Ctx,
    workspace: Path<WorkspaceId>,
    key: Json<CreateServiceKey>,
) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Created().json(api_keys::create_for_service(&ctx, workspace.0, key.0).await?))
}

/// Revoke the key of a service
///
/// The service belongs to the workspace no more, and its sockets are closed.
#[utoipa::path(
    tag = "workspaces",
    params(("workspace" = WorkspaceId, Path), ("key" = ApiKeyId, Path)),
    responses((status = NO_CONTENT, description = "It is revoked"), Problems)
)]
#[delete("/workspaces/{workspace}/api-keys/{key}")]
async fn revoke_service_key(ctx: Ctx, path: Path<(WorkspaceId, ApiKeyId)>) -> Result<HttpResponse, Failure> {
    let (workspace, key) = path.0;
    api_keys::revoke_of_service(&ctx, workspace, key).await?;
    Ok(HttpResponse::NoContent().finish())
}

impl Coded for ApiKeyError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NotFound => ErrorCode::NotFound,
            Self::Name | Self::NoScope | Self::Owner | Self::Expired => ErrorCode::Invalid,
            Self::TooMany => ErrorCode::Conflict,
            Self::Denied(error) => error.code(),
            Self::Outage(error) => error.code(),
        }
    }

    fn invalid_values(&self) -> Vec<InvalidValue> {
        match self {
            Self::Name => vec![invalid("/name", "out_of_range", self)],
            Self::NoScope => vec![invalid("/scopes", "empty", self)],
            Self::Owner => vec![invalid("/role", "not_allowed", self)],
            Self::Expired => vec![invalid("/expires_at", "out_of_range", self)],
            Self::NotFound | Self::TooMany | Self::Denied(_) | Self::Outage(_) => Vec::new(),
        }
    }
}
