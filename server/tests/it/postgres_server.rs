//! A Postgres server that belongs to one test, which may crash it, hold it, copy it and replace it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;

use crate::process::{free_port, signal};

/// A server of its own, with the programs in the directory that `GALA_TEST_POSTGRES_BIN` names.
pub(crate) struct PostgresServer {
    programs: PathBuf,
    directory: TempDir,
    port: u16,
}

/// The files of a server as they were at some moment.
pub(crate) struct Backup(TempDir);

impl PostgresServer {
    /// Starts an empty one; `None` where there are no programs to start.
    pub(crate) async fn start() -> Option<Self> {
        Self::start_in(tempfile::tempdir().unwrap()).await
    }

    /// Starts one with its files in this directory.
    pub(crate) async fn start_in(directory: TempDir) -> Option<Self> {
        let server = Self::prepared(directory)?;
        let mut initdb = server.program("initdb");
        run(initdb.args(["--auth=trust", "--username=postgres", "--no-sync", "--pgdata"]).arg(server.data()));
        server.recover().await;
        Some(server)
    }

    #[expect(clippy::disallowed_methods, reason = "the server for tests is no setting of the program")]
    fn prepared(directory: TempDir) -> Option<Self> {
        let programs = std::env::var("GALA_TEST_POSTGRES_BIN").ok()?.into();
        give_to_postgres(directory.path());
        Some(Self { programs, directory, port: free_port() })
    }

    /// Starts one that follows this one, which it reaches at a port of its own choice.
    pub(crate) async fn standby(&self, port_of_primary: u16) -> Self {
        let standby = Self::prepared(tempfile::tempdir().unwrap()).expect("there are programs");
        self.copy_to(&standby.data(), port_of_primary, &["--write-recovery-conf"]).await;
        standby.recover().await;
        standby
    }

    /// Makes a standby the server that is written to.
    pub(crate) async fn promote(&self) {
        self.control(&["-w", "promote"]).await;
    }

    /// How to reach it.
    pub(crate) fn url(&self) -> String {
        url_at(self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Stops it as a power failure would: what is not on the disk is lost.
    pub(crate) async fn crash(&self) {
        self.control(&["-m", "immediate", "stop"]).await;
    }

    /// Starts it again.
    pub(crate) async fn recover(&self) {
        let options = format!(
            "-p {} -k {} -c listen_addresses=127.0.0.1 -c max_connections=200 -c shared_buffers=16MB",
            self.port,
            self.directory.path().display()
        );
        let log = self.directory.path().join("log").display().to_string();
        self.control(&["-w", "-l", &log, "-o", &options, "start"]).await;
    }

    /// Starts it if it has stopped by itself.
    pub(crate) async fn recover_if_stopped(&self) {
        if !self.program("pg_ctl").arg("-D").arg(self.data()).arg("status").output().unwrap().status.success() {
            self.recover().await;
        }
    }

    /// Stops all of its processes where they are.
    pub(crate) fn pause(&self) {
        self.signal_all("STOP");
    }

    /// Has them go on.
    pub(crate) fn resume(&self) {
        self.signal_all("CONT");
    }

    /// Copies its files while it serves, as an operator's backup does.
    pub(crate) async fn back_up(&self) -> Backup {
        let backup = tempfile::tempdir().unwrap();
        give_to_postgres(backup.path());
        self.copy_to(&backup.path().join("data"), self.port, &[]).await;
        Backup(backup)
    }

    /// Puts it back to where it was; it is down meanwhile.
    pub(crate) async fn restore(&self, backup: &Backup) {
        self.crash().await;
        fs::remove_dir_all(self.data()).unwrap();
        run(Command::new("cp").arg("-a").arg(backup.0.path().join("data")).arg(self.data()));
        self.recover().await;
    }

    async fn copy_to(&self, directory: &Path, port: u16, more: &[&str]) {
        let mut copy = self.program("pg_basebackup");
        copy.args(["--host=127.0.0.1", "--username=postgres", "--checkpoint=fast", "--no-sync"]);
        copy.arg(format!("--port={port}")).arg("--pgdata").arg(directory).args(more);
        tokio::task::spawn_blocking(move || run(&mut copy)).await.unwrap();
    }

    async fn control(&self, arguments: &[&str]) {
        let mut control = self.program("pg_ctl");
        control.arg("-D").arg(self.data()).args(arguments);
        tokio::task::spawn_blocking(move || run(&mut control)).await.unwrap();
    }

    fn signal_all(&self, name: &str) {
        let file = fs::read_to_string(self.data().join("postmaster.pid")).expect("it is running");
        let postmaster: u32 = file.lines().next().and_then(|line| line.parse().ok()).expect("a process id");
        signal(postmaster, name);
        // One that has ended meanwhile needs no signal.
        let children = children(postmaster).into_iter().map(|child| child.to_string());
        Command::new("kill").arg(format!("-{name}")).args(children).stderr(Stdio::null()).status().unwrap();
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// A program of Postgres. None of them runs as root.
    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        }
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        // Too late for anything but an untidy temporary directory.
        self.program("pg_ctl").arg("-D").arg(self.data()).args(["-m", "immediate", "stop"]).output().ok();
    }
}

/// How to reach a server, or what stands before it, at this port.
pub(crate) fn url_at(port: u16) -> String {
    format!("postgres://postgres@127.0.0.1:{port}/postgres?sslmode=disable")
}

pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;

    Path::new("/proc/self").metadata().is_ok_and(|process| process.uid() == 0)
}

fn children(process: u32) -> Vec<u32> {
    let file = format!("/proc/{process}/task/{process}/children");
    let children = fs::read_to_string(file).unwrap_or_default();
    children.split_whitespace().filter_map(|child| child.parse().ok()).collect()
}

fn give_to_postgres(directory: &Path) {
    if is_root() {
        run(Command::new("chown").arg("postgres").arg(directory));
    }
}

fn run(command: &mut Command) {
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(status.success(), "{command:?}: {status}");
}
