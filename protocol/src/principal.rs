//! Who acts.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::{ApiKeyId, DeviceId, PrincipalId};

/// What sort of principal acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PrincipalKind {
    /// A person with an account.
    User,
    /// A program with a key of its own.
    Service,
    /// Somebody who came by a share link.
    Guest,
}

/// With what somebody shows who they are. What was given out with it is good as long as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialId {
    /// A sign-in, of a person or of a guest.
    Device(DeviceId),
    /// An API key.
    Key(ApiKeyId),
}

/// Who acts, as others in a room see them. The server stamps this into presence under `user`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Principal {
    /// The principal.
    pub id: PrincipalId,
    /// What sort of principal it is.
    pub kind: PrincipalKind,
    /// The name shown beside a caret.
    pub name: String,
    /// The colour of the caret: `#rrggbb`.
    pub color: String,
}
