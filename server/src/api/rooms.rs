//! Routes of rooms of any kind.

use actix_web::{HttpResponse, get, post, web};
use protocol::{
    ids::RoomId,
    problem::{ErrorCode, InvalidValue},
    rooms::{CreateRoomToken, RoomToken, RoomView},
};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    body::Json,
    path::Path,
    problem::{Coded, Failure, Problems, invalid},
};
use crate::services::{
    Ctx,
    rooms::{self, RoomsError},
};

/// Adds the routes of this file.
pub(super) fn routes(app: &mut ServiceConfig) {
    app.service(get_room).service(create_room_token);
}

/// Look at a room
///
/// Rooms in the trash are not found.
#[utoipa::path(tag = "rooms", params(("room" = RoomId, Path)), responses((status = OK, body = RoomView, description = "The room"), Problems))]
#[get("/rooms/{room}")]
async fn get_room(ctx: Ctx, room: Path<RoomId>) -> Result<web::Json<RoomView>, Failure> {
    Ok(web::Json(rooms::get(&ctx, room.0).await?))
}

/// Make a token for a room
///
/// The token opens the sockets of this room, with at most your own access, until it expires. It is
/// good as `?token=` (y-websocket), as the Hocuspocus token and as subprotocol `gala.token.<token>`.
#[utoipa::path(
    tag = "rooms",
    params(("room" = RoomId, Path)),
    responses((status = CREATED, body = RoomToken, description = "The token"), Problems)
)]
#[post("/rooms/{room}/tokens")]
async fn create_room_token(
    ctx: Ctx,
    room: Path<RoomId>,
    token: Json<CreateRoomToken>,
) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Created().json(rooms::issue_token(&ctx, room.0, token.0).await?))
}

impl Coded for RoomsError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NotFound => ErrorCode::NotFound,
            Self::Lifetime => ErrorCode::Invalid,
            Self::Denied(error) => error.code(),
            Self::Outage(error) => error.code(),
        }
    }

    fn invalid_values(&self) -> Vec<InvalidValue> {
        match self {
            Self::Lifetime => vec![invalid("/expires_in_s", "out_of_range", self)],
            Self::NotFound | Self::Denied(_) | Self::Outage(_) => Vec::new(),
        }
    }
}
