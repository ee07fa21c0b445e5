//! The store: everything that must survive the process, in SQLite or Postgres.
//!
//! - [`Store`] is the one handle; each domain adds its methods in its own file. What belongs to a
//!   workspace is a method of [`Tenant`], which sees nothing of the others.
//! - `rooms.rs` implements [`RoomLog`](actors::room::log::RoomLog).
//! - An append goes `committer.rs` → `lane.rs` → `batch.rs` → `commit.rs`; `segment.rs` is the row it
//!   becomes, and `compaction.rs` moves it to the history in `archive.rs`. `past.rs` reads both.
//! - What one node at a time may do, it does under a lease of `leases.rs`.
//! - SQL is written once, here and nowhere else: `sql.rs` says what can be bound and read,
//!   `dialect.rs` how SQLite is told. `sqlite.rs` and `postgres.rs` hold what differs.
//!
//! To add a table, see `migrations/README.md`; to add a domain, a file with `impl Store`.

use std::{path::PathBuf, sync::Arc, time::Duration};

use actors::clock::Clock;
use protocol::ids::NodeId;
use tokio::sync::Semaphore;

mod accounts;
mod api_keys;
mod archive;
mod attribution;
mod audit;
mod audit_log;
mod audit_tail;
mod authors;
mod backup;
mod batch;
mod commit;
mod committer;
mod compaction;
mod credentials;
mod database;
mod devices;
mod dialect;
mod edits;
mod erasure;
mod error;
mod identities;
mod inspection;
mod invitations;
mod keyframes;
mod lane;
mod leases;
mod mail_tokens;
mod members;
mod migrate;
mod opening;
mod packed;
mod page_moves;
mod page_tree;
mod pages;
mod past;
mod past_upkeep;
mod pieces;
mod postgres;
mod postgres_tls;
mod refresh_tokens;
mod rooms;
mod segment;
mod set_aside;
mod share_links;
mod sharing;
mod signing_keys;
mod slice;
mod sql;
mod sqlite;
mod standing;
mod tenant;
mod transfer;
mod vault;
mod versions;
mod workspaces;

pub use accounts::{Account, Admission, CreateAccountError, NewAccount};
pub use api_keys::{ApiKey, CreateKeyError};
pub use audit::NewEvent;
pub use audit_log::{AuditFault, ChainReport};
pub use authors::Author;
pub use backup::{BackupError, back_up};
use committer::Committer;
pub use credentials::{Credential, Holder};
use database::{Database, Scope};
pub use devices::{Device, DeviceOwner, NewDevice};
pub use edits::Run;
pub use error::{OpenError, StoreError};
pub use inspection::Inspection;
pub use invitations::{CreateInvitationError, Invitation, Offer};
pub use leases::{Duty, Lease};
pub use mail_tokens::{MailPurpose, NewMailToken};
pub use members::{ChangeMemberError, Member};
pub use page_moves::{MovePageError, RestorePageError};
pub use page_tree::Tree;
pub use pages::{CreatePageError, NewPage, Page};
pub use past::{PastError, Place, Recorded};
use postgres::Postgres;
pub use refresh_tokens::{Exchange, Refreshed};
pub use rooms::Room;
pub use share_links::{CreateShareLinkError, ShareLink, Shared};
pub use sharing::{Grant, PageSharing, PutGrantError};
pub use signing_keys::StoredSigningKey;
pub use slice::Slice;
use sql::sql;
use sqlite::Sqlite;
pub use standing::{RoomStanding, Said};
pub use tenant::Tenant;
pub use transfer::{ExportError, FileError, ImportError, Imported, Summary, verify, workspace_of};
pub use vault::ReplaceKeysError;
pub use versions::{CreateVersionError, StoredVersion};
pub use workspaces::CreateWorkspaceError;

/// Connections to Postgres for everything but appends.
const POSTGRES_CONNECTIONS: usize = 16;
/// Lanes that commit side by side on Postgres, each with a connection of its own. SQLite has one
/// writer and therefore one lane.
const POSTGRES_LANES: usize = 2;
/// Rooms compacted at the same time: compaction takes a processor and the memory of a room.
const MAX_COMPACTIONS: usize = 2;
/// Requests that replay the past of a room at the same time: each takes a processor and the memory of
/// one or two rooms.
const MAX_REPLAYS: usize = 2;
/// How long the database may take to show that it is there.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(2);

/// Which database to use.
#[derive(Clone)]
pub enum Engine {
    /// A file; it is made if it is not there, its directory is not.
    Sqlite(PathBuf),
    /// A connection string, as `postgres://user:password@host/database`.
    Postgres(String),
}

/// The database and what keeps it busy. A clone is the same store.
#[derive(Clone)]
pub struct Store {
    database: Database,
    committer: Arc<Committer>,
    compactions: Arc<Semaphore>,
    replays: Arc<Semaphore>,
    clock: Arc<dyn Clock>,
    node: NodeId,
}

impl Store {
    /// Opens the database and brings its schema up to date. Its tasks and connections live on the
    /// runtime this is called on, from wherever the store is used.
    ///
    /// # Errors
    ///
    /// As [`OpenError`] says.
    pub async fn open(engine: &Engine, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let (database, lanes) = match engine {
            Engine::Sqlite(path) => {
                let database = Database::Sqlite(Sqlite::open(path)?);
                (database.clone(), vec![database])
            }
            Engine::Postgres(url) => {
                let connect = |connections| Postgres::new(url, connections).map(Database::Postgres);
                let lanes: Result<_, _> = (0..POSTGRES_LANES).map(|_| connect(1)).collect();
                (connect(POSTGRES_CONNECTIONS)?, lanes?)
            }
        };
        migrate::migrate(&database, clock.now()).await?;
        let committer = Arc::new(Committer::start(lanes, &clock));
        let (compactions, replays) = (Semaphore::new(MAX_COMPACTIONS), Semaphore::new(MAX_REPLAYS));
        let (compactions, replays) = (Arc::new(compactions), Arc::new(replays));
        Ok(Self { database, committer, compactions, replays, clock, node: NodeId::new() })
    }

    /// The node this store belongs to: it is made when the store is opened.
    pub const fn node(&self) -> NodeId {
        self.node
    }

    /// Whether the database answers, and takes what is appended.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] within two seconds.
    pub async fn health(&self) -> Result<(), StoreError> {
        self.committer.check()?;
        let answered = tokio::time::timeout(HEALTH_TIMEOUT, self.database.query(Scope::Server, sql("SELECT 1"))).await;
        answered.unwrap_or_else(|_elapsed| Err(error::Silence::NoAnswer.into())).map(drop)
    }

    /// Waits until everything appended so far is settled: the last thing to do before the process ends.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] if it takes longer than `timeout`.
    pub async fn settle(&self, timeout: Duration) -> Result<(), StoreError> {
        self.committer.settle_all(timeout).await
    }
}
