//! Which pages of a tree somebody sees.

use protocol::{
    access::{Access, Role},
    pages::PageTree,
};

use super::{
    caller::Caller,
    rooms,
    standing::{self, Link},
};
use crate::store::Tree;

/// Shows trees to somebody.
pub(super) struct Forest<'a> {
    pub(super) caller: &'a Caller,
    pub(super) visitor: Visitor,
}

/// By what somebody sees a tree.
#[derive(Clone, Copy)]
pub(super) enum Visitor {
    /// By what they are in the workspace.
    Member(Role),
    /// By a share link.
    Guest(Link),
}

impl Forest<'_> {
    /// What they see of a tree, being `above` where it stands. A page they may not know of is left
    /// out; what they see below it comes in its place.
    pub(super) fn visible(&self, tree: Tree, above: Option<Role>) -> Vec<PageTree> {
        let role = match self.visitor {
            Visitor::Member(member) => standing::below(above, member, tree.said),
            Visitor::Guest(link) => link.below(above, tree.page.id, tree.said),
        };
        let children: Vec<PageTree> = tree.children.into_iter().flat_map(|child| self.visible(child, role)).collect();
        match role {
            Some(role) => vec![PageTree { page: tree.page.view(self.access(role)), children }],
            None => children,
        }
    }

    fn access(&self, role: Role) -> Access {
        rooms::access(self.caller, role)
    }
}
