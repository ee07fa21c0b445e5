//! Where a room's updates are kept: the port the store implements.

use bytes::Bytes;
use futures_util::future::BoxFuture;
use protocol::{
    ids::{PrincipalId, RoomId},
    nodes::Head,
    rooms::{RoomKind, Seq},
};

use super::left_out::LeftOut;

/// An update as it goes into the log: the bytes the client sent, never re-encoded, so that any
/// later version of any library can rebuild the truth from them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Whose update it is.
    pub author: PrincipalId,
    /// Yjs update, v1.
    pub update: Bytes,
}

/// What one room hands over for its next commit. `entries` is never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// The room.
    pub room: RoomId,
    /// The generation the updates were made in; another one refuses them.
    pub generation: u64,
    /// The furthest position the room knows of in the log: its updates may build on that.
    pub known: Seq,
    /// The updates, in the order in which the room applied them.
    pub entries: Vec<Entry>,
    /// What the room's lists shall show from this commit on; `None` leaves it as it is.
    pub title: Option<String>,
}

/// The whole state of a room up to and including one position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The position it covers.
    pub seq: Seq,
    /// The state as one Yjs update, v1.
    pub update: Bytes,
}

/// Everything the log knows of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// What the room holds.
    pub kind: RoomKind,
    /// Its generation.
    pub generation: u64,
    /// Position of the last committed update.
    pub head: Seq,
    /// The newest snapshot whose checksum is right.
    pub snapshot: Option<Snapshot>,
    /// Every update after the snapshot, oldest first: exactly `head - snapshot.seq` of them.
    pub tail: Vec<Bytes>,
    /// Which of them cannot be given out: an empty update stands in the tail for each.
    pub left_out: Vec<LeftOut>,
    /// The ids that were erased, as [`Erased::encode`](super::Erased::encode) writes them; empty where
    /// nothing was.
    pub erased: Bytes,
}

/// A commit as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Position of its first update.
    pub first: Seq,
    /// Its updates, in order.
    pub updates: Vec<Bytes>,
}

/// The next part of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Since {
    /// The room's generation.
    pub generation: u64,
    /// Position of the last committed update.
    pub head: Seq,
    /// The commits that follow the position that was asked for, in order and without a gap. They
    /// reach the head unless there is too much for one answer.
    pub commits: Vec<Commit>,
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why the log did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// There is no such room, or it is in the trash.
    #[error("there is no such room")]
    Gone,
    /// The room has another generation: what it said was erased.
    #[error("what the room said was erased")]
    Erased,
    /// The log ends before what the room has read of it: it was put back to an older state. Nothing
    /// was written, for it would build on something that is not there.
    #[error("the room log has lost its end")]
    Rewound,
    /// The log cannot be reached now; nothing was changed.
    #[error("the room log is unavailable")]
    Unavailable(#[source] Cause),
    /// What is stored cannot be right; a person has to look.
    #[error("the room log is damaged")]
    Corrupt(#[source] Cause),
}

/// An ordered, durable list of updates per room.
pub trait RoomLog: Send + Sync {
    /// Everything there is of a room. Appends of the room that were handed over before are settled
    /// first: they are in the answer, or they will never be in the log.
    ///
    /// # Errors
    ///
    /// [`LogError::Gone`] for a room that does not exist or is in the trash; the others as they say.
    fn load(&self, room: RoomId) -> BoxFuture<'static, Result<Stored, LogError>>;

    /// Appends updates in order; they survive a crash once this answers with the position of the
    /// first. While the log is unreachable the append waits and is tried again, for as long as the
    /// process lives: it is never given up and never written twice.
    ///
    /// # Errors
    ///
    /// [`LogError::Gone`] when the room was deleted meanwhile, [`LogError::Erased`] when what it said was
    /// erased, [`LogError::Rewound`] when the log has lost what the updates build on: nothing was written,
    /// nothing will be.
    fn append(&self, append: Append) -> BoxFuture<'static, Result<Seq, LogError>>;

    /// The commits that hold the updates after a position.
    ///
    /// # Errors
    ///
    /// As [`RoomLog::load`].
    fn read_after(&self, room: RoomId, after: Seq) -> BoxFuture<'static, Result<Since, LogError>>;

    /// How far the logs of these rooms reach; those that are gone are left out.
    ///
    /// # Errors
    ///
    /// [`LogError::Unavailable`].
    fn heads(&self, rooms: Vec<RoomId>) -> BoxFuture<'static, Result<Vec<Head>, LogError>>;

    /// Writes a snapshot of everything committed so far, verified by decoding it again, unless there is
    /// one, and answers with it; `None` when the updates have a gap or another node is writing one.
    /// Loses no history.
    ///
    /// # Errors
    ///
    /// As they say; the log is as it was.
    fn compact(&self, room: RoomId) -> BoxFuture<'static, Result<Option<Snapshot>, LogError>>;
}
