//! The route that erases rooms.

use actix_web::{post, web};
use protocol::{
    history::{EraseRoom, Erased},
    ids::RoomId,
    problem::ErrorCode,
};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    body::Json,
    path::Path,
    problem::{Coded, Failure, Problems},
};
use crate::services::{
    Ctx,
    erasure::{self, EraseError},
};

/// Adds the routes of this file.
pub(super) fn routes(app: &mut ServiceConfig) {
    app.service(erase_room);
}

/// Erase a room
///
/// Deletes for good everything it says and has said: content, title, history and versions. It cannot be
/// taken back. Every socket in the room is closed with 4410; copies that clients still have are not taken
/// again. Pages below it stay as they are.
#[utoipa::path(
    tag = "history",
    params(("room" = RoomId, Path)),
    responses((status = OK, body = Erased, description = "It is erased"), Problems)
)]
#[post("/rooms/{room}/erase")]
async fn erase_room(ctx: Ctx, room: Path<RoomId>, _erase: Json<EraseRoom>) -> Result<web::Json<Erased>, Failure> {
    Ok(web::Json(erasure::erase(&ctx, room.0).await?))
}

impl Coded for EraseError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NotFound => ErrorCode::NotFound,
            Self::Denied(error) => error.code(),
            Self::Outage(error) => error.code(),
        }
    }
}
