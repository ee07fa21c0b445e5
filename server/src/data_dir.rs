//! The data directory: what is in it is for the user who runs the server, and nobody else.

use std::{
    fs::{DirBuilder, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

/// Makes a directory that only its owner may enter. One that is there stays as it is.
///
/// # Errors
///
/// What the file system says.
pub fn make(directory: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

/// Makes an empty file that only its owner may read and write. One that is there stays as it is.
///
/// # Errors
///
/// What the file system says.
pub fn make_file(path: &Path) -> io::Result<()> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path).map(drop)
}
