//! The people who belong to a workspace.

use protocol::{
    access::Action,
    audit::Audited,
    ids::{PrincipalId, WorkspaceId},
    workspaces::{MemberView, UpdateMember},
};

use super::{Ctx, Denied, Outage, changes::Change, guests};
use crate::store::{ChangeMemberError, Member, Slice};

/// Why something was not done with a member.
#[derive(Debug, thiserror::Error)]
pub enum MemberError {
    /// No person with this id belongs to the workspace.
    #[error("there is no such member")]
    NotFound,
    /// The caller may not. What is done to owners, only owners do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The workspace would have no owner.
    #[error("a workspace has an owner: make somebody else owner first")]
    LastOwner,
    /// It is not the caller's fault.
    #[error(transparent)]
    Outage(#[from] Outage),
}

/// The people who belong to a workspace behind `after`, `limit` at most.
///
/// # Errors
///
/// [`MemberError`].
pub async fn list(
    ctx: &Ctx,
    workspace: WorkspaceId,
    limit: u32,
    after: Option<PrincipalId>,
) -> Result<Slice<MemberView, PrincipalId>, MemberError> {
    let standing = ctx.require(Action::ReadWorkspace, workspace).await?;
    let members = ctx.tenant(standing).members(limit, after).await.map_err(Outage::from)?;
    Ok(Slice { items: members.items.into_iter().map(view).collect(), next: members.next })
}

/// Gives a member another role.
///
/// # Errors
///
/// [`MemberError`].
pub async fn update(
    ctx: &Ctx,
    workspace: WorkspaceId,
    member: PrincipalId,
    update: UpdateMember,
) -> Result<MemberView, MemberError> {
    let standing = ctx.require(Action::ManageMember, workspace).await?;
    let event = ctx.event(Audited::MemberChanged, member, update.role.name());
    let _told = ctx.services.changes.telling(Change::Workspace(workspace));
    let changed = ctx.tenant(standing).change_member(member, update.role, standing.role, &event).await?;
    Ok(view(changed))
}

/// Takes a member out of a workspace; everybody may leave.
///
/// # Errors
///
/// [`MemberError`].
pub async fn remove(ctx: &Ctx, workspace: WorkspaceId, member: PrincipalId) -> Result<(), MemberError> {
    let standing = if ctx.caller()?.principal.id == member && ctx.caller()?.may_use(Action::ManageMember) {
        ctx.require(Action::ReadWorkspace, workspace).await?
    } else {
        ctx.require(Action::ManageMember, workspace).await?
    };
    let event = ctx.event(Audited::MemberRemoved, member, "");
    let _told = ctx.services.changes.telling(Change::Workspace(workspace));
    ctx.tenant(standing).remove_member(member, standing.role, &event).await?;
    Ok(())
}

fn view(member: Member) -> MemberView {
    MemberView {
        id: member.id,
        name: member.name,
        email: member.email,
        color: guests::color(member.id),
        role: member.role,
        joined_at: member.joined_at,
    }
}

impl From<ChangeMemberError> for MemberError {
    fn from(error: ChangeMemberError) -> Self {
        match error {
            ChangeMemberError::NotFound => Self::NotFound,
            ChangeMemberError::NotOwner => Self::Denied(Denied::Forbidden),
            ChangeMemberError::LastOwner => Self::LastOwner,
            ChangeMemberError::Store(error) => Self::Outage(error.into()),
        }
    }
}
