//! Who may do what: the one table that REST, sockets, agents and workflows ask.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a principal may do in one room. Each level contains the ones before it.
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

/// Something a principal wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// See that the room exists, read its content and join it.
    ReadRoom,
    /// Change the content of the room.
    EditRoom,
    /// Rename, move, delete and restore the page of a room.
    ArrangePage,
    /// Give somebody a token with at most one's own access.
    ShareRoom,
    /// List the pages of the workspace.
    ListPages,
    /// Add a page to the workspace.
    CreatePage,
}

/// Whether somebody with this access may do this.
pub const fn allows(access: Access, action: Action) -> bool {
    match action {
        Action::ReadRoom | Action::ListPages | Action::ShareRoom => true,
        Action::EditRoom | Action::ArrangePage | Action::CreatePage => matches!(access, Access::Write),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_and_commenters_change_nothing() {
        for access in [Access::Read, Access::Comment] {
            for action in [Action::EditRoom, Action::ArrangePage, Action::CreatePage] {
                assert!(!allows(access, action), "{access:?} {action:?}");
            }
            assert!(allows(access, Action::ReadRoom));
        }
    }

    #[test]
    fn a_higher_level_contains_the_lower_ones() {
        assert!(Access::Read < Access::Comment && Access::Comment < Access::Write);
    }
}
