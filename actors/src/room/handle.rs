//! How the rest of the server talks to one open room.

use std::{sync::Arc, time::Duration};

use actix::prelude::Addr;
use bytes::Bytes;
use protocol::{
    access::Access,
    ids::SessionId,
    wire::{Inbound, close::CloseCode},
};
use tokio::{sync::OwnedSemaphorePermit, time::timeout};

use super::{
    actor::RoomActor,
    messages::{
        Change, EditRequest, Join, Knows, Leave, PageContent, PutOut, ReadPage, ReadState, Receive, RoomError,
        SetAccess,
    },
    registry::{ROOM_BUDGET_UNITS, Slot},
    version::Version,
};

/// How long a session waits for a room that cannot save before it is let go.
const BUDGET_TIMEOUT: Duration = Duration::from_secs(60);
/// How long an edit waits for its share of the budget: whoever made it wants an answer.
const EDIT_BUDGET_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an edit waits for its commit.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes of one unit of the budget.
const UNIT_BYTES: usize = 1024;
/// Units that new content is taken to weigh: its size is not known before it is made.
const REPLACE_UNITS: u32 = 64;

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

    /// Adds a session to the room. It ends with [`RoomHandle::leave`] or [`RoomHandle::put_out`], or
    /// when the room closes its outbox.
    ///
    /// # Errors
    ///
    /// [`RoomError::Restarting`] when the room has stopped.
    pub async fn join(&self, join: Join) -> Result<(), RoomError> {
        self.address.send(join).await.map_err(|_stopped| RoomError::Restarting)
    }

    /// Passes on what a client said, in order. Waits while more than 8 MiB of what the room was told is not
    /// committed: nothing between a socket and the log is unbounded, and nothing is thrown away.
    ///
    /// # Errors
    ///
    /// [`RoomError::Unavailable`] when the room has not saved anything for 60 s.
    pub async fn receive(&self, session: SessionId, messages: Vec<Inbound>) -> Result<(), RoomError> {
        let units = messages.iter().map(|message| units(payload_bytes(message))).sum::<u32>().min(ROOM_BUDGET_UNITS);
        let permit = self.share_of_budget(units, BUDGET_TIMEOUT).await?;
        // The permit bounds the mailbox, so there is nothing to wait for here. A room that has
        // stopped has closed the session's outbox.
        self.address.do_send(Receive { session, messages, permit });
        Ok(())
    }

    /// Ends a session; its presence stays for a grace.
    pub fn leave(&self, session: SessionId) {
        self.address.do_send(Leave(session));
    }

    /// Changes what a session may do while it stays, seen and told everything as before. Answers
    /// once that holds, with whether the session is in the room.
    ///
    /// Hocuspocus clients are told, unless they may do just that already; y-websocket has no word for
    /// it. Of a session that may no longer write
    /// - what was taken in is kept, and acknowledged after its commit;
    /// - what still waits for something, and what was on its way meanwhile, is refused as a reader's
    ///   is: with SyncStatus 0, or with the permission-denied message of y-websocket, which its client
    ///   only logs. It is not stored, and costs nobody the connection.
    ///
    /// One that may write now is asked for what it was refused: it still has that, and whatever it
    /// writes builds on it.
    pub async fn set_access(&self, session: SessionId, access: Access) -> bool {
        self.address.send(SetAccess { session, access }).await.unwrap_or(false)
    }

    /// Ends one session with a code; the others are not disturbed, and see its presence for a grace.
    /// Answers once nothing more of it is taken in, with whether it was in the room.
    ///
    /// y-websocket: the socket closes with the code. Hocuspocus: where the code is of this room only
    /// (4401, 4403, 4404, 4410, 4413, 4422) the client is denied this room, and the socket goes on for its
    /// other rooms.
    pub async fn put_out(&self, session: SessionId, code: CloseCode) -> bool {
        self.address.send(PutOut { session, code }).await.unwrap_or(false)
    }

    /// Whether the session is still in the room.
    pub async fn knows(&self, session: SessionId) -> bool {
        self.address.send(Knows(session)).await.unwrap_or(false)
    }

    /// Changes the content; answers once the change is committed, with the version it made. Weighs
    /// as much as what clients say, until it is committed.
    ///
    /// # Errors
    ///
    /// [`RoomError`]. After [`RoomError::Unavailable`], which comes when the room has not saved for
    /// some time, it is not known whether the change is made: it may have been, or be later.
    pub async fn edit(&self, edit: EditRequest) -> Result<Version, RoomError> {
        let permit = self.share_of_budget(change_units(&edit.change), EDIT_BUDGET_TIMEOUT).await?;
        let answer = self.address.send(edit);
        // A task of its own: the change takes up memory until it is committed, whether anybody
        // still waits for that or not.
        let answer = tokio::spawn(async move {
            let answer = answer.await;
            drop(permit);
            answer
        });
        match timeout(COMMIT_TIMEOUT, answer).await {
            Ok(Ok(Ok(answer))) => answer,
            Ok(Ok(Err(_)) | Err(_)) => Err(RoomError::Restarting),
            Err(_elapsed) => Err(RoomError::Unavailable),
        }
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

    async fn share_of_budget(&self, units: u32, patience: Duration) -> Result<OwnedSemaphorePermit, RoomError> {
        if let Ok(permit) = Arc::clone(&self.slot.budget).try_acquire_many_owned(units) {
            return Ok(permit);
        }
        let permit = timeout(patience, Arc::clone(&self.slot.budget).acquire_many_owned(units)).await;
        let permit = permit.map_err(|_elapsed| RoomError::Unavailable)?;
        permit.map_err(|_closed| RoomError::Restarting)
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

fn change_units(change: &Change) -> u32 {
    match change {
        Change::Update(update) => units(update.len()),
        Change::Rename(title) => units(title.len()),
        Change::Replace(_) | Change::Rewrite(..) => REPLACE_UNITS,
    }
}

fn units(bytes: usize) -> u32 {
    u32::try_from(1 + bytes / UNIT_BYTES).unwrap_or(u32::MAX).min(ROOM_BUDGET_UNITS)
}

#[cfg(test)]
mod tests {
    use protocol::ids::{PrincipalId, RoomId};
    use tokio::time::Instant;

    use super::*;
    use crate::room::registry::tests::HeldLog;

    fn rename(bytes: usize) -> EditRequest {
        EditRequest { author: PrincipalId::new(), change: Change::Rename("x".repeat(bytes)), expected: None }
    }

    #[actix::test]
    async fn edits_are_given_up_in_an_outage_and_weigh_until_they_are_committed() {
        tokio::time::pause();
        let log = HeldLog::new(1);
        let room = log.rooms().open(RoomId::new()).await.unwrap();
        let whole_budget = ROOM_BUDGET_UNITS as usize * UNIT_BYTES;

        for timeout in [COMMIT_TIMEOUT, EDIT_BUDGET_TIMEOUT] {
            let before = Instant::now();
            assert!(matches!(room.edit(rename(whole_budget)).await, Err(RoomError::Unavailable)));
            assert_eq!(before.elapsed().as_secs(), timeout.as_secs());
        }

        log.0.add_permits(1);
        let again = room.edit(rename(whole_budget)).await;
        assert!(again.is_ok(), "the first is committed and its share is free: {again:?}");
    }
}
