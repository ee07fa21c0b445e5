//! A lane of the committer: one batch after the other, each until its outcome is known.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use actors::{clock::Clock, room::log::LogError};
use tokio::sync::mpsc;

use super::{
    batch::{Batch, Order, Segment},
    commit::{self, Outcome},
    database::Database,
    error::StoreError,
};

/// How long to pause before a batch is tried again: doubles from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LAST_PAUSE: Duration = Duration::from_secs(1);
/// Least time from the beginning of a commit of several appends to that of the next. A commit costs as
/// much as some twenty edits; on a fast disk there would be one for every edit or two, and they would
/// take the time the edits need. Whoever is alone, one append after the other, never waits.
const COMMIT_INTERVAL: Duration = Duration::from_millis(10);

/// Gauge: updates handed over and not settled.
pub(super) const UNSAVED: &str = "gala_unsaved_updates";
const COMMITS: &str = "gala_commits_total";
const COMMIT_SECONDS: &str = "gala_commit_seconds";
const COMMIT_UPDATES: &str = "gala_commit_updates_total";
const COMMIT_RETRIES: &str = "gala_commit_retries_total";

/// Takes orders and carries them out.
pub(super) struct Lane {
    database: Database,
    clock: Arc<dyn Clock>,
    orders: mpsc::Receiver<Order>,
    /// The order that did not fit into the batch before.
    carried: Option<Order>,
    /// When the last commit began, and whether it was of several appends.
    began: Instant,
    is_busy: bool,
    is_failing: Arc<AtomicBool>,
}

impl Lane {
    pub(super) fn new(database: Database, clock: Arc<dyn Clock>, orders: mpsc::Receiver<Order>) -> Self {
        Self {
            database,
            clock,
            orders,
            carried: None,
            began: Instant::now(),
            is_busy: false,
            is_failing: Arc::default(),
        }
    }

    /// Is set while a batch has failed and is tried again.
    pub(super) fn is_failing(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.is_failing)
    }

    /// Works until nobody can order any more.
    pub(super) async fn run(mut self) {
        while let Some(batch) = self.next_batch().await {
            (self.began, self.is_busy) = (Instant::now(), batch.appends() > 1);
            let (segments, settled) = batch.seal();
            self.commit(segments).await;
            for waiting in settled {
                // Whoever has gone does not want to know.
                waiting.send(()).ok();
            }
        }
    }

    /// Waits for an order, and takes what else has come meanwhile.
    async fn next_batch(&mut self) -> Option<Batch> {
        let mut next = match self.carried.take() {
            Some(order) => order,
            None => self.orders.recv().await?,
        };
        if self.is_busy && matches!(next, Order::Append(..)) {
            tokio::time::sleep(COMMIT_INTERVAL.saturating_sub(self.began.elapsed())).await;
        }
        let mut batch = Batch::default();
        loop {
            if let Err(order) = batch.take(next) {
                self.carried = Some(order);
                return Some(batch);
            }
            match self.orders.try_recv() {
                Ok(order) => next = order,
                Err(_empty) => return Some(batch),
            }
        }
    }

    /// Commits the segments, together if that is possible. One that can never be written is found
    /// by halving, and refused alone.
    async fn commit(&self, segments: Vec<Segment>) {
        let mut parts = vec![segments];
        while let Some(mut part) = parts.pop() {
            if part.is_empty() {
                continue;
            }
            match self.commit_part(&mut part).await {
                Ok(outcomes) => answer(part, outcomes),
                Err(_) if part.len() > 1 => {
                    parts.push(part.split_off(part.len() / 2));
                    parts.push(part);
                }
                Err(error) => refuse(part, error),
            }
        }
    }

    /// Tries until the database says yes or no.
    async fn commit_part(&self, segments: &mut [Segment]) -> Result<Vec<Outcome>, StoreError> {
        let mut pause = FIRST_PAUSE;
        let mut failures = 0_u32;
        loop {
            let began = Instant::now();
            match commit::write(&self.database, segments, self.clock.now()).await {
                Err(StoreError::Unavailable(error)) => {
                    if failures == 0 {
                        tracing::warn!(error, "updates cannot be committed; trying until they are");
                    }
                    failures += 1;
                    self.is_failing.store(true, Ordering::Relaxed);
                    metrics::counter!(COMMIT_RETRIES).increment(1);
                    tokio::time::sleep(pause.mul_f64(jitter())).await;
                    pause = LAST_PAUSE.min(pause * 2);
                }
                outcome => {
                    if failures > 0 {
                        tracing::info!(failures, "the database takes updates again");
                        self.is_failing.store(false, Ordering::Relaxed);
                    }
                    metrics::histogram!(COMMIT_SECONDS).record(began.elapsed());
                    return outcome;
                }
            }
        }
    }
}

fn answer(segments: Vec<Segment>, outcomes: Vec<Outcome>) {
    metrics::counter!(COMMITS).increment(1);
    for (segment, outcome) in segments.into_iter().zip(outcomes) {
        metrics::gauge!(UNSAVED).decrement(segment.count as f64);
        match outcome {
            Outcome::Committed(first_seq) => {
                metrics::counter!(COMMIT_UPDATES).increment(segment.count);
                segment.committed(first_seq);
            }
            Outcome::Gone => segment.refused(|| LogError::Gone),
            Outcome::Erased => segment.refused(|| LogError::Erased),
            Outcome::Rewound => segment.refused(|| LogError::Rewound),
        }
    }
}

fn refuse(segments: Vec<Segment>, error: StoreError) {
    let error = Arc::new(error);
    for segment in segments {
        tracing::error!(room.id = %segment.room, error = %error, "updates of a room cannot be committed");
        metrics::gauge!(UNSAVED).decrement(segment.count as f64);
        segment.refused(|| match *error {
            StoreError::Corrupt(_) | StoreError::Conflict(_) => LogError::Corrupt(error.clone().into()),
            StoreError::Unavailable(_) | StoreError::Internal(_) => LogError::Unavailable(error.clone().into()),
        });
    }
}

/// Between a half and one, so that lanes and nodes do not all come back at the same moment.
fn jitter() -> f64 {
    let random = RandomState::new().hash_one(()) >> 32;
    0.5 + random as f64 / 2_f64.powi(33)
}
