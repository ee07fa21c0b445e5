//! The vault: secrets the server has to read again, sealed so that the database alone gives none away.
//! The locks are in [`crate::vault`]; here is what they are locked into.

use std::sync::Arc;

use actors::clock::Clock;
use bytes::Bytes;
use protocol::ids::WorkspaceId;
use zeroize::Zeroizing;

use super::Outage;
use crate::{
    config::SecretText,
    store::{NewEvent, ReplaceKeysError, Store},
    vault::{DataKey, MasterKey, Place, Plaintext, VaultError},
};

/// Whose secrets are the server's own.
pub const SERVER: WorkspaceId = WorkspaceId::nil();
/// The table in which named secrets stand.
const SECRET_TABLE: &str = "vault_secret";

/// Seals and opens. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    store: Store,
    master: Arc<MasterKey>,
    clock: Arc<dyn Clock>,
}

/// Why the vault stays shut.
#[derive(Debug, thiserror::Error)]
pub enum VaultFailure {
    /// What is stored was wrapped by another master key.
    #[error(
        "the secret key is not the one this database was made with: every node and every command needs the same GALA_SECRET_KEY"
    )]
    OtherSecret,
    /// Something cannot be sealed, or does not open.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// It is not the caller's fault.
    #[error(transparent)]
    Outage(#[from] Outage),
}

impl Vault {
    /// The vault of a database, under a master key.
    pub fn new(store: Store, master: MasterKey, clock: Arc<dyn Clock>) -> Self {
        Self { store, master: master.into(), clock }
    }

    /// Makes sure that the master key is the one this database was made with. A new database is made
    /// with it from now on.
    ///
    /// # Errors
    ///
    /// [`VaultFailure::OtherSecret`].
    pub async fn check(&self) -> Result<(), VaultFailure> {
        self.key(SERVER).await.map(drop)
    }

    /// A key of the server's own for one purpose. Replacing the master key does not change it.
    ///
    /// # Errors
    ///
    /// [`VaultFailure`].
    pub async fn derived_key(&self, purpose: &str) -> Result<Zeroizing<Vec<u8>>, VaultFailure> {
        Ok(self.key(SERVER).await?.derive(purpose))
    }

    /// Seals something for its place.
    ///
    /// # Errors
    ///
    /// [`VaultFailure`].
    pub async fn seal(&self, plaintext: &[u8], place: Place<'_>) -> Result<Bytes, VaultFailure> {
        Ok(self.key(place.workspace).await?.seal(plaintext, place)?.into())
    }

    /// What was sealed for this place.
    ///
    /// # Errors
    ///
    /// [`VaultFailure`].
    pub async fn open(&self, sealed: &[u8], place: Place<'_>) -> Result<Plaintext, VaultFailure> {
        Ok(self.key(place.workspace).await?.open(sealed, place)?)
    }

    /// The secret with this name.
    ///
    /// # Errors
    ///
    /// [`VaultFailure`].
    pub async fn secret(&self, workspace: WorkspaceId, name: &str) -> Result<Option<Plaintext>, VaultFailure> {
        let Some(sealed) = self.store.vault_secret(workspace, name).await.map_err(Outage::from)? else {
            return Ok(None);
        };
        self.open(&sealed, secret_place(workspace, name)).await.map(Some)
    }

    /// The text with this name that an operator keeps for the server.
    ///
    /// # Errors
    ///
    /// [`VaultFailure`].
    pub async fn text(&self, name: &str) -> Result<Option<SecretText>, VaultFailure> {
        let Some(secret) = self.secret(SERVER, name).await? else { return Ok(None) };
        let text = String::from_utf8(secret.expose().to_vec()).map_err(|error| Outage::Internal(error.into()))?;
        Ok(Some(text.into()))
    }

    /// The names of the secrets there are.
    ///
    /// # Errors
    ///
    /// [`VaultFailure`].
    pub async fn names(&self, workspace: WorkspaceId) -> Result<Vec<String>, VaultFailure> {
        Ok(self.store.vault_secret_names(workspace).await.map_err(Outage::from)?)
    }

    /// Keeps a secret, in the place of the one before.
    ///
    /// # Errors
    ///
    /// [`VaultFailure`].
    pub async fn set_secret(
        &self,
        workspace: WorkspaceId,
        name: &str,
        secret: &[u8],
        event: &NewEvent,
    ) -> Result<(), VaultFailure> {
        let sealed = self.seal(secret, secret_place(workspace, name)).await?;
        Ok(self.store.set_vault_secret(workspace, name, sealed, event).await.map_err(Outage::from)?)
    }

    /// Forgets a secret; answers whether there was one.
    ///
    /// # Errors
    ///
    /// [`VaultFailure`].
    pub async fn delete_secret(
        &self,
        workspace: WorkspaceId,
        name: &str,
        event: &NewEvent,
    ) -> Result<bool, VaultFailure> {
        Ok(self.store.delete_vault_secret(workspace, name, event).await.map_err(Outage::from)?)
    }

    /// Wraps every data key again, with the master key of another secret, and says how many. From then
    /// on the server starts with that secret only.
    ///
    /// # Errors
    ///
    /// [`VaultFailure`]; nothing was changed.
    pub async fn rotate(&self, next: &MasterKey, event: &NewEvent) -> Result<usize, VaultFailure> {
        let wrap = |workspace, wrapped: &[u8]| self.master.rewrap(wrapped, workspace, next);
        self.store.replace_vault_keys(wrap, event).await.map_err(|error| match error {
            ReplaceKeysError::Wrap(VaultError::NotOurs) => VaultFailure::OtherSecret,
            ReplaceKeysError::Wrap(error) => error.into(),
            ReplaceKeysError::Store(error) => Outage::from(error).into(),
        })
    }

    /// The key of a workspace, made when it is first needed.
    async fn key(&self, workspace: WorkspaceId) -> Result<DataKey, VaultFailure> {
        let wrapped = match self.store.vault_key(workspace).await.map_err(Outage::from)? {
            Some(wrapped) => wrapped,
            None => {
                let wrapped = self.master.wrap(&DataKey::generate()?, workspace)?.into();
                let kept = self.store.keep_vault_key(workspace, wrapped, self.clock.now()).await;
                kept.map_err(Outage::from)?
            }
        };
        self.master.open(&wrapped, workspace).map_err(|error| match error {
            VaultError::NotOurs => VaultFailure::OtherSecret,
            error => error.into(),
        })
    }
}

const fn secret_place(workspace: WorkspaceId, name: &str) -> Place<'_> {
    Place { table: SECRET_TABLE, workspace, name }
}

impl From<VaultFailure> for Outage {
    fn from(failure: VaultFailure) -> Self {
        match failure {
            VaultFailure::Outage(outage) => outage,
            failure => Self::Internal(failure.into()),
        }
    }
}
