//! A node's clock, which may be wrong and may jump.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use actors::clock::Clock;
use protocol::time::Timestamp;
use tokio::time::Instant;

/// 2025-11-20T09:58:55Z.
const BEGAN: i64 = 1_763_632_735_000_000;

/// A clone is the same one.
#[derive(Clone)]
pub(super) struct NodeClock {
    began: Instant,
    wrong_by_micros: Arc<AtomicI64>,
}

impl NodeClock {
    pub(super) fn new() -> Self {
        Self { began: Instant::now(), wrong_by_micros: Arc::default() }
    }

    pub(super) fn jump(&self, seconds: i64) {
        self.wrong_by_micros.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }
}

impl Clock for NodeClock {
    fn now(&self) -> Timestamp {
        let wrong_by = self.wrong_by_micros.load(Ordering::Relaxed);
        Timestamp::from_micros(BEGAN + wrong_by + self.began.elapsed().as_micros() as i64)
    }
}
