//! The audit of a workspace: shown to its admins, and told what somebody tried and may not.

use bytes::Bytes;
use futures_util::{Stream, stream};
use protocol::{
    access::Action,
    audit::{AuditEvent, Audited},
    ids::{RoomId, WorkspaceId},
};

use super::{Ctx, Denied, Outage, standing};
use crate::store::Slice;

/// Why the audit was not shown.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The caller may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// It is not the caller's fault.
    #[error(transparent)]
    Outage(#[from] Outage),
}

/// The events of a workspace before the position `before`, the newest first, `limit` at most.
///
/// # Errors
///
/// [`AuditError`].
pub async fn list(
    ctx: &Ctx,
    workspace: WorkspaceId,
    limit: u32,
    before: Option<u64>,
) -> Result<Slice<AuditEvent, u64>, AuditError> {
    let standing = ctx.require(Action::ReadAudit, workspace).await?;
    Ok(ctx.tenant(standing).audit(limit, before).await.map_err(Outage::from)?)
}

/// Every event of a workspace as a line of JSON, oldest first, in parts: they need not fit into memory.
///
/// # Errors
///
/// [`AuditError`]; later ones are in the stream, and end it.
pub async fn export(
    ctx: &Ctx,
    workspace: WorkspaceId,
) -> Result<impl Stream<Item = Result<Bytes, Outage>> + use<>, AuditError> {
    let standing = ctx.require(Action::ReadAudit, workspace).await?;
    let tenant = ctx.tenant(standing);
    Ok(stream::try_unfold((tenant, 0), |(tenant, after)| async move {
        let events = tenant.audit_after(after).await?;
        let Some(last) = events.last().map(|event| event.seq) else { return Ok(None) };
        Ok(Some((lines(&events)?, (tenant, last))))
    }))
}

/// Tells the audit that the caller tried something with a room, and why it was refused: the audit of its
/// workspace, or the server's own where they may not know that there is such a room.
///
/// # Errors
///
/// [`Outage`].
pub(super) async fn tell_refusal(
    ctx: &Ctx,
    room: RoomId,
    tried: Audited,
    reason: &impl std::error::Error,
) -> Result<(), Outage> {
    let Some(caller) = &ctx.caller else { return Ok(()) };
    let standing = standing::in_room(&ctx.services, caller, room).await?;
    let chain = standing.map_or(WorkspaceId::nil(), |standing| standing.workspace);
    Ok(ctx.services.store.of(chain).tell_audit(&ctx.event(tried, room, reason)).await?)
}

fn lines(events: &[AuditEvent]) -> Result<Bytes, Outage> {
    let mut lines = Vec::new();
    for event in events {
        serde_json::to_writer(&mut lines, event).map_err(|error| Outage::Internal(error.into()))?;
        lines.push(b'\n');
    }
    Ok(lines.into())
}
