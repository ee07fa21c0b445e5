//! The threads rooms live on.

use std::sync::{Arc, PoisonError, RwLock};

use actix::prelude::{Arbiter, ArbiterHandle};

/// The threads rooms live on: those that serve their sockets. What a client says in a room on its own
/// thread, and what it is told, wakes no other one. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Threads {
    arbiters: Arc<RwLock<Vec<ArbiterHandle>>>,
}

impl Threads {
    /// From now on rooms may live on this thread. It has to be one of actix.
    pub fn join(&self) {
        self.arbiters.write().unwrap_or_else(PoisonError::into_inner).push(Arbiter::current());
    }

    /// One of the threads, the same for the same number as long as none joins; `None` before the first has.
    pub(crate) fn pick(&self, number: u64) -> Option<ArbiterHandle> {
        let arbiters = self.arbiters.read().unwrap_or_else(PoisonError::into_inner);
        let index = number.checked_rem(arbiters.len() as u64)?;
        arbiters.get(index as usize).cloned()
    }
}
