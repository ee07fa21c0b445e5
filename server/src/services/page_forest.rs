//! Which pages of a tree somebody sees.

use protocol::{
    access::{Access, Role},
    pages::PageTree,
};

use super::{caller::Caller, rooms, standing};
use crate::store::Tree;

/// Shows trees to a member of their workspace, or to somebody who came by a link.
pub(super) struct Forest<'a> {
    pub(super) caller: &'a Caller,
    /// What they are in the workspace; `None` for who came by a link, of whom pages say nothing.
    pub(super) member: Option<Role>,
}

impl Forest<'_> {
    /// What they see of a tree, being `above` where it stands. A page they may not know of is left
    /// out; what they see below it comes in its place.
    pub(super) fn visible(&self, tree: Tree, above: Option<Role>) -> Vec<PageTree> {
        let role = self.member.map_or(above, |member| standing::below(above, member, tree.said));
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
