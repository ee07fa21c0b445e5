//! The keys: one that wraps, and those that are wrapped.

use hmac::{Hmac, KeyInit, Mac};
use protocol::ids::WorkspaceId;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{
    Place,
    cipher::{Cipher, KEY_BYTES, Plaintext, VaultError},
};
use crate::secret::{Secret, SecretError};

/// What the master key is derived for.
const PURPOSE: &str = "vault";
/// Bytes in a block of SHA-256: an HMAC takes its key in this size (RFC 2104 §2).
const BLOCK_BYTES: usize = 64;
/// The table in which wrapped keys stand.
const WRAPPED_TABLE: &str = "vault_key";

/// Wraps the keys of workspaces, and nothing else.
pub struct MasterKey(Cipher);

/// Seals the secrets of one workspace. It is stored wrapped only.
pub struct DataKey(Cipher);

impl MasterKey {
    /// The key that belongs to the server's secret.
    ///
    /// # Errors
    ///
    /// [`SecretError::Derive`].
    pub fn derive(secret: &Secret) -> Result<Self, SecretError> {
        Cipher::derive(secret, PURPOSE).map(Self)
    }

    /// The key as it is stored for a workspace.
    ///
    /// # Errors
    ///
    /// [`VaultError::Random`].
    pub fn wrap(&self, key: &DataKey, workspace: WorkspaceId) -> Result<Vec<u8>, VaultError> {
        self.0.seal(key.0.key(), &wrapped_in(workspace).associated_data())
    }

    /// The key that was wrapped for this workspace.
    ///
    /// # Errors
    ///
    /// [`VaultError::NotOurs`].
    pub fn open(&self, wrapped: &[u8], workspace: WorkspaceId) -> Result<DataKey, VaultError> {
        let key = self.0.open(wrapped, &wrapped_in(workspace).associated_data())?;
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        if key.expose().len() != KEY_BYTES {
            return Err(VaultError::NotOurs);
        }
        bytes.copy_from_slice(key.expose());
        Ok(DataKey(Cipher::new(bytes)))
    }

    /// The same data key wrapped by another master key: what it has sealed stays as it is.
    ///
    /// # Errors
    ///
    /// [`VaultError::NotOurs`] if this key has not wrapped it, [`VaultError::Random`].
    pub fn rewrap(&self, wrapped: &[u8], workspace: WorkspaceId, next: &Self) -> Result<Vec<u8>, VaultError> {
        next.wrap(&self.open(wrapped, workspace)?, workspace)
    }
}

impl DataKey {
    /// A new key.
    ///
    /// # Errors
    ///
    /// [`VaultError::Random`].
    pub fn generate() -> Result<Self, VaultError> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        getrandom::fill(&mut *bytes).map_err(VaultError::Random)?;
        Ok(Self(Cipher::new(bytes)))
    }

    /// A key for one purpose, which lives as long as this one: another master key does not change it.
    pub fn derive(&self, purpose: &str) -> Zeroizing<Vec<u8>> {
        let mut block = Zeroizing::new([0; BLOCK_BYTES]);
        block[..KEY_BYTES].copy_from_slice(self.0.key());
        let derived = Hmac::<Sha256>::new(&(*block).into()).chain_update(purpose).finalize();
        Zeroizing::new(derived.into_bytes().to_vec())
    }

    /// Seals a secret for its place; the same secret is never sealed to the same bytes.
    ///
    /// # Errors
    ///
    /// [`VaultError::TooLarge`], [`VaultError::Random`].
    pub fn seal(&self, plaintext: &[u8], place: Place<'_>) -> Result<Vec<u8>, VaultError> {
        self.0.seal(plaintext, &place.associated_data())
    }

    /// The secret that was sealed for this place.
    ///
    /// # Errors
    ///
    /// [`VaultError::NotOurs`].
    pub fn open(&self, sealed: &[u8], place: Place<'_>) -> Result<Plaintext, VaultError> {
        self.0.open(sealed, &place.associated_data())
    }
}

const fn wrapped_in(workspace: WorkspaceId) -> Place<'static> {
    Place { table: WRAPPED_TABLE, workspace, name: "" }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use protocol::ids::WorkspaceId;

    use super::*;
    use crate::config::SecretConfig;

    fn secret(key: &str) -> Secret {
        let config = SecretConfig { secret_key: Some(key.to_owned().into()), secret_key_file: None };
        Secret::load(&config, Path::new("")).unwrap()
    }

    fn master_key(first_letter: char) -> MasterKey {
        MasterKey::derive(&secret(&format!("{first_letter}{}=", "A".repeat(42)))).unwrap()
    }

    fn place(workspace: WorkspaceId, name: &str) -> Place<'_> {
        Place { table: "vault_secret", workspace, name }
    }

    #[test]
    fn a_new_master_key_opens_what_the_old_one_protected_and_the_old_one_no_longer_does() {
        let (old, new, workspace) = (master_key('A'), master_key('B'), WorkspaceId::new());
        let key = DataKey::generate().unwrap();
        let sealed = key.seal(b"hunter2", place(workspace, "smtp")).unwrap();

        let rewrapped = old.rewrap(&old.wrap(&key, workspace).unwrap(), workspace, &new).unwrap();

        let opened = new.open(&rewrapped, workspace).unwrap().open(&sealed, place(workspace, "smtp")).unwrap();
        assert_eq!(opened.expose(), b"hunter2");
        assert!(matches!(old.open(&rewrapped, workspace), Err(VaultError::NotOurs)));
    }

    #[test]
    fn a_key_wrapped_for_one_workspace_does_not_serve_another() {
        let (master, workspace) = (master_key('A'), WorkspaceId::new());

        let wrapped = master.wrap(&DataKey::generate().unwrap(), workspace).unwrap();

        assert!(matches!(master.open(&wrapped, WorkspaceId::new()), Err(VaultError::NotOurs)));
        assert!(master.open(&wrapped, workspace).is_ok());
    }

    #[test]
    fn a_secret_copied_into_another_row_does_not_open() {
        let (key, workspace) = (DataKey::generate().unwrap(), WorkspaceId::new());
        let sealed = key.seal(b"hunter2", place(workspace, "smtp")).unwrap();

        let others = [
            place(workspace, "google"),
            place(WorkspaceId::new(), "smtp"),
            Place { table: "signing_key", ..place(workspace, "smtp") },
        ];

        for other in others {
            assert!(matches!(key.open(&sealed, other), Err(VaultError::NotOurs)), "{other:?}");
        }
        assert!(key.open(&sealed, place(workspace, "smtp")).is_ok());
    }

    #[test]
    fn a_secret_cannot_pose_as_a_wrapped_key() {
        let (master, workspace) = (master_key('A'), WorkspaceId::new());
        let short =
            master.0.seal(b"31 bytes and no key of any kind", &wrapped_in(workspace).associated_data()).unwrap();

        assert!(matches!(master.open(&short, workspace), Err(VaultError::NotOurs)));
    }
}
