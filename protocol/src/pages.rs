//! Pages: documents people write together, ordered as a tree.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    access::Access,
    ids::{RoomId, WorkspaceId},
    time::Timestamp,
};

/// Characters in a title at most.
pub const MAX_TITLE_CHARS: usize = 300;
/// Bytes of Markdown in one request at most: 4 MiB.
pub const MAX_MARKDOWN_BYTES: usize = 4 * 1024 * 1024;
/// Levels of the page tree at most.
pub const MAX_PAGE_DEPTH: usize = 32;

/// A page to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePage {
    /// Its title; may be empty. At most 300 characters.
    #[schema(max_length = 300)]
    pub title: String,
    /// What it says at first, as Markdown (CommonMark with tables, task lists and strikethrough);
    /// at most 4 MiB.
    #[serde(default)]
    pub markdown: Option<String>,
    /// The page it stands under; at the top when left out.
    #[serde(default)]
    pub parent_id: Option<RoomId>,
}

/// What to change about a page; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdatePage {
    /// The new title; may be empty. At most 300 characters.
    #[serde(default)]
    #[schema(max_length = 300)]
    pub title: Option<String>,
}

/// Where a page shall stand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MovePage {
    /// The page it shall stand under; at the top when null or left out.
    #[serde(default)]
    pub parent_id: Option<RoomId>,
    /// The sibling it shall stand before; last when null or left out.
    #[serde(default)]
    pub before_id: Option<RoomId>,
}

/// A page, without its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PageView {
    /// The page; also the id of its room.
    pub id: RoomId,
    /// The workspace it belongs to.
    pub workspace_id: WorkspaceId,
    /// The page it stands under; null at the top.
    pub parent_id: Option<RoomId>,
    /// Its title; may be empty.
    pub title: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its content or title last changed.
    pub updated_at: Timestamp,
    /// When it was put into the trash; null while it is not there.
    pub trashed_at: Option<Timestamp>,
    /// What the caller may do with it.
    pub access: Access,
}

/// A page and everything below it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PageTree {
    /// The page itself.
    #[serde(flatten)]
    pub page: PageView,
    /// The pages directly below it, in their order.
    #[schema(no_recursion)]
    pub children: Vec<PageTree>,
}
