//! How the rest of the server talks to one open room.

use std::{sync::Arc, time::Duration};

use actix::prelude::Addr;
use bytes::Bytes;
use protocol::{ids::SessionId, wire::Inbound};

use super::{
    actor::RoomActor,
    messages::{EditRequest, Join, Knows, Leave, PageContent, ReadPage, ReadState, Receive, RoomError},
    registry::{ROOM_BUDGET_UNITS, Slot},
    version::Version,
};

/// How long a session waits for a room that cannot save before it is let go.
const BUDGET_TIMEOUT: Duration = Duration::from_secs(60);
/// What a message weighs beside its bytes.
const UNIT_BYTES: usize = 1024;

/// Talks to one open room, and keeps it in memory. Cheap to clone.
#[derive(Clone)]
pub struct RoomHandle {
    address: Addr<RoomActor>,
    slot: Arc<Slot>,
}

impl RoomHandle {
    pub(super) fn new(address: Addr<RoomActor>, slot: Arc<Slot>) -> Self {
        Self { address, slot }
    }

    /// Adds a session to the room. It ends with [`RoomHandle::leave`], or when the room closes its
    /// outbox.
    ///
    /// # Errors
    ///
    /// [`RoomError::Restarting`] when the room has stopped.
    pub async fn join(&self, join: Join) -> Result<(), RoomError> {
        self.address.send(join).await.map_err(|_stopped| RoomError::Restarting)
    }

    /// Passes on what a client said. Waits while more than 8 MiB of what the room was told is not
    /// committed: nothing between a socket and the log is unbounded, and nothing is thrown away.
    ///
    /// # Errors
    ///
    /// [`RoomError::Unavailable`] when the room has not saved anything for 60 s.
    pub async fn receive(&self, session: SessionId, message: Inbound) -> Result<(), RoomError> {
        let units = u32::try_from(1 + payload_bytes(&message) / UNIT_BYTES).unwrap_or(u32::MAX).min(ROOM_BUDGET_UNITS);
        let budget = Arc::clone(&self.slot.budget).acquire_many_owned(units);
        let permit = match tokio::time::timeout(BUDGET_TIMEOUT, budget).await {
            Ok(Ok(permit)) => permit,
            Ok(Err(_closed)) => return Err(RoomError::Restarting),
            Err(_elapsed) => return Err(RoomError::Unavailable),
        };
        // The permit bounds the mailbox, so there is nothing to wait for here. A room that has
        // stopped has closed the session's outbox.
        self.address.do_send(Receive { session, message, permit });
        Ok(())
    }

    /// Ends a session; its presence stays for a grace.
    pub fn leave(&self, session: SessionId) {
        self.address.do_send(Leave(session));
    }

    /// Whether the session is still in the room.
    pub async fn knows(&self, session: SessionId) -> bool {
        self.address.send(Knows(session)).await.unwrap_or(false)
    }

    /// Changes the content; answers once the change is committed, with the version it made.
    ///
    /// # Errors
    ///
    /// [`RoomError`].
    pub async fn edit(&self, edit: EditRequest) -> Result<Version, RoomError> {
        self.address.send(edit).await.unwrap_or(Err(RoomError::Restarting))
    }

    /// What the page says now.
    ///
    /// # Errors
    ///
    /// [`RoomError::Restarting`].
    pub async fn read(&self) -> Result<PageContent, RoomError> {
        self.address.send(ReadPage).await.unwrap_or(Err(RoomError::Restarting))
    }

    /// The whole document as one Yjs update, v1.
    ///
    /// # Errors
    ///
    /// [`RoomError::Restarting`].
    pub async fn state(&self) -> Result<(Version, Bytes), RoomError> {
        self.address.send(ReadState).await.unwrap_or(Err(RoomError::Restarting))
    }
}

fn payload_bytes(message: &Inbound) -> usize {
    match message {
        Inbound::Step1(payload) | Inbound::Step2(payload) | Inbound::Update(payload) | Inbound::Presence(payload) => {
            payload.len()
        }
        Inbound::QueryPresence | Inbound::Token { .. } | Inbound::Leave | Inbound::Stateless => 0,
    }
}
