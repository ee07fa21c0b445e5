//! Workspaces.

use protocol::{ids::WorkspaceId, workspaces::WorkspaceView};

use super::{Ctx, Denied, Outage};
use crate::store::Slice;

/// Why something was not done with a workspace.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// The caller may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// It is not the caller's fault.
    #[error(transparent)]
    Outage(#[from] Outage),
}

/// The workspaces of the caller behind `after`, oldest first, `limit` at most.
///
/// # Errors
///
/// [`WorkspaceError`].
pub async fn list(
    ctx: &Ctx,
    limit: u32,
    after: Option<WorkspaceId>,
) -> Result<Slice<WorkspaceView, WorkspaceId>, WorkspaceError> {
    let caller = ctx.caller()?;
    let workspaces = ctx.services.store.workspaces_of(caller.principal.id, limit, after).await;
    Ok(workspaces.map_err(Outage::from)?)
}
