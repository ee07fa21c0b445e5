//! Several nodes on one Postgres and one Redis, with a way between each two of them that can be closed.

use std::{fs::File, path::Path, time::Duration};

use tempfile::TempDir;

use super::{
    ledger::Ledger,
    log::Log,
    proxy::{Link, Proxy},
    redis_server::RedisServer,
    typist::Typist,
};
use crate::{
    postgres_server::{PostgresServer, url_at},
    process::{Gala, free_port},
    signed_in::SignedIn,
};

/// What all nodes sign with: 32 bytes.
const SECRET: &str = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=";

/// Everything stops when this is dropped; after a failure it says how the nodes' logs end.
pub(crate) struct Cluster {
    pub(crate) nodes: Vec<Node>,
    pub(crate) postgres: PostgresServer,
    pub(crate) redis: RedisServer,
    pub(crate) ledger: Ledger,
    /// Who has an account, and types.
    pub(crate) owner: SignedIn,
    directory: TempDir,
    typists: u32,
}

/// One node, and its ways to what it needs.
pub(crate) struct Node {
    pub(crate) postgres: Proxy,
    pub(crate) redis: Proxy,
    /// What it finds in its environment from its next start on.
    pub(crate) environment: Vec<(String, String)>,
    gala: Option<Gala>,
    port: u16,
    name: String,
}

impl Cluster {
    /// Starts this many nodes; `None` where there is no Postgres to start.
    pub(crate) async fn start(nodes: usize) -> Option<Self> {
        Some(Self::on(PostgresServer::start().await?, nodes).await)
    }

    /// Starts this many nodes on a server of the test's choice.
    pub(crate) async fn on(postgres: PostgresServer, nodes: usize) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let redis = RedisServer::start().await;
        let mut started = Vec::new();
        let mut owner: Option<SignedIn> = None;
        for number in 0..nodes {
            let mut node = Node {
                postgres: Proxy::to(postgres.port()).await,
                redis: Proxy::to(redis.port).await,
                environment: Vec::new(),
                gala: None,
                port: free_port(),
                name: format!("node-{number}"),
            };
            node.start(directory.path(), owner.as_ref()).await;
            owner = owner.or(Some(node.gala().owner.clone()));
            started.push(node);
        }
        let (ledger, owner) = (Ledger::in_directory(directory.path()), owner.expect("there is a node"));
        Self { nodes: started, postgres, redis, ledger, owner, directory, typists: 0 }
    }

    /// Somebody in a room who begins at this node, and goes to the others when it has to.
    pub(crate) fn typist(&mut self, room: &str, node: usize) -> Typist {
        let doors = (node..node + self.nodes.len()).map(|node| self.nodes[node % self.nodes.len()].url());
        let doors = doors.collect();
        self.typist_by(room, doors)
    }

    /// The same by doors of the test's choice.
    pub(crate) fn typist_by(&mut self, room: &str, doors: Vec<String>) -> Typist {
        self.typists += 1;
        Typist::new(self.typists, self.owner.clone(), room, doors, self.ledger.clone())
    }

    /// Ends a node as a power cut would, and the connections it had.
    pub(crate) fn kill(&mut self, node: usize) {
        let node = &mut self.nodes[node];
        node.gala.take().expect("it is running").kill();
        node.postgres.reset();
        node.redis.reset();
    }

    /// Starts a node again.
    pub(crate) async fn restart(&mut self, node: usize) {
        self.nodes[node].start(self.directory.path(), Some(&self.owner)).await;
    }

    /// Asks a node to end, and waits until it has.
    pub(crate) async fn stop(&mut self, node: usize) {
        let gala = self.nodes[node].gala.take().expect("it is running");
        gala.terminate();
        assert!(gala.wait().await.success());
    }

    /// Has every node go to another server.
    pub(crate) fn fail_over(&mut self, postgres: PostgresServer) {
        for node in &self.nodes {
            node.postgres.lead_to(postgres.port());
        }
        self.postgres = postgres;
    }

    /// A place for files, gone afterwards.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The log of a room, as the database has it.
    pub(crate) async fn log(&self, room: &str) -> Log {
        Log::read(&self.postgres.url(), room).await
    }

    pub(crate) fn running(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| node.gala.is_some())
    }
}

impl Node {
    pub(crate) fn gala(&self) -> &Gala {
        self.gala.as_ref().expect("it is running")
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    async fn start(&mut self, directory: &Path, owner: Option<&SignedIn>) {
        self.postgres.set(Link::Open);
        self.redis.set(Link::Open);
        let data = directory.join(&self.name);
        let log = File::options().create(true).append(true).open(self.log(directory)).unwrap();
        let (database, redis) = (url_at(self.postgres.port), format!("redis://127.0.0.1:{}", self.redis.port));
        let data = data.to_str().expect("text");
        let mut arguments = vec!["--database-url", &database, "--data-dir", data, "--secret-key", SECRET];
        arguments.extend(["--redis-url", &redis, "--drain-window-s", "2", "--log-level", "info"]);
        self.gala = Some(Gala::start_beside(owner, self.port, (&arguments, &self.environment), log).await);
    }

    fn log(&self, directory: &Path) -> std::path::PathBuf {
        directory.join(format!("{}.log", self.name))
    }
}

impl Drop for Cluster {
    #[expect(clippy::print_stderr, reason = "what the nodes said explains why a test has failed")]
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        for node in &self.nodes {
            let log = std::fs::read_to_string(node.log(self.directory.path())).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            eprintln!("--- {}:\n{}", node.name, lines[lines.len().saturating_sub(30)..].join("\n"));
        }
    }
}

/// How long anything may take to be mended once what was broken works again.
pub(crate) const MENDING: Duration = Duration::from_secs(20);
