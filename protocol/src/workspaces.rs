//! Workspaces: the tenants, and who belongs to them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    access::Role,
    accounts::EmailAddress,
    ids::{InvitationId, PrincipalId, WorkspaceId},
    time::Timestamp,
};

/// Characters in a workspace's name at most.
pub const MAX_WORKSPACE_NAME_CHARS: usize = 100;
/// Workspaces one person may own.
pub const MAX_WORKSPACES: usize = 100;
/// Seconds an invitation is good when nothing else is asked for: 7 days.
pub const DEFAULT_INVITATION_S: u32 = 7 * 24 * 60 * 60;
/// Seconds an invitation is good at least.
pub const MIN_INVITATION_S: u32 = 60;
/// Seconds an invitation is good at most: 90 days.
pub const MAX_INVITATION_S: u32 = 90 * 24 * 60 * 60;
/// Open invitations of one workspace at most.
pub const MAX_INVITATIONS: usize = 1000;

/// A workspace as one of its members sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkspaceView {
    /// The workspace.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// What the caller is in it.
    pub role: Role,
}

/// A workspace to be made; the caller becomes its owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateWorkspace {
    /// Its name; 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
}

/// What to change about a workspace; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateWorkspace {
    /// The new name; 1 to 100 characters.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
}

/// Somebody who belongs to a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MemberView {
    /// Who it is.
    pub id: PrincipalId,
    /// The name others see.
    pub name: String,
    /// The address of the account.
    #[schema(value_type = String, format = Email)]
    pub email: EmailAddress,
    /// The colour of the caret: `#rrggbb`.
    pub color: String,
    /// What they are in the workspace.
    pub role: Role,
    /// Since when.
    pub joined_at: Timestamp,
}

/// What to change about a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateMember {
    /// The new role.
    pub role: Role,
}

/// An invitation to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateInvitation {
    /// What whoever accepts it becomes; never more than the caller is.
    pub role: Role,
    /// Whom to invite: a mail is sent, and only an account with this address may accept it, once.
    /// Left out, everybody who has the link may accept it until it expires or is revoked.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Email)]
    pub email: Option<EmailAddress>,
    /// Seconds until it expires, 60 to 7,776,000; 604,800 when left out.
    #[serde(default)]
    #[schema(minimum = 60, maximum = 7_776_000, default = 604_800)]
    pub expires_in_s: Option<u32>,
}

/// An invitation as those see it who manage members.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InvitationView {
    /// The invitation.
    pub id: InvitationId,
    /// What whoever accepts it becomes.
    pub role: Role,
    /// Who is invited; null for whoever has the link.
    #[schema(value_type = Option<String>, format = Email)]
    pub email: Option<EmailAddress>,
    /// Where it is accepted, in a browser.
    pub url: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops being good.
    pub expires_at: Timestamp,
}

/// Names an invitation by what is in its link.
#[derive(Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PresentInvitation {
    /// The token in the link.
    pub token: String,
}

/// An invitation as whoever has its link sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InvitationOffer {
    /// The name of the workspace.
    pub workspace_name: String,
    /// What whoever accepts it becomes.
    pub role: Role,
    /// Who is invited; null for whoever has the link.
    #[schema(value_type = Option<String>, format = Email)]
    pub email: Option<EmailAddress>,
    /// The name of who invites.
    pub invited_by: String,
    /// When it stops being good.
    pub expires_at: Timestamp,
}
