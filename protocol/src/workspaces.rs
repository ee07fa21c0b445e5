//! Workspaces: the tenants.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::WorkspaceId;

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

/// What a principal is in a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May write everywhere.
    Editor,
}
