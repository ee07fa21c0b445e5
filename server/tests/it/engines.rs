//! One test, both engines: SQLite always, Postgres when `GALA_TEST_DATABASE_URL` names a server on
//! which databases may be created.
//!
//! ```ignore
//! on_both! {
//!     async fn a_new_room_has_one_update(database) {
//!         let store = database.store().await;
//!         …
//!     }
//! }
//! ```
//!
//! makes the tests `a_new_room_has_one_update::sqlite` and `a_new_room_has_one_update::postgres`,
//! each on a database of its own that is gone afterwards.

use std::{
    panic::{AssertUnwindSafe, resume_unwind},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use actors::clock::{Clock, SystemClock};
use futures_util::FutureExt;
use protocol::{ids::SegmentId, time::Timestamp};
use server::store::{Engine, Store};
use tempfile::TempDir;
use tokio_postgres::{NoTls, SimpleQueryMessage};

/// Makes a test for each engine out of one body, which is given the [`TestDatabase`].
macro_rules! on_both {
    ($($(#[$attribute:meta])* async fn $name:ident($database:ident) $body:block)*) => {$(
        async fn $name($database: &$crate::engines::TestDatabase) $body

        mod $name {
            use $crate::engines::TestDatabase;

            $(#[$attribute])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                TestDatabase::sqlite().run(super::$name).await;
            }

            $(#[$attribute])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if let Some(database) = TestDatabase::postgres().await {
                    database.run(super::$name).await;
                }
            }
        }
    )*};
}

pub(crate) use on_both;

/// An empty database of one engine.
pub(crate) struct TestDatabase {
    engine: Engine,
    place: Place,
}

enum Place {
    /// Gone when dropped.
    Sqlite(#[expect(dead_code, reason = "kept for its drop")] TempDir),
    /// A database of this name on the server at this URL.
    Postgres { server: String, name: String },
}

impl TestDatabase {
    /// A file in a directory of its own.
    pub(crate) fn sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self { engine: Engine::Sqlite(directory.path().join("gala.db")), place: Place::Sqlite(directory) }
    }

    /// A database on the server for tests, if there is one.
    #[expect(clippy::disallowed_methods, reason = "the server for tests is no setting of the program")]
    pub(crate) async fn postgres() -> Option<Self> {
        let server = std::env::var("GALA_TEST_DATABASE_URL").ok()?;
        Some(Self::postgres_at(&server).await)
    }

    /// A database on this server.
    pub(crate) async fn postgres_at(server: &str) -> Self {
        let name = format!("gala_test_{}", SegmentId::new().as_uuid().simple());
        query_postgres(server, &format!("CREATE DATABASE {name}")).await.unwrap();
        let engine = Engine::Postgres(with_database(server, &name));
        Self { engine, place: Place::Postgres { server: server.to_owned(), name } }
    }

    /// Runs a test on this database and removes it, whatever comes of the test.
    pub(crate) async fn run(self, test: impl AsyncFnOnce(&Self)) {
        let outcome = AssertUnwindSafe(test(&self)).catch_unwind().await;
        if let Place::Postgres { server, name } = &self.place {
            query_postgres(server, &format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
        }
        if let Err(panic) = outcome {
            resume_unwind(panic);
        }
    }

    /// What `--database-url` says of it; `None` for SQLite, which lives in the data directory.
    pub(crate) fn url(&self) -> Option<&str> {
        match &self.engine {
            Engine::Sqlite(_) => None,
            Engine::Postgres(url) => Some(url),
        }
    }

    /// Where the database is.
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The store on this database.
    pub(crate) async fn store(&self) -> Store {
        self.store_at(Arc::new(SystemClock)).await
    }

    /// The store on this database, by this clock.
    pub(crate) async fn store_at(&self, clock: Arc<dyn Clock>) -> Store {
        Store::open(&self.engine, clock).await.unwrap()
    }

    /// Runs SQL behind the store's back, and answers with the first column of the last statement.
    pub(crate) async fn query(&self, sql: &str) -> Vec<String> {
        self.try_query(sql).await.unwrap()
    }

    /// The same for what the database may refuse, with its reason.
    pub(crate) async fn try_query(&self, sql: &str) -> Result<Vec<String>, String> {
        match &self.engine {
            Engine::Sqlite(path) => query_sqlite(path, sql).map_err(|error| error.to_string()),
            Engine::Postgres(url) => query_postgres(url, sql).await,
        }
    }
}

/// Runs SQL on a SQLite file, and answers with the first column.
pub(crate) fn query_sqlite(path: &Path, sql: &str) -> rusqlite::Result<Vec<String>> {
    let connection = rusqlite::Connection::open(path)?;
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| row.get(0))?;
    rows.map(|value| value.map(text_of)).collect()
}

fn text_of(value: rusqlite::types::Value) -> String {
    match value {
        rusqlite::types::Value::Integer(value) => value.to_string(),
        rusqlite::types::Value::Text(value) => value,
        other => format!("{other:?}"),
    }
}

/// Runs SQL on a Postgres server, and answers with the first column of what it found.
pub(crate) async fn query_postgres(url: &str, sql: &str) -> Result<Vec<String>, String> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    let driver = tokio::spawn(connection);
    let rows = client.simple_query(sql).await;
    drop(client);
    driver.await.unwrap().unwrap();
    let refused = |error: tokio_postgres::Error| {
        error.as_db_error().map_or(error.to_string(), |error| error.message().to_owned())
    };
    let rows = rows.map_err(refused)?.into_iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    });
    Ok(rows.collect())
}

/// The same server, another database.
fn with_database(server: &str, name: &str) -> String {
    let (before, query) = server.split_once('?').map_or((server, String::new()), |(b, q)| (b, format!("?{q}")));
    let host = before.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    format!("{host}/{name}{query}")
}

/// A clock that stands still until it is moved.
pub(crate) struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock at some point in time.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(1_763_632_735_000_000)))
    }

    /// Moves on.
    pub(crate) fn advance_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }
}
