//! A Postgres of its own, to be crashed, stopped, cut off, put back and filled up.

use std::{
    ffi::OsStr,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use tokio::process::Command;
use tokio_postgres::{Client, NoTls};

use super::{
    free_port,
    process::{children, is_root, run, signal},
};
use crate::failure::Failure;

pub(crate) struct Postgres {
    programs: PathBuf,
    directory: PathBuf,
    port: u16,
    /// Whether the directory is a disk of its own.
    is_disk: bool,
    /// The cores it may run on, as `taskset` takes them; all if none are named.
    cores: Option<String>,
}

impl Postgres {
    /// Starts one with nothing in it; with `disk_mib`, on a small disk in memory.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub(crate) async fn start(
        programs: &Path,
        directory: &Path,
        disk_mib: Option<u32>,
        cores: Option<&str>,
    ) -> Result<Self, Failure> {
        fs::create_dir_all(directory)?;
        if let Some(mib) = disk_mib {
            let size = format!("size={mib}m");
            run(Command::new("mount").args(["-t", "tmpfs", "-o", &size, "gala-loadtest"]).arg(directory)).await?;
        }
        let (programs, directory) = (programs.to_owned(), directory.to_owned());
        let cores = cores.map(str::to_owned);
        let postgres = Self { programs, directory, port: free_port()?, is_disk: disk_mib.is_some(), cores };
        // It is reached through directories that only their maker may enter otherwise.
        for above in postgres.directory.ancestors().take(2) {
            fs::set_permissions(above, fs::Permissions::from_mode(0o755))?;
        }
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(&postgres.directory)).await?;
        }
        let mut initdb = postgres.program("initdb");
        run(initdb.args(["--auth=trust", "--username=postgres", "--no-sync", "--pgdata"]).arg(postgres.data())).await?;
        postgres.recover().await?;
        Ok(postgres)
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// How to reach it.
    pub(crate) fn url(&self) -> String {
        url_at(self.port)
    }

    /// The first of its processes, which has started all others.
    ///
    /// # Errors
    ///
    /// [`Failure`] if it does not run.
    pub(crate) fn postmaster(&self) -> Result<u32, Failure> {
        let file = fs::read_to_string(self.data().join("postmaster.pid"))?;
        file.lines().next().and_then(|line| line.parse().ok()).ok_or(Failure::Incomplete("process id"))
    }

    /// A connection that nothing here breaks but the end of the server.
    ///
    /// # Errors
    ///
    /// [`Failure::Database`].
    pub(crate) async fn connect(&self) -> Result<Client, Failure> {
        let (client, connection) = tokio_postgres::connect(&url_at(self.port), NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// Stops it as a power failure would.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub(crate) async fn crash(&self) -> Result<(), Failure> {
        self.control(&["-m", "immediate", "stop"]).await
    }

    /// Starts it, if it does not run.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub(crate) async fn recover(&self) -> Result<(), Failure> {
        if self.control(&["status"]).await.is_ok() {
            return Ok(());
        }
        let options = format!(
            "-p {} -k {} -c listen_addresses=127.0.0.1 -c max_connections=300 -c max_wal_size=256MB",
            self.port,
            self.directory.display()
        );
        let log = self.directory.join("log").display().to_string();
        self.control(&["-w", "-l", &log, "-o", &options, "start"]).await
    }

    /// Stops all of its processes where they are (`STOP`), or has them go on (`CONT`).
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub(crate) async fn signal(&self, name: &str) -> Result<(), Failure> {
        let postmaster = self.postmaster()?;
        // The first of them makes no more once it is stopped.
        signal(&[postmaster], name).await?;
        signal(&children(postmaster), name).await
    }

    /// Ends every connection of the nodes.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub(crate) async fn disconnect(&self) -> Result<(), Failure> {
        let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'gala'";
        self.connect().await?.batch_execute(others).await?;
        Ok(())
    }

    /// Copies its files while it serves, as an operator's backup does.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub(crate) async fn back_up(&self) -> Result<(), Failure> {
        if self.backup().exists() {
            fs::remove_dir_all(self.backup())?;
        }
        let mut copy = self.program("pg_basebackup");
        copy.args(["--host=127.0.0.1", "--username=postgres", "--checkpoint=fast", "--no-sync"]);
        run(copy.arg(format!("--port={}", self.port)).arg("--pgdata").arg(self.backup())).await
    }

    /// Puts it back to where it was at the last backup; it is down meanwhile.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub(crate) async fn restore(&self) -> Result<(), Failure> {
        self.crash().await?;
        fs::remove_dir_all(self.data())?;
        run(Command::new("cp").arg("-a").arg(self.backup()).arg(self.data())).await?;
        self.recover().await
    }

    /// Leaves no space on its disk, if it has one of its own.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub(crate) async fn fill_disk(&self) -> Result<(), Failure> {
        let ballast = format!("of={}", self.ballast().display());
        // It ends badly by design: when there is no more space.
        run(Command::new("dd").args(["if=/dev/zero", "bs=256k", &ballast])).await.or_else(|failure| match failure {
            Failure::Ended { .. } => Ok(()),
            failure => Err(failure),
        })
    }

    /// Gives the space back, and starts it if it has stopped.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub(crate) async fn free_disk(&self) -> Result<(), Failure> {
        fs::remove_file(self.ballast())?;
        self.recover().await
    }

    pub(crate) fn has_disk(&self) -> bool {
        self.is_disk
    }

    async fn control(&self, arguments: &[&str]) -> Result<(), Failure> {
        run(self.program("pg_ctl").arg("-D").arg(self.data()).args(arguments)).await
    }

    fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    fn backup(&self) -> PathBuf {
        self.directory.join("backup")
    }

    fn ballast(&self) -> PathBuf {
        self.directory.join("ballast")
    }

    /// A program of Postgres. None of them runs as root.
    fn program(&self, name: &str) -> Command {
        let mut words: Vec<&OsStr> = Vec::new();
        if let Some(cores) = &self.cores {
            words.extend(["taskset", "-c", cores].map(OsStr::new));
        }
        if is_root() {
            words.extend(["runuser", "-u", "postgres", "--"].map(OsStr::new));
        }
        let program = self.programs.join(name);
        words.push(program.as_os_str());
        let mut command = Command::new(words[0]);
        command.args(&words[1..]);
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Too late for anything but an untidy directory.
        let mut stop = self.program("pg_ctl");
        stop.arg("-D").arg(self.data()).args(["-m", "immediate", "stop"]);
        stop.as_std_mut().output().ok();
        if self.is_disk {
            std::process::Command::new("umount").arg("--lazy").arg(&self.directory).output().ok();
        }
    }
}

/// How to reach a server, or what stands before it, at this port.
pub(super) fn url_at(port: u16) -> String {
    format!("postgres://postgres@127.0.0.1:{port}/postgres?sslmode=disable")
}
