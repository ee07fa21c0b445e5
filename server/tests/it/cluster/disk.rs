//! Disks that are full: nothing is acknowledged, reads go on, and nothing is lost once there is space.

use std::{fs, path::Path, process::Command, time::Duration};

use tempfile::TempDir;

use super::{SOON, at_work, nodes::Cluster, typist::Typist};
use crate::{
    postgres_server::{PostgresServer, is_root},
    process::{Gala, free_port},
    yjs_client::{Dialect, YjsClient, new_doc},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_whose_disk_is_full_acknowledges_nothing_until_there_is_space() {
    let Some(disk) = Disk::mount("128m") else { return };
    let Some(postgres) = PostgresServer::start_in(disk.directory()).await else { return };
    let mut cluster = Cluster::on(postgres, 2).await;
    let mut ada = at_work(&mut cluster).await;

    disk.fill();
    let blob = "x".repeat(64 * 1024);
    while ada.is_saved() {
        ada.type_long_token(&blob).await;
        ada.live_until(Duration::from_secs(1), Typist::is_saved).await;
    }
    let saved = ada.saved;
    let readiness = cluster.nodes[0].gala().wait_until_not_ready();
    tokio::join!(readiness, ada.live_for(Duration::from_secs(1)));
    assert_eq!(ada.saved, saved);
    disk.free();
    cluster.postgres.recover_if_stopped().await;

    assert!(ada.live_until(SOON * 2, Typist::is_saved).await);
    cluster.check(vec![ada]).await;
    drop(cluster);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_sqlite_whose_disk_is_full_acknowledges_nothing_until_there_is_space() {
    let Some(disk) = Disk::mount("16m") else { return };
    let port = free_port();
    let gala = Gala::start(port, disk.path(), None).await;
    let room = gala.create_page("Full").await;
    let mut ada = YjsClient::connect(&gala.owner, &room, None, Dialect::Hocuspocus, new_doc()).await.unwrap();
    ada.hear_until_synced().await;
    ada.hear_until_saved().await;

    disk.fill();
    let mut typed = String::new();
    let blob = "x".repeat(64 * 1024);
    while tokio::time::timeout(Duration::from_millis(500), ada.hear_until_saved()).await.is_ok() {
        ada.append(&blob).await.unwrap();
        typed.push_str(&blob);
    }
    gala.wait_until_not_ready().await;
    assert!(!gala.state(&room).await.is_empty());
    disk.free();
    ada.hear_until_saved().await;
    gala.kill();

    let gala = Gala::start(port, disk.path(), None).await;
    let mut late = YjsClient::connect(&gala.owner, &room, None, Dialect::YWebsocket, new_doc()).await.unwrap();
    late.hear_until_length(typed.len()).await;
    assert_eq!(late.text(), typed);
}

/// A small disk of its own, in memory. Where none can be mounted the test is left out.
struct Disk(TempDir);

impl Disk {
    #[expect(clippy::print_stderr, reason = "a test that is left out says so")]
    fn mount(size: &str) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "gala-test"]).arg(directory.path());
        if !is_root() || !mount.output().is_ok_and(|output| output.status.success()) {
            eprintln!("left out: no disk can be mounted here");
            return None;
        }
        Some(Self(directory))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// A directory on it.
    fn directory(&self) -> TempDir {
        tempfile::tempdir_in(self.path()).unwrap()
    }

    /// Leaves no space on it.
    fn fill(&self) {
        let ballast = format!("of={}", self.path().join("ballast").display());
        // It ends when there is no more space.
        Command::new("dd").args(["if=/dev/zero", "bs=64k", &ballast]).output().unwrap();
    }

    fn free(&self) {
        fs::remove_file(self.path().join("ballast")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: what is still open on it goes a moment later.
        Command::new("umount").arg("--lazy").arg(self.path()).output().ok();
    }
}
