//! The audit: what has happened, in an order nobody can change.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{ids::PrincipalId, time::Timestamp};

/// Declares the actions the audit knows, with the names they are stored and written by. These are
/// `tt` because utoipa does not see what a `literal` says.
macro_rules! audited {
    ($($(#[$doc:meta])* $action:ident = $name:tt;)*) => {
        /// Something the audit keeps.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
        pub enum Audited {
            $($(#[$doc])* #[serde(rename = $name)] $action,)*
        }

        impl Audited {
            /// Every action.
            pub const ALL: &[Self] = &[$(Self::$action),*];

            /// The action as it is stored and written.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$action => $name,)*
                }
            }
        }
    };
}

audited! {
    /// An account was made.
    AccountCreated = "account.created";
    /// Somebody signed in.
    SignedIn = "account.signed_in";
    /// Somebody tried to sign in and could not.
    SignInFailed = "account.sign_in_failed";
    /// A device was signed out.
    SignedOut = "account.signed_out";
    /// A refresh token was used twice: the device is signed out.
    RefreshReused = "account.refresh_reused";
    /// Somebody asked for a new password.
    PasswordResetRequested = "account.password_reset_requested";
    /// A password was changed or reset.
    PasswordChanged = "account.password_changed";
    /// An address was verified.
    EmailVerified = "account.email_verified";
    /// Another way to sign in was linked.
    IdentityLinked = "account.identity_linked";
    /// The server signs access tokens with another key.
    SigningKeyReplaced = "server.signing_key_replaced";
    /// The vault is locked with another master key.
    MasterKeyReplaced = "server.master_key_replaced";
    /// A secret of the server was set.
    SecretSet = "server.secret_set";
    /// A secret of the server was deleted.
    SecretDeleted = "server.secret_deleted";
    /// A key was made.
    KeyCreated = "api_key.created";
    /// A key was revoked.
    KeyRevoked = "api_key.revoked";
    /// A workspace was made.
    WorkspaceCreated = "workspace.created";
    /// A workspace was renamed.
    WorkspaceRenamed = "workspace.renamed";
    /// A workspace was deleted.
    WorkspaceDeleted = "workspace.deleted";
    /// A workspace was written into a file.
    WorkspaceExported = "workspace.exported";
    /// A workspace was read from a file.
    WorkspaceImported = "workspace.imported";
    /// Damaged updates of a room were set aside.
    UpdatesSetAside = "room.updates_set_aside";
    /// Updates of a room that were set aside were let back.
    UpdatesLetBack = "room.updates_let_back";
    /// Somebody was invited.
    InvitationCreated = "invitation.created";
    /// An invitation was revoked.
    InvitationRevoked = "invitation.revoked";
    /// Somebody joined.
    MemberJoined = "member.joined";
    /// A member has another role.
    MemberChanged = "member.role_changed";
    /// A member left or was removed.
    MemberRemoved = "member.removed";
    /// What is said of all members on a page was changed.
    SharingChanged = "page.sharing_changed";
    /// What is said of one member on a page was changed.
    GrantChanged = "page.grant_changed";
    /// A share link was made.
    ShareLinkCreated = "share_link.created";
    /// Somebody who was not let in before has opened a share link.
    ShareLinkOpened = "share_link.opened";
    /// A share link was revoked.
    ShareLinkRevoked = "share_link.revoked";
    /// A page was made.
    PageCreated = "page.created";
    /// A page was moved.
    PageMoved = "page.moved";
    /// A page was put into the trash.
    PageTrashed = "page.trashed";
    /// A page was brought back from the trash.
    PageRestored = "page.restored";
    /// A room says again what it said before.
    RoomRestored = "room.restored";
    /// Somebody tried to have a room say again what it said before, and may not.
    RoomRestoreRefused = "room.restore_refused";
    /// Everything a room said was deleted for good.
    RoomErased = "room.erased";
    /// Somebody tried to delete everything a room said, and may not.
    RoomEraseRefused = "room.erase_refused";
}

/// One event of a workspace's audit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditEvent {
    /// Its position: gapless from 1 in its workspace.
    pub seq: u64,
    /// When it happened.
    pub at: Timestamp,
    /// Who did it; null when nobody was signed in.
    pub actor_id: Option<PrincipalId>,
    /// What was done.
    pub action: Audited,
    /// What it was done to: an id, or an address for sign-ins.
    pub object: String,
    /// More about it, such as the new role; empty when there is nothing to say.
    pub detail: String,
    /// The address the request came from; empty when it came from the command line.
    pub address: String,
    /// What binds the event to all before it: hexadecimal. `gala audit verify` checks it.
    pub hash: String,
}
