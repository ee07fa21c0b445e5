//! Rooms of any kind.

use protocol::{
    access::Action,
    ids::RoomId,
    rooms::{CreateRoomToken, DEFAULT_ROOM_TOKEN_S, MAX_ROOM_TOKEN_S, RoomToken, RoomView},
};

use super::{Ctx, Denied, Outage};

/// Why a room cannot be looked at or opened to somebody.
#[derive(Debug, thiserror::Error)]
pub enum RoomsError {
    /// There is no such room, or it is in the trash.
    #[error("there is no such room")]
    NotFound,
    /// The caller may not, or asks for more than they have themselves.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// A token would live too short or too long.
    #[error("a token lives 1 to {MAX_ROOM_TOKEN_S} seconds")]
    Lifetime,
    /// It is not the caller's fault.
    #[error(transparent)]
    Outage(#[from] Outage),
}

/// One room.
///
/// # Errors
///
/// [`RoomsError`].
pub async fn get(ctx: &Ctx, room: RoomId) -> Result<RoomView, RoomsError> {
    ctx.require(Action::ReadRoom)?;
    let room = ctx.services.store.room(room).await.map_err(Outage::from)?;
    room.ok_or(RoomsError::NotFound)
}

/// A token that opens the room's sockets with at most the caller's own access.
///
/// # Errors
///
/// [`RoomsError`].
pub async fn issue_token(ctx: &Ctx, room: RoomId, token: CreateRoomToken) -> Result<RoomToken, RoomsError> {
    ctx.require(Action::ShareRoom)?;
    if token.access > ctx.access() {
        return Err(Denied.into());
    }
    let expires_in_s = token.expires_in_s.unwrap_or(DEFAULT_ROOM_TOKEN_S);
    if !(1..=MAX_ROOM_TOKEN_S).contains(&expires_in_s) {
        return Err(RoomsError::Lifetime);
    }
    let room = get(ctx, room).await?;
    let issued = ctx.services.tokens.issue(room.id, token.access, expires_in_s);
    Ok(issued.map_err(|error| Outage::Internal(error.into()))?)
}
