//! Rooms of any kind.

use protocol::{
    access::{Access, Action, Role},
    ids::RoomId,
    rooms::{CreateRoomToken, DEFAULT_ROOM_TOKEN_S, MAX_ROOM_TOKEN_S, RoomToken, RoomView},
};

use super::{Ctx, Denied, Outage, caller::Caller};

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
    let standing = ctx.require(Action::ReadRoom, room).await?;
    let room = ctx.tenant(standing).room(room).await.map_err(Outage::from)?;
    Ok(room.ok_or(RoomsError::NotFound)?.view(access(ctx.caller()?, standing.role)))
}

/// A token that opens the room's sockets with at most the caller's own access.
///
/// # Errors
///
/// [`RoomsError`].
pub async fn issue_token(ctx: &Ctx, room: RoomId, token: CreateRoomToken) -> Result<RoomToken, RoomsError> {
    let standing = ctx.require(Action::ReadRoom, room).await?;
    let caller = ctx.caller()?;
    if token.access > access(caller, standing.role) {
        return Err(Denied::Forbidden.into());
    }
    let expires_in_s = token.expires_in_s.unwrap_or(DEFAULT_ROOM_TOKEN_S);
    if !(1..=MAX_ROOM_TOKEN_S).contains(&expires_in_s) {
        return Err(RoomsError::Lifetime);
    }
    let room = ctx.tenant(standing).room(room).await.map_err(Outage::from)?.ok_or(RoomsError::NotFound)?;
    let issued = ctx.services.tokens.issue(room.id, token.access, caller.credential, expires_in_s);
    Ok(issued.map_err(|error| Outage::Internal(error.into()))?)
}

/// What somebody may do in a room, within what they have shown.
pub fn access(caller: &Caller, role: Role) -> Access {
    if caller.may_use(Action::EditRoom) { role.access() } else { Access::Read }
}
