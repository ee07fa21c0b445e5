//! When a room writes a snapshot, and when it leaves memory.

use std::time::Duration;

use actix::prelude::{ActorContext, ActorFutureExt, AsyncContext, Context, WrapFuture};
use tokio::time::Instant;

use super::actor::RoomActor;

/// Updates since the snapshot from which on a new one is due, at least.
const TAIL_UPDATES: usize = 1_000;
/// Bytes of updates since the snapshot from which on a new one is due, at least.
const TAIL_BYTES: usize = 256 * 1024;
/// Updates worth a snapshot before the room leaves memory.
const TAIL_UPDATES_AT_END: usize = 50;
/// Time until a snapshot that failed is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(60);

impl RoomActor {
    /// Starts the timer that ends the room once nobody has used it for its timeout.
    pub(super) fn watch_idleness(&mut self, ctx: &mut Context<Self>) {
        self.idle.since = Instant::now();
        if self.idle.timer || !self.sessions.is_empty() {
            return;
        }
        self.idle.timer = true;
        ctx.run_later(self.idle.timeout, |room, ctx| {
            room.idle.timer = false;
            room.end_if_idle(ctx);
        });
    }

    fn end_if_idle(&mut self, ctx: &mut Context<Self>) {
        if !self.sessions.is_empty() {
            return;
        }
        let left = self.idle.timeout.saturating_sub(self.idle.since.elapsed());
        let busy = !self.state.unsaved().is_empty() || !self.callers.is_empty() || self.compaction.running;
        if !left.is_zero() || busy {
            self.idle.timer = true;
            ctx.run_later(left.max(Duration::from_millis(100)), |room, ctx| {
                room.idle.timer = false;
                room.end_if_idle(ctx);
            });
        } else if self.compact_if_due(true, ctx) {
            // The snapshot's end looks again; somebody who joins meanwhile keeps the room.
        } else if self.registration.release() {
            tracing::debug!(room.id = %self.id, "room left memory");
            ctx.stop();
        } else {
            self.watch_idleness(ctx);
        }
    }

    /// Begins a snapshot when one is due; answers whether it did.
    ///
    /// The limits grow with the snapshot, so that a document that grows to n updates is encoded
    /// O(log n) times and not O(n).
    pub(super) fn compact_if_due(&mut self, ending: bool, ctx: &mut Context<Self>) -> bool {
        let document = self.state.document();
        let updates = document.tail_after(document.base_seq()).len();
        let base_bytes = document.base().map_or(0, |base| base.update.len());
        let grown =
            updates >= TAIL_UPDATES.max(base_bytes / 64) || document.tail_bytes() >= TAIL_BYTES.max(base_bytes / 4);
        let due = grown || (ending && updates >= TAIL_UPDATES_AT_END);
        let blocked = self.compaction.running || self.compaction.not_before.is_some_and(|at| Instant::now() < at);
        if !due || blocked {
            return false;
        }
        self.compaction.running = true;
        let compact = self.log.compact(self.id);
        ctx.spawn(compact.into_actor(self).map(move |result, room, ctx| {
            room.compaction.running = false;
            room.compaction.not_before = Some(Instant::now() + RETRY_AFTER);
            match result {
                Ok(Some(snapshot)) => {
                    room.compaction.not_before = None;
                    room.state.document_mut().rebase(snapshot);
                }
                Ok(None) => (),
                Err(error) => {
                    tracing::warn!(room.id = %room.id, error = &error as &dyn std::error::Error, "no snapshot was written");
                }
            }
            if ending {
                room.end_if_idle(ctx);
            }
        }));
        true
    }
}
