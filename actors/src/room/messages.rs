//! Everything a room can be asked.

use actix::prelude::Message;
use bytes::Bytes;
use protocol::{
    access::Access,
    content::Node,
    ids::{NodeId, PrincipalId, SessionId},
    nodes::News,
    principal::Principal,
    rooms::Seq,
    wire::{Inbound, WireError, close::CloseCode},
};
use tokio::sync::OwnedSemaphorePermit;

use super::{document::MAX_DOCUMENT_BYTES, version::Version};
use crate::session::{Format, Outbox};

/// Adds a session to the room. It is told the presence of the others; content follows when it asks.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Join {
    /// Names the session from now on.
    pub session: SessionId,
    /// Whose session it is.
    pub principal: Principal,
    /// What it may do.
    pub access: Access,
    /// How it is spoken to.
    pub format: Format,
    /// Where it is spoken to. The room closes it when the session must go.
    pub outbox: Outbox,
}

/// What a client said, in order. Not answered: whatever is to be said goes to the session's outbox.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct Receive {
    pub(super) session: SessionId,
    pub(super) messages: Vec<Inbound>,
    /// Their share of the room's budget, given back once the updates are committed.
    pub(super) permit: OwnedSemaphorePermit,
}

/// The session is gone.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct Leave(pub(super) SessionId);

/// Changes what the session may do while it stays. Answered once that holds, with whether it is in
/// the room.
#[derive(Debug, Message)]
#[rtype(result = "bool")]
pub(super) struct SetAccess {
    pub(super) session: SessionId,
    pub(super) access: Access,
}

/// The session must go. Answered once it is out, with whether it was in the room.
#[derive(Debug, Message)]
#[rtype(result = "bool")]
pub(super) struct PutOut {
    pub(super) session: SessionId,
    pub(super) code: CloseCode,
}

/// Whether the session is in the room.
#[derive(Debug, Message)]
#[rtype(result = "bool")]
pub(super) struct Knows(pub(super) SessionId);

/// Reads the page. Answered at once, with what is not yet committed.
#[derive(Debug, Message)]
#[rtype(result = "Result<PageContent, RoomError>")]
pub(super) struct ReadPage;

/// Reads the whole document. Answered at once, with what is not yet committed.
#[derive(Debug, Message)]
#[rtype(result = "Result<(Version, Bytes), RoomError>")]
pub(super) struct ReadState;

/// Changes the content without a socket. Answered when the change is committed.
#[derive(Debug, Message)]
#[rtype(result = "Result<Version, RoomError>")]
pub struct EditRequest {
    /// Who changes it.
    pub author: PrincipalId,
    /// What to change.
    pub change: Change,
    /// The version the change was made for; another one refuses it.
    pub expected: Option<Version>,
}

/// Closes every session with a code and stops the room.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct Close(pub(super) CloseCode);

/// What another node says of the room.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct Hear {
    pub(super) node: NodeId,
    pub(super) news: News,
}

/// What the log says of the room: its generation and how far it reaches.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub(super) struct LogSays {
    pub(super) generation: u64,
    pub(super) head: Seq,
    /// How far the room knew it to reach before it was asked. No log becomes shorter.
    pub(super) before: Seq,
}

/// Nobody is present through this node any more.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub(super) struct NodeGone(pub(super) NodeId);

/// Sends what has gathered. A room posts this to itself, so that it comes after everything that
/// already waits: a quiet room sends at once, a busy one in batches that grow with the load.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct Flush;

/// A change made without a socket.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Applies a Yjs update, v1.
    Update(Bytes),
    /// Makes these blocks the content. Blocks that are the same at both ends stay as they are.
    Replace(Vec<Node>),
    /// Makes this the title.
    Rename(String),
    /// Makes this the title and these blocks the content, in one update.
    Rewrite(String, Vec<Node>),
}

/// What a page says at one version.
#[derive(Clone, Debug, PartialEq)]
pub struct PageContent {
    /// The version.
    pub version: Version,
    /// The title.
    pub title: String,
    /// The blocks.
    pub content: Vec<Node>,
}

/// Why a room did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum RoomError {
    /// The room stopped before it could answer. Whether the change was made is not known; making
    /// it again after reading is safe.
    #[error("the room is restarting")]
    Restarting,
    /// The room was deleted meanwhile.
    #[error("there is no such room")]
    Gone,
    /// The room is at another version than was expected.
    #[error("the room has changed; it is at version {0}")]
    Stale(Version),
    /// The update is not well-formed.
    #[error("the update is malformed: {0}")]
    Malformed(#[source] WireError),
    /// The update builds on content this room does not have.
    #[error("the update builds on content that is not in the room")]
    Incomplete,
    /// The update holds, or builds on, what was erased in this room; or all of it was erased meanwhile.
    #[error("this content was erased")]
    Erased,
    /// The update cannot be applied.
    #[error("the update cannot be applied")]
    Refused,
    /// The document would grow beyond its limit.
    #[error("the document would be larger than {MAX_DOCUMENT_BYTES} bytes")]
    TooLarge,
    /// The room has saved nothing for too long. Whether the change is made once it can again is not
    /// known; making it again after reading is safe.
    #[error("the room cannot save at present")]
    Unavailable,
}
