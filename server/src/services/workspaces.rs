//! Workspaces: made, renamed and deleted.

use protocol::{
    access::{Action, Role},
    audit::Audited,
    ids::WorkspaceId,
    wire::close::CloseCode,
    workspaces::{CreateWorkspace, MAX_WORKSPACE_NAME_CHARS, MAX_WORKSPACES, UpdateWorkspace, WorkspaceView},
};

use super::{Ctx, Denied, Outage, changes::Change, names, standing::Standing};
use crate::store::{CreateWorkspaceError, Slice};

/// Why something was not done with a workspace.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// It was deleted meanwhile.
    #[error("there is no such workspace")]
    NotFound,
    /// The caller may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The name is empty, too long or not on one line.
    #[error("a name has 1 to {MAX_WORKSPACE_NAME_CHARS} characters on one line")]
    Name,
    /// The caller owns as many workspaces as one person may.
    #[error("one person owns at most {MAX_WORKSPACES} workspaces")]
    TooMany,
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
    if !caller.may_use(Action::ReadWorkspace) {
        return Err(Denied::Forbidden.into());
    }
    let workspaces = ctx.services.store.workspaces_of(caller.principal.id, limit, after).await;
    Ok(workspaces.map_err(Outage::from)?)
}

/// Makes a workspace. The caller becomes its owner.
///
/// # Errors
///
/// [`WorkspaceError`].
pub async fn create(ctx: &Ctx, workspace: CreateWorkspace) -> Result<WorkspaceView, WorkspaceError> {
    let owner = ctx.account()?;
    let name = checked_name(&workspace.name)?;
    let id = WorkspaceId::new();
    let event = ctx.event(Audited::WorkspaceCreated, id, name);
    ctx.services.store.create_workspace(id, name, owner, &event).await?;
    Ok(WorkspaceView { id, name: name.to_owned(), role: Role::Owner })
}

/// One workspace.
///
/// # Errors
///
/// [`WorkspaceError`].
pub async fn get(ctx: &Ctx, id: WorkspaceId) -> Result<WorkspaceView, WorkspaceError> {
    let standing = ctx.require(Action::ReadWorkspace, id).await?;
    existing(ctx, standing).await
}

/// Changes what is said about a workspace.
///
/// # Errors
///
/// [`WorkspaceError`].
pub async fn update(ctx: &Ctx, id: WorkspaceId, update: UpdateWorkspace) -> Result<WorkspaceView, WorkspaceError> {
    let standing = ctx.require(Action::RenameWorkspace, id).await?;
    if let Some(name) = update.name {
        let name = checked_name(&name)?;
        let event = ctx.event(Audited::WorkspaceRenamed, id, name);
        if !ctx.tenant(standing).rename_workspace(name, &event).await.map_err(Outage::from)? {
            return Err(WorkspaceError::NotFound);
        }
    }
    existing(ctx, standing).await
}

/// Deletes a workspace with everything in it, and closes its rooms.
///
/// # Errors
///
/// [`WorkspaceError`].
pub async fn delete(ctx: &Ctx, id: WorkspaceId) -> Result<(), WorkspaceError> {
    let standing = ctx.require(Action::DeleteWorkspace, id).await?;
    let event = ctx.event(Audited::WorkspaceDeleted, id, "");
    let _told = ctx.services.changes.telling(Change::Workspace(id));
    let deleted = ctx.tenant(standing).delete_workspace(&event).await.map_err(Outage::from)?;
    let rooms = deleted.ok_or(WorkspaceError::NotFound)?;
    for room in rooms {
        ctx.services.rooms.close(room, CloseCode::NotFound).await;
    }
    Ok(())
}

async fn existing(ctx: &Ctx, standing: Standing) -> Result<WorkspaceView, WorkspaceError> {
    let name = ctx.tenant(standing).workspace_name().await.map_err(Outage::from)?;
    Ok(WorkspaceView { id: standing.workspace, name: name.ok_or(WorkspaceError::NotFound)?, role: standing.role })
}

fn checked_name(name: &str) -> Result<&str, WorkspaceError> {
    names::checked(name, MAX_WORKSPACE_NAME_CHARS).ok_or(WorkspaceError::Name)
}

impl From<CreateWorkspaceError> for WorkspaceError {
    fn from(error: CreateWorkspaceError) -> Self {
        match error {
            CreateWorkspaceError::TooMany => Self::TooMany,
            CreateWorkspaceError::Store(error) => Self::Outage(error.into()),
        }
    }
}
