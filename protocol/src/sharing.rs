//! Sharing: who may enter one room, beyond what the workspace says.
//!
//! The nearest page that says something counts, from the page itself up to the top; on one page, what
//! is said of a person counts more than what is said of all members. Owners and admins may enter
//! every room, whatever is said.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    access::Access,
    ids::{PrincipalId, RoomId, ShareLinkId},
    time::Timestamp,
};

/// Share links of one page at most.
pub const MAX_SHARE_LINKS: usize = 100;
/// Grants on one page at most.
pub const MAX_GRANTS: usize = 1000;

/// What is said of somebody's access to a page and the pages below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// They may not know that it exists.
    None,
    /// They may look.
    Read,
    /// They may comment.
    Comment,
    /// They may write.
    Write,
}

impl Level {
    /// Every level, the lowest first.
    pub const ALL: [Self; 4] = [Self::None, Self::Read, Self::Comment, Self::Write];

    /// The access it gives; `None` for none.
    pub const fn access(self) -> Option<Access> {
        match self {
            Self::None => None,
            Self::Read => Some(Access::Read),
            Self::Comment => Some(Access::Comment),
            Self::Write => Some(Access::Write),
        }
    }

    /// The level as it is stored and written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Read => "read",
            Self::Comment => "comment",
            Self::Write => "write",
        }
    }
}

/// Who may enter a page, as those see it who share it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SharingView {
    /// What this page says of all members; null when it says nothing, and what stands above counts.
    pub members: Option<Level>,
    /// The page above whose word on all members counts here; null when there is none.
    pub inherited_from: Option<RoomId>,
    /// What counts for all members in the end; null when it is their role in the workspace.
    pub inherited_members: Option<Level>,
    /// What is said of single members, on this page or above.
    pub grants: Vec<GrantView>,
}

/// Says what all members may do on a page and below it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateSharing {
    /// What they may do; null to say nothing, so that what stands above counts. Whoever restricts a
    /// page is granted `write` on it.
    // Left out by mistake, it would open the page.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true)]
    pub members: Option<Level>,
}

/// What is said of one member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GrantView {
    /// The member.
    pub principal_id: PrincipalId,
    /// The name others see.
    pub name: String,
    /// What they may do.
    pub level: Level,
    /// The page that says so: the page itself, or one above it.
    pub page_id: RoomId,
}

/// Says what one member may do on a page and below it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutGrant {
    /// What they may do.
    pub level: Level,
}

/// A link by which people without an account enter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateShareLink {
    /// What whoever has it may do on the page and below it.
    pub access: Access,
    /// When it stops being good; never when left out.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

/// A share link.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShareLinkView {
    /// The link.
    pub id: ShareLinkId,
    /// What whoever has it may do.
    pub access: Access,
    /// Where it is opened, in a browser.
    pub url: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops being good; null for never.
    pub expires_at: Option<Timestamp>,
}

/// Opens a share link: a cookie makes the caller a guest, unless they are signed in.
#[derive(Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenShareLink {
    /// The token in the link.
    pub token: String,
}

/// What a share link has opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenedShareLink {
    /// The page.
    pub page_id: RoomId,
    /// What the caller may do there. Members who may enter anyway keep what they have.
    pub access: Access,
    /// For the `x-csrf-token` header; absent for those who are signed in, who stay who they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csrf_token: Option<String>,
}
