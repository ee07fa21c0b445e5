//! The shell around a room: takes messages one at a time and carries out what the state decides.

use std::{
    collections::{BTreeMap, VecDeque},
    future::ready,
    mem,
    sync::Arc,
    time::Duration,
};

use actix::prelude::{Actor, ActorContext, ActorFutureExt, AsyncContext, Context, WrapFuture};
use protocol::{
    ids::{RoomId, SessionId},
    nodes::News,
    rooms::Seq,
    wire::{Outbound, close::CloseCode},
};
use tokio::{
    sync::{OwnedSemaphorePermit, oneshot},
    time::Instant,
};

use super::{
    cluster::Following,
    flag::Flag,
    hibernation::Rest,
    lifetime::{Compaction, Idle},
    log::{Append, LogError, RoomLog},
    messages::{Flush, Receive, RoomError},
    registry::{Ports, Registration},
    relay,
    session::Session,
    state::{Committed, Effect, RoomState},
    version::Version,
    weight::Weight,
};
use crate::{bus::Bus, clock::Clock, session::Frames};

/// Least time between two presence frames to everybody.
const PRESENCE_INTERVAL: Duration = Duration::from_millis(40);
/// Updates that gather before they are passed on without waiting for a pause.
const MAX_GATHERED: usize = 64;
/// How long a room goes on that cannot save. Then its sessions are sent away: another node may be able
/// to, and whoever comes back before that finds no room to type in.
const MAX_UNSAVED: Duration = Duration::from_secs(60);
/// Messages that may wait before what other nodes say is left to be read from the log.
const MAILBOX: usize = 1_024;
/// How long a room may keep the others on its thread waiting before its work is done elsewhere.
const SLOW: Duration = Duration::from_millis(5);

pub(super) struct RoomActor {
    pub(super) id: RoomId,
    pub(super) state: RoomState,
    /// Boxed, as members are.
    pub(super) sessions: BTreeMap<SessionId, Box<Session>>,
    pub(super) callers: BTreeMap<u64, oneshot::Sender<Result<Version, RoomError>>>,
    pub(super) log: Arc<dyn RoomLog>,
    pub(super) bus: Arc<dyn Bus>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) following: Following,
    pub(super) registration: Registration,
    pub(super) idle: Idle,
    pub(super) compaction: Compaction,
    /// Raised while something is left out of the room.
    pub(super) flag: Option<Flag>,
    /// The code the room ends with once everything is saved, and who waits for that.
    ending: Option<(CloseCode, oneshot::Sender<()>)>,
    /// Whether the last thing it was told took so long that the next is better done elsewhere.
    slow: bool,
    next_caller: u64,
    /// The room's budget, given back as the updates that took it are committed; by how many were
    /// applied until then.
    permits: VecDeque<(u64, OwnedSemaphorePermit)>,
    flush_posted: bool,
    /// Since when a write is on its way, or has to wait for a refill.
    pub(super) writing_since: Option<Instant>,
    presence_sent_at: Instant,
    presence_timer: bool,
    pub(super) rest: Rest,
}

impl RoomActor {
    pub(super) fn new(state: RoomState, registration: Registration) -> Self {
        let Ports { log, bus, clock } = registration.ports();
        let idle = Idle { timeout: registration.idle_timeout(), since: Instant::now(), timer: false };
        Self {
            id: registration.room(),
            state,
            sessions: BTreeMap::new(),
            callers: BTreeMap::new(),
            log,
            bus,
            clock,
            following: Following::default(),
            registration,
            idle,
            compaction: Compaction::default(),
            flag: None,
            ending: None,
            slow: false,
            next_caller: 0,
            permits: VecDeque::new(),
            flush_posted: false,
            writing_since: None,
            presence_sent_at: Instant::now() - PRESENCE_INTERVAL,
            presence_timer: false,
            rest: Rest::default(),
        }
    }

    /// Does `work` with the state, then `then` with what came of it: here if it is quick, or else on
    /// the blocking pool. Nothing else happens in the room meanwhile, and the others on its thread
    /// go on.
    pub(super) fn work<T: Send + 'static>(
        &mut self,
        weight: Weight,
        ctx: &mut Context<Self>,
        work: impl FnOnce(&mut RoomState) -> T + Send + 'static,
        then: impl FnOnce(&mut Self, T, &mut Context<Self>) + 'static,
    ) {
        self.stay_awake(ctx);
        let began = Instant::now();
        if weight == Weight::Light && !self.slow {
            let done = work(&mut self.state);
            self.slow = began.elapsed() > SLOW;
            then(self, done, ctx);
            return self.look_at_damage(ctx);
        }
        // Taken away no sooner than the waiting begins: before that actix still polls one of the things
        // the room has spawned, and a commit that ends just then has to find the state in its place.
        let working = ready(()).into_actor(self).then(move |(), room, _| {
            let mut state = mem::take(&mut room.state);
            let working = tokio::task::spawn_blocking(move || {
                let done = work(&mut state);
                (state, done)
            });
            working.into_actor(room)
        });
        ctx.wait(working.map(move |worked, room, ctx| match worked {
            Ok((state, done)) => {
                room.state = state;
                room.slow = began.elapsed() > SLOW;
                then(room, done, ctx);
                room.look_at_damage(ctx);
            }
            Err(error) => room.fail(&error, CloseCode::Restarting, ctx),
        }));
    }

    pub(super) fn receive(&mut self, receive: Receive, ctx: &mut Context<Self>) {
        let Receive { session, messages, permit } = receive;
        let (now, weight) = (self.clock.now(), self.state.weigh(&messages));
        let decide = move |state: &mut RoomState| {
            let waited = state.waiting();
            let effects = state.receive(session, messages, now);
            (effects, state.waiting() != waited)
        };
        self.work(weight, ctx, decide, move |room, (effects, waits), ctx| {
            // Whatever waits for a commit, an answer included, holds its share of the budget.
            if waits {
                room.permits.push_back((room.state.unsaved().last(), permit));
            }
            room.carry_out(effects, ctx);
            room.post_flush(ctx);
        });
    }

    /// Gives a caller a number; the receiver answers once what it asked for is committed.
    pub(super) fn register_caller(&mut self) -> (u64, oneshot::Receiver<Result<Version, RoomError>>) {
        let (answer, answered) = oneshot::channel();
        self.next_caller += 1;
        self.callers.insert(self.next_caller, answer);
        (self.next_caller, answered)
    }

    pub(super) fn carry_out(&mut self, effects: Vec<Effect>, ctx: &mut Context<Self>) {
        if !effects.is_empty() {
            self.stay_awake(ctx);
        }
        for effect in effects {
            match effect {
                Effect::Send(session, message) => self.send(session, &message, 1),
                Effect::Saved(session, frames) => self.send(session, &Outbound::Saved(true), frames),
                Effect::CatchUp(session) => self.catch_up(session, ctx),
                Effect::Close(session, code) => self.close_session(session, code),
                Effect::Answer(caller, version) => {
                    self.answer(caller, Ok(version));
                }
            }
        }
    }

    /// Answers a caller. One that has stopped waiting misses nothing it could still use.
    pub(super) fn answer(&mut self, caller: u64, result: Result<Version, RoomError>) {
        if let Some(answer) = self.callers.remove(&caller) {
            drop(answer.send(result));
        }
    }

    pub(super) fn close_session(&mut self, session: SessionId, code: CloseCode) {
        if let Some(gone) = self.sessions.remove(&session) {
            gone.close(code);
        }
        self.state.leave(session, self.clock.now());
    }

    /// Has everything sent that gathers while the messages that already wait are taken in.
    pub(super) fn post_flush(&mut self, ctx: &mut Context<Self>) {
        if self.state.gathered() >= MAX_GATHERED {
            return self.flush(ctx);
        }
        if !self.flush_posted && (self.state.has_news() || !self.state.unsaved().is_empty()) {
            self.flush_posted = true;
            ctx.notify(Flush);
        }
    }

    pub(super) fn flush(&mut self, ctx: &mut Context<Self>) {
        self.flush_posted = false;
        self.stay_awake(ctx);
        self.relay(ctx);
        self.tell_presence(ctx);
        self.write(ctx);
    }

    /// Ends and renews presence whose time has come.
    pub(super) fn sweep_presence(&mut self, ctx: &mut Context<Self>) {
        self.state.sweep(self.clock.now());
        self.post_flush(ctx);
    }

    /// Looks after the sessions, once every [`SWEEP_INTERVAL`](super::hibernation::SWEEP_INTERVAL): the readers that stand still are
    /// counted by it.
    pub(super) fn sweep(&mut self, ctx: &mut Context<Self>) {
        let still = self.sessions.iter_mut().filter_map(|(id, session)| session.stands_still().then_some(*id));
        for session in still.collect::<Vec<_>>() {
            metrics::counter!("gala_slow_readers_closed_total").increment(1);
            self.close_session(session, CloseCode::TryAgainLater);
        }
        if self.writing_since.is_some_and(|since| since.elapsed() >= MAX_UNSAVED) && !self.sessions.is_empty() {
            tracing::warn!(room.id = %self.id, "nothing could be saved for too long; everybody is sent away");
            for session in self.sessions.keys().copied().collect::<Vec<_>>() {
                self.close_session(session, CloseCode::Unavailable);
            }
        }
        self.compact_if_grown(ctx);
        self.sweep_presence(ctx);
    }

    /// Ends the room: its sessions come back to a new one, which reads the log.
    pub(super) fn fail(&mut self, error: &(dyn std::error::Error + 'static), code: CloseCode, ctx: &mut Context<Self>) {
        tracing::error!(room.id = %self.id, error, "room stopped");
        self.end(code, ctx);
    }

    /// Closes every session, and ends once everything they have said is saved; answers then.
    pub(super) fn end_when_saved(&mut self, code: CloseCode, ctx: &mut Context<Self>) -> oneshot::Receiver<()> {
        let (ended, wait) = oneshot::channel();
        self.close_sessions(code);
        self.flush(ctx);
        self.ending = Some((code, ended));
        self.end_if_saved(ctx);
        wait
    }

    /// Whether nothing would be lost if the room ended now: all it has is in the log, as far as it knows.
    pub(super) fn is_settled(&self) -> bool {
        self.state.unsaved().is_empty() && self.following != Following::Refilling
    }

    pub(super) fn end_if_saved(&mut self, ctx: &mut Context<Self>) {
        if let Some((code, _)) = self.ending
            && self.is_settled()
        {
            self.end(code, ctx);
        }
    }

    fn close_sessions(&mut self, code: CloseCode) {
        for (_, session) in mem::take(&mut self.sessions) {
            session.close(code);
        }
    }

    pub(super) fn end(&mut self, code: CloseCode, ctx: &mut Context<Self>) {
        self.close_sessions(code);
        while let Some((caller, _)) = self.callers.first_key_value() {
            let error = match code {
                CloseCode::NotFound => RoomError::Gone,
                CloseCode::Erased => RoomError::Erased,
                _ => RoomError::Restarting,
            };
            self.answer(*caller, Err(error));
        }
        self.registration.remove();
        ctx.stop();
    }

    fn send(&mut self, session: SessionId, message: &Outbound, times: usize) {
        let Some(session) = self.sessions.get(&session) else { return };
        if let Some(frame) = session.format.encode(message) {
            session.outbox.push_answers(&frame, times);
        }
    }

    /// Tells a session what it lacks, as fast as it reads.
    fn catch_up(&mut self, id: SessionId, ctx: &mut Context<Self>) {
        self.stay_awake(ctx);
        while let Some(session) = self.sessions.get_mut(&id) {
            let Some(piece) = self.state.next_piece(id) else { return };
            let taken = session.format.encode(&piece).is_none_or(|frame| session.outbox.push_content(frame));
            if taken {
                self.state.piece_sent(id);
                continue;
            }
            if !session.waits && !session.outbox.is_closed() {
                session.waits = true;
                let outbox = session.outbox.clone();
                let drained = async move { outbox.drained().await }.into_actor(self);
                ctx.spawn(drained.map(move |(), room, ctx| {
                    if let Some(session) = room.sessions.get_mut(&id) {
                        session.waits = false;
                    }
                    room.catch_up(id, ctx);
                }));
            }
            return;
        }
    }

    fn relay(&mut self, ctx: &mut Context<Self>) {
        let relay = self.state.take_relay();
        let mut behind = Vec::new();
        for (author, update) in relay::frames(&relay.updates) {
            let mut frames = Frames::new(Outbound::Update(update));
            for (id, session) in &self.sessions {
                if Some(*id) == author || !self.state.is_live(*id) || behind.contains(id) {
                    continue;
                }
                let frame = frames.for_format(&session.format);
                if !frame.is_none_or(|frame| session.outbox.push_content(frame)) {
                    behind.push(*id);
                }
            }
        }
        for session in behind {
            metrics::counter!("gala_slow_readers_total").increment(1);
            self.state.fell_behind(session, relay.first);
            self.catch_up(session, ctx);
        }
    }

    fn tell_presence(&mut self, ctx: &mut Context<Self>) {
        let wait = PRESENCE_INTERVAL.saturating_sub(self.presence_sent_at.elapsed());
        if !wait.is_zero() {
            if !self.presence_timer && self.state.has_news() {
                self.presence_timer = true;
                ctx.run_later(wait, |room, ctx| {
                    room.presence_timer = false;
                    room.tell_presence(ctx);
                });
            }
            return;
        }
        self.tell_presence_news();
        let Some(changes) = self.state.take_presence_changes() else { return };
        self.presence_sent_at = Instant::now();
        let mut changes = Frames::new(Outbound::Presence(changes));
        let mut full: Option<Frames> = None;
        for (id, session) in &self.sessions {
            let Some(frame) = changes.for_format(&session.format) else { continue };
            session.outbox.push_presence(*id, frame, || {
                let full = full.get_or_insert_with(|| Frames::new(Outbound::Presence(self.state.full_presence())));
                full.for_format(&session.format)
            });
        }
    }

    fn write(&mut self, ctx: &mut Context<Self>) {
        if self.following == Following::Refilling {
            return;
        }
        let Some((entries, title)) = self.state.take_unsaved() else { return };
        let (generation, known) = (self.state.generation(), self.state.known());
        self.writing_since = Some(Instant::now());
        let append = self.log.append(Append { room: self.id, generation, known, entries, title });
        ctx.spawn(append.into_actor(self).map(|result, room, ctx| room.written(result, ctx)));
    }

    fn written(&mut self, result: Result<Seq, LogError>, ctx: &mut Context<Self>) {
        self.writing_since = None;
        match result {
            Ok(first) => {
                let Committed { effects, written, rewound } = self.state.committed(first);
                let committed = self.state.unsaved().committed();
                let saved = self.permits.partition_point(|(count, _)| *count <= committed);
                self.permits.drain(..saved);
                self.carry_out(effects, ctx);
                self.tell_committed(first, written);
                if rewound {
                    self.refill(ctx);
                }
                // Other nodes may have written what stands before it.
                self.follow(ctx);
                self.write(ctx);
                self.compact_if_grown(ctx);
                self.end_if_saved(ctx);
            }
            Err(LogError::Rewound) => {
                self.state.not_committed();
                self.refill(ctx);
            }
            Err(LogError::Gone) => self.end(CloseCode::NotFound, ctx),
            Err(LogError::Erased) => self.end(CloseCode::Erased, ctx),
            Err(error) => self.fail(&error, CloseCode::Unavailable, ctx),
        }
    }
}

impl Actor for RoomActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
        self.watch_idleness(ctx);
        self.look_at_damage(ctx);
        self.bus.tell(self.id, News::PresenceWanted);
    }
}
