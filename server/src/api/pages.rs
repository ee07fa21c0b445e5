//! Routes of pages: made, looked at and arranged. What they say is in `content.rs`.

use actix_web::{HttpResponse, delete, get, patch, post, web};
use actors::room::Version;
use protocol::{
    ids::{RoomId, WorkspaceId},
    pages::{CreatePage, MovePage, PageTree, PageView, UpdatePage},
    paging::{Listed, Paging},
    problem::{ErrorCode, InvalidValue},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    body::Json,
    path::Path,
    problem::{Coded, Failure, Problems, invalid},
    query::{self, Query},
};
use crate::services::{
    Ctx,
    pages::{self, PageError},
};

/// Adds the routes of this file.
pub(super) fn routes(app: &mut ServiceConfig) {
    app.service(list_pages)
        .service(create_page)
        .service(get_page)
        .service(get_page_tree)
        .service(update_page)
        .service(trash_page)
        .service(move_page)
        .service(restore_page);
}

/// Which pages are wanted.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PageFilter {
    /// `true`: those in the trash, the latest first, instead of those outside it, in their order.
    #[serde(default)]
    trashed: bool,
}

/// List the pages of a workspace
///
/// Pages at the top, each with everything below it. In the trash: pages that were put there, each
/// with what was put there with it.
#[utoipa::path(
    tag = "pages",
    params(("workspace" = WorkspaceId, Path), PageFilter, Paging),
    responses((status = OK, body = Listed<PageTree>, description = "The pages"), Problems)
)]
#[get("/workspaces/{workspace}/pages")]
async fn list_pages(
    ctx: Ctx,
    workspace: Path<WorkspaceId>,
    filter: Query<PageFilter>,
    paging: Query<Paging>,
) -> Result<web::Json<Listed<PageTree>>, Failure> {
    let (limit, after) = query::slice(&paging.0)?;
    let slice = if filter.0.trashed {
        pages::list_trash(&ctx, workspace.0, limit, after).await?
    } else {
        pages::list(&ctx, workspace.0, limit, after).await?
    };
    Ok(query::listed(slice.items, slice.next))
}

/// Make a page
///
/// Its id is also the id of its room. It stands last among its siblings.
#[utoipa::path(
    tag = "pages",
    params(("workspace" = WorkspaceId, Path)),
    responses((status = CREATED, body = PageView, description = "The page"), Problems)
)]
#[post("/workspaces/{workspace}/pages")]
async fn create_page(ctx: Ctx, workspace: Path<WorkspaceId>, page: Json<CreatePage>) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Created().json(pages::create(&ctx, workspace.0, page.0).await?))
}

/// Look at a page
///
/// Pages in the trash are found, too; `trashed_at` says so.
#[utoipa::path(tag = "pages", params(("page" = RoomId, Path)), responses((status = OK, body = PageView, description = "The page"), Problems))]
#[get("/pages/{page}")]
async fn get_page(ctx: Ctx, page: Path<RoomId>) -> Result<web::Json<PageView>, Failure> {
    Ok(web::Json(pages::get(&ctx, page.0).await?))
}

/// Look at a page and everything below it
///
/// As far as you may see it. Guests, who see nothing else of the workspace, find their way with this.
#[utoipa::path(tag = "pages", params(("page" = RoomId, Path)), responses((status = OK, body = PageTree, description = "The tree"), Problems))]
#[get("/pages/{page}/tree")]
async fn get_page_tree(ctx: Ctx, page: Path<RoomId>) -> Result<web::Json<PageTree>, Failure> {
    Ok(web::Json(pages::tree(&ctx, page.0).await?))
}

/// Rename a page
///
/// Everybody in the room sees the new title at once.
#[utoipa::path(tag = "pages", params(("page" = RoomId, Path)), responses((status = OK, body = PageView, description = "The page"), Problems))]
#[patch("/pages/{page}")]
async fn update_page(ctx: Ctx, page: Path<RoomId>, change: Json<UpdatePage>) -> Result<web::Json<PageView>, Failure> {
    Ok(web::Json(pages::update(&ctx, page.0, change.0).await?))
}

/// Put a page into the trash
///
/// With everything below it. Their sockets are closed with 4404.
#[utoipa::path(tag = "pages", params(("page" = RoomId, Path)), responses((status = NO_CONTENT, description = "It is in the trash"), Problems))]
#[delete("/pages/{page}")]
async fn trash_page(ctx: Ctx, page: Path<RoomId>) -> Result<HttpResponse, Failure> {
    pages::trash(&ctx, page.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Move a page
///
/// With everything below it, inside its workspace.
#[utoipa::path(tag = "pages", params(("page" = RoomId, Path)), responses((status = OK, body = PageView, description = "The page"), Problems))]
#[post("/pages/{page}/move")]
async fn move_page(ctx: Ctx, page: Path<RoomId>, place: Json<MovePage>) -> Result<web::Json<PageView>, Failure> {
    Ok(web::Json(pages::move_to(&ctx, page.0, place.0).await?))
}

/// Bring a page back from the trash
///
/// With what was put there with it. When the place it had is gone, it comes to the top, if you may make
/// pages there. If that place says who may enter, it has to be restored first: `conflict`.
#[utoipa::path(tag = "pages", params(("page" = RoomId, Path)), responses((status = OK, body = PageView, description = "The page"), Problems))]
#[post("/pages/{page}/restore")]
async fn restore_page(ctx: Ctx, page: Path<RoomId>) -> Result<web::Json<PageView>, Failure> {
    Ok(web::Json(pages::restore(&ctx, page.0).await?))
}

impl Coded for PageError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NotFound | Self::Trashed => ErrorCode::NotFound,
            Self::NotTrashed | Self::PlaceGone | Self::Cycle | Self::Incomplete | Self::Erased => ErrorCode::Conflict,
            Self::ParentNotFound
            | Self::BeforeNotFound
            | Self::TreeTooDeep
            | Self::TitleTooLong
            | Self::MarkdownTooDeep
            | Self::Document(_)
            | Self::Refused => ErrorCode::Invalid,
            Self::Malformed(_) => ErrorCode::Malformed,
            Self::MarkdownTooLarge | Self::TooManyNodes | Self::TooLarge => ErrorCode::TooLarge,
            Self::Stale(_) => ErrorCode::PreconditionFailed,
            Self::Denied(error) => error.code(),
            Self::Outage(error) => error.code(),
        }
    }

    fn invalid_values(&self) -> Vec<InvalidValue> {
        match self {
            Self::ParentNotFound => vec![invalid("/parent_id", "not_found", self)],
            Self::BeforeNotFound => vec![invalid("/before_id", "not_found", self)],
            Self::TreeTooDeep => vec![invalid("/parent_id", "too_deep", self)],
            Self::TitleTooLong => vec![invalid("/title", "too_long", self)],
            Self::MarkdownTooDeep => vec![invalid("/markdown", "too_deep", self)],
            Self::Document(mistakes) => mistakes.clone(),
            Self::Refused => vec![invalid("", "not_applicable", self)],
            _ => Vec::new(),
        }
    }

    fn present_version(&self) -> Option<Version> {
        match self {
            Self::Stale(version) => Some(*version),
            _ => None,
        }
    }
}
