//! The server's secret: the one from which every key is derived.

use std::{
    fmt,
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};

use crate::{config::SecretConfig, data_dir};

/// Bytes of the secret.
const SECRET_BYTES: usize = 32;
/// Where a generated secret is kept, in the data directory.
const GENERATED_FILE: &str = "secret.key";

/// 32 bytes nobody else knows.
#[derive(Clone)]
pub struct Secret([u8; SECRET_BYTES]);

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The text is not the base64 of 32 bytes.
    #[error("the secret key in {0} is not 32 bytes in base64")]
    Invalid(String),
    /// The file cannot be read or written.
    #[error("the secret key file {} cannot be used", .0.display())]
    File(PathBuf, #[source] io::Error),
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    Random(#[source] getrandom::Error),
    /// The key for a purpose could not be derived.
    #[error("no key could be derived from the secret")]
    Derive(#[source] jsonwebtoken::errors::Error),
}

impl Secret {
    /// The secret the settings name; else the one in the data directory, made when there is none.
    ///
    /// # Errors
    ///
    /// [`SecretError`].
    pub fn load(config: &SecretConfig, data_dir: &Path) -> Result<Self, SecretError> {
        if let Some(text) = &config.secret_key {
            return Self::parse(text.expose()).ok_or_else(|| SecretError::Invalid("GALA_SECRET_KEY".to_owned()));
        }
        if let Some(path) = &config.secret_key_file {
            return Self::of_file(path);
        }
        let path = data_dir.join(GENERATED_FILE);
        if path.exists() { Self::of_file(&path) } else { Self::generate(&path) }
    }

    /// A key for one purpose. Keys for different purposes say nothing about each other.
    ///
    /// # Errors
    ///
    /// [`SecretError::Derive`].
    pub fn key_for(&self, purpose: &str) -> Result<Vec<u8>, SecretError> {
        let key = EncodingKey::from_secret(&self.0);
        let derived = crypto::sign(purpose.as_bytes(), &key, Algorithm::HS256).map_err(SecretError::Derive)?;
        Ok(derived.into_bytes())
    }

    fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64_STANDARD.decode(text.trim()).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// The secret in a file.
    ///
    /// # Errors
    ///
    /// [`SecretError::File`], [`SecretError::Invalid`].
    pub fn of_file(path: &Path) -> Result<Self, SecretError> {
        let text = fs::read_to_string(path).map_err(|error| SecretError::File(path.to_owned(), error))?;
        Self::parse(&text).ok_or_else(|| SecretError::Invalid(path.display().to_string()))
    }

    fn generate(path: &Path) -> Result<Self, SecretError> {
        let mut bytes = [0; SECRET_BYTES];
        getrandom::fill(&mut bytes).map_err(SecretError::Random)?;
        let write = || {
            if let Some(directory) = path.parent() {
                data_dir::make(directory)?;
            }
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
            writeln!(file, "{}", BASE64_STANDARD.encode(bytes))?;
            file.sync_all()
        };
        write().map_err(|error| SecretError::File(path.to_owned(), error))?;
        Ok(Self(bytes))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn settings(key: Option<&str>) -> SecretConfig {
        SecretConfig { secret_key: key.map(|key| key.to_owned().into()), secret_key_file: None }
    }

    #[test]
    fn a_secret_is_generated_once_and_only_its_owner_may_read_it() {
        let directory = tempfile::tempdir().unwrap();
        let data_dir = directory.path().join("not/yet/there");

        let first = Secret::load(&settings(None), &data_dir).unwrap();
        let second = Secret::load(&settings(None), &data_dir).unwrap();

        assert_eq!(first.0, second.0);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&data_dir), mode(&data_dir.join(GENERATED_FILE))), (0o700, 0o600));
    }

    #[test]
    fn a_secret_of_another_length_is_refused() {
        let directory = tempfile::tempdir().unwrap();

        let error = Secret::load(&settings(Some("c2hvcnQ=")), directory.path()).unwrap_err();

        assert_eq!(error.to_string(), "the secret key in GALA_SECRET_KEY is not 32 bytes in base64");
    }

    #[test]
    fn keys_for_two_purposes_differ() {
        let directory = tempfile::tempdir().unwrap();
        let secret = Secret::load(&settings(None), directory.path()).unwrap();

        assert_ne!(secret.key_for("one").unwrap(), secret.key_for("two").unwrap());
    }
}
