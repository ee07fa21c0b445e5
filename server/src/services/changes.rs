//! What changes who may do what. Open sockets are authorised again when it concerns them.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use protocol::{
    ids::{PrincipalId, WorkspaceId},
    principal::CredentialId,
};
use tokio::sync::broadcast;

/// Changes that may wait to be dealt with; who falls behind by more checks everything.
const WAITING_CHANGES: usize = 1024;

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

/// Tells of a change when it is dropped.
#[derive(Debug)]
pub struct Telling {
    changes: Changes,
    change: Change,
}

impl Drop for Telling {
    fn drop(&mut self) {
        self.changes.tell(self.change);
    }
}

/// Tells of changes. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Changes {
    sender: broadcast::Sender<Change>,
    told: Arc<AtomicU64>,
}

impl Default for Changes {
    fn default() -> Self {
        Self { sender: broadcast::Sender::new(WAITING_CHANGES), told: Arc::default() }
    }
}

impl Changes {
    /// Tells of a change, after it is committed.
    pub fn tell(&self, change: Change) {
        self.told.fetch_add(1, Ordering::SeqCst);
        // The door may be closed already.
        drop(self.sender.send(change));
    }

    /// Tells of a change once this is dropped: to be held while it is made, so that it is told whatever
    /// becomes of the request. Whether a commit that was not answered has happened nobody knows; telling
    /// once too often costs a look.
    #[must_use = "it tells when it is dropped"]
    pub fn telling(&self, change: Change) -> Telling {
        Telling { changes: self.clone(), change }
    }

    /// How many changes there have been. Whoever decides something, and only then begins to be told of
    /// changes, decides again if there have been others meanwhile.
    pub fn told(&self) -> u64 {
        self.told.load(Ordering::SeqCst)
    }

    /// Hears of every change from now on.
    pub fn listen(&self) -> broadcast::Receiver<Change> {
        self.sender.subscribe()
    }
}
