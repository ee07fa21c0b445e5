//! Who acts.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::PrincipalId;

/// What sort of principal acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PrincipalKind {
    /// Somebody without an account.
    Guest,
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
