//! A program that was started here and is signalled by its id, never by its name.

use std::{
    path::Path,
    process::{ExitStatus, Stdio},
};

use tokio::process::{Child, Command};

use crate::failure::Failure;

/// A running program; it is killed when this is dropped.
pub(crate) struct Process(Child);

impl Process {
    /// Starts it.
    ///
    /// # Errors
    ///
    /// [`Failure::Program`].
    pub(crate) fn start(command: &mut Command) -> Result<Self, Failure> {
        let what = command.as_std().get_program().to_string_lossy().into_owned();
        let started = command.stdin(Stdio::null()).kill_on_drop(true).spawn();
        Ok(Self(started.map_err(|source| Failure::Program { what, source })?))
    }

    /// Its id, while it has not been seen to end.
    pub(crate) fn id(&self) -> Option<u32> {
        self.0.id()
    }

    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(None))
    }

    /// Ends it as a power cut would.
    ///
    /// # Errors
    ///
    /// [`Failure::Io`].
    pub(crate) async fn kill(mut self) -> Result<(), Failure> {
        Ok(self.0.kill().await?)
    }

    /// Waits until it has ended by itself.
    ///
    /// # Errors
    ///
    /// [`Failure::Io`].
    pub(crate) async fn wait(mut self) -> Result<ExitStatus, Failure> {
        Ok(self.0.wait().await?)
    }

    /// Sends it a signal.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub(crate) async fn signal(&self, name: &str) -> Result<(), Failure> {
        match self.id() {
            Some(id) => signal(&[id], name).await,
            None => Ok(()),
        }
    }
}

/// Those that a process has started by its first thread, as Postgres does.
pub(crate) fn children(process: u32) -> Vec<u32> {
    let children = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
    children.split_whitespace().filter_map(|child| child.parse().ok()).collect()
}

/// Sends a signal to processes; those that have ended meanwhile need none.
pub(super) async fn signal(processes: &[u32], name: &str) -> Result<(), Failure> {
    let processes = processes.iter().map(u32::to_string);
    Command::new("kill").arg(format!("-{name}")).args(processes).stderr(Stdio::null()).status().await?;
    Ok(())
}

/// Runs a program to its end.
///
/// # Errors
///
/// [`Failure::Ended`] if that is a bad one.
pub(super) async fn run(command: &mut Command) -> Result<(), Failure> {
    let what = command.as_std().get_program().to_string_lossy().into_owned();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().await;
    let status = status.map_err(|source| Failure::Program { what, source })?;
    if status.success() { Ok(()) } else { Err(Failure::Ended { what: format!("{:?}", command.as_std()), status }) }
}

/// Whether this process may do everything. Postgres may not.
pub(super) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;

    Path::new("/proc/self").metadata().is_ok_and(|process| process.uid() == 0)
}
