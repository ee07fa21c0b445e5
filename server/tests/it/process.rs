//! The real program as a process of its own, to be killed and started again.

use std::{
    fs::File,
    io::Write,
    net::{Ipv4Addr, TcpListener},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    signed_in::{self, SignedIn},
    yjs_client::PATIENCE,
};

/// A running `gala`.
pub(crate) struct Gala {
    child: Child,
    /// Where it answers: `http://127.0.0.1:<port>`.
    pub(crate) url: String,
    /// The owner; the first one to start on an empty directory makes the account.
    pub(crate) owner: SignedIn,
}

/// A port nobody listens on, below those the kernel gives to outgoing connections (ip(7)): whoever is
/// killed finds it free when they start again.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let number = std::process::id().wrapping_mul(101).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = 10_000 + (number % 20_000) as u16;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

/// Sends a signal to a process the test has started.
pub(crate) fn signal(process: u32, name: &str) {
    let status = Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status();
    assert!(status.expect("kill(1) is there").success(), "{name} to {process}");
}

impl Gala {
    /// Starts it on a port with its files in a directory, on Postgres if there is a URL for it, and
    /// waits until it is ready.
    pub(crate) async fn start(port: u16, directory: &Path, database_url: Option<&str>) -> Self {
        Self::start_with(port, directory, database_url, &[]).await
    }

    /// The same with more arguments.
    pub(crate) async fn start_with(
        port: u16,
        directory: &Path,
        database_url: Option<&str>,
        arguments: &[&str],
    ) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gala"));
        command.args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--log-level", "warn"]).args(arguments);
        command.arg("--data-dir").arg(directory).stdin(Stdio::null()).stdout(Stdio::null());
        if let Some(url) = database_url {
            command.args(["--database-url", url]);
        }
        let child = command.spawn().expect("gala starts");
        let url = format!("http://127.0.0.1:{port}");
        wait_for_readiness(&url, 200).await;
        let owner = SignedIn::owner(&url).await;
        Self { child, url, owner }
    }

    /// Starts one of several, with the account they share, and waits until it is ready; its log goes
    /// to a file.
    pub(crate) async fn start_beside(
        owner: Option<&SignedIn>,
        port: u16,
        (arguments, environment): (&[&str], &[(String, String)]),
        log: File,
    ) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gala"));
        command.args(["serve", "--listen", &format!("127.0.0.1:{port}")]).args(arguments);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().expect("gala starts");
        let url = format!("http://127.0.0.1:{port}");
        wait_for_readiness(&url, 200).await;
        let owner = match owner {
            Some(owner) => owner.at(&url),
            None => SignedIn::owner(&url).await,
        };
        Self { child, url, owner }
    }

    /// Waits until it says that it can do its work.
    pub(crate) async fn wait_until_ready(&self) {
        wait_for_readiness(&self.url, 200).await;
    }

    /// Waits until it says that it cannot do its work.
    pub(crate) async fn wait_until_not_ready(&self) {
        wait_for_readiness(&self.url, 503).await;
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it is running");
        self.child.wait().expect("it has ended");
    }

    /// Asks it to end, as an operator does.
    pub(crate) fn terminate(&self) {
        signal(self.child.id(), "TERM");
    }

    /// Stops it where it is, as a host that has no time for it does.
    pub(crate) fn pause(&self) {
        signal(self.child.id(), "STOP");
    }

    /// Has it go on.
    pub(crate) fn resume(&self) {
        signal(self.child.id(), "CONT");
    }

    /// Waits until it has ended by itself.
    pub(crate) async fn wait(mut self) -> ExitStatus {
        let ended = tokio::time::timeout(PATIENCE, async {
            loop {
                if let Some(status) = self.child.try_wait().expect("it can be asked") {
                    return status;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        ended.await.expect("it ends")
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("it can be asked").is_none()
    }

    /// Memory it holds, in KiB (`VmRSS` of proc(5)).
    pub(crate) fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it is running");
        let line = status.lines().find(|line| line.starts_with("VmRSS")).expect("Linux says it");
        line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).expect("a number")
    }

    /// Processor time it has used so far (`utime` and `stime` of proc(5), in ticks of 10 ms).
    pub(crate) fn cpu_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("it is running");
        let after_name = stat.rsplit_once(')').expect("a name in brackets").1;
        let ticks = after_name.split_whitespace().skip(11).take(2);
        let ticks: u64 = ticks.map(|ticks| ticks.parse::<u64>().expect("a number")).sum();
        Duration::from_millis(ticks * 10)
    }

    /// A figure of `/metrics`; 0 when it was never set.
    pub(crate) async fn metric(&self, name: &str) -> f64 {
        let answer = self.owner.request(Method::GET, "/metrics").send().await.expect("an answer");
        let text = answer.text().await.expect("text");
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0.0, |value| value.parse().expect("a number"))
    }

    /// Makes a page; answers with its id.
    pub(crate) async fn create_page(&self, title: &str) -> String {
        let workspace = self.owner.first_workspace().await;
        let request = self.owner.request(Method::POST, &format!("/api/v1/workspaces/{workspace}/pages"));
        let answer = request.json(&json!({ "title": title })).send().await.expect("an answer");
        let page: Value = answer.json().await.expect("a page");
        page["id"].as_str().expect("its id").to_owned()
    }

    /// The whole document of a page, as one Yjs update.
    pub(crate) async fn state(&self, page: &str) -> Vec<u8> {
        let request = self.owner.request(Method::GET, &format!("/api/v1/pages/{page}/content"));
        let answer = request.header("accept", "application/octet-stream").send().await.expect("an answer");
        assert!(answer.status().is_success(), "{}", answer.status());
        answer.bytes().await.expect("a body").to_vec()
    }
}

async fn wait_for_readiness(url: &str, status: u16) {
    let http = signed_in::client().build().expect("a client");
    let answered = tokio::time::timeout(PATIENCE, async {
        loop {
            let answer = http.get(format!("{url}/health/ready")).send().await;
            if answer.is_ok_and(|answer| answer.status() == status) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    answered.await.expect("its readiness changes");
}

impl Drop for Gala {
    fn drop(&mut self) {
        if self.is_running() {
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }
}

/// A command of `gala` on a data directory, on Postgres if there is a URL for it: what it answered with
/// and what it said, errors behind the rest.
pub(crate) fn command(data_dir: &Path, database_url: Option<&str>, arguments: &[&str]) -> (Option<i32>, String) {
    command_told(data_dir, database_url, arguments, "")
}

/// The same with this on its standard input.
pub(crate) fn command_told(
    data_dir: &Path,
    database_url: Option<&str>,
    arguments: &[&str],
    input: &str,
) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gala"));
    command.args(arguments).arg("--data-dir").arg(data_dir);
    if let Some(url) = database_url {
        command.args(["--database-url", url]);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("gala runs");
    // It may end without reading.
    drop(child.stdin.take().expect("a pipe").write_all(input.as_bytes()));
    let output = child.wait_with_output().expect("it ends");
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).expect("text"))
}
