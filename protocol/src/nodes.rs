//! What the nodes of one installation tell each other, besides what they write into the database.
//!
//! Nothing of it is relied on: whatever is lost, late or doubled here is found in the log, in the
//! audit, or comes again. `wire::nodes` is how it is written.

use bytes::Bytes;

use crate::{
    ids::{PrincipalId, RoomId, WorkspaceId},
    principal::CredentialId,
    rooms::Seq,
    wire::presence::PresenceEntry,
};

/// Something a node tells all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Something about one room.
    Room(RoomId, News),
    /// The node lives, and the logs it has written to lately reach this far.
    Alive(Vec<Head>),
    /// The node ends: nobody is present through it any more.
    Leaving,
    /// Somebody may do something else than before.
    Changed(Change),
}

/// Something about one room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// These updates stand in the room's log, from `first` on.
    Committed {
        /// The generation of the room.
        generation: u64,
        /// Position of the first of them.
        first: Seq,
        /// The updates (Yjs, v1), at least one.
        updates: Vec<Bytes>,
    },
    /// The log reaches this far.
    Reaches {
        /// The generation of the room.
        generation: u64,
        /// Position of the last update.
        head: Seq,
    },
    /// What those present on the node that tells it show of themselves, as far as it has changed.
    Presence(Vec<PresenceEntry>),
    /// The node that tells it has opened the room, and wants to know who is there.
    PresenceWanted,
}

/// How far the log of a room reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The room.
    pub room: RoomId,
    /// Its generation.
    pub generation: u64,
    /// Position of the last update.
    pub head: Seq,
}

/// Something that may have changed what somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A sign-in or key is not good any more.
    Credential(CredentialId),
    /// Every sign-in of somebody may not be good any more.
    Principal(PrincipalId),
    /// Members, grants, share links or the tree of a workspace.
    Workspace(WorkspaceId),
}
