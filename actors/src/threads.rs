//! The threads rooms live on.

use actix::prelude::{Arbiter, ArbiterHandle};

/// Threads for rooms; they stop when this is dropped.
#[derive(Debug)]
pub struct Threads {
    arbiters: Vec<Arbiter>,
}

impl Threads {
    /// Starts `count` threads, at least one. Needs a running `actix::System`.
    pub fn start(count: usize) -> Self {
        Self { arbiters: (0..count.max(1)).map(|_| Arbiter::new()).collect() }
    }

    /// Where to start actors.
    pub fn handles(&self) -> Vec<ArbiterHandle> {
        self.arbiters.iter().map(Arbiter::handle).collect()
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        for arbiter in &self.arbiters {
            arbiter.stop();
        }
    }
}
