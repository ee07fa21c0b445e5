//! One node, and the ways to it and from it.

use std::{fs::File, path::PathBuf, process::Stdio, time::Duration};

use tokio::process::Command;

use super::{free_port, postgres, process::Process, proxy::Proxy, until};
use crate::failure::Failure;

/// What all nodes sign with: 32 bytes.
const SECRET: &str = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=";
/// How long an answer about readiness may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(3);

pub(crate) struct Node {
    /// From clients to the node.
    pub(crate) door: Proxy,
    /// From the node to Postgres.
    pub(crate) postgres: Proxy,
    /// From the node to Redis.
    pub(crate) redis: Proxy,
    process: Option<Process>,
    place: Place,
    port: u16,
}

/// Which node it is, and what it is made of.
pub(super) struct Place {
    pub(super) gala: PathBuf,
    pub(super) directory: PathBuf,
    pub(super) number: usize,
}

impl Node {
    pub(super) async fn start(place: Place, postgres: u16, redis: u16) -> Result<Self, Failure> {
        let port = free_port()?;
        let (door, postgres, redis) = (Proxy::to(port).await?, Proxy::to(postgres).await?, Proxy::to(redis).await?);
        let mut node = Self { door, postgres, redis, process: None, place, port };
        node.restart().await?;
        Ok(node)
    }

    /// Where it answers, past its door.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Where its clients come.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.door.port())
    }

    /// Starts it, and waits until it can do its work.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub(crate) async fn restart(&mut self) -> Result<(), Failure> {
        self.launch()?;
        self.ready().await
    }

    /// Starts it if it does not run: it has been ended, or has ended because it had no database.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub(crate) fn launch(&mut self) -> Result<(), Failure> {
        if self.process.as_mut().is_some_and(Process::is_running) {
            return Ok(());
        }
        let Place { gala, directory, number } = &self.place;
        let log = File::options().create(true).append(true).open(directory.join(format!("node-{number}.log")))?;
        let mut command = Command::new(gala);
        command.args(["serve", "--listen", &format!("127.0.0.1:{}", self.port), "--secret-key", SECRET]);
        command.args(["--database-url", &postgres::url_at(self.postgres.port())]);
        command.args(["--redis-url", &format!("redis://127.0.0.1:{}", self.redis.port())]);
        command.args(["--log-level", "info,server::api::requests=warn"]);
        command.arg("--data-dir").arg(directory.join(format!("node-{number}")));
        self.process = Some(Process::start(command.stdout(Stdio::null()).stderr(log))?);
        Ok(())
    }

    /// Waits until it says that it can do its work.
    ///
    /// # Errors
    ///
    /// [`Failure::Unready`].
    pub(crate) async fn ready(&self) -> Result<(), Failure> {
        let (http, url) = (reqwest::Client::builder().timeout(ANSWER_TIMEOUT).build()?, self.url());
        let ready = async || http.get(format!("{url}/health/ready")).send().await;
        until(&url, async || ready().await.is_ok_and(|answer| answer.status().is_success())).await
    }

    /// Ends it as a power cut would, and the connections it had.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub(crate) async fn kill(&mut self) -> Result<(), Failure> {
        if let Some(process) = self.process.take() {
            process.kill().await?;
        }
        self.postgres.reset();
        self.redis.reset();
        Ok(())
    }

    /// Asks it to end, and waits until it has.
    ///
    /// # Errors
    ///
    /// [`Failure::Ended`] if that is a bad end.
    pub(crate) async fn stop(&mut self) -> Result<(), Failure> {
        let Some(process) = self.process.take() else { return Ok(()) };
        process.signal("TERM").await?;
        let status = process.wait().await?;
        if status.success() { Ok(()) } else { Err(Failure::Ended { what: self.url(), status }) }
    }

    /// Stops it where it is, or has it go on.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub(crate) async fn signal(&self, name: &str) -> Result<(), Failure> {
        match &self.process {
            Some(process) => process.signal(name).await,
            None => Ok(()),
        }
    }
}
