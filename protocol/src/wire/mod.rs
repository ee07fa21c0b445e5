//! What is said over sockets: one vocabulary, and the dialects it is said in.
//!
//! Rooms hear [`Inbound`] and answer [`Outbound`], and never learn which dialect a client speaks.
//!
//! - [`y_websocket`], [`hocuspocus`]: the dialects. A new one is one file with `decode` and `encode`.
//! - [`update`], [`state_vector`], [`presence`]: what travels inside, whatever the dialect.
//! - [`nodes`]: what nodes tell each other.
//! - [`varint`]: the lib0 integers and byte strings everything is made of.
//! - [`close`]: the codes a socket is closed with.
//!
//! Everything read here was written by a stranger. No decoder panics, and none allocates more than
//! a small multiple of its input. Payloads are slices of the frame they came in.

use bytes::{Bytes, BytesMut};

use crate::access::Access;

pub mod close;
pub mod hocuspocus;
pub mod nodes;
pub mod presence;
pub mod state_vector;
pub mod update;
pub mod varint;
mod y_protocols;
pub mod y_websocket;

/// Bytes of the largest frame a client may send: 16 MiB, the whole content of a large room.
pub const MAX_FRAME_BYTES: usize = 16 * 1024 * 1024;

/// Clients one update or state vector may speak of. A room gains one with every browser tab ever opened.
pub const MAX_CLIENTS: u64 = 100_000;

/// The largest clock: both Yjs libraries do signed 32-bit arithmetic with them somewhere.
pub const MAX_CLOCK: u64 = i32::MAX as u64;

/// What a client says about one room. Payloads are zero-copy slices of the frame, not yet looked into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inbound {
    /// The client's state vector: it asks for what it lacks.
    Step1(Bytes),
    /// The update that answers our state vector.
    Step2(Bytes),
    /// An edit, as a Yjs v1 update.
    Update(Bytes),
    /// Who is there and where, as [`presence`] reads it.
    Presence(Bytes),
    /// The client asks who is there.
    QueryPresence,
    /// The client shows its token.
    Token {
        /// The token; empty when it has none.
        token: String,
        /// The version of the client's library, where it says so.
        version: Option<String>,
    },
    /// The client leaves this room and keeps the socket.
    Leave,
    /// Well-formed, but nothing a room listens to.
    Stateless,
}

/// What the server says about one room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outbound {
    /// Our state vector: we ask for what we lack.
    Step1(Bytes),
    /// The update that answers the client's state vector.
    Step2(Bytes),
    /// An edit, as a Yjs v1 update.
    Update(Bytes),
    /// Who is there and where, as [`presence`] writes it.
    Presence(Bytes),
    /// The client may not enter, and why.
    PermissionDenied(String),
    /// The client is in, with this access.
    Authenticated(Access),
    /// Which life of the room this is. What a client kept from another one is void.
    Generation(u64),
    /// The client shall show its token again.
    TokenWanted,
    /// Whether one update of this client is durable now (`true`) or was not taken (`false`).
    Saved(bool),
    /// The room is closed for this client, and why.
    Left(String),
}

/// A frame as it goes out: `body` is shared by every receiver, `head` differs by dialect and address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What stands before the body.
    pub head: Bytes,
    /// The payload, or nothing.
    pub body: Bytes,
}

impl Frame {
    /// Bytes on the wire.
    pub const fn len(&self) -> usize {
        self.head.len() + self.body.len()
    }

    /// Whether there is nothing to send. No encoder makes such a frame.
    pub const fn is_empty(&self) -> bool {
        self.head.is_empty() && self.body.is_empty()
    }

    /// The frame in one piece. Copies; a socket writes the two parts after each other instead.
    pub fn to_bytes(&self) -> Bytes {
        let mut whole = BytesMut::with_capacity(self.len());
        whole.extend_from_slice(&self.head);
        whole.extend_from_slice(&self.body);
        whole.freeze()
    }
}

/// Why bytes were not understood. Safe to show: it names what was wrong, never what was said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The bytes end before what they announce.
    #[error("the bytes end too early")]
    Truncated,
    /// Something is larger than we take.
    #[error("{what} larger than {limit}")]
    Oversized {
        /// What is too large, with its unit.
        what: &'static str,
        /// The most we take.
        limit: u64,
    },
    /// A tag that means nothing, or nothing a client may say.
    #[error("unknown {what} {value}")]
    Unknown {
        /// Which tag it is.
        what: &'static str,
        /// What stood there.
        value: u64,
    },
    /// Something that exists in Yjs and is not taken here.
    #[error("{0} not supported")]
    Unsupported(&'static str),
    /// Text that is not UTF-8.
    #[error("text that is not utf-8")]
    NotUtf8,
    /// Text that should be JSON and is not.
    #[error("text that is not json")]
    NotJson,
    /// Values inside each other deeper than this.
    #[error("values nested deeper than {limit} levels")]
    TooDeep {
        /// The most levels we take.
        limit: usize,
    },
    /// Something that must not be empty.
    #[error("empty {0}")]
    Empty(&'static str),
    /// Something that may stand once stands twice.
    #[error("repeated {0}")]
    Repeated(&'static str),
    /// A block placed by itself or by one that comes after it.
    #[error("a block placed by a later one")]
    Disordered,
    /// Bytes after the end.
    #[error("{bytes} bytes after the end")]
    Trailing {
        /// How many bytes are left over.
        bytes: usize,
    },
}

/// Refuses a frame larger than [`MAX_FRAME_BYTES`].
const fn check_frame(frame: &Bytes) -> Result<(), WireError> {
    if frame.len() > MAX_FRAME_BYTES {
        return Err(WireError::Oversized { what: "frame in bytes", limit: MAX_FRAME_BYTES as u64 });
    }
    Ok(())
}
