//! What changes who may do what. Open sockets are authorised again when it concerns them.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

pub use protocol::nodes::Change;
use tokio::sync::broadcast;

/// Changes that may wait to be dealt with; who falls behind by more checks everything.
const WAITING_CHANGES: usize = 1024;

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
    /// Those this process has made, which others have to be told of.
    own: broadcast::Sender<Change>,
    told: Arc<AtomicU64>,
}

impl Default for Changes {
    fn default() -> Self {
        let (sender, own) = (broadcast::Sender::new(WAITING_CHANGES), broadcast::Sender::new(WAITING_CHANGES));
        Self { sender, own, told: Arc::default() }
    }
}

impl Changes {
    /// Tells of a change, after it is committed.
    pub fn tell(&self, change: Change) {
        // Nobody may listen: there may be no other node.
        drop(self.own.send(change));
        self.hear(change);
    }

    /// Takes note of a change that was made elsewhere.
    pub fn hear(&self, change: Change) {
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

    /// Hears of every change this process makes from now on.
    pub fn listen_to_own(&self) -> broadcast::Receiver<Change> {
        self.own.subscribe()
    }

    /// Hears of every change from now on.
    pub fn listen(&self) -> broadcast::Receiver<Change> {
        self.sender.subscribe()
    }
}
