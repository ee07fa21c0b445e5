//! The database, whichever engine it is.

use protocol::ids::WorkspaceId;

use super::{
    error::StoreError,
    postgres::{self, Postgres},
    sql::{Answer, Row, Statement},
    sqlite::{self, Sqlite},
};

/// A database; a clone is the same one.
#[derive(Clone)]
pub(super) enum Database {
    Postgres(Postgres),
    Sqlite(Sqlite),
}

/// Which rows a transaction may see and write. Every statement says so in its WHERE; on Postgres
/// row-level security holds even where one forgets to (`migrations/postgres/0003_isolation.sql`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Those of every workspace: what is done before it is known whose room it is, and by no caller.
    Server,
    /// Those of one workspace.
    Workspace(WorkspaceId),
}

impl Database {
    /// Reads with some statements, in one state of the database and one round trip: a transaction that is
    /// left open has to be rolled back in another.
    pub(super) async fn read_once(&self, scope: Scope, statements: Vec<Statement>) -> Result<Vec<Answer>, StoreError> {
        self.read(scope).await?.commit_after(statements).await
    }

    /// Reads with one statement.
    pub(super) async fn query(&self, scope: Scope, statement: Statement) -> Result<Vec<Row>, StoreError> {
        Ok(self.read_once(scope, vec![statement]).await?.pop().map(|answer| answer.rows).unwrap_or_default())
    }

    /// Reads the first row of one statement.
    pub(super) async fn query_opt(&self, scope: Scope, statement: Statement) -> Result<Option<Row>, StoreError> {
        Ok(self.query(scope, statement).await?.into_iter().next())
    }

    /// Writes with one statement, and says how many rows.
    pub(super) async fn execute(&self, scope: Scope, statement: Statement) -> Result<u64, StoreError> {
        let answers = self.write(scope).await?.commit_after(vec![statement]).await?;
        Ok(answers.last().map_or(0, |answer| answer.affected))
    }

    /// What the engine finds wrong with its own file, a line for each thing; Postgres looks after its
    /// files itself.
    pub(super) async fn damage(&self) -> Result<Vec<String>, StoreError> {
        match self {
            Self::Postgres(_) => Ok(Vec::new()),
            Self::Sqlite(database) => database.damage().await,
        }
    }

    /// A transaction that sees one state of the database, whatever is written meanwhile.
    pub(super) async fn read(&self, scope: Scope) -> Result<Transaction, StoreError> {
        Ok(Transaction::new(match self {
            Self::Postgres(database) => EngineTransaction::Postgres(database.read(scope).await?.into()),
            Self::Sqlite(database) => EngineTransaction::Sqlite(database.read().await?),
        }))
    }

    /// A transaction that writes. It begins with its first statement.
    pub(super) async fn write(&self, scope: Scope) -> Result<Transaction, StoreError> {
        Ok(Transaction::new(match self {
            Self::Postgres(database) => EngineTransaction::Postgres(database.write(scope).await?.into()),
            Self::Sqlite(database) => EngineTransaction::Sqlite(database.write().await?),
        }))
    }
}

/// The statements of a migration.
#[derive(Clone, Copy)]
pub(super) enum Ddl {
    /// One text for both engines.
    Both(&'static str),
    /// What the engines have no common words for.
    Each { postgres: &'static str, sqlite: &'static str },
}

/// A transaction. Dropped before it is committed, it is rolled back; after an error it does
/// nothing more.
pub(super) struct Transaction {
    engine: EngineTransaction,
    has_failed: bool,
}

enum EngineTransaction {
    Postgres(Box<postgres::Transaction>),
    Sqlite(sqlite::Transaction),
}

impl Transaction {
    fn new(engine: EngineTransaction) -> Self {
        Self { engine, has_failed: false }
    }

    /// The rows of one statement.
    pub(super) async fn query(&mut self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        Ok(self.run(vec![statement]).await?.pop().map(|answer| answer.rows).unwrap_or_default())
    }

    /// The first row of one statement.
    pub(super) async fn query_opt(&mut self, statement: Statement) -> Result<Option<Row>, StoreError> {
        Ok(self.query(statement).await?.into_iter().next())
    }

    /// Runs one statement and says how many rows it wrote.
    pub(super) async fn execute(&mut self, statement: Statement) -> Result<u64, StoreError> {
        Ok(self.run(vec![statement]).await?.pop().map_or(0, |answer| answer.affected))
    }

    /// Runs statements in order, in one round trip.
    pub(super) async fn run(&mut self, statements: Vec<Statement>) -> Result<Vec<Answer>, StoreError> {
        self.check()?;
        let answers = match &mut self.engine {
            EngineTransaction::Postgres(transaction) => transaction.run(statements).await,
            EngineTransaction::Sqlite(transaction) => transaction.run(statements).await,
        };
        self.has_failed = answers.is_err();
        answers
    }

    /// Makes everything durable.
    ///
    /// # Errors
    ///
    /// After [`StoreError::Unavailable`] it is not known whether it is committed; after another
    /// error it is not.
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        self.commit_after(Vec::new()).await.map(drop)
    }

    /// Runs statements in order and commits, in one round trip.
    ///
    /// # Errors
    ///
    /// As [`Transaction::commit`].
    pub(super) async fn commit_after(self, statements: Vec<Statement>) -> Result<Vec<Answer>, StoreError> {
        self.check()?;
        match self.engine {
            EngineTransaction::Postgres(transaction) => transaction.commit(statements).await,
            EngineTransaction::Sqlite(transaction) => transaction.commit(statements).await,
        }
    }

    /// Waits until nobody else migrates; lasts until the transaction ends.
    pub(super) async fn lock_schema(&mut self) -> Result<(), StoreError> {
        match &mut self.engine {
            EngineTransaction::Postgres(transaction) => transaction.lock_schema().await,
            // Whoever writes has the whole file.
            EngineTransaction::Sqlite(_) => Ok(()),
        }
    }

    /// Runs the statements of a migration.
    pub(super) async fn migrate(&mut self, ddl: &Ddl) -> Result<(), StoreError> {
        self.check()?;
        let migrated = match (&mut self.engine, ddl) {
            (EngineTransaction::Postgres(tx), Ddl::Both(ddl) | Ddl::Each { postgres: ddl, .. }) => {
                tx.migrate(ddl).await
            }
            (EngineTransaction::Sqlite(tx), Ddl::Both(ddl) | Ddl::Each { sqlite: ddl, .. }) => tx.migrate(ddl).await,
        };
        self.has_failed = migrated.is_err();
        migrated
    }

    /// Once a statement has failed, SQLite may have rolled back: what came after would stand alone.
    fn check(&self) -> Result<(), StoreError> {
        if self.has_failed { Err(StoreError::Internal("the transaction has failed before".into())) } else { Ok(()) }
    }
}
