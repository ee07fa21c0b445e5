//! Postgres: a pool of connections, several statements per round trip, and an answer in bounded
//! time whatever has become of the server.

use std::{pin::pin, time::Duration};

use deadpool_postgres::{Client, Connect, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts};
use futures_util::{
    FutureExt, TryStreamExt,
    future::{BoxFuture, join_all, join3},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    runtime::Handle,
    task::JoinHandle,
};
use tokio_postgres::{Config, Connection, NoTls, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{
    database::Scope,
    error::{OpenError, Silence, StoreError},
    postgres_tls,
    sql::{Answer, Row, Statement},
};

/// How long a connection may take to come about, and how long a caller waits for a free one.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the server may take for one round trip. Longer than the server's own limit in
/// [`SESSION`], which gives the better error: this one is for a server that has gone silent.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);
/// How long bytes may stay unacknowledged by the server's machine.
const TCP_TIMEOUT: Duration = Duration::from_secs(10);

/// How every connection begins. With `synchronous_commit = off` a commit would answer before it
/// is durable, and "saved" would be a lie; the other settings are the operator's choice.
const SESSION: &str = "SET statement_timeout = '10s'; SET lock_timeout = '5s'; \
     SET idle_in_transaction_session_timeout = '30s'; \
     SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

/// Row-level security does not hold those who may pass it by: they act as somebody who may not.
const BECOME_TENANT: &str = "SELECT set_config('role', CASE WHEN rolsuper OR rolbypassrls THEN 'gala_tenant' \
     ELSE 'none' END, true) FROM pg_roles WHERE rolname = session_user";

/// Taken while migrations run, so that one node at a time does; any number nobody else uses. That a
/// table is there already is no news.
const MIGRATION_LOCK: &str = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; \
     SET LOCAL client_min_messages = warning; \
     SELECT pg_advisory_xact_lock(7162534001)";

/// A database, through connections of its own.
#[derive(Clone)]
pub(super) struct Postgres {
    pool: Pool,
}

impl Postgres {
    /// Prepares up to `connections` connections; each is made when it is first wanted. They live
    /// on the runtime this is called on, whoever uses them.
    pub(super) fn new(url: &str, connections: usize) -> Result<Self, OpenError> {
        let (mut config, tls) = postgres_tls::parse(url)?;
        config
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_user_timeout(TCP_TIMEOUT)
            .keepalives_idle(TCP_TIMEOUT)
            .keepalives_interval(Duration::from_secs(5))
            .keepalives_retries(3);
        if config.get_application_name().is_none() {
            config.application_name("gala");
        }
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_connect(config, Home { runtime: Handle::current(), tls }, recycling);
        let timeouts =
            Timeouts { wait: Some(CONNECT_TIMEOUT), create: Some(CONNECT_TIMEOUT), recycle: Some(CONNECT_TIMEOUT) };
        let pool = Pool::builder(manager).max_size(connections).timeouts(timeouts).runtime(Runtime::Tokio1).build();
        Ok(Self { pool: pool.map_err(|error| StoreError::Internal(error.into()))? })
    }

    /// A transaction that sees one state of the database, whatever is written meanwhile.
    pub(super) async fn read(&self, scope: Scope) -> Result<Transaction, StoreError> {
        self.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", scope).await
    }

    /// A transaction that writes.
    pub(super) async fn write(&self, scope: Scope) -> Result<Transaction, StoreError> {
        self.begin("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", scope).await
    }

    async fn begin(&self, begin: &str, scope: Scope) -> Result<Transaction, StoreError> {
        let begin = match scope {
            Scope::Server => format!("{begin}; SET LOCAL gala.scope = 'server'"),
            Scope::Workspace(id) => format!("{begin}; SET LOCAL gala.workspace = '{id}'; {BECOME_TENANT}"),
        };
        Ok(Transaction { client: Some(self.pool.get().await?), begin, is_open: false })
    }
}

/// Makes connections on the runtime the store was opened on: one made on a worker's runtime
/// would end with that worker, while others use it.
struct Home {
    runtime: Handle,
    /// `None` for connections that are not encrypted.
    tls: Option<MakeRustlsConnect>,
}

impl Connect for Home {
    fn connect(&self, config: &Config) -> BoxFuture<'_, Result<Connected, tokio_postgres::Error>> {
        let (config, tls) = (config.clone(), self.tls.clone());
        let connecting = self.runtime.spawn(async move {
            let connected = match tls {
                Some(tls) => config.connect(tls).await.map(drive)?,
                None => config.connect(NoTls).await.map(drive)?,
            };
            connected.0.batch_execute(SESSION).await?;
            Ok(connected)
        });
        Box::pin(async move {
            match connecting.await {
                Ok(connected) => connected,
                Err(stopped) if stopped.is_panic() => std::panic::resume_unwind(stopped.into_panic()),
                // The runtime is stopping; the pool's own timeout answers the caller.
                Err(_) => std::future::pending().await,
            }
        })
    }
}

type Connected = (tokio_postgres::Client, JoinHandle<()>);

/// Has a connection do its work, on the runtime this is called on.
fn drive<T>((client, connection): (tokio_postgres::Client, Connection<Socket, T>)) -> Connected
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let driver = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::warn!(%error, "a connection to the database ended");
        }
    });
    (client, driver)
}

/// A transaction. Dropped before it is committed, it is rolled back.
pub(super) struct Transaction {
    client: Option<Client>,
    begin: String,
    is_open: bool,
}

impl Transaction {
    /// Runs the statements in order, in one round trip. When one fails, none after it counts.
    pub(super) async fn run(&mut self, statements: Vec<Statement>) -> Result<Vec<Answer>, StoreError> {
        self.round_trip(&statements, None).await
    }

    /// Runs the statements in order and commits, in one round trip. Whether it is committed is not
    /// known when this fails with [`StoreError::Unavailable`].
    pub(super) async fn commit(mut self, statements: Vec<Statement>) -> Result<Vec<Answer>, StoreError> {
        // After a statement that failed, the server turns COMMIT into a rollback.
        let answers = self.round_trip(&statements, Some("COMMIT")).await?;
        self.is_open = false;
        Ok(answers)
    }

    /// Waits until no other node migrates; lasts until the transaction ends.
    pub(super) async fn lock_schema(&mut self) -> Result<(), StoreError> {
        self.round_trip(&[], None).await?;
        self.migrate(MIGRATION_LOCK).await
    }

    /// Runs a migration, however long it takes.
    pub(super) async fn migrate(&mut self, ddl: &str) -> Result<(), StoreError> {
        let client = self.client.as_ref().ok_or(Silence::NoConnection)?;
        Ok(client.batch_execute(ddl).await?)
    }

    async fn round_trip(
        &mut self,
        statements: &[Statement],
        last: Option<&'static str>,
    ) -> Result<Vec<Answer>, StoreError> {
        let client = self.client.as_ref().ok_or(Silence::NoConnection)?;
        let first = if self.is_open { None } else { Some(self.begin.as_str()) };
        self.is_open = true;
        let answered = tokio::time::timeout(ANSWER_TIMEOUT, pipeline(client, first, statements, last)).await;
        answered.unwrap_or_else(|_elapsed| {
            self.abandon();
            Err(Silence::NoAnswer.into())
        })
    }

    /// Closes the connection: whoever had it next would wait for the answers still due on it.
    fn abandon(&mut self) {
        drop(self.client.take().map(Client::take));
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if let (true, Some(client)) = (self.is_open, &self.client) {
            // A request is sent when it is first polled, and stands before all requests of whoever
            // has the connection next. On a connection that is lost the server rolls back itself.
            drop(client.batch_execute("ROLLBACK").now_or_never());
        }
    }
}

/// Sends everything before it waits for the first answer.
async fn pipeline(
    client: &Client,
    first: Option<&str>,
    statements: &[Statement],
    last: Option<&str>,
) -> Result<Vec<Answer>, StoreError> {
    let mut prepared = Vec::with_capacity(statements.len());
    for statement in statements {
        prepared.push(client.prepare_cached(&statement.text).await?);
    }
    // Requests go out in the order in which these are first polled: as they stand here.
    let answers =
        join_all(prepared.iter().zip(statements).map(|(prepared, statement)| answer(client, prepared, statement)));
    let (began, answers, ended) = join3(batch(client, first), answers, batch(client, last)).await;
    began?;
    let answers = answers.into_iter().collect::<Result<_, _>>()?;
    ended?;
    Ok(answers)
}

async fn batch(client: &Client, text: Option<&str>) -> Result<(), tokio_postgres::Error> {
    match text {
        Some(text) => client.batch_execute(text).await,
        None => Ok(()),
    }
}

async fn answer(
    client: &Client,
    prepared: &tokio_postgres::Statement,
    statement: &Statement,
) -> Result<Answer, tokio_postgres::Error> {
    let mut rows = pin!(client.query_raw(prepared, &statement.values).await?);
    let mut found = Vec::new();
    while let Some(row) = rows.try_next().await? {
        found.push(Row::Postgres(row));
    }
    Ok(Answer { rows: found, affected: rows.rows_affected().unwrap_or(0) })
}
