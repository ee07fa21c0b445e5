//! What can go wrong in the store, and the one place that knows both drivers' error codes.

use actors::room::log::LogError;
use rusqlite::ErrorCode;
use tokio_postgres::error::SqlState;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why the store did not do what it was asked. Nothing was changed, with one exception: when the
/// connection is lost during a commit, [`StoreError::Unavailable`] cannot say whether it happened.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, is stopping, or is out of something: later it may work.
    #[error("the database is unavailable")]
    Unavailable(#[source] Cause),
    /// A row that may be there only once is there already.
    #[error("the row exists already")]
    Conflict(#[source] Cause),
    /// What is stored cannot be right; a person has to look.
    #[error("what is stored is damaged")]
    Corrupt(#[source] Cause),
    /// A mistake in this program, or a value the database cannot hold.
    #[error("the database refused the statement")]
    Internal(#[source] Cause),
}

/// Why the store did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The text is not a connection string.
    #[error("the database URL cannot be read")]
    Url(#[source] tokio_postgres::Error),
    /// Connections cannot be encrypted as the URL wants.
    #[error("connections to the database cannot be encrypted")]
    Tls(#[source] Cause),
    /// A newer version of the program has been here.
    #[error("the database has schema version {found}, this program knows {known} at most: start the newer version")]
    NewerSchema {
        /// Version of the schema in the database.
        found: i64,
        /// The newest version this program has a migration for.
        known: i64,
    },
    /// This version has not been here, and was asked to change nothing.
    #[error("the database has schema version {found}, this program works with {known}: run gala migrate first")]
    OlderSchema {
        /// Version of the schema in the database.
        found: i64,
        /// The version this program works with.
        known: i64,
    },
    /// The database did not do what was necessary.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What stored bytes got wrong.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Damage {
    #[error("the checksum of {what} at {seq} is wrong")]
    Checksum { what: &'static str, seq: u64 },
    #[error("{what} at {seq} cannot be decoded")]
    Encoding { what: &'static str, seq: u64 },
    #[error("update {expected} is missing: the next one stored is {found}")]
    Gap { expected: u64, found: u64 },
    #[error("the log ends at {end}, the room at {head}")]
    End { end: u64, head: u64 },
    #[error("unknown {what} in the database")]
    Unknown { what: &'static str },
    #[error("no {what} in the database")]
    Missing { what: &'static str },
}

/// Why a connection was not answered in time.
#[derive(Debug, thiserror::Error)]
pub(super) enum Silence {
    #[error("no connection became free in time")]
    NoConnection,
    #[error("no answer in time")]
    NoAnswer,
    #[error("the connection's thread has ended")]
    ThreadEnded,
    #[error("earlier updates are not committed yet")]
    Unsettled,
    #[error("others read too much of the past")]
    NoTurn,
    #[error("the store is stopping")]
    Stopping,
}

impl From<Damage> for StoreError {
    fn from(damage: Damage) -> Self {
        Self::Corrupt(damage.into())
    }
}

impl From<Silence> for StoreError {
    fn from(silence: Silence) -> Self {
        Self::Unavailable(silence.into())
    }
}

impl From<StoreError> for LogError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Corrupt(_) | StoreError::Conflict(_) => Self::Corrupt(error.into()),
            StoreError::Unavailable(_) | StoreError::Internal(_) => Self::Unavailable(error.into()),
        }
    }
}

impl From<deadpool_postgres::PoolError> for StoreError {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.code() {
            Some(code) if *code == SqlState::UNIQUE_VIOLATION => Self::Conflict(error.into()),
            Some(code) if *code == SqlState::DATA_CORRUPTED || *code == SqlState::INDEX_CORRUPTED => {
                Self::Corrupt(error.into())
            }
            Some(code) if is_passing(code) => Self::Unavailable(error.into()),
            Some(_) => Self::Internal(error.into()),
            None if error.is_closed() || is_io(&error) => Self::Unavailable(error.into()),
            None => Self::Internal(error.into()),
        }
    }
}

/// Whether the same statement may work later (PostgreSQL documentation, appendix A).
fn is_passing(code: &SqlState) -> bool {
    /// Connections, transactions rolled back (deadlocks), resources, operator intervention, and
    /// the system below; authorisation, which an operator may be changing right now.
    const CLASSES: [&str; 7] = ["08", "28", "40", "53", "57", "58", "3D"];
    /// A fail-over has left us on a standby.
    const READ_ONLY: SqlState = SqlState::READ_ONLY_SQL_TRANSACTION;

    CLASSES.iter().any(|class| code.code().starts_with(class))
        || *code == READ_ONLY
        || *code == SqlState::LOCK_NOT_AVAILABLE
        || *code == SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
}

fn is_io(error: &tokio_postgres::Error) -> bool {
    std::error::Error::source(error).is_some_and(|cause| cause.is::<std::io::Error>())
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        /// SQLITE_CONSTRAINT_PRIMARYKEY and SQLITE_CONSTRAINT_UNIQUE (sqlite.org/rescode.html).
        const ALREADY_THERE: [i32; 2] = [1555, 2067];

        let rusqlite::Error::SqliteFailure(failure, _) = &error else { return Self::Internal(error.into()) };
        match failure.code {
            ErrorCode::ConstraintViolation if ALREADY_THERE.contains(&failure.extended_code) => {
                Self::Conflict(error.into())
            }
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Corrupt(error.into()),
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::OutOfMemory
            | ErrorCode::ReadOnly
            | ErrorCode::OperationInterrupted
            | ErrorCode::OperationAborted
            | ErrorCode::SystemIoFailure
            | ErrorCode::DiskFull
            | ErrorCode::CannotOpen
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::PermissionDenied => Self::Unavailable(error.into()),
            _ => Self::Internal(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_sqlite(code: i32) -> StoreError {
        rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None).into()
    }

    #[test]
    fn a_full_disk_passes_and_a_damaged_file_does_not() {
        let (full, damaged, not_a_database) = (13, 11, 26);

        assert!(matches!(of_sqlite(full), StoreError::Unavailable(_)));
        assert!(matches!(of_sqlite(damaged), StoreError::Corrupt(_)));
        assert!(matches!(of_sqlite(not_a_database), StoreError::Corrupt(_)));
    }

    #[test]
    fn only_a_second_row_is_a_conflict() {
        let (primary_key, unique, foreign_key) = (1555, 2067, 787);

        assert!(matches!(of_sqlite(primary_key), StoreError::Conflict(_)));
        assert!(matches!(of_sqlite(unique), StoreError::Conflict(_)));
        assert!(matches!(of_sqlite(foreign_key), StoreError::Internal(_)));
    }

    #[test]
    fn what_postgres_will_not_refuse_later_passes() {
        for passing in ["57P01", "57014", "53100", "40P01", "08006", "25006", "55P03"] {
            assert!(is_passing(&SqlState::from_code(passing)), "{passing}");
        }
        for lasting in ["23502", "22021", "42601", "42P01"] {
            assert!(!is_passing(&SqlState::from_code(lasting)), "{lasting}");
        }
    }
}
