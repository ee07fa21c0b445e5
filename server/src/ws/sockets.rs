//! Every open socket of this node, so that they can be counted, drained, and told that somebody may do
//! something else.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use actors::session::Outbox;
use protocol::{
    ids::{PrincipalId, WorkspaceId},
    principal::CredentialId,
    wire::close::CloseCode,
};
use tokio::sync::{Notify, broadcast::error::RecvError};

use crate::services::changes::{Change, Changes};

/// Sockets of one node at most; a further one is answered 503.
const MAX_SOCKETS: usize = 200_000;
/// Sockets closed at once while draining.
const DRAIN_BATCH: usize = 50;
/// Time between two such batches at most: 500 sockets a second. Less when there are so many that the
/// window would not do.
const DRAIN_PAUSE: Duration = Duration::from_millis(100);
/// How often it is looked whether all sockets have ended.
const LOOK_FOR_ENDS: Duration = Duration::from_millis(10);

/// The open sockets. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Sockets {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    open: HashMap<u64, Arc<Open>>,
    next: u64,
    draining: bool,
}

/// An open socket.
#[derive(Debug)]
struct Open {
    outbox: Outbox,
    /// Rings when permissions that concern it have changed.
    changed: Notify,
    concerns: Mutex<Vec<Concern>>,
}

/// On whom and on what it depends what a socket may do in one room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Concern {
    pub(super) principal: PrincipalId,
    pub(super) credential: CredentialId,
    pub(super) workspace: WorkspaceId,
}

/// Keeps a socket in the register.
#[derive(Debug)]
pub(super) struct Registered {
    sockets: Sockets,
    open: Arc<Open>,
    number: u64,
}

impl Sockets {
    /// Takes note of a socket; `None` when no more are taken.
    pub(super) fn register(&self, outbox: Outbox) -> Option<Registered> {
        let mut shared = self.lock();
        if shared.draining || shared.open.len() >= MAX_SOCKETS {
            return None;
        }
        shared.next += 1;
        let number = shared.next;
        let open = Arc::new(Open { outbox, changed: Notify::new(), concerns: Mutex::default() });
        shared.open.insert(number, Arc::clone(&open));
        metrics::gauge!("gala_sockets").set(shared.open.len() as f64);
        Some(Registered { sockets: self.clone(), open, number })
    }

    /// Open sockets.
    pub fn count(&self) -> usize {
        self.lock().open.len()
    }

    /// The workspaces somebody is in over one of them.
    pub fn workspaces(&self) -> HashSet<WorkspaceId> {
        let shared = self.lock();
        let mut workspaces = HashSet::new();
        for socket in shared.open.values() {
            workspaces.extend(socket.concerns().iter().map(|concern| concern.workspace));
        }
        workspaces
    }

    /// Takes no more sockets and closes those that are open: shuffled, in batches spread over at
    /// most `window`, so that their clients do not all come back at once.
    pub async fn drain(&self, window: Duration) {
        let sockets: Vec<Arc<Open>> = {
            let mut shared = self.lock();
            shared.draining = true;
            // A hash map has no order to keep: whose turn it is depends on nothing.
            shared.open.values().cloned().collect()
        };
        let batches = sockets.len().div_ceil(DRAIN_BATCH).max(1);
        let pause = DRAIN_PAUSE.min(window / u32::try_from(batches).unwrap_or(u32::MAX));
        for batch in sockets.chunks(DRAIN_BATCH) {
            for socket in batch {
                socket.outbox.close(CloseCode::Unavailable);
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// Waits until the sockets that were closed are gone, for as long as `timeout`.
    pub async fn ended(&self, timeout: Duration) {
        let gone = async {
            while self.count() > 0 {
                tokio::time::sleep(LOOK_FOR_ENDS).await;
            }
        };
        if tokio::time::timeout(timeout, gone).await.is_err() {
            tracing::warn!(sockets = self.count(), "stopped before every socket had ended");
        }
    }

    /// Tells sockets of the changes that concern them, for ever.
    pub async fn follow(self, changes: Changes) {
        let mut listener = changes.listen();
        loop {
            let change = match listener.recv().await {
                Ok(change) => Some(change),
                // What was missed may concern anybody.
                Err(RecvError::Lagged(_)) => None,
                Err(RecvError::Closed) => return,
            };
            for socket in self.lock().open.values() {
                if change.is_none_or(|change| socket.is_concerned_by(change)) {
                    socket.changed.notify_one();
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn is_concerned_by(&self, change: Change) -> bool {
        self.concerns().iter().any(|concern| match change {
            Change::Credential(credential) => concern.credential == credential,
            Change::Principal(principal) => concern.principal == principal,
            Change::Workspace(workspace) => concern.workspace == workspace,
        })
    }

    fn concerns(&self) -> MutexGuard<'_, Vec<Concern>> {
        self.concerns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Registered {
    /// Says on what it depends from now on what the socket may do.
    pub(super) fn depend_on(&self, concerns: impl Iterator<Item = Concern>) {
        let mut present = self.open.concerns();
        present.clear();
        present.extend(concerns);
    }

    /// Waits until permissions that concern the socket may have changed.
    pub(super) async fn changed(&self) {
        self.open.changed.notified().await;
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let mut shared = self.sockets.lock();
        shared.open.remove(&self.number);
        metrics::gauge!("gala_sockets").set(shared.open.len() as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn draining_closes_every_socket_and_takes_no_more() {
        let sockets = Sockets::default();
        let (one, _reader) = Outbox::new();
        let registered = sockets.register(one.clone());
        assert_eq!(sockets.count(), 1);

        sockets.drain(Duration::ZERO).await;

        assert!(one.is_closed());
        assert!(sockets.register(Outbox::new().0).is_none());
        drop(registered);
        assert_eq!(sockets.count(), 0);
    }
}
