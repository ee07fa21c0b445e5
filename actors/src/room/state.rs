//! What a room knows and decides: no clock, no socket, no log, no actor.

use std::{collections::BTreeMap, mem};

use bytes::Bytes;
use protocol::{
    access::Access,
    ids::{PrincipalId, SessionId},
    principal::Principal,
    rooms::Seq,
    time::Timestamp,
    wire::{
        Outbound,
        close::CloseCode,
        presence::{self, PresenceEntry},
    },
};

use super::{
    content::page,
    document::{Applied, ApplyError, Document},
    held::Turn,
    left_out::LeftOut,
    log::Entry,
    member::{Behind, Member, Reading},
    messages::{Change, RoomError},
    order::Order,
    presence::Presence,
    unsaved::{Owed, Unsaved},
    version::{Ahead, Version},
};

/// Something the shell must do because of a decision.
#[derive(Debug)]
pub(super) enum Effect {
    /// Tell a session. Never left out: acknowledgements and refusals.
    Send(SessionId, Outbound),
    /// Tell a session that so many of its frames are saved.
    Saved(SessionId, usize),
    /// Begin to tell a session what it lacks.
    CatchUp(SessionId),
    /// The session must go.
    Close(SessionId, CloseCode),
    /// Answer a caller: its change is committed.
    Answer(u64, Version),
}

/// Updates to be passed on to the other sessions.
#[derive(Debug, Default)]
pub(super) struct Relay {
    /// The turn of the first of them.
    pub(super) first: Turn,
    /// Who sent each, if a session did, and its bytes.
    pub(super) updates: Vec<(Option<SessionId>, Bytes)>,
}

/// What has become of a write.
pub(super) struct Committed {
    pub(super) effects: Vec<Effect>,
    /// What other nodes are to be told.
    pub(super) written: Vec<Entry>,
    /// Whether the log has lost something this room has.
    pub(super) rewound: bool,
}

/// The members of a room and its content.
#[derive(Debug, Default)]
pub(super) struct RoomState {
    generation: u64,
    /// Tells this opening of the room from all others.
    opening: u32,
    pub(super) document: Document,
    pub(super) order: Order,
    pub(super) unsaved: Unsaved,
    /// The last turn of the write in flight.
    written_turn: Turn,
    /// Boxed: most rooms have few, and a node of the map has places for eleven.
    pub(super) members: BTreeMap<SessionId, Box<Member>>,
    pub(super) presence: Presence,
    relay: Relay,
    presence_changes: BTreeMap<u64, PresenceEntry>,
    /// The title the room's lists show, as far as it was handed to the log.
    listed_title: Option<String>,
    /// What is left out of the content, as far as it was told.
    pub(super) left_out: Vec<LeftOut>,
}

impl RoomState {
    pub(super) fn new(generation: u64, opening: u32, head: Seq, document: Document) -> Self {
        Self { generation, opening, document, order: Order::new(head), ..Self::default() }
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    pub(super) fn document(&self) -> &Document {
        &self.document
    }

    pub(super) fn document_mut(&mut self) -> &mut Document {
        &mut self.document
    }

    pub(super) fn unsaved(&self) -> &Unsaved {
        &self.unsaved
    }

    /// How much waits for a commit: the updates so far, and the answers that are owed.
    pub(super) fn waiting(&self) -> (u64, usize) {
        (self.unsaved.last(), self.unsaved.owed())
    }

    pub(super) fn version(&self) -> Version {
        let is_of_log = self.unsaved.is_empty() && self.order.is_contiguous();
        Version { ahead: (!is_of_log).then_some(self.ahead()), ..Version::of_log(self.generation, self.order.head()) }
    }

    /// The present state as only this opening of the room knows it.
    fn ahead(&self) -> Ahead {
        Ahead { opening: self.opening, turn: self.document.held().turn() }
    }

    /// Whether the present state is this one.
    fn is_at(&self, version: Version) -> bool {
        match version.ahead {
            Some(ahead) => version.generation == self.generation && ahead == self.ahead(),
            None => version == self.version(),
        }
    }

    pub(super) fn join(&mut self, session: SessionId, principal: Principal, access: Access) -> Vec<Effect> {
        self.members.insert(session, Box::new(Member::new(principal, access)));
        let mut effects = vec![Effect::Send(session, Outbound::Generation(self.generation))];
        let everybody = self.presence.everybody();
        if !everybody.is_empty() {
            effects.push(Effect::Send(session, Outbound::Presence(presence::encode(everybody.iter()))));
        }
        effects
    }

    pub(super) fn leave(&mut self, session: SessionId, now: Timestamp) {
        self.members.remove(&session);
        self.presence.leave(session, now);
    }

    /// Changes what a session may do while it stays: what it sent is kept if it was taken in, and
    /// refused if it still waits for something.
    pub(super) fn set_access(&mut self, session: SessionId, access: Access) -> Vec<Effect> {
        let member = self.members.get_mut(&session).filter(|member| member.access != access);
        let Some(member) = member else { return Vec::new() };
        member.access = access;
        let mut effects = vec![Effect::Send(session, Outbound::Authenticated(access))];
        if !member.may_write() {
            let waited = mem::take(&mut member.parked);
            member.refused |= !waited.is_empty();
            effects.extend(waited.iter().map(|_| Effect::Send(session, Outbound::Saved(false))));
        } else if mem::take(&mut member.refused) {
            // It still has what it was refused, and its next edit builds on that.
            effects.push(Effect::Send(session, Outbound::Step1(self.document.state_vector())));
        }
        effects
    }

    /// Makes a change for a caller without a socket, who is answered once it is committed.
    ///
    /// # Errors
    ///
    /// [`RoomError`]; the content is as it was.
    pub(super) fn edit(
        &mut self,
        author: PrincipalId,
        change: Change,
        expected: Option<Version>,
        caller: u64,
    ) -> Result<Vec<Effect>, RoomError> {
        let version = self.version();
        if expected.is_some_and(|expected| !self.is_at(expected)) {
            return Err(RoomError::Stale(version));
        }
        let changed = match change {
            Change::Update(update) => match self.document.apply(&update)? {
                Applied::Changed => Some(update),
                Applied::Nothing => None,
            },
            Change::Replace(content) => self.document.edit(|txn| page::replace(txn, &content))?,
            Change::Rename(title) => self.document.edit(|txn| page::rename(txn, &title))?,
            Change::Rewrite(title, content) => self.document.edit(|txn| {
                page::rename(txn, &title);
                page::replace(txn, &content);
            })?,
        };
        let mut effects = Vec::new();
        if let Some(update) = changed {
            self.changed(None, author, update);
            self.retry_parked(&mut effects);
        }
        if !self.unsaved.owe(Owed::Caller(caller)) {
            effects.push(Effect::Answer(caller, self.version()));
        }
        Ok(effects)
    }

    /// What to hand to the log now, with the title its lists shall show if that has changed.
    pub(super) fn take_unsaved(&mut self) -> Option<(Vec<Entry>, Option<String>)> {
        let entries = self.unsaved.take()?;
        self.written_turn = self.document.held().turn();
        let title = self.document.doc().ok().and_then(page::title);
        let changed = title.filter(|title| self.listed_title.as_ref() != Some(title));
        if let Some(title) = &changed {
            self.listed_title = Some(title.clone());
        }
        Some((entries, changed))
    }

    /// Somebody else may have written another title: the next write says this room's again.
    pub(super) fn title_may_differ(&mut self) {
        self.listed_title = None;
    }

    /// The write in flight is committed, from this position on.
    pub(super) fn committed(&mut self, first: Seq) -> Committed {
        let before = self.unsaved.committed();
        // With what others have committed in between, it is no state the caller has seen.
        let others = first != self.order.head() + 1;
        let ahead = others.then_some(Ahead { opening: self.opening, turn: self.written_turn });
        let (written, told) = self.unsaved.confirm();
        let count = written.len() as u64;
        self.document.committed(first, count);
        let rewound = self.order.committed(first, count).is_err();
        let version = |last: u64| Version { ahead, ..Version::of_log(self.generation, first + (last - before) - 1) };
        let mut effects = Vec::new();
        for (last, owed) in told {
            match (owed, effects.last_mut()) {
                (Owed::Session(session), Some(Effect::Saved(same, frames))) if *same == session => *frames += 1,
                (Owed::Session(session), _) => effects.push(Effect::Saved(session, 1)),
                (Owed::Caller(caller), _) => effects.push(Effect::Answer(caller, version(last))),
            }
        }
        Committed { effects, written, rewound }
    }

    pub(super) fn has_news(&self) -> bool {
        !self.relay.updates.is_empty() || !self.presence_changes.is_empty()
    }

    /// Updates that wait to be passed on.
    pub(super) fn gathered(&self) -> usize {
        self.relay.updates.len()
    }

    pub(super) fn take_relay(&mut self) -> Relay {
        mem::take(&mut self.relay)
    }

    /// What has changed of the presence since this was last asked, encoded.
    pub(super) fn take_presence_changes(&mut self) -> Option<Bytes> {
        let changes = mem::take(&mut self.presence_changes);
        (!changes.is_empty()).then(|| presence::encode(changes.values()))
    }

    /// The presence for a session that has missed changes of it.
    pub(super) fn full_presence(&self) -> Bytes {
        presence::encode(self.presence.everybody_and_the_gone().iter())
    }

    /// Ends and renews presence whose time has come.
    pub(super) fn sweep(&mut self, now: Timestamp) {
        let told = self.presence.sweep(now);
        self.note_presence(told);
    }

    pub(super) fn presence_is_empty(&self) -> bool {
        self.presence.is_empty()
    }

    /// Whether the session is told updates as they come.
    pub(super) fn is_live(&self, session: SessionId) -> bool {
        self.members.get(&session).is_some_and(|member| matches!(member.reading, Reading::Live))
    }

    /// The session could not be told the updates from `first` on; it goes on from there later.
    pub(super) fn fell_behind(&mut self, session: SessionId, first: Turn) {
        if let Some(member) = self.members.get_mut(&session) {
            member.reading = Reading::Behind(Behind::since(first));
        }
    }

    /// What a session that is behind is to be told next; it is live when this is `None`.
    pub(super) fn next_piece(&mut self, session: SessionId) -> Option<Outbound> {
        let member = self.members.get_mut(&session)?;
        let Reading::Behind(behind) = &mut member.reading else { return None };
        let piece = behind.piece(self.document.held());
        if piece.is_none() {
            member.reading = Reading::Live;
        }
        piece
    }

    /// The last piece has been handed over.
    pub(super) fn piece_sent(&mut self, session: SessionId) {
        if let Some(Reading::Behind(behind)) = self.members.get_mut(&session).map(|member| &mut member.reading) {
            behind.sent(&self.document);
        }
    }

    pub(super) fn changed(&mut self, session: Option<SessionId>, author: PrincipalId, update: Bytes) {
        self.unsaved.push(Entry { author, update: update.clone() });
        self.pass_on(session, update, 1);
        self.pass_on_freed();
    }

    /// What the last `turns` updates that were applied say is to be told to everybody but whoever sent them.
    pub(super) fn pass_on(&mut self, session: Option<SessionId>, update: Bytes, turns: Turn) {
        if self.relay.updates.is_empty() {
            self.relay.first = self.document.held().turn() + 1 - turns;
        }
        self.relay.updates.push((session, update));
    }

    pub(super) fn note_presence(&mut self, told: Vec<PresenceEntry>) {
        self.presence_changes.extend(told.into_iter().map(|entry| (entry.client, entry)));
    }
}

impl From<ApplyError> for RoomError {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Malformed(error) => Self::Malformed(error),
            ApplyError::Refused | ApplyError::Poisoned => Self::Refused,
            ApplyError::Missing(_) => Self::Incomplete,
            ApplyError::Erased => Self::Erased,
            ApplyError::TooLarge => Self::TooLarge,
        }
    }
}
