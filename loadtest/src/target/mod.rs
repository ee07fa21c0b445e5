//! The servers that are measured: Gala and its peers. Each is started on cores of its own, in a
//! directory of its own, with its defaults, and is asked for nothing but rooms.
//!
//! ```text
//! kind.rs    which there are             usage.rs   CPU and memory of their processes
//! launch.rs  how each is started         peers.rs   where they are installed
//! relay.rs   the floor
//! ```

mod kind;
mod launch;
mod peers;
pub(crate) mod relay;
mod usage;

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) use self::{
    kind::{Dialect, Kind},
    usage::Usage,
};
use crate::{
    account::Account,
    cluster::{Postgres, Process, Programs, free_port, until},
    failure::Failure,
};

/// How long an answer over HTTP may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
/// Room names on servers that make a room when somebody enters it.
const ROOM_PREFIX: &str = "room-";

/// A running server; killed when dropped.
pub(crate) struct Target {
    kind: Kind,
    address: SocketAddr,
    programs: Programs,
    http: Client,
    process: Option<Process>,
    /// The one of [`Kind::GalaPostgres`].
    postgres: Option<Postgres>,
    /// Who makes pages, on Gala.
    account: Option<Account>,
    /// How many rooms have been made.
    rooms: std::cell::Cell<usize>,
    directory: PathBuf,
    /// Gone when dropped, after what runs in it.
    temporary: Option<TempDir>,
}

/// The handshake that leads to a room.
#[derive(Clone, Debug)]
pub(crate) struct Upgrade {
    /// Path and query.
    pub(crate) path: String,
    /// Headers beside those of every WebSocket handshake.
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Target {
    /// Starts a server with nothing in it, and waits until it answers.
    ///
    /// # Errors
    ///
    /// [`Failure::Program`] if it is not installed, [`Failure::Unready`] if it does not answer.
    pub(crate) async fn start(kind: Kind, programs: &Programs) -> Result<Self, Failure> {
        let temporary = TempDir::new()?;
        let (directory, temporary) = match &programs.directory {
            Some(kept) => (kept.join(kind.name()), None),
            None => (temporary.path().to_owned(), Some(temporary)),
        };
        std::fs::create_dir_all(&directory)?;
        let postgres = match kind {
            Kind::GalaPostgres => {
                let (bin, cores) = (programs.postgres_bin()?, Some(programs.server_cores.as_str()));
                Some(Postgres::start(&bin, &directory.join("postgres"), None, cores).await?)
            }
            _ => None,
        };
        let mut target = Self {
            kind,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?)),
            programs: programs.clone(),
            http: Client::builder().timeout(ANSWER_TIMEOUT).build()?,
            process: None,
            postgres,
            account: None,
            rooms: std::cell::Cell::new(0),
            directory,
            temporary,
        };
        target.restart().await?;
        if kind.is_gala() {
            target.account = Some(Account::register(&target.url()).await?);
        }
        Ok(target)
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it answers over HTTP, without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The dialect it is measured in unless another one is asked for.
    pub(crate) fn dialect(&self) -> Dialect {
        self.kind.dialect()
    }

    /// Whose pages the rooms are; only Gala knows accounts.
    pub(crate) fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// Makes this many rooms that nobody has entered yet; answers with their names.
    ///
    /// # Errors
    ///
    /// [`Failure`] if the server does not make them.
    pub(crate) async fn rooms(&self, count: usize) -> Result<Vec<String>, Failure> {
        let first = self.rooms.get();
        self.rooms.set(first + count);
        let names = (first..first + count).map(|number| format!("{ROOM_PREFIX}{number}"));
        match (self.kind, &self.account) {
            (_, Some(account)) => account.create_pages(&self.url(), names).await,
            (Kind::YSweet, None) => {
                let mut made = Vec::with_capacity(count);
                for name in names {
                    made.push(self.create_document(&name).await?);
                }
                Ok(made)
            }
            _ => Ok(names.collect()),
        }
    }

    /// How to enter a room. On a socket of [`Dialect::Hocuspocus`] the room is named by every frame.
    pub(crate) fn upgrade(&self, dialect: Dialect, room: &str) -> Upgrade {
        let path = match (self.kind, dialect) {
            (Kind::Gala | Kind::GalaPostgres, Dialect::YWebsocket) => format!("/collab/{room}"),
            (Kind::Gala | Kind::GalaPostgres, Dialect::Hocuspocus) => "/collab".to_owned(),
            (Kind::YSweet, _) => format!("/d/{room}/ws/{room}"),
            (_, Dialect::Hocuspocus) => "/".to_owned(),
            (_, Dialect::YWebsocket) => format!("/{room}"),
        };
        let cookie = self.account.iter().map(|account| ("cookie", account.cookie.clone()));
        Upgrade { path, headers: cookie.collect() }
    }

    /// What its processes have used since they were started.
    ///
    /// # Errors
    ///
    /// [`Failure::Incomplete`] if it does not run.
    pub(crate) fn usage(&self) -> Result<Usage, Failure> {
        let process = self.process.as_ref().and_then(Process::id).ok_or(Failure::Incomplete("process"))?;
        usage::of(process, self.postgres.as_ref().map(Postgres::postmaster).transpose()?)
    }

    /// How many updates a commit held on average since the server was started, as Gala counts them;
    /// `None` of other servers, and before the first.
    ///
    /// # Errors
    ///
    /// [`Failure::Http`].
    pub(crate) async fn updates_per_commit(&self) -> Result<Option<f64>, Failure> {
        if !self.kind.is_gala() {
            return Ok(None);
        }
        let metrics = self.http.get(format!("{}/metrics", self.url())).send().await?.text().await?;
        let counter = |name: &str| metrics.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<f64>().ok());
        let (updates, commits) = (counter("gala_commit_updates_total "), counter("gala_commits_total "));
        Ok(updates.zip(commits).map(|(updates, commits)| updates / commits))
    }

    /// Ends it as a power cut would; its directory stays. A database beside it goes on.
    ///
    /// # Errors
    ///
    /// [`Failure::Io`].
    pub(crate) async fn kill(&mut self) -> Result<(), Failure> {
        match self.process.take() {
            Some(process) => process.kill().await,
            None => Ok(()),
        }
    }

    /// Starts it again where it was, if it does not run, and waits until it answers.
    ///
    /// # Errors
    ///
    /// As [`Target::start`].
    pub(crate) async fn restart(&mut self) -> Result<(), Failure> {
        if !self.process.as_mut().is_some_and(Process::is_running) {
            let database = self.postgres.as_ref().map(Postgres::url);
            let place = launch::Place { address: self.address, directory: &self.directory, database };
            self.process = Some(launch::launch(self.kind, &self.programs, place)?);
        }
        let url = format!("{}{}", self.url(), if self.kind.is_gala() { "/health/ready" } else { "/" });
        let answers = async || self.http.get(&url).send().await.is_ok_and(|answer| !answer.status().is_server_error());
        until(self.kind.label(), answers).await
    }

    /// Ends it, and waits until it has: its cores are free for the next one.
    ///
    /// # Errors
    ///
    /// [`Failure::Io`].
    pub(crate) async fn stop(mut self) -> Result<(), Failure> {
        self.kill().await?;
        drop(self.postgres.take());
        if let Some(temporary) = self.temporary.take() {
            temporary.close()?;
        }
        Ok(())
    }

    async fn create_document(&self, name: &str) -> Result<String, Failure> {
        let request = self.http.post(format!("{}/doc/new", self.url())).json(&json!({ "docId": name }));
        let answer: Value = request.send().await?.error_for_status()?.json().await?;
        Ok(answer["docId"].as_str().ok_or(Failure::Incomplete("docId"))?.to_owned())
    }
}
