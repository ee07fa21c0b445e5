//! The shell around a room: takes messages one at a time and carries out what the state decides.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use actix::prelude::{Actor, ActorContext, ActorFutureExt, AsyncContext, Context, WrapFuture};
use protocol::{
    ids::{RoomId, SessionId},
    rooms::Seq,
    wire::{Outbound, close::CloseCode},
};
use tokio::{
    sync::{OwnedSemaphorePermit, oneshot},
    time::Instant,
};

use super::{
    document::build,
    log::{Append, LogError, RoomLog},
    messages::{Flush, Receive, RoomError},
    registry::Registration,
    relay,
    state::{Effect, RoomState},
    version::Version,
};
use crate::{
    clock::Clock,
    session::{Format, Frames, Outbox},
};

/// How often a room with sessions looks after them.
const SWEEP_INTERVAL: Duration = Duration::from_secs(5);
/// Sweeps in a row in which a reader may stand still: 30 s.
const MAX_STILL_SWEEPS: u32 = 6;
/// Least time between two presence frames to everybody.
const PRESENCE_INTERVAL: Duration = Duration::from_millis(40);
/// Updates that gather before they are passed on without waiting for a pause.
const MAX_GATHERED: usize = 64;
/// Documents up to this size are made on the room's own thread, larger ones on the blocking pool.
const MAKE_HERE_BYTES: usize = 64 * 1024;

pub(super) struct RoomActor {
    pub(super) id: RoomId,
    pub(super) state: RoomState,
    pub(super) sessions: BTreeMap<SessionId, Session>,
    pub(super) callers: BTreeMap<u64, oneshot::Sender<Result<Version, RoomError>>>,
    pub(super) log: Arc<dyn RoomLog>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) registration: Registration,
    pub(super) idle: Idle,
    pub(super) compaction: Compaction,
    next_caller: u64,
    /// The room's budget, given back as the updates that took it are committed.
    permits: VecDeque<(Seq, OwnedSemaphorePermit)>,
    flush_posted: bool,
    presence_sent_at: Instant,
    presence_timer: bool,
}

/// How a room tells one session.
pub(super) struct Session {
    pub(super) format: Format,
    pub(super) outbox: Outbox,
    ended: bool,
    /// Whether something waits for the outbox to drain.
    waits: bool,
    takes: u64,
    still_sweeps: u32,
}

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

impl Session {
    pub(super) fn new(format: Format, outbox: Outbox) -> Self {
        Self { format, outbox, ended: false, waits: false, takes: 0, still_sweeps: 0 }
    }

    /// The client has left the room by itself; its socket may serve other rooms.
    pub(super) fn leave(mut self) {
        self.ended = true;
    }

    /// The session must go. Where a socket serves many rooms it goes on for the others, if it is
    /// only in this one that nothing is to be had.
    pub(super) fn close(mut self, code: CloseCode) {
        self.ended = true;
        let shared = matches!(self.format, Format::Hocuspocus { .. });
        let here_only =
            matches!(code, CloseCode::NotFound | CloseCode::Forbidden | CloseCode::DocumentFull | CloseCode::Refused);
        if !shared || !here_only {
            return self.outbox.close(code);
        }
        for last in [Outbound::PermissionDenied(code.reason().to_owned()), Outbound::Left(code.reason().to_owned())] {
            if let Some(frame) = self.format.encode(&last) {
                self.outbox.push_answer(frame);
            }
        }
    }
}

/// Whatever ends a room, a panic included, ends its sessions: their clients come back to a new one.
impl Drop for Session {
    fn drop(&mut self) {
        if !self.ended {
            self.outbox.close(CloseCode::Restarting);
        }
    }
}

impl RoomActor {
    pub(super) fn new(
        id: RoomId,
        state: RoomState,
        (log, clock): (Arc<dyn RoomLog>, Arc<dyn Clock>),
        registration: Registration,
        idle_timeout: Duration,
    ) -> Self {
        Self {
            id,
            state,
            sessions: BTreeMap::new(),
            callers: BTreeMap::new(),
            log,
            clock,
            registration,
            idle: Idle { timeout: idle_timeout, since: Instant::now(), timer: false },
            compaction: Compaction::default(),
            next_caller: 0,
            permits: VecDeque::new(),
            flush_posted: false,
            presence_sent_at: Instant::now() - PRESENCE_INTERVAL,
            presence_timer: false,
        }
    }

    /// Runs `then` with the document in memory. Nothing else happens in the room until it has run.
    pub(super) fn with_document(
        &mut self,
        ctx: &mut Context<Self>,
        then: impl FnOnce(&mut Self, &mut Context<Self>) + 'static,
    ) {
        let document = self.state.document();
        if document.is_made() || document.size_bytes() <= MAKE_HERE_BYTES {
            return then(self, ctx);
        }
        let (base, tail) = document.parts();
        let making = tokio::task::spawn_blocking(move || build(base.as_ref(), &tail));
        ctx.wait(making.into_actor(self).map(move |made, room, ctx| match made {
            Ok(Ok(doc)) => {
                room.state.document_mut().put(doc);
                then(room, ctx);
            }
            Ok(Err(error)) => room.fail(&error, CloseCode::Unavailable, ctx),
            Err(error) => room.fail(&error, CloseCode::Unavailable, ctx),
        }));
    }

    pub(super) fn receive(&mut self, receive: Receive, ctx: &mut Context<Self>) {
        let Receive { session, message, permit } = receive;
        let before = self.state.unsaved().last();
        let effects = self.state.receive(session, message, self.clock.now());
        let last = self.state.unsaved().last();
        if last > before {
            self.permits.push_back((last, permit));
        }
        self.carry_out(effects, ctx);
        self.post_flush(ctx);
    }

    /// Gives a caller a number; the receiver answers once what it asked for is committed.
    pub(super) fn register_caller(&mut self) -> (u64, oneshot::Receiver<Result<Version, RoomError>>) {
        let (answer, answered) = oneshot::channel();
        self.next_caller += 1;
        self.callers.insert(self.next_caller, answer);
        (self.next_caller, answered)
    }

    pub(super) fn carry_out(&mut self, effects: Vec<Effect>, ctx: &mut Context<Self>) {
        for effect in effects {
            match effect {
                Effect::Send(session, message) => self.send(session, &message),
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
        self.relay(ctx);
        self.tell_presence(ctx);
        self.write(ctx);
    }

    /// Ends and renews presence whose time has come.
    pub(super) fn sweep_presence(&mut self, ctx: &mut Context<Self>) {
        self.state.sweep(self.clock.now());
        self.post_flush(ctx);
    }

    /// Looks after the sessions, once every [`SWEEP_INTERVAL`]: the readers that stand still are
    /// counted by it.
    fn sweep(&mut self, ctx: &mut Context<Self>) {
        let mut still = Vec::new();
        for (id, session) in &mut self.sessions {
            let stands_still = session.outbox.stands_still_since(&mut session.takes);
            session.still_sweeps = if stands_still { session.still_sweeps + 1 } else { 0 };
            if session.still_sweeps >= MAX_STILL_SWEEPS {
                still.push(*id);
            }
        }
        for session in still {
            metrics::counter!("gala_slow_readers_closed_total").increment(1);
            self.close_session(session, CloseCode::TryAgainLater);
        }
        self.compact_if_due(false, ctx);
        self.sweep_presence(ctx);
    }

    /// Ends the room: its sessions come back to a new one, which reads the log.
    pub(super) fn fail(&mut self, error: &(dyn std::error::Error + 'static), code: CloseCode, ctx: &mut Context<Self>) {
        tracing::error!(room.id = %self.id, error, "room stopped");
        self.end(code, ctx);
    }

    pub(super) fn end(&mut self, code: CloseCode, ctx: &mut Context<Self>) {
        for (_, session) in std::mem::take(&mut self.sessions) {
            session.close(code);
        }
        while let Some((caller, _)) = self.callers.first_key_value() {
            let error = if code == CloseCode::NotFound { RoomError::Gone } else { RoomError::Restarting };
            self.answer(*caller, Err(error));
        }
        self.registration.remove();
        ctx.stop();
    }

    fn send(&mut self, session: SessionId, message: &Outbound) {
        let Some(session) = self.sessions.get(&session) else { return };
        if let Some(frame) = session.format.encode(message) {
            session.outbox.push_answer(frame);
        }
    }

    /// Tells a session what it lacks, as fast as it reads.
    fn catch_up(&mut self, id: SessionId, ctx: &mut Context<Self>) {
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
        let Some((entries, title)) = self.state.take_unsaved() else { return };
        let generation = self.state.version().generation;
        let append = self.log.append(Append { room: self.id, generation, entries, title });
        ctx.spawn(append.into_actor(self).map(|result, room, ctx| room.written(result, ctx)));
    }

    fn written(&mut self, result: Result<Seq, LogError>, ctx: &mut Context<Self>) {
        match result {
            Ok(first) if first == self.state.unsaved().head() + 1 => {
                let effects = self.state.committed();
                let head = self.state.unsaved().head();
                let saved = self.permits.partition_point(|(position, _)| *position <= head);
                self.permits.drain(..saved);
                self.carry_out(effects, ctx);
                self.write(ctx);
                self.compact_if_due(false, ctx);
            }
            // Somebody else has written to the log, as the last commit of a process that was killed
            // does when it arrives late. The log is right: the next one to open the room reads it.
            Ok(first) => {
                tracing::warn!(room.id = %self.id, first, head = self.state.unsaved().head(), "room is not at its log's head");
                self.end(CloseCode::Restarting, ctx);
            }
            Err(LogError::Gone) => self.end(CloseCode::NotFound, ctx),
            Err(error) => self.fail(&error, CloseCode::Unavailable, ctx),
        }
    }
}

impl Actor for RoomActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(SWEEP_INTERVAL, |room, ctx| {
            if !room.sessions.is_empty() || !room.state.presence_is_empty() {
                room.sweep(ctx);
            }
        });
        self.watch_idleness(ctx);
    }
}
