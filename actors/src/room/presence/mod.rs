//! Who is in a room and what they show of themselves: Yjs awareness, with the server as its owner.
//!
//! - The identity under `user` is stamped here: nobody can show another's name.
//! - Clocks belong to the server. A client that comes back repeats its old clock, which every peer
//!   would ignore until its next renewal; it is given the next clock instead. No client can push
//!   another's clock further than by one: a peer adopts what it hears of itself.
//! - y-websocket clients echo what they hear, each at its own time, and those that show nothing of
//!   themselves begin with an echo. So a client id has a session that holds it, and passes to
//!   another only on the word of the client itself: see [`Claim`].
//! - What belongs to a session ends with it, after [`GRACE_MS`] in which it may come back.
//! - What is shown on other nodes is held by them: it is told here, and never back. Each node owns
//!   the clocks its own clients hear.
//! - Peers drop what was not renewed for 30 s (y-protocols/awareness.js, `outdatedTimeout`), so
//!   the server renews for clients whose timers sleep, as browsers' background tabs do.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use protocol::{
    ids::{NodeId, SessionId},
    principal::Principal,
    time::Timestamp,
    wire::{
        MAX_CLOCK,
        presence::{MAX_STATE_BYTES, PresenceEntry},
    },
};
use serde_json::{Map, Value};

/// How long presence outlives its session, in milliseconds.
pub(super) const GRACE_MS: u64 = 5_000;
/// Age at which the server renews an entry, in milliseconds.
pub(super) const RENEW_MS: u64 = 20_000;
/// Age at which an entry of another node is forgotten that the node does not renew, in milliseconds.
const FORGET_MS: u64 = 45_000;
/// Client ids one session may speak for.
const MAX_CLIENTS_PER_SESSION: usize = 16;
/// Client ids that are gone but whose clocks are remembered.
const MAX_REMEMBERED: usize = 1_024;
/// Bytes of all states in one room: everybody is told all of them on joining.
const MAX_ROOM_BYTES: usize = 512 * 1024;
/// The largest clock, at which the server stops to count.
const LAST_CLOCK: u32 = MAX_CLOCK as u32;
/// Clocks a client may leave out between two states the server hears. After more it counts by one.
const MAX_CLOCK_STEP: u32 = 1_000_000;
/// The largest clock a client is believed: a change every millisecond for twelve days. Half of all
/// clocks are left to whoever has to count on from it.
const MAX_BELIEVED_CLOCK: u32 = 1 << 30;
/// The clock of a client nobody knows that announced an unbelievable one.
const FIRST_CLOCK: u32 = 1;

/// The presence of everybody in one room.
#[derive(Debug, Default)]
pub(super) struct Presence {
    present: BTreeMap<u64, Present>,
    /// The sessions that have said something.
    speakers: BTreeMap<SessionId, Speaker>,
    /// Clocks of those who are gone, oldest first.
    remembered: VecDeque<Gone>,
    /// Bytes of all states.
    bytes: usize,
    /// What other nodes have not been told of those who are present through this one.
    news: BTreeMap<u64, PresenceEntry>,
}

#[derive(Debug)]
struct Present {
    clock: u32,
    state: Bytes,
    holder: Holder,
    principal: Principal,
    renewed_at: Timestamp,
    left: Option<Left>,
    /// The live session it was taken over from.
    taken_from: Option<SessionId>,
}

/// Through whom somebody is present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holder {
    /// A session of this node.
    Session(SessionId),
    /// Another node, with the clock it gave last.
    Node(NodeId, u32),
}

/// When a session left. Those with smaller ids were here then and may have been told what it showed.
#[derive(Clone, Copy, Debug)]
struct Left {
    at: Timestamp,
    next: SessionId,
}

#[derive(Debug)]
struct Gone {
    client: u64,
    clock: u32,
    next: SessionId,
}

/// A session that has said something.
#[derive(Debug)]
struct Speaker {
    claim: Claim,
    /// Client ids it holds.
    clients: usize,
}

/// Which client a session is. Only its very first frame says so, and only if that is one state:
/// both dialects' clients announce themselves, alone, before they pass on anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Claim {
    /// None: whatever it says of clients that others hold is an echo.
    Nobody,
    /// Perhaps this one: it said what it may have been told. A client whose old socket is not yet
    /// known to be dead looks like this, and so does one that has nothing to show and echoes. Only
    /// the former ever says something newer, with its next renewal (15 s).
    Perhaps(u64),
    /// This one: it may come back with its old clock.
    Own(u64),
}

/// One frame: who says it and when.
struct Frame<'a> {
    session: SessionId,
    principal: &'a Principal,
    now: Timestamp,
    /// Whether it is the session's first.
    first: bool,
}

impl Presence {
    /// Takes in what a session says; answers with what everybody is to be told.
    pub(super) fn announce(
        &mut self,
        session: SessionId,
        principal: &Principal,
        entries: &[PresenceEntry],
        now: Timestamp,
    ) -> Vec<PresenceEntry> {
        if entries.is_empty() {
            return Vec::new();
        }
        let first = !self.speakers.contains_key(&session);
        let frame = Frame { session, principal, now, first };
        if first {
            self.speakers.insert(session, Speaker { claim: self.claim(&frame, entries), clients: 0 });
        }
        entries.iter().filter_map(|entry| self.take(&frame, entry)).collect()
    }

    /// The session is gone; what it showed stays for the grace.
    pub(super) fn leave(&mut self, session: SessionId, now: Timestamp) {
        let Some(_spoke) = self.speakers.remove(&session) else { return };
        let left = Left { at: now, next: SessionId::new() };
        for present in self.present.values_mut().filter(|present| present.holder == Holder::Session(session)) {
            present.left = Some(left);
        }
    }

    /// Ends what has outlived its grace and renews what its client has not; answers with what
    /// everybody is to be told.
    pub(super) fn sweep(&mut self, now: Timestamp) -> Vec<PresenceEntry> {
        let went_back = self.follow_back(now);
        let over = |present: &Present| match present.holder {
            Holder::Session(_) => present.left.is_some_and(|left| now.millis_since(left.at) >= GRACE_MS),
            Holder::Node(..) => now.millis_since(present.renewed_at) >= FORGET_MS,
        };
        let gone: Vec<u64> = self.present.iter().filter(|(_, present)| over(present)).map(|(id, _)| *id).collect();
        let mut told: Vec<PresenceEntry> = gone.into_iter().filter_map(|client| self.end(client)).collect();
        for (client, present) in &mut self.present {
            let is_own = matches!(present.holder, Holder::Session(_)) && present.left.is_none();
            if is_own && (went_back || now.millis_since(present.renewed_at) >= RENEW_MS) {
                present.clock = following(present.clock);
                present.renewed_at = now;
                told.push(present.entry(*client));
                self.news.insert(*client, present.entry(*client));
            }
        }
        told
    }

    /// Everybody who is here now; those in their grace are left out, they may be the one who asks.
    pub(super) fn everybody(&self) -> Vec<PresenceEntry> {
        let here = self.present.iter().filter(|(_, present)| present.left.is_none());
        here.map(|(client, present)| present.entry(*client)).collect()
    }

    /// Everybody who is here now, and that those are not who left lately.
    pub(super) fn everybody_and_the_gone(&self) -> Vec<PresenceEntry> {
        let gone =
            self.remembered.iter().map(|gone| PresenceEntry { client: gone.client, clock: gone.clock, state: None });
        self.everybody().into_iter().chain(gone).collect()
    }

    /// Whether anything waits for its grace to end or has to be renewed.
    pub(super) fn is_empty(&self) -> bool {
        self.present.is_empty()
    }

    /// Whether the clock has gone back: how old anything is cannot be said then, and is counted anew.
    fn follow_back(&mut self, now: Timestamp) -> bool {
        let mut went_back = false;
        for present in self.present.values_mut() {
            let left_at = present.left.as_mut().map(|left| &mut left.at);
            for at in left_at.into_iter().chain([&mut present.renewed_at]).filter(|at| **at > now) {
                *at = now;
                went_back = true;
            }
        }
        went_back
    }

    /// Which client the session is, by its first frame.
    fn claim(&self, frame: &Frame<'_>, entries: &[PresenceEntry]) -> Claim {
        let [PresenceEntry { client, clock, state: Some(_) }] = entries else { return Claim::Nobody };
        let own = match self.present.get(client) {
            Some(present) => {
                let came_later = present.left.is_some_and(|left| frame.session > left.next);
                came_later || *clock > present.clock || frame.principal.id == present.principal.id
            }
            None => self.gone(*client).is_none_or(|gone| frame.session > gone.next || *clock > gone.clock),
        };
        if own { Claim::Own(*client) } else { Claim::Perhaps(*client) }
    }

    fn take(&mut self, frame: &Frame<'_>, entry: &PresenceEntry) -> Option<PresenceEntry> {
        let client = entry.client;
        let Some(state) = &entry.state else {
            let mine = self.present.get(&client).is_some_and(|present| present.holder == frame.holder());
            return mine.then(|| self.end(client)).flatten();
        };
        let clock = self.next_clock(frame, entry)?;
        let known = self.present.get(&client);
        let state = stamp(state, frame.principal)?;
        let bytes = self.bytes - known.map_or(0, |present| present.state.len()) + state.len();
        if state.len() as u64 > MAX_STATE_BYTES || bytes > MAX_ROOM_BYTES {
            return None;
        }
        let taken_from = known.and_then(|present| match present.holder {
            holder if holder == frame.holder() => present.taken_from,
            Holder::Session(session) => present.left.is_none().then_some(session),
            Holder::Node(..) => None,
        });
        let (holder, principal) = (frame.holder(), frame.principal.clone());
        let present = Present { clock, state, holder, principal, renewed_at: frame.now, left: None, taken_from };
        let told = present.entry(client);
        self.news.insert(client, told.clone());
        self.put(client, present);
        Some(told)
    }

    /// The clock the entry is given; `None` when the session may not say it, or has said it before.
    fn next_clock(&self, frame: &Frame<'_>, entry: &PresenceEntry) -> Option<u32> {
        let speaker = self.speakers.get(&frame.session)?;
        let own = speaker.claim == Claim::Own(entry.client);
        let room = speaker.clients < MAX_CLIENTS_PER_SESSION;
        let Some(present) = self.present.get(&entry.client) else {
            return match self.gone(entry.client).filter(|_| room) {
                Some(gone) => (own || entry.clock > gone.clock).then(|| following(gone.clock)),
                None if entry.clock > MAX_BELIEVED_CLOCK => room.then_some(FIRST_CLOCK),
                None => room.then_some(entry.clock),
            };
        };
        let newer = entry.clock > present.clock;
        if present.holder == frame.holder() {
            let believed =
                entry.clock <= MAX_BELIEVED_CLOCK && entry.clock.saturating_sub(present.clock) <= MAX_CLOCK_STEP;
            return newer.then(|| if believed { entry.clock } else { following(present.clock) });
        }
        let claimed = own || speaker.claim == Claim::Perhaps(entry.client);
        let same_person = frame.first && present.principal.id == frame.principal.id;
        let comes_back = own && (present.left.is_some() || same_person);
        (room && (comes_back || claimed && newer)).then(|| following(present.clock))
    }

    fn put(&mut self, client: u64, present: Present) {
        let holder = present.holder;
        self.bytes += present.state.len();
        if let Some(speaker) = self.speaker(holder) {
            speaker.clients += 1;
        }
        let Some(before) = self.present.insert(client, present) else {
            self.remembered.retain(|gone| gone.client != client);
            return;
        };
        self.uncount(&before);
        // What was taken over has been taken back: it had been an echo that overtook the original.
        if before.holder != holder
            && before.taken_from.map(Holder::Session) == Some(holder)
            && let Some(loser) = self.speaker(before.holder)
        {
            loser.claim = Claim::Nobody;
        }
    }

    fn end(&mut self, client: u64) -> Option<PresenceEntry> {
        let present = self.present.remove(&client)?;
        self.uncount(&present);
        // One above the last clock, so that the end wins over any echo of the state before it.
        let clock = following(present.clock);
        if self.remembered.len() == MAX_REMEMBERED {
            self.remembered.pop_front();
        }
        let next = present.left.map_or_else(SessionId::new, |left| left.next);
        self.remembered.push_back(Gone { client, clock, next });
        let gone = PresenceEntry { client, clock, state: None };
        if matches!(present.holder, Holder::Session(_)) {
            self.news.insert(client, gone.clone());
        }
        Some(gone)
    }

    fn speaker(&mut self, holder: Holder) -> Option<&mut Speaker> {
        match holder {
            Holder::Session(session) => self.speakers.get_mut(&session),
            Holder::Node(..) => None,
        }
    }

    fn uncount(&mut self, present: &Present) {
        self.bytes -= present.state.len();
        if let Some(speaker) = self.speaker(present.holder) {
            speaker.clients -= 1;
        }
    }

    fn gone(&self, client: u64) -> Option<&Gone> {
        self.remembered.iter().find(|gone| gone.client == client)
    }
}

impl Frame<'_> {
    fn holder(&self) -> Holder {
        Holder::Session(self.session)
    }
}

impl Present {
    fn entry(&self, client: u64) -> PresenceEntry {
        PresenceEntry { client, clock: self.clock, state: Some(self.state.clone()) }
    }
}

/// The next clock. The last one is its own next: it takes 2^30 renewals to get there.
fn following(clock: u32) -> u32 {
    clock.saturating_add(1).min(LAST_CLOCK)
}

/// The state with the server's word for who it is; `None` when it is not a JSON object.
fn stamp(state: &[u8], principal: &Principal) -> Option<Bytes> {
    let mut state: Map<String, Value> = serde_json::from_slice(state).ok()?;
    state.insert("user".to_owned(), serde_json::to_value(principal).ok()?);
    serde_json::to_vec(&state).ok().map(Bytes::from)
}

mod neighbours;

#[cfg(test)]
mod tests;
