//! Rooms of any kind: what can be said about them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    access::Access,
    ids::{RoomId, WorkspaceId},
    principal::CredentialId,
    time::Timestamp,
};

/// Position of an update in its room's log. The first update is 1; 0 means before all of them.
pub type Seq = u64;

/// What a room holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoomKind {
    /// A document people write together.
    Page,
}

impl RoomKind {
    /// The kind as it is stored and written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
        }
    }
}

/// A room, whatever its kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RoomView {
    /// The room.
    pub id: RoomId,
    /// What it holds.
    pub kind: RoomKind,
    /// The workspace it belongs to.
    pub workspace_id: WorkspaceId,
    /// Position of the last committed update.
    #[schema(value_type = u64)]
    pub head_seq: Seq,
    /// Changes when the room is erased or rebuilt; local copies of another generation are void.
    pub generation: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// What the caller may do in it.
    pub access: Access,
}

/// Seconds a room token lives when nothing else is asked for.
pub const DEFAULT_ROOM_TOKEN_S: u32 = 3600;
/// Seconds a room token lives at most.
pub const MAX_ROOM_TOKEN_S: u32 = 86_400;

/// Asks for a token that opens one room's sockets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRoomToken {
    /// What the bearer may do in the room.
    pub access: Access,
    /// Seconds until the token expires, 1 to 86,400; 3,600 when left out.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 86_400, default = 3600)]
    pub expires_in_s: Option<u32>,
}

/// A token that opens one room's sockets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RoomToken {
    /// Good as `?token=`, as the Hocuspocus token and as the subprotocol `gala.token.<token>`.
    pub token: String,
    /// When it stops opening the room.
    pub expires_at: Timestamp,
}

/// What a room token says (JWT, HS256). Only the server that signed it reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomTokenClaims {
    /// The room it opens.
    pub room: RoomId,
    /// What its bearer may do there, as long as whoever made it may.
    pub access: Access,
    /// With what it was made: the bearer acts as whoever this belongs to.
    pub by: CredentialId,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
    /// When it stops being good, in seconds since 1970.
    pub exp: i64,
}
