//! A copy of a SQLite database as it is at one moment, while a server goes on writing to it.

use std::{io, path::Path};

use super::{error::StoreError, sqlite::Sqlite};
use crate::new_file::NewFile;

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is a file of this name, which stays as it is.
    #[error("there is a file of this name already")]
    Exists,
    /// The file cannot be written.
    #[error("the file cannot be written")]
    Io(#[source] io::Error),
    /// What was copied is damaged, so it was not kept.
    #[error("the copy is damaged, as the database is: {0}")]
    Damaged(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<io::Error> for BackupError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::AlreadyExists { Self::Exists } else { Self::Io(error) }
    }
}

/// Copies the database file `from` into the new file `to`: everything that was committed before this was
/// called, and nothing by half. The copy was checked and is on the disk when this answers with its size
/// in bytes.
///
/// # Errors
///
/// As [`BackupError`] says; then there is no new file.
pub async fn back_up(from: &Path, to: &Path) -> Result<u64, BackupError> {
    let source = Sqlite::open_to_read(from)?;
    let new = NewFile::begin(to)?;
    source.copy(new.path()).await?;
    let damage = Sqlite::open_to_read(new.path())?.deep_damage().await?;
    if let Some(line) = damage.into_iter().next() {
        return Err(BackupError::Damaged(line));
    }
    let bytes = new.file().metadata()?.len();
    new.finish()?;
    Ok(bytes)
}
