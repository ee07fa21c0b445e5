//! Sharing: who may enter one page and those below it, beyond what the workspace says.

use std::collections::HashSet;

use protocol::{
    access::{Action, Role},
    audit::Audited,
    ids::{PrincipalId, RoomId},
    sharing::{GrantView, Level, MAX_GRANTS, PutGrant, SharingView, UpdateSharing},
};

use super::{Ctx, Denied, Outage, changes::Change, standing::Standing};
use crate::store::{PageSharing, PutGrantError};

/// What the audit says where nothing is said any more.
const NOTHING: &str = "nothing";

/// Why sharing was not seen or changed.
#[derive(Debug, thiserror::Error)]
pub enum SharingError {
    /// There is no such room, or it is in the trash.
    #[error("there is no such room")]
    NotFound,
    /// Nobody with this id belongs to the workspace.
    #[error("there is no such member")]
    MemberNotFound,
    /// The page says nothing of this member.
    #[error("nothing is said of this member here")]
    NoGrant,
    /// The page says something of as many members as it may.
    #[error("a page says something of {MAX_GRANTS} members at most")]
    TooMany,
    /// The caller may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// It is not the caller's fault.
    #[error(transparent)]
    Outage(#[from] Outage),
}

/// Who may enter a room.
///
/// # Errors
///
/// [`SharingError`].
pub async fn get(ctx: &Ctx, room: RoomId) -> Result<SharingView, SharingError> {
    let standing = ctx.require(Action::ShareRoom, room).await?;
    present(ctx, standing, room).await
}

/// Says what all members may do. Whoever takes something from them keeps it themselves.
///
/// # Errors
///
/// [`SharingError`].
pub async fn update(ctx: &Ctx, room: RoomId, update: UpdateSharing) -> Result<SharingView, SharingError> {
    let standing = ctx.require(Action::ShareRoom, room).await?;
    let restricts = update.members.is_some_and(|level| level < Level::Write);
    // Admins may enter whatever is said.
    let keeper = (restricts && standing.role < Role::Admin).then_some(ctx.caller()?.principal.id);
    let event = ctx.event(Audited::SharingChanged, room, update.members.map_or(NOTHING, Level::name));
    let _told = ctx.services.changes.telling(Change::Workspace(standing.workspace));
    let said = ctx.tenant(standing).say_of_members(room, update.members, keeper, &event).await;
    if !said.map_err(Outage::from)? {
        return Err(SharingError::NotFound);
    }
    present(ctx, standing, room).await
}

/// Says what one member may do.
///
/// # Errors
///
/// [`SharingError`].
pub async fn put_grant(
    ctx: &Ctx,
    room: RoomId,
    member: PrincipalId,
    grant: PutGrant,
) -> Result<GrantView, SharingError> {
    let standing = ctx.require(Action::ShareRoom, room).await?;
    let event = ctx.event(Audited::GrantChanged, room, format!("{member} {}", grant.level.name()));
    let _told = ctx.services.changes.telling(Change::Workspace(standing.workspace));
    let name = ctx.tenant(standing).put_grant(room, member, grant.level, &event).await?;
    Ok(GrantView { principal_id: member, name, level: grant.level, page_id: room })
}

/// Takes back what the room says of one member.
///
/// # Errors
///
/// [`SharingError`].
pub async fn delete_grant(ctx: &Ctx, room: RoomId, member: PrincipalId) -> Result<(), SharingError> {
    let standing = ctx.require(Action::ShareRoom, room).await?;
    let event = ctx.event(Audited::GrantChanged, room, format!("{member} {NOTHING}"));
    let _told = ctx.services.changes.telling(Change::Workspace(standing.workspace));
    if !ctx.tenant(standing).delete_grant(room, member, &event).await.map_err(Outage::from)? {
        return Err(SharingError::NoGrant);
    }
    Ok(())
}

async fn present(ctx: &Ctx, standing: Standing, room: RoomId) -> Result<SharingView, SharingError> {
    let path = ctx.tenant(standing).sharing(room).await.map_err(Outage::from)?;
    if path.is_empty() { Err(SharingError::NotFound) } else { Ok(view(path)) }
}

/// What counts of what is said on a page and above it. A page that says something of all members takes
/// back what is said of single ones above it; of two grants to one member the nearer one counts.
fn view(path: Vec<PageSharing>) -> SharingView {
    let members = path.first().and_then(|page| page.members);
    let nearest = path.iter().find(|page| page.members.is_some());
    let inherited_from = nearest.filter(|_| members.is_none()).map(|page| page.page);
    let inherited_members = nearest.and_then(|page| page.members);
    let last = path.iter().position(|page| page.members.is_some()).unwrap_or(path.len());
    let mut seen = HashSet::new();
    let counting = path.into_iter().take(last.saturating_add(1));
    let grants =
        counting.flat_map(|PageSharing { page, grants, .. }| grants.into_iter().map(move |grant| (page, grant)));
    let grants = grants.filter(|(_, grant)| seen.insert(grant.principal)).map(|(page_id, grant)| GrantView {
        principal_id: grant.principal,
        name: grant.name,
        level: grant.level,
        page_id,
    });
    let grants = grants.collect();
    SharingView { members, inherited_from, inherited_members, grants }
}

impl From<PutGrantError> for SharingError {
    fn from(error: PutGrantError) -> Self {
        match error {
            PutGrantError::PageNotFound => Self::NotFound,
            PutGrantError::MemberNotFound => Self::MemberNotFound,
            PutGrantError::TooMany => Self::TooMany,
            PutGrantError::Store(error) => Self::Outage(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Grant;

    fn page(members: Option<Level>, grants: &[(PrincipalId, Level)]) -> PageSharing {
        let grants =
            grants.iter().map(|(principal, level)| Grant { principal: *principal, name: String::new(), level: *level });
        PageSharing { page: RoomId::new(), members, grants: grants.collect() }
    }

    #[test]
    fn what_counts_is_what_the_nearest_page_says() {
        let (ada, eve) = (PrincipalId::new(), PrincipalId::new());
        let own = page(None, &[(ada, Level::Read)]);
        let above = page(Some(Level::Comment), &[(ada, Level::Write), (eve, Level::Write)]);
        let top = page(Some(Level::None), &[(PrincipalId::new(), Level::Write)]);
        let (own_id, above_id) = (own.page, above.page);

        let view = view(vec![own, above, top]);

        assert_eq!((view.members, view.inherited_from), (None, Some(above_id)));
        assert_eq!(view.inherited_members, Some(Level::Comment));
        let grants: Vec<_> = view.grants.iter().map(|grant| (grant.principal_id, grant.level, grant.page_id)).collect();
        assert_eq!(grants, [(ada, Level::Read, own_id), (eve, Level::Write, above_id)]);
    }

    #[test]
    fn what_a_page_says_itself_is_not_inherited() {
        let view = view(vec![page(Some(Level::Read), &[]), page(Some(Level::None), &[])]);

        assert_eq!((view.members, view.inherited_from), (Some(Level::Read), None));
        assert_eq!(view.inherited_members, Some(Level::Read));
    }
}
