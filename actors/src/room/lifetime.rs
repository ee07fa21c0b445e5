//! When a room writes a snapshot, and when it leaves memory.

use std::time::Duration;

use actix::prelude::{ActorContext, ActorFutureExt, AsyncContext, Context, WrapFuture};
use tokio::time::Instant;

use super::actor::RoomActor;

/// Updates since the snapshot from which on a new one is due, at least.
const TAIL_UPDATES: usize = 4_000;
/// Bytes of updates since the snapshot from which on a new one is due, at least.
const TAIL_BYTES: usize = 256 * 1024;
/// Updates worth a snapshot before the room leaves memory.
const TAIL_UPDATES_AT_END: usize = 50;
/// Time until a snapshot that failed is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(60);

/// When the room leaves memory.
pub(super) struct Idle {
    pub(super) timeout: Duration,
    pub(super) since: Instant,
    pub(super) timer: bool,
}

/// Whether a snapshot is being made, and from when on another may be tried.
#[derive(Default)]
pub(super) struct Compaction {
    pub(super) running: bool,
    pub(super) not_before: Option<Instant>,
}

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
        let busy = !self.is_settled() || !self.callers.is_empty() || self.compaction.running;
        if !left.is_zero() || busy {
            self.idle.timer = true;
            ctx.run_later(left.max(Duration::from_millis(100)), |room, ctx| {
                room.idle.timer = false;
                room.end_if_idle(ctx);
            });
        } else if self.compact_if_worth_it(ctx) {
            // The snapshot's end looks again; somebody who joins meanwhile keeps the room.
        } else if self.registration.release() {
            tracing::debug!(room.id = %self.id, "room left memory");
            ctx.stop();
        } else {
            self.watch_idleness(ctx);
        }
    }

    /// Begins a snapshot when enough has gathered since the last one.
    ///
    /// The limits grow with the snapshot, so that a document that grows to n updates is encoded
    /// O(log n) times and not O(n).
    pub(super) fn compact_if_grown(&mut self, ctx: &mut Context<Self>) {
        let held = self.state.document().held();
        let base_bytes = held.base().map_or(0, |base| base.update.len());
        let many = held.tail_len() >= TAIL_UPDATES.max(base_bytes / 32);
        if many || held.tail_bytes() >= TAIL_BYTES.max(base_bytes / 4) {
            self.compact(ctx, |_room, _ctx| ());
        }
    }

    /// Begins a snapshot if one is worth it now that nothing more comes; answers whether it did.
    pub(super) fn compact_if_worth_it(&mut self, ctx: &mut Context<Self>) -> bool {
        self.state.document().held().tail_len() >= TAIL_UPDATES_AT_END && self.compact(ctx, Self::end_if_idle)
    }

    fn compact(&mut self, ctx: &mut Context<Self>, then: fn(&mut Self, &mut Context<Self>)) -> bool {
        if self.compaction.running || self.compaction.not_before.is_some_and(|at| Instant::now() < at) {
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
                    room.state.rebase(snapshot);
                }
                Ok(None) => (),
                Err(error) => {
                    tracing::warn!(room.id = %room.id, error = &error as &dyn std::error::Error, "no snapshot was written");
                }
            }
            then(room, ctx);
            // What has come meanwhile may be as much again.
            room.compact_if_grown(ctx);
        }));
        true
    }
}
