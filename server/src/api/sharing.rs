//! Routes of who may enter a room.

use actix_web::{HttpResponse, delete, get, put, web};
use protocol::{
    ids::{PrincipalId, RoomId},
    problem::ErrorCode,
    sharing::{GrantView, PutGrant, SharingView, UpdateSharing},
};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    body::Json,
    path::Path,
    problem::{Coded, Failure, Problems},
};
use crate::services::{
    Ctx,
    sharing::{self, SharingError},
};

/// Adds the routes of this file.
pub(super) fn routes(app: &mut ServiceConfig) {
    app.service(get_sharing).service(update_sharing).service(put_grant).service(delete_grant);
}

/// See who may enter a room
///
/// What counts here of what the page and those above it say. Owners and admins may always enter.
#[utoipa::path(tag = "sharing", params(("room" = RoomId, Path)), responses((status = OK, body = SharingView, description = "Who may enter"), Problems))]
#[get("/rooms/{room}/sharing")]
async fn get_sharing(ctx: Ctx, room: Path<RoomId>) -> Result<web::Json<SharingView>, Failure> {
    Ok(web::Json(sharing::get(&ctx, room.0).await?))
}

/// Say what all members may do in a room
///
/// It holds for the pages below, too, until one says something else, and acts on open sockets at once.
/// Whoever restricts a page is granted `write` on it.
#[utoipa::path(tag = "sharing", params(("room" = RoomId, Path)), responses((status = OK, body = SharingView, description = "Who may enter"), Problems))]
#[put("/rooms/{room}/sharing")]
async fn update_sharing(
    ctx: Ctx,
    room: Path<RoomId>,
    change: Json<UpdateSharing>,
) -> Result<web::Json<SharingView>, Failure> {
    Ok(web::Json(sharing::update(&ctx, room.0, change.0).await?))
}

/// Say what one member may do in a room
///
/// It counts more than what is said of all members there. Services are members, too.
#[utoipa::path(
    tag = "sharing",
    params(("room" = RoomId, Path), ("principal" = PrincipalId, Path)),
    responses((status = OK, body = GrantView, description = "What is said"), Problems)
)]
#[put("/rooms/{room}/grants/{principal}")]
async fn put_grant(
    ctx: Ctx,
    path: Path<(RoomId, PrincipalId)>,
    grant: Json<PutGrant>,
) -> Result<web::Json<GrantView>, Failure> {
    let (room, member) = path.0;
    Ok(web::Json(sharing::put_grant(&ctx, room, member, grant.0).await?))
}

/// Take back what is said of one member
///
/// What is said of all members counts for them again, or what stands above.
#[utoipa::path(
    tag = "sharing",
    params(("room" = RoomId, Path), ("principal" = PrincipalId, Path)),
    responses((status = NO_CONTENT, description = "It is taken back"), Problems)
)]
#[delete("/rooms/{room}/grants/{principal}")]
async fn delete_grant(ctx: Ctx, path: Path<(RoomId, PrincipalId)>) -> Result<HttpResponse, Failure> {
    let (room, member) = path.0;
    sharing::delete_grant(&ctx, room, member).await?;
    Ok(HttpResponse::NoContent().finish())
}

impl Coded for SharingError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NotFound | Self::MemberNotFound | Self::NoGrant => ErrorCode::NotFound,
            Self::TooMany => ErrorCode::Conflict,
            Self::Denied(error) => error.code(),
            Self::Outage(error) => error.code(),
        }
    }
}
