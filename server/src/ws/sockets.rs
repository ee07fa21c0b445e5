//! Every open socket of this node, so that they can be counted and drained.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use actors::session::Outbox;
use protocol::wire::close::CloseCode;

/// Sockets of one node at most; a further one is answered 503.
const MAX_SOCKETS: usize = 200_000;
/// Sockets closed at once while draining.
const DRAIN_BATCH: usize = 50;
/// Time between two such batches at most; less when there are so many that the window would not do.
const DRAIN_PAUSE: Duration = Duration::from_millis(20);

/// The open sockets. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Sockets {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    open: HashMap<u64, Outbox>,
    next: u64,
    draining: bool,
}

/// Keeps a socket in the register.
#[derive(Debug)]
pub(super) struct Registered {
    sockets: Sockets,
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
        shared.open.insert(number, outbox);
        metrics::gauge!("gala_sockets").set(shared.open.len() as f64);
        Some(Registered { sockets: self.clone(), number })
    }

    /// Open sockets.
    pub fn count(&self) -> usize {
        self.lock().open.len()
    }

    /// Takes no more sockets and closes those that are open: shuffled, in batches spread over at
    /// most `window`, so that their clients do not all come back at once.
    pub async fn drain(&self, window: Duration) {
        let outboxes: Vec<Outbox> = {
            let mut shared = self.lock();
            shared.draining = true;
            // A hash map has no order to keep: whose turn it is depends on nothing.
            shared.open.values().cloned().collect()
        };
        let batches = outboxes.len().div_ceil(DRAIN_BATCH).max(1);
        let pause = DRAIN_PAUSE.min(window / u32::try_from(batches).unwrap_or(u32::MAX));
        for batch in outboxes.chunks(DRAIN_BATCH) {
            for outbox in batch {
                outbox.close(CloseCode::Unavailable);
            }
            tokio::time::sleep(pause).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
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
