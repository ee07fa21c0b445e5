//! Erasing a room: what it says and has said is deleted for good, here and in every copy that comes back.

use protocol::{access::Action, audit::Audited, history::Erased, ids::RoomId, wire::close::CloseCode};

use super::{Ctx, Denied, Outage, audit};

/// Why a room was not erased.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// There is no such room, or it is in the trash.
    #[error("there is no such room")]
    NotFound,
    /// The caller may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// It is not the caller's fault.
    #[error(transparent)]
    Outage(#[from] Outage),
}

/// Deletes everything a room says and has said, its title among it, and closes every socket in it.
///
/// # Errors
///
/// [`EraseError`].
pub async fn erase(ctx: &Ctx, room: RoomId) -> Result<Erased, EraseError> {
    let erased = try_erase(ctx, room).await;
    if let Err(reason @ (EraseError::NotFound | EraseError::Denied(Denied::Unknown | Denied::Forbidden))) = &erased {
        audit::tell_refusal(ctx, room, Audited::RoomEraseRefused, reason).await?;
    }
    erased
}

async fn try_erase(ctx: &Ctx, room: RoomId) -> Result<Erased, EraseError> {
    let standing = ctx.require(Action::EraseRoom, room).await?;
    let event = ctx.event(Audited::RoomErased, room, "");
    let generation = ctx.tenant(standing).erase_room(room, &event).await.map_err(Outage::from)?;
    let generation = generation.ok_or(EraseError::NotFound)?;
    // Only now: what the clients then drop is gone here, too.
    ctx.services.rooms.close(room, CloseCode::Erased).await;
    Ok(Erased { generation })
}
