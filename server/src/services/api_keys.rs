//! API keys: of persons, for whom programs act with them, and of services, which belong to a workspace.

use protocol::{
    access::{Action, Role, Scope},
    api_keys::{ApiKeyView, CreateApiKey, CreateServiceKey, CreatedApiKey, MAX_KEY_NAME_CHARS, MAX_KEYS},
    audit::Audited,
    ids::{ApiKeyId, WorkspaceId},
    principal::CredentialId,
    time::Timestamp,
};

use super::{Ctx, Denied, Outage, caller::KEY_PREFIX, changes::Change, names};
use crate::{
    digest::{Digest, random_token},
    store::{ApiKey, CreateKeyError, Slice},
};

/// Characters of a key by which people know it again; seven of them are random.
const PREFIX_CHARS: usize = 12;

/// Why something was not done with a key.
#[derive(Debug, thiserror::Error)]
pub enum ApiKeyError {
    /// There is no such key.
    #[error("there is no such key")]
    NotFound,
    /// The caller may not. Keys make no keys.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The name is empty, too long or not on one line.
    #[error("a name has 1 to {MAX_KEY_NAME_CHARS} characters on one line")]
    Name,
    /// A key that may be used for nothing is of no use.
    #[error("a key has at least one scope")]
    NoScope,
    /// No service owns a workspace.
    #[error("a service is an admin at most")]
    Owner,
    /// It would have expired before it was made.
    #[error("the key would have expired already")]
    Expired,
    /// The person or the workspace has as many as they may.
    #[error("there are {MAX_KEYS} keys already: revoke some first")]
    TooMany,
    /// It is not the caller's fault.
    #[error(transparent)]
    Outage(#[from] Outage),
}

/// Makes a key that acts for the caller.
///
/// # Errors
///
/// [`ApiKeyError`].
pub async fn create(ctx: &Ctx, key: CreateApiKey) -> Result<CreatedApiKey, ApiKeyError> {
    let account = ctx.account()?;
    let (key, secret) = new_key(ctx, &key.name, key.scopes, None, key.expires_at)?;
    let event = ctx.event(Audited::KeyCreated, key.id, &key.name);
    ctx.services.store.create_key(&key, Digest::of(&secret), account, &event).await?;
    Ok(CreatedApiKey { view: view(key), key: secret })
}

/// The keys that act for the caller behind `after`, oldest first, `limit` at most.
///
/// # Errors
///
/// [`ApiKeyError`].
pub async fn list(ctx: &Ctx, limit: u32, after: Option<ApiKeyId>) -> Result<Slice<ApiKeyView, ApiKeyId>, ApiKeyError> {
    let keys = ctx.services.store.keys(ctx.account()?, limit, after).await.map_err(Outage::from)?;
    Ok(Slice { items: keys.items.into_iter().map(view).collect(), next: keys.next })
}

/// Revokes a key that acts for the caller.
///
/// # Errors
///
/// [`ApiKeyError`].
pub async fn revoke(ctx: &Ctx, id: ApiKeyId) -> Result<(), ApiKeyError> {
    let account = ctx.account()?;
    let event = ctx.event(Audited::KeyRevoked, id, "");
    let _told = ctx.services.changes.telling(Change::Credential(CredentialId::Key(id)));
    let revoked = ctx.services.store.revoke_key(id, account, &event).await.map_err(Outage::from)?;
    if revoked { Ok(()) } else { Err(ApiKeyError::NotFound) }
}

/// Makes a service with a key, a member of the workspace.
///
/// # Errors
///
/// [`ApiKeyError`].
pub async fn create_for_service(
    ctx: &Ctx,
    workspace: WorkspaceId,
    key: CreateServiceKey,
) -> Result<CreatedApiKey, ApiKeyError> {
    let standing = ctx.require(Action::ManageKey, workspace).await?;
    ctx.account()?;
    let role = key.role;
    if role == Role::Owner {
        return Err(ApiKeyError::Owner);
    }
    if role > standing.role {
        return Err(Denied::Forbidden.into());
    }
    let (key, secret) = new_key(ctx, &key.name, key.scopes, Some(role), key.expires_at)?;
    let event = ctx.event(Audited::KeyCreated, key.id, format!("{} {}", role.name(), key.name));
    ctx.tenant(standing).create_service_key(&key, role, Digest::of(&secret), &event).await?;
    Ok(CreatedApiKey { view: view(key), key: secret })
}

/// The keys of the services of a workspace behind `after`, oldest first, `limit` at most.
///
/// # Errors
///
/// [`ApiKeyError`].
pub async fn list_of_services(
    ctx: &Ctx,
    workspace: WorkspaceId,
    limit: u32,
    after: Option<ApiKeyId>,
) -> Result<Slice<ApiKeyView, ApiKeyId>, ApiKeyError> {
    let standing = ctx.require(Action::ManageKey, workspace).await?;
    let keys = ctx.tenant(standing).service_keys(limit, after).await.map_err(Outage::from)?;
    Ok(Slice { items: keys.items.into_iter().map(view).collect(), next: keys.next })
}

/// Revokes the key of a service, which belongs to the workspace no more.
///
/// # Errors
///
/// [`ApiKeyError`].
pub async fn revoke_of_service(ctx: &Ctx, workspace: WorkspaceId, id: ApiKeyId) -> Result<(), ApiKeyError> {
    let standing = ctx.require(Action::ManageKey, workspace).await?;
    let event = ctx.event(Audited::KeyRevoked, id, "");
    let _told = ctx.services.changes.telling(Change::Credential(CredentialId::Key(id)));
    // Its share links are gone with it.
    let _told_of_links = ctx.services.changes.telling(Change::Workspace(workspace));
    let revoked = ctx.tenant(standing).revoke_service_key(id, &event).await.map_err(Outage::from)?;
    if revoked { Ok(()) } else { Err(ApiKeyError::NotFound) }
}

/// A key, and the secret that is shown once.
fn new_key(
    ctx: &Ctx,
    name: &str,
    mut scopes: Vec<Scope>,
    role: Option<Role>,
    expires_at: Option<Timestamp>,
) -> Result<(ApiKey, String), ApiKeyError> {
    let name = names::checked(name, MAX_KEY_NAME_CHARS).ok_or(ApiKeyError::Name)?.to_owned();
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() {
        return Err(ApiKeyError::NoScope);
    }
    let created_at = ctx.services.clock.now();
    if expires_at.is_some_and(|expires_at| expires_at <= created_at) {
        return Err(ApiKeyError::Expired);
    }
    let secret = format!("{KEY_PREFIX}{}", random_token().map_err(|error| Outage::Internal(error.into()))?);
    let prefix = secret.chars().take(PREFIX_CHARS).collect();
    let key = ApiKey { id: ApiKeyId::new(), name, prefix, scopes, role, created_at, expires_at, last_used_at: None };
    Ok((key, secret))
}

fn view(key: ApiKey) -> ApiKeyView {
    ApiKeyView {
        id: key.id,
        name: key.name,
        prefix: key.prefix,
        role: key.role,
        scopes: key.scopes,
        created_at: key.created_at,
        expires_at: key.expires_at,
        last_used_at: key.last_used_at,
    }
}

impl From<CreateKeyError> for ApiKeyError {
    fn from(error: CreateKeyError) -> Self {
        match error {
            CreateKeyError::TooMany => Self::TooMany,
            CreateKeyError::Store(error) => Self::Outage(error.into()),
        }
    }
}
