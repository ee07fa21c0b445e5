//! SQLite: a file in the data directory, one connection that writes and a few that read.
//!
//! Every connection lives on a thread of its own and is leased to one caller at a time. A commit
//! is on the disk when it answers: `synchronous = FULL` with the write-ahead log (sqlite.org/pragma.html).

use std::{cell::RefCell, collections::HashMap, path::Path, rc::Rc, sync::Arc, time::Duration};

use rusqlite::{OpenFlags, config::DbConfig, types};
use tokio::sync::{Mutex, mpsc, oneshot};

use super::{
    dialect,
    error::{Silence, StoreError},
    sql::{Answer, Row, Statement},
};
use crate::data_dir;

/// Connections that read at the same time.
const READERS: usize = 4;
/// How long a caller waits for its turn.
const LEASE_TIMEOUT: Duration = Duration::from_secs(10);
/// Prepared statements each connection keeps.
const PREPARED_STATEMENTS: usize = 128;
/// Jobs waiting at one connection at most. One caller at a time has it and waits for its answer,
/// so that only jobs whose callers have gone stand before it.
const WAITING_JOBS: usize = 8;

const SETUP: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
                     PRAGMA busy_timeout = 5000; PRAGMA journal_size_limit = 67108864; PRAGMA wal_autocheckpoint = 4000; \
                     PRAGMA trusted_schema = OFF;";

type Job = Box<dyn FnOnce(&mut rusqlite::Connection) + Send>;

/// A database file.
#[derive(Clone)]
pub(super) struct Sqlite {
    writer: Pool,
    readers: Pool,
}

impl Sqlite {
    /// Opens the file, and makes it if it is not there.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        // SQLite would make it readable for everybody. The files beside it get its mode (sqlite.org/walformat.html).
        data_dir::make_file(path).map_err(|error| StoreError::Unavailable(error.into()))?;
        // The first one decides the journal mode, so the writer comes first.
        let writer = Connection::open(path, "store-writer", SETUP)?;
        let read_only = format!("{SETUP} PRAGMA query_only = ON;");
        let readers: Result<Vec<_>, _> =
            (0..READERS).map(|n| Connection::open(path, &format!("store-reader-{n}"), &read_only)).collect();
        Ok(Self { writer: Pool::new(vec![writer]), readers: Pool::new(readers?) })
    }

    /// Opens a file that is there, and never writes to it.
    pub(super) fn open_to_read(path: &Path) -> Result<Self, StoreError> {
        let open = |name: &str| {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = rusqlite::Connection::open_with_flags(path, flags)?;
            Connection::with(connection, name, "PRAGMA busy_timeout = 5000; PRAGMA trusted_schema = OFF;")
        };
        Ok(Self { writer: Pool::new(vec![open("store-writer")?]), readers: Pool::new(vec![open("store-reader-0")?]) })
    }

    /// What is wrong with the file: `PRAGMA quick_check` and `PRAGMA foreign_key_check` (sqlite.org/pragma.html).
    pub(super) async fn damage(&self) -> Result<Vec<String>, StoreError> {
        self.check("PRAGMA quick_check").await
    }

    /// A copy of the database as it is at one moment, in a file that is empty or not there; and what is
    /// wrong with the copy, which is on the disk then.
    pub(super) async fn copy(&self, to: &Path) -> Result<(), StoreError> {
        let lease = self.readers.lease().await?;
        let Some(connection) = &lease.connection else { return Err(Silence::NoConnection.into()) };
        let to = to.to_string_lossy().into_owned();
        connection
            .call(move |connection| {
                roll_back(connection)?;
                connection.execute("VACUUM INTO ?1", [to]).map(drop)
            })
            .await
    }

    /// What is wrong with every page and every row of the file (`PRAGMA integrity_check`).
    pub(super) async fn deep_damage(&self) -> Result<Vec<String>, StoreError> {
        self.check("PRAGMA integrity_check").await
    }

    async fn check(&self, pragma: &'static str) -> Result<Vec<String>, StoreError> {
        let lease = self.readers.lease().await?;
        let Some(connection) = &lease.connection else { return Err(Silence::NoConnection.into()) };
        connection
            .call(move |connection| {
                let mut lines: Vec<String> =
                    connection.prepare(pragma)?.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
                lines.retain(|line| line != "ok");
                let mut broken = connection.prepare("PRAGMA foreign_key_check")?;
                let row = |row: &rusqlite::Row<'_>| {
                    let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
                    Ok(format!("row {:?} of {table} refers to no {parent}", row.get::<_, Option<i64>>(1)?))
                };
                lines.extend(broken.query_map([], row)?.collect::<rusqlite::Result<Vec<_>>>()?);
                Ok(lines)
            })
            .await
    }

    /// A transaction that sees one state of the database, whatever is written meanwhile.
    pub(super) async fn read(&self) -> Result<Transaction, StoreError> {
        Ok(Transaction::new(self.readers.lease().await?, "BEGIN DEFERRED"))
    }

    /// The one transaction that may write now.
    pub(super) async fn write(&self) -> Result<Transaction, StoreError> {
        Ok(Transaction::new(self.writer.lease().await?, "BEGIN IMMEDIATE"))
    }
}

/// Connections that are not leased.
#[derive(Clone)]
struct Pool {
    idle: Arc<Mutex<mpsc::Receiver<Connection>>>,
    returned: mpsc::Sender<Connection>,
}

impl Pool {
    fn new(connections: Vec<Connection>) -> Self {
        let (returned, idle) = mpsc::channel(connections.len());
        for connection in connections {
            put_back(&returned, connection);
        }
        Self { idle: Arc::new(Mutex::new(idle)), returned }
    }

    async fn lease(&self) -> Result<Lease, StoreError> {
        let first_idle = async { self.idle.lock().await.recv().await };
        match tokio::time::timeout(LEASE_TIMEOUT, first_idle).await {
            Ok(Some(connection)) => Ok(Lease { connection: Some(connection), returned: self.returned.clone() }),
            Ok(None) | Err(_) => Err(Silence::NoConnection.into()),
        }
    }
}

fn put_back(returned: &mpsc::Sender<Connection>, connection: Connection) {
    // There is a place for every connection there is; without a receiver the pool has gone too.
    drop(returned.try_send(connection));
}

struct Lease {
    connection: Option<Connection>,
    returned: mpsc::Sender<Connection>,
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            put_back(&self.returned, connection);
        }
    }
}

/// A connection, on its thread. The thread ends when this is dropped.
struct Connection {
    jobs: mpsc::Sender<Job>,
}

impl Connection {
    fn open(path: &Path, thread: &str, setup: &str) -> Result<Self, StoreError> {
        Self::with(rusqlite::Connection::open(path)?, thread, setup)
    }

    fn with(mut connection: rusqlite::Connection, thread: &str, setup: &str) -> Result<Self, StoreError> {
        connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
        // Or a statement whose parameters are compared with those of an index is planned anew, from its
        // text, whenever they are bound to something else (sqlite.org/c3ref/c_dbconfig_defensive.html).
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.execute_batch(setup)?;
        let (jobs, mut queue) = mpsc::channel::<Job>(WAITING_JOBS);
        let work = move || {
            while let Some(job) = queue.blocking_recv() {
                job(&mut connection);
            }
        };
        let spawned = std::thread::Builder::new().name(thread.to_owned()).spawn(work);
        spawned.map_err(|error| StoreError::Unavailable(error.into()))?;
        Ok(Self { jobs })
    }

    async fn call<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        // A caller that has gone does not want the answer.
        let job: Job = Box::new(move |connection| drop(answer.send(job(connection))));
        self.jobs.send(job).await.map_err(|_closed| Silence::ThreadEnded)?;
        Ok(answered.await.map_err(|_closed| Silence::ThreadEnded)??)
    }
}

/// A transaction. Dropped before it is committed, it is rolled back.
pub(super) struct Transaction {
    lease: Lease,
    begin: &'static str,
    is_open: bool,
}

impl Transaction {
    fn new(lease: Lease, begin: &'static str) -> Self {
        Self { lease, begin, is_open: false }
    }

    /// Runs the statements in order, up to the first that fails.
    pub(super) async fn run(&mut self, statements: Vec<Statement>) -> Result<Vec<Answer>, StoreError> {
        self.call(move |connection| answers(connection, &statements)).await
    }

    /// Runs the statements in order, then commits.
    pub(super) async fn commit(mut self, statements: Vec<Statement>) -> Result<Vec<Answer>, StoreError> {
        let answers = self
            .call(move |connection| {
                let answers = answers(connection, &statements)?;
                connection.execute_batch("COMMIT")?;
                Ok(answers)
            })
            .await?;
        self.is_open = false;
        Ok(answers)
    }

    /// Runs a migration.
    pub(super) async fn migrate(&mut self, ddl: &str) -> Result<(), StoreError> {
        let ddl = dialect::ddl(ddl);
        self.call(move |connection| connection.execute_batch(&ddl)).await
    }

    async fn call<T: Send + 'static>(
        &mut self,
        job: impl FnOnce(&mut rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let Some(connection) = &self.lease.connection else { return Err(Silence::NoConnection.into()) };
        let begin = if self.is_open { None } else { Some(self.begin) };
        self.is_open = true;
        connection
            .call(move |connection| {
                if let Some(begin) = begin {
                    roll_back(connection)?;
                    connection.execute_batch(begin)?;
                }
                job(connection)
            })
            .await
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if let (true, Some(connection)) = (self.is_open, &self.lease.connection) {
            // With a full queue nothing is lost: whoever begins next rolls back first.
            drop(connection.jobs.try_send(Box::new(|connection| drop(roll_back(connection)))));
        }
    }
}

/// Rolls back what is open: nothing, unless a caller has gone in the middle or a commit has failed.
fn roll_back(connection: &rusqlite::Connection) -> rusqlite::Result<()> {
    if connection.is_autocommit() { Ok(()) } else { connection.execute_batch("ROLLBACK") }
}

thread_local! {
    /// What the statements of this connection's thread are in the words of SQLite.
    static TRANSLATED: RefCell<HashMap<String, Rc<str>>> = RefCell::default();
}

/// A statement in the words of SQLite. As many are remembered as stay prepared.
fn in_dialect(text: &str) -> Rc<str> {
    TRANSLATED.with_borrow_mut(|translated| {
        if let Some(known) = translated.get(text) {
            return Rc::clone(known);
        }
        if translated.len() >= PREPARED_STATEMENTS {
            translated.clear();
        }
        let new = Rc::from(dialect::statement(text));
        translated.insert(text.to_owned(), Rc::clone(&new));
        new
    })
}

fn answers(connection: &rusqlite::Connection, statements: &[Statement]) -> rusqlite::Result<Vec<Answer>> {
    statements.iter().map(|statement| answer(connection, statement)).collect()
}

fn answer(connection: &rusqlite::Connection, statement: &Statement) -> rusqlite::Result<Answer> {
    let mut prepared = connection.prepare_cached(&in_dialect(&statement.text))?;
    let columns = prepared.column_count();
    let values = rusqlite::params_from_iter(&statement.values);
    if columns == 0 {
        let affected = prepared.execute(values)? as u64;
        return Ok(Answer { rows: Vec::new(), affected });
    }
    let rows: Vec<Row> = prepared
        .query_map(values, |row| {
            let values: rusqlite::Result<Box<[types::Value]>> = (0..columns).map(|column| row.get(column)).collect();
            values.map(Row::Sqlite)
        })?
        .collect::<rusqlite::Result<_>>()?;
    let affected = rows.len() as u64;
    Ok(Answer { rows, affected })
}
