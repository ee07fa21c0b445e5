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
        Inbound, Outbound,
        close::CloseCode,
        presence::{self, PresenceEntry},
        state_vector,
    },
};

use super::{
    content::page,
    document::{Applied, ApplyError, Document},
    held::Turn,
    left_out::LeftOut,
    log::Entry,
    member::{Behind, MAX_ROOM_PARKED_BYTES, Member, Parked, Reading},
    messages::{Change, RoomError},
    order::Order,
    presence::Presence,
    together::Together,
    unsaved::{Owed, Unsaved},
    version::{Ahead, Version},
};

/// Updates that are taken in one by one once they cannot be together, before that is tried again: what
/// does not fit in between must not cost the others over and over.
const TAKEN_ALONE: usize = 64;

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

    /// Takes in what a session said, up to what it has to go for.
    pub(super) fn receive(&mut self, session: SessionId, messages: Vec<Inbound>, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        let mut messages = messages.into_iter().peekable();
        while let Some(message) = messages.next() {
            match message {
                Inbound::Update(first) if matches!(messages.peek(), Some(Inbound::Update(_))) => {
                    let mut updates = vec![first];
                    while let Some(Inbound::Update(update)) = messages.next_if(|next| matches!(next, Inbound::Update(_))) {
                        updates.push(update);
                    }
                    self.take_updates(session, &updates, now, &mut effects);
                }
                message => effects.extend(self.receive_one(session, message, now)),
            }
            if is_closed(session, &effects) {
                break;
            }
        }
        effects
    }

    /// Takes in updates that have come together.
    fn take_updates(&mut self, session: SessionId, updates: &[Bytes], now: Timestamp, effects: &mut Vec<Effect>) {
        let mut rest = updates;
        while !rest.is_empty() {
            let taken = self.take_together(session, rest, effects);
            if taken > 0 {
                rest = &rest[taken..];
                continue;
            }
            let (alone, after) = rest.split_at(rest.len().min(TAKEN_ALONE));
            for update in alone {
                effects.extend(self.receive_one(session, Inbound::Update(update.clone()), now));
                if is_closed(session, effects) {
                    return;
                }
            }
            rest = after;
        }
    }

    /// Takes in as many of the updates as can be applied at once; answers how many those were.
    fn take_together(&mut self, session: SessionId, updates: &[Bytes], effects: &mut Vec<Effect>) -> usize {
        let Some(member) = self.members.get(&session).filter(|member| member.may_write()) else { return 0 };
        let author = member.principal.id;
        let Some(Together { changed, merged }) = self.document.apply_together(updates) else { return 0 };
        let mut turns = 0;
        for (update, changed) in updates.iter().zip(&changed) {
            if *changed {
                self.unsaved.push(Entry { author, update: update.clone() });
                turns += 1;
            }
            if !self.unsaved.owe(Owed::Session(session)) {
                effects.push(Effect::Saved(session, 1));
            }
        }
        if turns > 0 {
            self.pass_on(Some(session), merged, turns);
            self.pass_on_freed();
            self.retry_parked(effects);
        }
        changed.len()
    }

    fn receive_one(&mut self, session: SessionId, message: Inbound, now: Timestamp) -> Vec<Effect> {
        let Some(member) = self.members.get(&session) else { return Vec::new() };
        match message {
            Inbound::Step1(peer) => self.answer_step1(session, &peer),
            Inbound::Step2(update) | Inbound::Update(update) if !member.may_write() => {
                self.refuse_unless_known(session, &update)
            }
            Inbound::Step2(update) | Inbound::Update(update) => self.take_update(session, update),
            Inbound::Presence(payload) => self.take_presence(session, &payload, now),
            Inbound::QueryPresence => {
                let everybody = self.presence.everybody();
                vec![Effect::Send(session, Outbound::Presence(presence::encode(everybody.iter())))]
            }
            // The socket deals with these before a room hears of them.
            Inbound::Token { .. } | Inbound::Leave | Inbound::Stateless => Vec::new(),
        }
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

    fn answer_step1(&mut self, session: SessionId, peer: &[u8]) -> Vec<Effect> {
        if let Some(Reading::Behind(behind)) = self.members.get(&session).map(|member| &member.reading)
            && behind.answers()
        {
            // It has asked before and is being answered; nobody can ask faster than they read.
            return Vec::new();
        }
        let behind = if is_empty_state_vector(peer) {
            self.document.held.make_whole();
            Behind::from_nothing()
        } else {
            match self.document.diff(peer) {
                Ok(difference) => {
                    Behind::with_difference(difference, self.document.state_vector(), self.document.held().turn())
                }
                Err(error) => return vec![Effect::Close(session, close_code(&error))],
            }
        };
        if let Some(member) = self.members.get_mut(&session) {
            member.reading = Reading::Behind(behind);
        }
        vec![Effect::CatchUp(session)]
    }

    /// A reader's client sends what it has, too, and one that could write a moment ago sends what it
    /// wrote then. What changes nothing is not refused.
    fn refuse_unless_known(&mut self, session: SessionId, update: &[u8]) -> Vec<Effect> {
        match self.document.contains(update) {
            Ok(true) if self.unsaved.owe(Owed::Session(session)) => Vec::new(),
            Ok(known) => {
                if let Some(member) = self.members.get_mut(&session) {
                    member.refused |= !known;
                }
                vec![Effect::Send(session, Outbound::Saved(known))]
            }
            Err(error) => vec![Effect::Close(session, close_code(&error))],
        }
    }

    fn take_update(&mut self, session: SessionId, update: Bytes) -> Vec<Effect> {
        let mut effects = Vec::new();
        match self.document.apply(&update) {
            Ok(applied) => {
                self.applied(session, update, applied, &mut effects);
                if applied == Applied::Changed {
                    self.retry_parked(&mut effects);
                }
            }
            Err(ApplyError::Missing(need)) => {
                let parked = self.members.values().flat_map(|member| &member.parked);
                let parked_bytes: usize = parked.map(|parked| parked.update.len()).sum();
                let Some(member) = self.members.get_mut(&session) else { return effects };
                let first = member.parked.is_empty();
                if parked_bytes + update.len() > MAX_ROOM_PARKED_BYTES || !member.park(Parked { update, need }) {
                    effects.push(Effect::Close(session, CloseCode::Refused));
                } else if first {
                    // Asked once: a client that lacks the same would answer the same for ever.
                    effects.push(Effect::Send(session, Outbound::Step1(self.document.state_vector())));
                }
            }
            Err(error) => effects.push(Effect::Close(session, close_code(&error))),
        }
        effects
    }

    fn applied(&mut self, session: SessionId, update: Bytes, applied: Applied, effects: &mut Vec<Effect>) {
        let Some(member) = self.members.get(&session) else { return };
        let author = member.principal.id;
        if applied == Applied::Changed {
            self.changed(Some(session), author, update);
        }
        if !self.unsaved.owe(Owed::Session(session)) {
            effects.push(Effect::Send(session, Outbound::Saved(true)));
        }
    }

    fn changed(&mut self, session: Option<SessionId>, author: PrincipalId, update: Bytes) {
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

    /// Tries again what waited for something, until nothing more of it fits.
    pub(super) fn retry_parked(&mut self, effects: &mut Vec<Effect>) {
        let mut progress = true;
        while mem::take(&mut progress) {
            let members = self.members.iter().filter(|(_, member)| !member.parked.is_empty());
            let waiting: Vec<SessionId> = members.map(|(session, _)| *session).collect();
            for session in waiting {
                progress |= self.retry_parked_of(session, effects);
            }
        }
    }

    /// Answers whether the document has changed by it.
    fn retry_parked_of(&mut self, session: SessionId, effects: &mut Vec<Effect>) -> bool {
        let mut changed = false;
        let parked = self.members.get_mut(&session).map(|member| mem::take(&mut member.parked));
        for Parked { update, need } in parked.unwrap_or_default() {
            let applied =
                if self.document.has(need) { self.document.apply(&update) } else { Err(ApplyError::Missing(need)) };
            match applied {
                Ok(applied) => {
                    changed |= applied == Applied::Changed;
                    self.applied(session, update, applied, effects);
                }
                Err(ApplyError::Missing(need)) => {
                    if let Some(member) = self.members.get_mut(&session) {
                        member.parked.push(Parked { update, need });
                    }
                }
                Err(error) => effects.push(Effect::Close(session, close_code(&error))),
            }
        }
        changed
    }

    fn take_presence(&mut self, session: SessionId, payload: &Bytes, now: Timestamp) -> Vec<Effect> {
        let Some(member) = self.members.get(&session) else { return Vec::new() };
        match presence::decode(payload) {
            Ok(entries) => {
                let told = self.presence.announce(session, &member.principal, &entries, now);
                self.note_presence(told);
                Vec::new()
            }
            Err(_malformed) => vec![Effect::Close(session, CloseCode::Malformed)],
        }
    }

    pub(super) fn note_presence(&mut self, told: Vec<PresenceEntry>) {
        self.presence_changes.extend(told.into_iter().map(|entry| (entry.client, entry)));
    }
}

/// Whether the session must go.
fn is_closed(session: SessionId, effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::Close(closed, _) if *closed == session))
}

pub(super) fn is_empty_state_vector(peer: &[u8]) -> bool {
    matches!(state_vector::decode(peer).as_deref(), Ok([]))
}

fn close_code(error: &ApplyError) -> CloseCode {
    match error {
        ApplyError::Malformed(_) => CloseCode::Malformed,
        ApplyError::Erased => CloseCode::Erased,
        ApplyError::Refused | ApplyError::Missing(_) | ApplyError::Poisoned => CloseCode::Refused,
        ApplyError::TooLarge => CloseCode::DocumentFull,
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
