//! Workspaces.

use protocol::{
    access::Action,
    ids::WorkspaceId,
    workspaces::{Role, WorkspaceView},
};

use super::{Ctx, Denied, Outage};
use crate::store::Slice;

/// Why nothing can be said of workspaces.
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
    ctx.require(Action::ListPages)?;
    let Slice { items, next } = ctx.services.store.workspaces(limit, after).await.map_err(Outage::from)?;
    let items = items.into_iter().map(|workspace| WorkspaceView {
        id: workspace.id,
        name: workspace.name,
        // Everybody on an open server writes everywhere.
        role: Role::Editor,
    });
    Ok(Slice { items: items.collect(), next })
}
