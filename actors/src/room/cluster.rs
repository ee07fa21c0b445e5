//! What a room says to the same room on other nodes, and does when it hears of them.

use std::time::Duration;

use actix::prelude::{ActorFutureExt, AsyncContext, Context, Handler, WrapFuture};
use protocol::{nodes::News, rooms::Seq, wire::close::CloseCode};
use tokio::time::Instant;

use super::{
    actor::RoomActor,
    document::{ApplyError, Document},
    log::{Entry, LogError, Since, Stored},
    messages::{Hear, LogSays, NodeGone},
    order::Heard,
    state::{Effect, RoomState},
};

/// How long what is missing may still come by the bus before it is read from the log.
const GAP_PATIENCE: Duration = Duration::from_millis(25);
/// When the log is read again after it could not be.
const READ_AGAIN: Duration = Duration::from_secs(1);

/// Whether the log is being read, or about to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Following {
    /// Nothing is missing, as far as is known.
    #[default]
    Idle,
    /// Something is missing, and soon to be read.
    Waiting,
    /// The log is being read.
    Reading,
    /// The log has lost something this room has, which is about to be written again. Nothing else
    /// is written or heard meanwhile.
    Refilling,
}

impl Handler<Hear> for RoomActor {
    type Result = ();

    fn handle(&mut self, Hear { node, news }: Hear, ctx: &mut Context<Self>) {
        let generation = self.state.generation();
        match news {
            News::Committed { generation: of, .. } | News::Reaches { generation: of, .. } if of != generation => {
                ignored("generation");
            }
            // It is read with everything else.
            News::Committed { .. } if self.following == Following::Refilling => ignored("refilling"),
            News::Committed { first, updates, .. } => {
                let weight = self.state.weigh_updates(&updates);
                let apply = move |state: &mut RoomState| state.hear(first, updates);
                self.work(weight, ctx, apply, |room, heard, ctx| room.heard(heard, ctx));
            }
            News::Reaches { head, .. } => {
                self.state.log_reaches(head);
                self.follow(ctx);
            }
            News::Presence(entries) => {
                self.state.hear_presence(node, &entries, self.clock.now());
                self.post_flush(ctx);
            }
            News::PresenceWanted => {
                let own = self.state.own_presence();
                if !own.is_empty() {
                    self.bus.tell(self.id, News::Presence(own));
                }
            }
        }
    }
}

impl Handler<LogSays> for RoomActor {
    type Result = ();

    fn handle(&mut self, LogSays { generation, head, before }: LogSays, ctx: &mut Context<Self>) {
        if generation != self.state.generation() {
            return self.end(CloseCode::Restarting, ctx);
        }
        if head < before {
            return self.refill(ctx);
        }
        self.state.log_reaches(head);
        self.follow(ctx);
    }
}

impl Handler<NodeGone> for RoomActor {
    type Result = ();

    fn handle(&mut self, NodeGone(node): NodeGone, ctx: &mut Context<Self>) {
        self.state.node_gone(node);
        self.post_flush(ctx);
    }
}

impl RoomActor {
    /// Tells the other nodes what this one has committed.
    pub(super) fn tell_committed(&self, first: Seq, written: Vec<Entry>) {
        let generation = self.state.generation();
        let updates = written.into_iter().map(|entry| entry.update).collect();
        self.bus.tell(self.id, News::Committed { generation, first, updates });
    }

    pub(super) fn tell_presence_news(&mut self) {
        let news = self.state.take_presence_news();
        if !news.is_empty() {
            self.bus.tell(self.id, News::Presence(news));
        }
    }

    /// Reads the log if something is missing that does not come by the bus.
    pub(super) fn follow(&mut self, ctx: &mut Context<Self>) {
        self.registration.knows(self.state.known());
        if self.following == Following::Idle && self.state.gap().is_some() {
            self.following = Following::Waiting;
            self.read_log_in(GAP_PATIENCE, ctx);
        }
    }

    /// Begins to make up for what the log has lost.
    pub(super) fn refill(&mut self, ctx: &mut Context<Self>) {
        if self.following == Following::Refilling {
            return;
        }
        tracing::error!(room.id = %self.id, head = self.state.head(), "the log has lost its end; what is missing is written again");
        metrics::counter!("gala_rooms_refilled_total").increment(1);
        self.following = Following::Refilling;
        self.writing_since.get_or_insert_with(Instant::now);
        self.read_all(ctx);
    }

    fn heard(&mut self, heard: Result<(Heard, Vec<Effect>), ApplyError>, ctx: &mut Context<Self>) {
        match heard {
            Ok((heard, effects)) => {
                match heard {
                    Heard::Taken => (),
                    Heard::Known => ignored("doubled"),
                    Heard::Dropped => ignored("early"),
                }
                self.carry_out(effects, ctx);
                self.post_flush(ctx);
                self.compact_if_grown(ctx);
                self.follow(ctx);
            }
            // No update comes before what it builds on: the log is not the one this room has followed.
            Err(ApplyError::Missing(_)) => self.refill(ctx),
            Err(error) => self.fail(&error, CloseCode::Restarting, ctx),
        }
    }

    fn read_log_in(&mut self, wait: Duration, ctx: &mut Context<Self>) {
        ctx.run_later(wait, |room, ctx| {
            if room.following != Following::Waiting {
                return;
            }
            let Some(after) = room.state.gap() else {
                room.following = Following::Idle;
                return;
            };
            room.following = Following::Reading;
            metrics::counter!("gala_gap_reads_total").increment(1);
            let read = room.log.read_after(room.id, after);
            ctx.spawn(read.into_actor(room).map(|since, room, ctx| room.log_read(since, ctx)));
        });
    }

    fn log_read(&mut self, since: Result<Since, LogError>, ctx: &mut Context<Self>) {
        if self.following != Following::Reading {
            return;
        }
        match since {
            Ok(since) if since.generation != self.state.generation() => self.end(CloseCode::Restarting, ctx),
            Ok(since) => {
                let bytes = since.commits.iter().flat_map(|commit| &commit.updates);
                let weight = self.state.weigh_updates(bytes);
                let apply = move |state: &mut RoomState| {
                    state.log_reaches(since.head);
                    let mut effects = Vec::new();
                    for commit in since.commits {
                        effects.extend(state.hear(commit.first, commit.updates)?.1);
                    }
                    Ok((Heard::Taken, effects))
                };
                self.work(weight, ctx, apply, |room, heard, ctx| {
                    // A write may have been refused meanwhile, because the log has lost its end.
                    if room.following == Following::Reading {
                        room.following = Following::Idle;
                    }
                    room.heard(heard, ctx);
                });
            }
            Err(LogError::Gone) => self.end(CloseCode::NotFound, ctx),
            Err(LogError::Erased) => self.end(CloseCode::Erased, ctx),
            Err(LogError::Unavailable(_) | LogError::Rewound) => {
                self.following = Following::Waiting;
                self.read_log_in(READ_AGAIN, ctx);
            }
            Err(error @ LogError::Corrupt(_)) => self.fail(&error, CloseCode::Restarting, ctx),
        }
    }

    fn read_all(&mut self, ctx: &mut Context<Self>) {
        let load = self.log.load(self.id);
        ctx.spawn(load.into_actor(self).map(|stored, room, ctx| match stored {
            Ok(stored) => room.refill_from(stored, ctx),
            Err(LogError::Gone) => room.end(CloseCode::NotFound, ctx),
            Err(LogError::Erased) => room.end(CloseCode::Erased, ctx),
            Err(LogError::Unavailable(_) | LogError::Rewound) => {
                ctx.run_later(READ_AGAIN, Self::read_all);
            }
            Err(error @ LogError::Corrupt(_)) => room.fail(&error, CloseCode::Restarting, ctx),
        }));
    }

    fn refill_from(&mut self, stored: Stored, ctx: &mut Context<Self>) {
        if stored.generation != self.state.generation() {
            return self.end(CloseCode::Restarting, ctx);
        }
        let weight = self.state.weigh_refilling(&stored);
        let refill = move |state: &mut RoomState| {
            let head = stored.head;
            let stored = Document::stored(stored).map_err(|_damaged| ApplyError::Poisoned)?;
            state.refill(head, stored)
        };
        self.work(weight, ctx, refill, |room, refilled, ctx| match refilled {
            Ok(effects) => {
                room.following = Following::Idle;
                room.writing_since = None;
                room.carry_out(effects, ctx);
                room.flush(ctx);
                room.follow(ctx);
                room.end_if_saved(ctx);
            }
            Err(error) => room.fail(&error, CloseCode::Restarting, ctx),
        });
    }
}

/// Counts a message that says nothing new.
fn ignored(why: &'static str) {
    metrics::counter!("gala_bus_ignored_total", "why" => why).increment(1);
}
