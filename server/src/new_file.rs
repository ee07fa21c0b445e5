//! A file that is there as a whole or not at all.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// A file that is being written beside the name it is to have. Only its owner may read it. Dropped before
/// it is finished, it is gone.
#[derive(Debug)]
pub struct NewFile {
    file: File,
    part: PathBuf,
    name: PathBuf,
}

impl NewFile {
    /// Begins a file of this name.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::AlreadyExists`] if there is one, or what the file system says.
    pub fn begin(name: &Path) -> io::Result<Self> {
        if fs::symlink_metadata(name).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let mut part = OsString::from(name);
        part.push(format!(".{}.part", std::process::id()));
        let part = PathBuf::from(part);
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&part)?;
        Ok(Self { file, part, name: name.to_owned() })
    }

    /// What is written to.
    pub const fn file(&self) -> &File {
        &self.file
    }

    /// Where it is for now.
    pub fn path(&self) -> &Path {
        &self.part
    }

    /// Gives it its name, once it is on the disk.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::AlreadyExists`] if somebody else has made one meanwhile, or what the file system says.
    pub fn finish(self) -> io::Result<()> {
        self.file.sync_all()?;
        // A link does not take the place of another file, as a rename would.
        fs::hard_link(&self.part, &self.name)?;
        let directory = self.name.parent().filter(|directory| !directory.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.part) {
            tracing::warn!(%error, file = %self.part.display(), "a part of a file is left behind");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_is_there_as_a_whole_or_not_at_all() {
        let directory = tempfile::tempdir().unwrap();
        let name = directory.path().join("file");
        let names =
            || fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();

        drop(NewFile::begin(&name).unwrap());
        assert!(names().is_empty());

        let new = NewFile::begin(&name).unwrap();
        new.file().write_all(b"whole").unwrap();
        assert!(!name.exists());
        new.finish().unwrap();
        assert_eq!((names(), fs::read(&name).unwrap()), (vec!["file".into()], b"whole".to_vec()));

        assert_eq!(NewFile::begin(&name).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn a_file_that_came_meanwhile_stays() {
        let directory = tempfile::tempdir().unwrap();
        let name = directory.path().join("file");
        let new = NewFile::begin(&name).unwrap();
        fs::write(&name, "other").unwrap();

        assert_eq!(new.finish().unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&name).unwrap(), b"other");
    }
}
