//! What somebody is in a workspace or in one of its rooms: the one rule by which every door decides.

use protocol::{
    access::{Access, Action, Role, allows},
    ids::{RoomId, WorkspaceId},
    principal::CredentialId,
    time::Timestamp,
};

use super::{
    Outage, Services,
    caller::{Caller, Powers},
};
use crate::store::{RoomStanding, Said};

/// What somebody is, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// What they are in it; in a room, what they are there.
    pub role: Role,
    /// The share link by which they are it; `None` for members.
    pub link: Option<Link>,
}

/// What a share link opens to a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// The page it is for.
    pub page: RoomId,
    /// What it lets them do there and below, at most.
    pub access: Access,
    /// When it ends.
    pub until: Option<Timestamp>,
}

impl Standing {
    /// Whether somebody who stands here may do it. Who may enter and where pages stand is for members
    /// to say.
    pub fn allows(self, action: Action) -> bool {
        let is_for_members = matches!(action, Action::ShareRoom | Action::ArrangePage);
        allows(self.role, action) && !(self.link.is_some() && is_for_members)
    }
}

/// What a caller is in a workspace; `None` when they may not know that it exists.
///
/// # Errors
///
/// [`Outage`].
pub async fn in_workspace(
    services: &Services,
    caller: &Caller,
    workspace: WorkspaceId,
) -> Result<Option<Standing>, Outage> {
    let role = match caller.powers {
        Powers::Guest { .. } => None,
        Powers::Account | Powers::Key { .. } => services.store.role_in(workspace, caller.principal.id).await?,
    };
    Ok(role.map(|role| Standing { workspace, role, link: None }))
}

/// What a caller is in a room, in the trash or not; `None` when they may not know that it exists.
///
/// # Errors
///
/// [`Outage`].
pub async fn in_room(services: &Services, caller: &Caller, room: RoomId) -> Result<Option<Standing>, Outage> {
    let said = services.store.standing(room, caller.principal.id).await?;
    decide(services, caller, said).await
}

/// What a caller is in a room that can be entered; `None` for one in the trash, too: of its page something
/// is still to be seen, but the room is gone.
///
/// # Errors
///
/// [`Outage`].
pub async fn in_live_room(services: &Services, caller: &Caller, room: RoomId) -> Result<Option<Standing>, Outage> {
    let said = services.store.standing(room, caller.principal.id).await?;
    decide(services, caller, said.filter(|said| said.is_live)).await
}

async fn decide(services: &Services, caller: &Caller, said: Option<RoomStanding>) -> Result<Option<Standing>, Outage> {
    let Some(said) = said else { return Ok(None) };
    let as_member = match caller.powers {
        Powers::Guest { .. } => None,
        Powers::Account | Powers::Key { .. } => member_role(&said),
    };
    if let Some(role) = as_member {
        return Ok(Some(Standing { workspace: said.workspace, role, link: None }));
    }
    let Some(link) = link_of(services, caller).await? else { return Ok(None) };
    let role = guest_role(&said, link);
    Ok(role.map(|role| Standing { workspace: said.workspace, role, link: Some(link) }))
}

async fn link_of(services: &Services, caller: &Caller) -> Result<Option<Link>, Outage> {
    Ok(match (&caller.powers, caller.credential) {
        // Their sign-in ends with the link.
        (Powers::Guest { page, access }, _) => Some(Link { page: *page, access: *access, until: None }),
        (Powers::Account, CredentialId::Device(device)) => {
            let opened = services.store.opened_on(device, services.clock.now()).await?;
            opened.map(|shared| Link { page: shared.page, access: shared.access, until: shared.expires_at })
        }
        (Powers::Account | Powers::Key { .. }, _) => None,
    })
}

/// What follows for the pages below from what one page says: the role there, if any.
pub(super) fn below(above: Option<Role>, member: Role, said: Said) -> Option<Role> {
    if member >= Role::Admin {
        return Some(member);
    }
    match said.own.or(said.members) {
        Some(level) => level.access().map(Role::from),
        None => above,
    }
}

impl Link {
    /// What follows for the pages below from what one page says: the role there, if any. A page below
    /// that of the link lets its guests in for what all members may do there, at most; on its own page
    /// the link is what was said last.
    pub(super) fn below(self, above: Option<Role>, page: RoomId, said: Said) -> Option<Role> {
        if page == self.page {
            return Some(self.access.into());
        }
        match said.members {
            Some(level) => level.access().map(|access| access.min(self.access).into()),
            None => above,
        }
    }
}

/// What a member is in a room: from the top down, so that the nearest page that says something wins.
fn member_role(standing: &RoomStanding) -> Option<Role> {
    let member = standing.role?;
    let mut role = Some(member);
    for (_, said) in standing.path.iter().rev() {
        role = below(role, member, *said);
    }
    role
}

/// What a guest is in a room: something on the page of the link, and below it as far as no page says
/// otherwise.
fn guest_role(standing: &RoomStanding, link: Link) -> Option<Role> {
    let mut role = None;
    for (page, said) in standing.path.iter().rev().skip_while(|(page, _)| *page != link.page) {
        role = link.below(role, *page, *said);
    }
    role
}

#[cfg(test)]
mod tests {
    use protocol::sharing::Level;

    use super::*;

    fn said(members: Option<Level>, own: Option<Level>) -> (RoomId, Said) {
        (RoomId::new(), Said { members, own })
    }

    fn standing(role: Role, path: Vec<(RoomId, Said)>) -> RoomStanding {
        RoomStanding { workspace: WorkspaceId::new(), is_live: true, role: Some(role), path }
    }

    #[test]
    fn where_nothing_is_said_the_role_in_the_workspace_counts() {
        for role in Role::ALL {
            assert_eq!(member_role(&standing(role, vec![said(None, None)])), Some(role));
        }
    }

    #[test]
    fn a_grant_raises_and_lowers() {
        let with = |level| vec![said(Some(Level::Read), Some(level)), said(None, None)];

        assert_eq!(member_role(&standing(Role::Viewer, with(Level::Write))), Some(Role::Editor));
        assert_eq!(member_role(&standing(Role::Editor, with(Level::Comment))), Some(Role::Commenter));
        assert_eq!(member_role(&standing(Role::Editor, with(Level::None))), None);
    }

    #[test]
    fn the_nearest_page_that_says_something_wins() {
        let (near, far) = (said(Some(Level::None), None), said(None, Some(Level::Write)));

        assert_eq!(member_role(&standing(Role::Editor, vec![near, far])), None);
        assert_eq!(member_role(&standing(Role::Viewer, vec![said(None, None), far, near])), Some(Role::Editor));
    }

    #[test]
    fn nothing_keeps_owners_and_admins_out() {
        for role in [Role::Admin, Role::Owner] {
            assert_eq!(member_role(&standing(role, vec![said(Some(Level::None), Some(Level::None))])), Some(role));
        }
    }

    #[test]
    fn who_does_not_belong_to_the_workspace_is_nothing_whatever_is_granted() {
        let stranger = RoomStanding {
            workspace: WorkspaceId::new(),
            is_live: true,
            role: None,
            path: vec![said(Some(Level::Write), Some(Level::Write))],
        };

        assert_eq!(member_role(&stranger), None);
    }

    #[test]
    fn a_share_link_opens_its_page_and_what_is_below() {
        let path = vec![said(None, Some(Level::None)), said(Some(Level::None), None), said(Some(Level::Read), None)];
        let linked = path[1].0;

        assert_eq!(guest(linked, Access::Comment, &path), Some(Role::Commenter));
        assert_eq!(guest(linked, Access::Comment, &path[1..]), Some(Role::Commenter));
        assert_eq!(guest(linked, Access::Comment, &path[2..]), None);
        assert_eq!(guest(RoomId::new(), Access::Write, &path), None);
    }

    #[test]
    fn a_share_link_opens_no_more_than_a_page_below_it_says_of_all_members() {
        let linked = said(None, None);
        let below = |level| vec![said(None, None), said(Some(level), None), linked];

        assert_eq!(guest(linked.0, Access::Write, &below(Level::None)), None);
        assert_eq!(guest(linked.0, Access::Write, &below(Level::Read)), Some(Role::Viewer));
        assert_eq!(guest(linked.0, Access::Read, &below(Level::Write)), Some(Role::Viewer));
    }

    fn guest(page: RoomId, access: Access, path: &[(RoomId, Said)]) -> Option<Role> {
        let workspace = WorkspaceId::new();
        let standing = RoomStanding { workspace, is_live: true, role: None, path: path.to_vec() };
        guest_role(&standing, Link { page, access, until: None })
    }
}
