//! Who somebody is by what they show.

use protocol::{
    access::{Access, Scope as KeyScope},
    ids::{ApiKeyId, DeviceId, PrincipalId, RoomId},
    principal::CredentialId,
    time::Timestamp,
};

use super::{
    Store,
    database::Scope,
    error::{Damage, StoreError},
    sql::{Row, Statement, sql},
};
use crate::digest::Digest;

/// A device with whom it belongs to.
const DEVICE: &str = "SELECT device.id, device.principal_id, device.last_used_at, device.expires_at, \
     account.name, share_link.page_id, share_link.access, share_link.expires_at FROM device \
     LEFT JOIN account ON account.id = device.account_id \
     LEFT JOIN share_link ON share_link.id = device.share_link_id";
/// A key with whom it belongs to.
const KEY: &str = "SELECT api_key.id, api_key.principal_id, api_key.last_used_at, api_key.expires_at, \
     account.name, api_key.name, api_key.scopes FROM api_key \
     LEFT JOIN account ON account.id = api_key.account_id \
     LEFT JOIN workspace ON workspace.id = api_key.workspace_id";

/// A sign-in or a key, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Which one.
    pub id: CredentialId,
    /// Who acts with it.
    pub principal: PrincipalId,
    /// What sort of holder that is.
    pub holder: Holder,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// When it stops being good.
    pub expires_at: Option<Timestamp>,
}

/// Who acts with a credential, and within what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A person who has signed in.
    User {
        /// Their name.
        name: String,
    },
    /// A program that acts for a person.
    UserKey {
        /// The person's name.
        name: String,
        /// What the key may be used for.
        scopes: Vec<KeyScope>,
    },
    /// A program that acts for itself.
    Service {
        /// Its name.
        name: String,
        /// What the key may be used for.
        scopes: Vec<KeyScope>,
    },
    /// Somebody with a share link.
    Guest {
        /// The page the link is for.
        page: RoomId,
        /// What it lets them do there and below.
        access: Access,
    },
}

impl Store {
    /// The sign-in a cookie belongs to.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn device_by_cookie(&self, cookie: Digest, at: Timestamp) -> Result<Option<Credential>, StoreError> {
        self.credential(sql(format!("{DEVICE} WHERE device.cookie_hash = $1")).bind(cookie), device, at).await
    }

    /// The key with this hash.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn key_by_hash(&self, hash: Digest, at: Timestamp) -> Result<Option<Credential>, StoreError> {
        let one = format!("{KEY} WHERE api_key.hash = $1 AND workspace.deleted_at IS NULL");
        self.credential(sql(one).bind(hash), key, at).await
    }

    /// A sign-in or key that was good once, if it still is.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn credential_by_id(&self, id: CredentialId, at: Timestamp) -> Result<Option<Credential>, StoreError> {
        match id {
            CredentialId::Device(id) => {
                self.credential(sql(format!("{DEVICE} WHERE device.id = $1")).bind(id), device, at).await
            }
            CredentialId::Key(id) => {
                let one = format!("{KEY} WHERE api_key.id = $1 AND workspace.deleted_at IS NULL");
                self.credential(sql(one).bind(id), key, at).await
            }
        }
    }

    async fn credential(
        &self,
        one: Statement,
        read: impl FnOnce(&Row) -> Result<Credential, StoreError>,
        at: Timestamp,
    ) -> Result<Option<Credential>, StoreError> {
        let found = self.database.query_opt(Scope::Server, one).await?.as_ref().map(read).transpose()?;
        Ok(found.filter(|credential| credential.expires_at.is_none_or(|expires_at| expires_at > at)))
    }

    /// Takes note that a key is used.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn touch_key(&self, id: ApiKeyId, at: Timestamp) -> Result<(), StoreError> {
        let update = sql("UPDATE api_key SET last_used_at = $2 WHERE id = $1").bind(id).bind(at);
        self.database.execute(Scope::Server, update).await.map(drop)
    }
}

fn device(row: &Row) -> Result<Credential, StoreError> {
    let name: Option<String> = row.get(4)?;
    let link_expires_at: Option<Timestamp> = row.get(7)?;
    let expires_at: Timestamp = row.get(3)?;
    let holder = match name {
        Some(name) => Holder::User { name },
        None => {
            let page: Option<RoomId> = row.get(5)?;
            let access: Option<String> = row.get(6)?;
            let (Some(page), Some(access)) = (page, access) else {
                return Err(Damage::Missing { what: "owner of a sign-in" }.into());
            };
            Holder::Guest { page, access: level(&access)? }
        }
    };
    Ok(Credential {
        id: CredentialId::Device(row.get::<DeviceId>(0)?),
        principal: row.get(1)?,
        holder,
        last_used_at: Some(row.get(2)?),
        expires_at: Some(link_expires_at.map_or(expires_at, |link| link.min(expires_at))),
    })
}

fn key(row: &Row) -> Result<Credential, StoreError> {
    let (person, name, scopes): (Option<String>, String, String) = (row.get(4)?, row.get(5)?, row.get(6)?);
    let scopes = scopes.split(' ').map(scope).collect::<Result<_, _>>()?;
    Ok(Credential {
        id: CredentialId::Key(row.get(0)?),
        principal: row.get(1)?,
        holder: match person {
            Some(name) => Holder::UserKey { name, scopes },
            None => Holder::Service { name, scopes },
        },
        last_used_at: row.get(2)?,
        expires_at: row.get(3)?,
    })
}

/// The level of access with this name.
pub(super) fn level(name: &str) -> Result<Access, StoreError> {
    let access = Access::ALL.into_iter().find(|access| access.name() == name);
    access.ok_or(Damage::Unknown { what: "access" }.into())
}

/// The scope with this name.
pub(super) fn scope(name: &str) -> Result<KeyScope, StoreError> {
    let scope = KeyScope::ALL.into_iter().find(|scope| scope.name() == name);
    scope.ok_or(Damage::Unknown { what: "scope" }.into())
}
