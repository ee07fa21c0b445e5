//! Nodes on a Postgres and a Redis of their own, all started here, with a way before each of them
//! that can be closed.

mod node;
mod postgres;
mod process;
mod proxy;
mod redis;

use std::{
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

pub(crate) use self::{
    node::Node,
    postgres::Postgres,
    process::{Process, children},
    proxy::{Link, Proxy},
};
use self::{node::Place, redis::Redis};
use crate::{account::Account, failure::Failure};

/// How long a program may take until it can be used.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// What is started
#[derive(Args, Clone, Debug)]
pub(crate) struct Programs {
    /// The program under test; by default the one built beside this one
    #[arg(long, global = true, value_name = "FILE")]
    gala: Option<PathBuf>,
    /// Directory of the programs of PostgreSQL; by default the newest below /usr/lib/postgresql
    #[arg(long, global = true, value_name = "DIRECTORY")]
    postgres_bin: Option<PathBuf>,
    /// The program redis-server
    #[arg(long, global = true, value_name = "FILE", default_value = "redis-server")]
    redis_server: PathBuf,
    /// Where everything is put, and stays; by default a directory that is gone afterwards
    #[arg(long, global = true, value_name = "DIRECTORY")]
    pub(crate) directory: Option<PathBuf>,
    /// Where the peers are installed, by loadtest/peers/install
    #[arg(long, global = true, value_name = "DIRECTORY", default_value = "target/peers")]
    pub(crate) peers: PathBuf,
    /// The cores a measured server and its database run on, as taskset takes them
    #[arg(long, global = true, value_name = "CORES", default_value = "0")]
    pub(crate) server_cores: String,
}

/// All that runs. Stops when it is dropped.
pub(crate) struct Cluster {
    pub(crate) nodes: Vec<Node>,
    pub(crate) postgres: Postgres,
    pub(crate) redis: Redis,
    pub(crate) account: Account,
    directory: PathBuf,
    /// Gone when dropped, after everything that is in it has stopped.
    temporary: Option<TempDir>,
}

impl Cluster {
    /// Starts Postgres, Redis and this many nodes; with `disk_mib`, Postgres on a small disk in memory.
    ///
    /// # Errors
    ///
    /// [`Failure`]; nothing is left running.
    pub(crate) async fn start(programs: &Programs, nodes: usize, disk_mib: Option<u32>) -> Result<Self, Failure> {
        let temporary = if programs.directory.is_none() { Some(TempDir::new()?) } else { None };
        let directory = match (&programs.directory, &temporary) {
            (Some(directory), _) => directory.clone(),
            (None, Some(temporary)) => temporary.path().to_owned(),
            (None, None) => return Err(Failure::Incomplete("directory")),
        };
        std::fs::create_dir_all(&directory)?;
        let postgres = Postgres::start(&programs.postgres_bin()?, &directory.join("postgres"), disk_mib, None).await?;
        let redis = Redis::start(&programs.redis_server).await?;
        let gala = programs.gala()?;
        let mut started = Vec::new();
        for number in 0..nodes {
            let place = Place { gala: gala.clone(), directory: directory.clone(), number };
            started.push(Node::start(place, postgres.port(), redis.port()).await?);
        }
        let first = started.first().ok_or(Failure::Incomplete("node"))?;
        let account = Account::register(&first.url()).await?;
        Ok(Self { nodes: started, postgres, redis, account, directory, temporary })
    }

    /// Where logs are and what else is written goes.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Makes this many pages; answers with their ids.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub(crate) async fn create_pages(&self, pages: usize) -> Result<Vec<String>, Failure> {
        let mut made = Vec::new();
        for number in 0..pages {
            made.push(self.account.create_page(&self.nodes[0].url(), &format!("Page {number}")).await?);
        }
        Ok(made)
    }

    /// Starts every node that does not run, and waits until all of them say that they can do their work.
    ///
    /// # Errors
    ///
    /// [`Failure::Unready`].
    pub(crate) async fn mend(&mut self) -> Result<(), Failure> {
        for node in &mut self.nodes {
            node.launch()?;
        }
        for node in &self.nodes {
            node.ready().await?;
        }
        Ok(())
    }

    /// Leaves logs and ledger where they are after the end; answers where that is.
    pub(crate) fn keep(&mut self) -> PathBuf {
        self.temporary.take().map_or_else(|| self.directory.clone(), TempDir::keep)
    }
}

impl Programs {
    /// The program under test.
    ///
    /// # Errors
    ///
    /// [`Failure::Io`].
    pub(crate) fn gala(&self) -> Result<PathBuf, Failure> {
        match &self.gala {
            Some(gala) => Ok(gala.clone()),
            None => Ok(std::env::current_exe()?.with_file_name("gala")),
        }
    }

    /// Where `postgres` and its tools are.
    ///
    /// # Errors
    ///
    /// [`Failure::Incomplete`] if PostgreSQL is not installed.
    pub(crate) fn postgres_bin(&self) -> Result<PathBuf, Failure> {
        if let Some(directory) = &self.postgres_bin {
            return Ok(directory.clone());
        }
        let version = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
        let installed = std::fs::read_dir("/usr/lib/postgresql")?.filter_map(|entry| Some(entry.ok()?.path()));
        let newest = installed.filter(|path| version(path).is_some()).max_by_key(version);
        Ok(newest.ok_or(Failure::Incomplete("PostgreSQL"))?.join("bin"))
    }
}

/// A port nobody listens on at the moment.
///
/// # Errors
///
/// [`Failure::Io`].
pub(crate) fn free_port() -> Result<u16, Failure> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Asks again and again until the answer is yes.
///
/// # Errors
///
/// [`Failure::Unready`] if that takes longer than [`START_TIMEOUT`].
pub(crate) async fn until(what: &str, is_so: impl AsyncFn() -> bool) -> Result<(), Failure> {
    let patience = Instant::now() + START_TIMEOUT;
    while !is_so().await {
        if Instant::now() > patience {
            return Err(Failure::Unready(what.to_owned()));
        }
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
