//! Whether a node runs. What it says and hears passes here: nothing does while it is paused, and
//! nothing ever again once it is dead.

use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

/// A clone is the same one.
#[derive(Clone)]
pub(super) struct Life(Arc<Shared>);

struct Shared {
    phase: Mutex<Phase>,
    // Not a `watch`: that wakes those who wait in an order of its own.
    changed: Notify,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Running,
    /// As by SIGSTOP, or a virtual machine that is moved.
    Paused,
    /// As by `kill -9`: what it knew is gone.
    Dead,
}

impl Life {
    pub(super) fn new() -> Self {
        Self(Arc::new(Shared { phase: Mutex::new(Phase::Running), changed: Notify::new() }))
    }

    /// Waits while the node is paused; for ever if it is dead.
    pub(super) async fn passage(&self) {
        self.comes_to(Phase::Running).await;
    }

    pub(super) async fn death(&self) {
        self.comes_to(Phase::Dead).await;
    }

    pub(super) fn is_dead(&self) -> bool {
        self.is(Phase::Dead)
    }

    pub(super) fn end(&self) {
        self.change(Phase::Dead);
    }

    pub(super) fn pause(&self) {
        self.change(Phase::Paused);
    }

    pub(super) fn go_on(&self) {
        self.change(Phase::Running);
    }

    async fn comes_to(&self, phase: Phase) {
        loop {
            let changed = self.0.changed.notified();
            if self.is(phase) {
                return;
            }
            changed.await;
        }
    }

    fn is(&self, phase: Phase) -> bool {
        *self.0.phase.lock().unwrap() == phase
    }

    /// Nothing changes what is dead.
    fn change(&self, to: Phase) {
        let mut phase = self.0.phase.lock().unwrap();
        if *phase != Phase::Dead {
            *phase = to;
        }
        drop(phase);
        self.0.changed.notify_waiters();
    }
}
