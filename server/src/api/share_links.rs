//! Routes of share links.

use actix_web::{
    HttpRequest, HttpResponse, delete, get, post,
    web::{self, Data},
};
use protocol::{
    ids::{RoomId, ShareLinkId},
    paging::{Listed, Paging},
    problem::{ErrorCode, InvalidValue},
    sharing::{CreateShareLink, OpenShareLink, OpenedShareLink, ShareLinkView},
};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    auth::device_name,
    body::Json,
    cookies,
    origin::Origins,
    path::Path,
    problem::{Coded, Failure, Problems, invalid},
    query::{self, Query},
};
use crate::services::{
    Ctx,
    share_links::{self, ShareLinkError},
};

/// Adds the routes of this file.
pub(super) fn routes(app: &mut ServiceConfig) {
    app.service(list_share_links).service(create_share_link).service(revoke_share_link).service(open_share_link);
}

/// List the share links of a page
#[utoipa::path(
    tag = "sharing",
    params(("room" = RoomId, Path), Paging),
    responses((status = OK, body = Listed<ShareLinkView>, description = "The links"), Problems)
)]
#[get("/rooms/{room}/share-links")]
async fn list_share_links(
    ctx: Ctx,
    room: Path<RoomId>,
    paging: Query<Paging>,
) -> Result<web::Json<Listed<ShareLinkView>>, Failure> {
    let (limit, after) = query::slice(&paging.0)?;
    let slice = share_links::list(&ctx, room.0, limit, after).await?;
    Ok(query::listed(slice.items, slice.next))
}

/// Make a share link of a page
///
/// Whoever has it may enter the page and those below it, without an account.
#[utoipa::path(
    tag = "sharing",
    params(("room" = RoomId, Path)),
    responses((status = CREATED, body = ShareLinkView, description = "The link"), Problems)
)]
#[post("/rooms/{room}/share-links")]
async fn create_share_link(ctx: Ctx, room: Path<RoomId>, link: Json<CreateShareLink>) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Created().json(share_links::create(&ctx, room.0, link.0).await?))
}

/// Revoke a share link
///
/// Whoever came by it is put out at once.
#[utoipa::path(
    tag = "sharing",
    params(("room" = RoomId, Path), ("link" = ShareLinkId, Path)),
    responses((status = NO_CONTENT, description = "It is good no more"), Problems)
)]
#[delete("/rooms/{room}/share-links/{link}")]
async fn revoke_share_link(ctx: Ctx, path: Path<(RoomId, ShareLinkId)>) -> Result<HttpResponse, Failure> {
    let (room, link) = path.0;
    share_links::revoke(&ctx, room, link).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Open a share link
///
/// Needs no sign-in: a cookie makes the caller a guest. Who is signed in stays who they are. Members who
/// may enter anyway keep what they have; others are let in on this device, until the link expires, is
/// revoked, or they open another one. API keys open no links.
#[utoipa::path(tag = "sharing", responses((status = OK, body = OpenedShareLink, description = "The page"), Problems))]
#[post("/share-links/open")]
async fn open_share_link(
    ctx: Ctx,
    request: HttpRequest,
    origins: Data<Origins>,
    link: Json<OpenShareLink>,
) -> Result<HttpResponse, Failure> {
    let opened = share_links::open(&ctx, &link.0.token, &device_name(&request)).await?;
    let mut response = HttpResponse::Ok();
    if let Some(cookie) = &opened.cookie {
        cookies::keep(&mut response, &origins, cookie);
    }
    Ok(response.json(opened.view))
}

impl Coded for ShareLinkError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::RoomNotFound | Self::NotFound => ErrorCode::NotFound,
            Self::Expired => ErrorCode::Invalid,
            Self::TooMany => ErrorCode::Conflict,
            Self::Denied(error) => error.code(),
            Self::RateLimited(error) => error.code(),
            Self::Outage(error) => error.code(),
        }
    }

    fn invalid_values(&self) -> Vec<InvalidValue> {
        match self {
            Self::Expired => vec![invalid("/expires_at", "out_of_range", self)],
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
