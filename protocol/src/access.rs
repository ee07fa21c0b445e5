//! Who may do what: the one table that REST, sockets, agents and workflows ask.
//!
//! To add an action: its variant, its row in `Action::row`, and `ALL`. The tests of the server
//! generate every role × action cell from this table and try it at every door.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What somebody may do in one room. Each level contains the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// May look, and be seen looking.
    Read,
    /// May also comment.
    Comment,
    /// May also change the content.
    Write,
}

/// What a principal is in a workspace. Each role contains the ones before it.
///
/// In one room a grant may raise or lower it; what somebody is there is a role again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May look.
    Viewer,
    /// May comment.
    Commenter,
    /// May write, arrange and share pages.
    Editor,
    /// May manage members, keys and settings, and sees every page.
    Admin,
    /// May also make owners and delete the workspace. A workspace always has one.
    Owner,
}

/// What an API key may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Looking.
    Read,
    /// Changing rooms.
    Write,
    /// Changing who may do what, and the workspace itself.
    Manage,
}

/// Something a principal wants to do in a workspace or in one of its rooms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// See that the room exists, read its content, join it, and make tokens with at most one's own access.
    ReadRoom,
    /// Change the content of the room.
    EditRoom,
    /// Rename, move, delete and restore the page of a room.
    ArrangePage,
    /// See what the room said before, who wrote what, and its versions.
    ReadHistory,
    /// Delete for good everything the room says and has said.
    EraseRoom,
    /// See and change who may enter the room: grants, restrictions and share links.
    ShareRoom,
    /// See the workspace, its members and its pages.
    ReadWorkspace,
    /// Add a page at the top of the workspace.
    CreatePage,
    /// Invite somebody into the workspace.
    InviteMember,
    /// Change the role of a member, or remove one. Only owners do so to owners.
    ManageMember,
    /// See, make and revoke the keys of services.
    ManageKey,
    /// See and export what has happened in the workspace.
    ReadAudit,
    /// Rename the workspace.
    RenameWorkspace,
    /// Delete the workspace.
    DeleteWorkspace,
}

/// What an action is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Object {
    /// One room: the role in this room counts.
    Room,
    /// The workspace: the role in the workspace counts, and no share link gives one.
    Workspace,
}

impl Role {
    /// Every role, the lowest first.
    pub const ALL: [Self; 5] = [Self::Viewer, Self::Commenter, Self::Editor, Self::Admin, Self::Owner];

    /// What the role may do in a room.
    pub const fn access(self) -> Access {
        match self {
            Self::Viewer => Access::Read,
            Self::Commenter => Access::Comment,
            Self::Editor | Self::Admin | Self::Owner => Access::Write,
        }
    }

    /// The role as it is stored and written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Commenter => "commenter",
            Self::Editor => "editor",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// Whether somebody in this role may give, take or change `other`: what is done to owners, only
    /// owners do.
    pub const fn may_assign(self, other: Self) -> bool {
        matches!(self, Self::Owner) || !matches!(other, Self::Owner)
    }
}

impl From<Access> for Role {
    /// What somebody with this access is in the room.
    fn from(access: Access) -> Self {
        match access {
            Access::Read => Self::Viewer,
            Access::Comment => Self::Commenter,
            Access::Write => Self::Editor,
        }
    }
}

impl Access {
    /// Every level, the lowest first.
    pub const ALL: [Self; 3] = [Self::Read, Self::Comment, Self::Write];

    /// The level as it is stored and written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Comment => "comment",
            Self::Write => "write",
        }
    }
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Manage];

    /// The scope as it is stored and written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Manage => "manage",
        }
    }
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 14] = [
        Self::ReadRoom,
        Self::EditRoom,
        Self::ArrangePage,
        Self::ReadHistory,
        Self::EraseRoom,
        Self::ShareRoom,
        Self::ReadWorkspace,
        Self::CreatePage,
        Self::InviteMember,
        Self::ManageMember,
        Self::ManageKey,
        Self::ReadAudit,
        Self::RenameWorkspace,
        Self::DeleteWorkspace,
    ];

    /// The table: what it is done to, the least role that may do it, and the scope a key needs for it.
    const fn row(self) -> (Object, Role, Scope) {
        match self {
            Self::ReadRoom => (Object::Room, Role::Viewer, Scope::Read),
            Self::EditRoom => (Object::Room, Role::Editor, Scope::Write),
            Self::ArrangePage => (Object::Room, Role::Editor, Scope::Write),
            Self::ReadHistory => (Object::Room, Role::Editor, Scope::Read),
            Self::EraseRoom => (Object::Room, Role::Admin, Scope::Manage),
            Self::ShareRoom => (Object::Room, Role::Editor, Scope::Manage),
            Self::ReadWorkspace => (Object::Workspace, Role::Viewer, Scope::Read),
            Self::CreatePage => (Object::Workspace, Role::Editor, Scope::Write),
            Self::InviteMember => (Object::Workspace, Role::Admin, Scope::Manage),
            Self::ManageMember => (Object::Workspace, Role::Admin, Scope::Manage),
            Self::ManageKey => (Object::Workspace, Role::Admin, Scope::Manage),
            Self::ReadAudit => (Object::Workspace, Role::Admin, Scope::Manage),
            Self::RenameWorkspace => (Object::Workspace, Role::Admin, Scope::Manage),
            Self::DeleteWorkspace => (Object::Workspace, Role::Owner, Scope::Manage),
        }
    }

    /// What it is done to.
    pub const fn object(self) -> Object {
        self.row().0
    }

    /// The least role that may do it.
    pub const fn least_role(self) -> Role {
        self.row().1
    }

    /// The scope an API key needs for it.
    pub const fn scope(self) -> Scope {
        self.row().2
    }
}

/// Whether somebody who is this, where it is done, may do it.
pub fn allows(role: Role, action: Action) -> bool {
    role >= action.least_role()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_and_commenters_change_nothing() {
        for role in [Role::Viewer, Role::Commenter] {
            let allowed: Vec<Action> = Action::ALL.into_iter().filter(|action| allows(role, *action)).collect();

            assert_eq!(allowed, [Action::ReadRoom, Action::ReadWorkspace], "{role:?}");
        }
    }

    #[test]
    fn a_higher_role_may_do_what_the_lower_ones_may() {
        assert!(Role::ALL.is_sorted() && Access::ALL.is_sorted());
        for role in Role::ALL {
            assert_eq!(serde_json::to_value(role).unwrap(), role.name());
            assert_eq!(Role::from(role.access()), role.min(Role::Editor));
        }
    }

    #[test]
    fn only_owners_touch_owners() {
        assert!(Role::Owner.may_assign(Role::Owner) && Role::Admin.may_assign(Role::Admin));
        assert!(!Role::Admin.may_assign(Role::Owner));
    }
}
