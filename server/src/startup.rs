//! The composition root: everything is made here, in order, and stopped here, in the reverse of it.

use std::{
    error::Error,
    fs::{File, TryLockError},
    io,
    net::{SocketAddr, TcpListener},
    num::NonZero,
    path::PathBuf,
    sync::Arc,
    thread,
    time::Duration,
};

use actix_web::{
    App,
    dev::{Server, ServerHandle},
    middleware::{Condition, from_fn},
    web::Data,
};
use actors::{
    clock::{Clock, SystemClock},
    room::Rooms,
    threads::Threads,
};
use metrics_exporter_prometheus::PrometheusHandle;
use rustls::ServerConfig;
use tokio::{task::JoinHandle, time::MissedTickBehavior};

use crate::{
    adapters::oauth::{Flows, Providers, ProvidersError},
    api::{self, Door, FloodLimits, Origins, TrustedProxies, health::Readiness},
    cluster::{Cluster, Farewell, JoinError},
    config::{Config, DatabaseConfig, PublicUrl, ShutdownConfig},
    data_dir,
    listen::{self, FINISH_TIMEOUT},
    outside::{self, MailSetupError},
    secret::{Secret, SecretError},
    services::{
        Services,
        attempts::Attempts,
        audit_follower::AuditFollower,
        changes::Changes,
        links::Links,
        passwords::{self, Passwords},
        post::Post,
        signing::Signing,
        tokens::Tokens,
        upkeep,
        vault::{Vault, VaultFailure},
    },
    store::{Engine, OpenError, Store},
    telemetry::{self, TelemetryError},
    tls::TlsError,
    vault::MasterKey,
    ws::{self, Collab, Sockets},
};

/// The SQLite file, in the data directory.
pub const SQLITE_FILE: &str = "gala.db";
/// The file a process holds locked while it uses the SQLite file.
const LOCK_FILE: &str = "gala.lock";
/// What the key for links is derived for.
const LINKS_PURPOSE: &str = "links";
/// How long what has been appended may take to be committed when the server stops.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(10);
/// How often measurements are gathered, so that they do not pile up when nobody asks for them.
const METRICS_UPKEEP: Duration = Duration::from_secs(5);

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no log or there are no metrics.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    /// The data directory cannot be made or written to.
    #[error("the data directory {} cannot be used", .0.display())]
    DataDir(PathBuf, #[source] io::Error),
    /// Two processes on one SQLite file would not see each other's edits until a restart.
    #[error("the data directory {} is used by another gala", .0.display())]
    InUse(PathBuf),
    /// The database is not there, or not as it should be.
    #[error("the database {place} cannot be used")]
    Database {
        /// Where it is, without passwords.
        place: String,
        /// What is wrong with it.
        source: OpenError,
    },
    /// There is no secret to sign with.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// One cannot sign in where the settings say.
    #[error(transparent)]
    Providers(#[from] ProvidersError),
    /// There is no certificate to speak TLS with.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The vault does not open.
    #[error(transparent)]
    Vault(#[from] VaultFailure),
    /// The other nodes cannot be spoken to as the settings say.
    #[error(transparent)]
    Cluster(#[from] JoinError),
    /// Mails cannot go out as the settings say.
    #[error(transparent)]
    Mail(#[from] MailSetupError),
    /// The API's document cannot be written.
    #[error("the API cannot be described")]
    Document(#[source] serde_json::Error),
    /// The address is taken or not ours.
    #[error("cannot listen on {0}")]
    Listen(SocketAddr, #[source] io::Error),
}

/// A server that has been built and listens.
pub struct Application {
    server: Server,
    port: u16,
    parts: Parts,
}

/// What has to be stopped.
struct Parts {
    readiness: Readiness,
    sockets: Sockets,
    rooms: Rooms,
    store: Store,
    upkeep: Vec<JoinHandle<()>>,
    farewell: Farewell,
    shutdown: ShutdownConfig,
    /// Released when it is dropped.
    _lock: Option<File>,
}

impl Application {
    /// Builds a server and begins to listen. Needs a running `actix::System`.
    ///
    /// # Errors
    ///
    /// [`StartError`]; nothing is left running.
    pub async fn build(config: Config) -> Result<Self, StartError> {
        let metrics = telemetry::start(&config.log)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let lock = lock(&config.database)?;
        let store = open_store(&config.database, Arc::clone(&clock)).await?;
        let secret = Secret::load(&config.secret, &config.database.data_dir)?;
        let tokens = Tokens::new(&secret, Arc::clone(&clock))?;
        let vault = Vault::new(store.clone(), MasterKey::derive(&secret)?, Arc::clone(&clock));
        // Also shows that the secret is the one this database was made with.
        let links = links(&vault, config.http.origin()).await?;
        let kept = outside::kept_secrets(&vault).await?;
        let providers = Providers::new(&config.providers, kept, &config.http.origin(), Flows::new(&secret)?)?;
        let signing = Signing::new(store.clone(), vault.clone(), Arc::clone(&clock), config.http.origin().to_string());
        let (post, letters) = Post::new();
        let mailer = outside::mailer(&config.mail, &vault).await?;
        let cluster = Cluster::join(&config.cluster, store.node(), &secret)?;
        let threads = Threads::default();
        let log = Arc::new(store.clone());
        let rooms = Rooms::new(log, cluster.bus(), Arc::clone(&clock), threads.clone(), config.rooms.idle_timeout());
        let (readiness, sockets) = (Readiness::default(), Sockets::default());
        let changes = Changes::default();
        let services = Services {
            store: store.clone(),
            rooms: rooms.clone(),
            clock,
            tokens,
            signing,
            vault: vault.clone(),
            changes: changes.clone(),
            passwords: Passwords::new(passwords::WRONG_ANSWER_AFTER),
            links,
            post,
            attempts: Attempts::default(),
            providers,
            registration: config.accounts.registration,
        };
        let flood = FloodLimits::new(&config.limits);
        let collab = Collab { services: services.clone(), sockets: sockets.clone(), flood: flood.clone() };
        let door = Door {
            services: services.clone(),
            origins: Origins::new(&config.http),
            proxies: TrustedProxies::new(&config.http.trusted_proxies),
            flood,
            readiness: readiness.clone(),
            metrics: metrics.clone(),
            max_body_bytes: config.http.max_body_bytes,
            document: api::document_json().map_err(StartError::Document)?.into(),
        };
        let listen = config.http.listen;
        let tls = config.http.tls().map(|files| files.load()).transpose()?;
        let (server, port) =
            serve(listen, tls, (door, collab), threads).map_err(|error| StartError::Listen(listen, error))?;
        let farewell = cluster.farewell();
        let shutdown = config.shutdown;
        let (follower, open) = (AuditFollower::new(store.clone(), changes.clone()), sockets.clone());
        let mut upkeep = cluster.begin(&rooms, &changes, config.database.database_url.is_some());
        upkeep.extend([
            actix_web::rt::spawn(keep_up(metrics)),
            actix_web::rt::spawn(sockets.clone().follow(changes)),
            actix_web::rt::spawn(follower.follow(move || open.workspaces())),
            actix_web::rt::spawn(upkeep::keep_up(services)),
            actix_web::rt::spawn(outside::deliver(mailer, letters)),
        ]);
        Ok(Self {
            server,
            port,
            parts: Parts { readiness, sockets, rooms, store, upkeep, farewell, shutdown, _lock: lock },
        })
    }

    /// The port it listens on.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Serves until `shutdown` resolves, then drains and ends.
    ///
    /// # Errors
    ///
    /// When the server ends by itself.
    pub async fn run_until(self, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let handle = self.server.handle();
        let mut server = actix_web::rt::spawn(self.server);
        tokio::select! {
            ended = &mut server => return ended.map_err(io::Error::other)?,
            () = shutdown => {}
        }
        self.parts.stop(&handle).await;
        server.await.map_err(io::Error::other)?
    }
}

impl Parts {
    /// Stops in an order in which nothing that was acknowledged is lost, and nothing waits for ever.
    async fn stop(self, server: &ServerHandle) {
        tracing::info!(sockets = self.sockets.count(), rooms = self.rooms.count(), "stopping");
        self.readiness.stop();
        tokio::time::sleep(self.shutdown.drain_delay()).await;
        self.sockets.drain(self.shutdown.drain_window()).await;
        self.sockets.ended(FINISH_TIMEOUT).await;
        // Rooms live on the threads of the server, and end before them: what is asked of one from now on
        // is answered 503.
        server.pause().await;
        self.rooms.stop().await;
        server.stop(true).await;
        self.farewell.say().await;
        if let Err(error) = self.store.settle(SETTLE_TIMEOUT).await {
            tracing::error!(error = &error as &dyn Error, "stopped before everything was committed");
        } else if let Err(error) = self.store.release_all().await {
            tracing::warn!(error = &error as &dyn Error, "what this node has leased waits until the leases end");
        }
        for task in self.upkeep {
            task.abort();
            // What it holds may need the runtime to end.
            drop(task.await);
        }
        tracing::info!("stopped");
    }
}

/// Makes sure that no other process uses the SQLite file; there is nothing to lock on Postgres.
///
/// # Errors
///
/// [`StartError::InUse`].
pub fn lock(config: &DatabaseConfig) -> Result<Option<File>, StartError> {
    if config.database_url.is_some() {
        return Ok(None);
    }
    let unusable = |error| StartError::DataDir(config.data_dir.clone(), error);
    data_dir::make(&config.data_dir).map_err(unusable)?;
    let file = File::create(config.data_dir.join(LOCK_FILE)).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(StartError::InUse(config.data_dir.clone())),
        Err(TryLockError::Error(error)) => Err(unusable(error)),
    }
}

/// What makes links that let people in.
///
/// # Errors
///
/// [`VaultFailure`].
pub async fn links(vault: &Vault, origin: PublicUrl) -> Result<Links, VaultFailure> {
    Ok(Links::new(&vault.derived_key(LINKS_PURPOSE).await?, origin))
}

/// The database the settings name.
pub fn engine(config: &DatabaseConfig) -> Engine {
    match &config.database_url {
        Some(url) => Engine::Postgres(url.expose().to_owned()),
        None => Engine::Sqlite(config.data_dir.join(SQLITE_FILE)),
    }
}

/// Opens the database the settings name, with an up-to-date schema.
///
/// # Errors
///
/// [`StartError::DataDir`] and [`StartError::Database`].
pub async fn open_store(config: &DatabaseConfig, clock: Arc<dyn Clock>) -> Result<Store, StartError> {
    if config.database_url.is_none() {
        let made = data_dir::make(&config.data_dir);
        made.map_err(|error| StartError::DataDir(config.data_dir.clone(), error))?;
    }
    let engine = engine(config);
    let place = match (&engine, &config.database_url) {
        (Engine::Sqlite(file), _) => file.display().to_string(),
        (Engine::Postgres(_), url) => url.as_ref().map(ToString::to_string).unwrap_or_default(),
    };
    Store::open(&engine, clock).await.map_err(|source| StartError::Database { place, source })
}

fn serve(
    listen: SocketAddr,
    tls: Option<ServerConfig>,
    (door, collab): (Door, Collab),
    threads: Threads,
) -> io::Result<(Server, u16)> {
    let listener = TcpListener::bind(listen)?;
    let address = listener.local_addr()?;
    let app = move || {
        App::new()
            .app_data(Data::new(collab.clone()))
            .configure(ws::routes)
            .configure(|app| door.open(app))
            .wrap(from_fn(api::guard))
            .wrap(from_fn(api::hold_back))
            .wrap(Condition::new(door.origins.has_others(), api::cross_origin(&door.origins)))
            .wrap(api::default_headers(&door.origins))
            .wrap(from_fn(api::observe))
    };
    let scheme = if tls.is_some() { "https" } else { "http" };
    let server = listen::serve(listener, tls, cores(), move || threads.join(), app)?;
    tracing::info!(http.address = %address, "listening on {scheme}://{address}");
    Ok((server, address.port()))
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

async fn keep_up(metrics: PrometheusHandle) {
    let mut tick = tokio::time::interval(METRICS_UPKEEP);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        metrics.run_upkeep();
    }
}
