//! What a room does with what its sessions say.

use std::mem;

use bytes::Bytes;
use protocol::{
    ids::SessionId,
    time::Timestamp,
    wire::{Inbound, Outbound, close::CloseCode, presence, state_vector},
};

use super::{
    document::{Applied, ApplyError},
    log::Entry,
    member::{Behind, MAX_ROOM_PARKED_BYTES, Parked, Reading},
    state::{Effect, RoomState},
    together::Together,
    unsaved::Owed,
};

/// Updates that are taken in one by one once they cannot be together, before that is tried again: what
/// does not fit in between must not cost the others over and over.
const TAKEN_ALONE: usize = 64;

impl RoomState {
    /// Takes in what a session said, up to what it has to go for.
    pub(super) fn receive(&mut self, session: SessionId, messages: Vec<Inbound>, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        let mut messages = messages.into_iter().peekable();
        while let Some(message) = messages.next() {
            match message {
                Inbound::Update(first) if matches!(messages.peek(), Some(Inbound::Update(_))) => {
                    let mut updates = vec![first];
                    while let Some(Inbound::Update(update)) =
                        messages.next_if(|next| matches!(next, Inbound::Update(_)))
                    {
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
