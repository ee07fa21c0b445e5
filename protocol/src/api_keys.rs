//! API keys: how programs act, for a person or for themselves.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    access::{Role, Scope},
    ids::ApiKeyId,
    time::Timestamp,
};

/// Characters in a key's name at most.
pub const MAX_KEY_NAME_CHARS: usize = 100;
/// Keys one person, or the services of one workspace, may have.
pub const MAX_KEYS: usize = 100;

/// A key that acts for the caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateApiKey {
    /// What it is for; 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// What it may be used for; at least one.
    #[schema(min_items = 1, max_items = 3)]
    pub scopes: Vec<Scope>,
    /// When it stops being good; never when left out.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

/// A key that acts for itself, as a service of a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateServiceKey {
    /// The name others see; 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// What the service is in the workspace; at most `admin`.
    pub role: Role,
    /// What it may be used for; at least one.
    #[schema(min_items = 1, max_items = 3)]
    pub scopes: Vec<Scope>,
    /// When it stops being good; never when left out.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

/// A key, without itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApiKeyView {
    /// The key.
    pub id: ApiKeyId,
    /// What it is for, or the service's name.
    pub name: String,
    /// The beginning of the key, by which people know it again.
    pub prefix: String,
    /// What the service is in the workspace; absent for keys that act for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops being good; null for never.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute or so; null for never.
    pub last_used_at: Option<Timestamp>,
}

/// A key that has just been made. It is never shown again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CreatedApiKey {
    /// What is known of it from now on.
    #[serde(flatten)]
    pub view: ApiKeyView,
    /// The key, for `Authorization: Bearer`.
    pub key: String,
}
