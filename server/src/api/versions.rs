//! Routes of the versions of rooms.

use actix_web::{HttpResponse, delete, get, patch, post, web};
use protocol::{
    history::{CreateVersion, RenameVersion, RestoreRoom, Restored, VersionView},
    ids::RoomId,
    paging::{Listed, Paging},
    problem::{ErrorCode, InvalidValue},
    rooms::Seq,
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
    versions::{self, VersionError},
};

/// Adds the routes of this file.
pub(super) fn routes(app: &mut ServiceConfig) {
    app.service(list_versions)
        .service(create_version)
        .service(rename_version)
        .service(delete_version)
        .service(restore_room);
}

/// List the versions of a room
///
/// The newest first: points with a name, those restores have made, and one for each hour in which something
/// was written, which the server makes by itself a while later.
#[utoipa::path(
    tag = "history",
    params(("room" = RoomId, Path), Paging),
    responses((status = OK, body = Listed<VersionView>, description = "The versions"), Problems)
)]
#[get("/rooms/{room}/versions")]
async fn list_versions(
    ctx: Ctx,
    room: Path<RoomId>,
    paging: Query<Paging>,
) -> Result<web::Json<Listed<VersionView>>, Failure> {
    let (limit, before) = query::slice(&paging.0)?;
    let slice = versions::list(&ctx, room.0, limit, before).await?;
    Ok(query::listed(slice.items, slice.next))
}

/// Give a point of a room's past a name
#[utoipa::path(
    tag = "history",
    params(("room" = RoomId, Path)),
    responses((status = CREATED, body = VersionView, description = "The version"), Problems)
)]
#[post("/rooms/{room}/versions")]
async fn create_version(ctx: Ctx, room: Path<RoomId>, version: Json<CreateVersion>) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Created().json(versions::create(&ctx, room.0, version.0).await?))
}

/// Name a version anew
///
/// An automatic version becomes a named one, which stays.
#[utoipa::path(
    tag = "history",
    params(("room" = RoomId, Path), ("seq" = u64, Path)),
    responses((status = OK, body = VersionView, description = "The version"), Problems)
)]
#[patch("/rooms/{room}/versions/{seq}")]
async fn rename_version(
    ctx: Ctx,
    path: Path<(RoomId, Seq)>,
    version: Json<RenameVersion>,
) -> Result<web::Json<VersionView>, Failure> {
    let (room, seq) = path.0;
    Ok(web::Json(versions::rename(&ctx, room, seq, version.0).await?))
}

/// Forget a version
///
/// What the room said then stays in its past.
#[utoipa::path(
    tag = "history",
    params(("room" = RoomId, Path), ("seq" = u64, Path)),
    responses((status = NO_CONTENT, description = "It is no version any more"), Problems)
)]
#[delete("/rooms/{room}/versions/{seq}")]
async fn delete_version(ctx: Ctx, path: Path<(RoomId, Seq)>) -> Result<HttpResponse, Failure> {
    let (room, seq) = path.0;
    versions::delete(&ctx, room, seq).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Have a room say again what it said before
///
/// One edit of the caller's, title and content together, which everybody in the room sees at once. Nothing
/// is lost: restoring the position before that of the version which is answered takes it back.
#[utoipa::path(
    tag = "history",
    params(("room" = RoomId, Path)),
    responses((status = OK, body = Restored, description = "Committed"), Problems)
)]
#[post("/rooms/{room}/restore")]
async fn restore_room(
    ctx: Ctx,
    room: Path<RoomId>,
    restore: Json<RestoreRoom>,
) -> Result<web::Json<Restored>, Failure> {
    let version = versions::restore(&ctx, room.0, restore.0.at).await?;
    Ok(web::Json(Restored { version }))
}

impl Coded for VersionError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NotFound => ErrorCode::NotFound,
            Self::Name => ErrorCode::Invalid,
            Self::Exists | Self::TooMany => ErrorCode::Conflict,
            Self::History(error) => error.code(),
            Self::Page(error) => error.code(),
            Self::Denied(error) => error.code(),
            Self::Outage(error) => error.code(),
        }
    }

    fn invalid_values(&self) -> Vec<InvalidValue> {
        match self {
            Self::Name => vec![invalid("/name", "out_of_range", self)],
            Self::Page(error) => error.invalid_values(),
            _ => Vec::new(),
        }
    }
}
