//! Who is in a room and what they show of themselves: Yjs awareness, with the server as its owner.
//!
//! - The identity under `user` is stamped here: nobody can show another's name.
//! - Clocks belong to the server. A client that comes back repeats its old clock, which every peer
//!   would ignore until its next renewal; it is given the next clock instead.
//! - y-websocket clients echo what they hear. An entry about somebody else's client id is dropped.
//! - What belongs to a session ends with it, after [`GRACE_MS`] in which it may come back.
//! - Peers drop what was not renewed for 30 s (y-protocols/awareness.js, `outdatedTimeout`), so
//!   the server renews for clients whose timers sleep, as browsers' background tabs do.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use protocol::{
    ids::SessionId,
    principal::{Principal, PrincipalKind},
    time::Timestamp,
    wire::presence::PresenceEntry,
};
use serde_json::{Map, Value};

/// How long presence outlives its session, in milliseconds.
pub(super) const GRACE_MS: u64 = 5_000;
/// Age at which the server renews an entry, in milliseconds.
pub(super) const RENEW_MS: u64 = 20_000;
/// Client ids one session may speak for.
const MAX_CLIENTS_PER_SESSION: usize = 16;
/// Client ids that are gone but whose clocks are remembered.
const MAX_REMEMBERED: usize = 1_024;

/// The presence of everybody in one room.
#[derive(Debug, Default)]
pub(super) struct Presence {
    present: BTreeMap<u64, Present>,
    /// The client id each session announced as its own.
    own: BTreeMap<SessionId, u64>,
    /// Clocks of those who are gone, oldest first.
    remembered: VecDeque<(u64, u32)>,
}

#[derive(Debug)]
struct Present {
    clock: u32,
    state: Bytes,
    session: SessionId,
    principal: Principal,
    renewed_at: Timestamp,
    left_at: Option<Timestamp>,
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
        if let [only] = entries
            && only.state.is_some()
        {
            // Both dialects' clients announce themselves, alone, before they pass on anything else.
            self.own.entry(session).or_insert(only.client);
        }
        entries.iter().filter_map(|entry| self.take(session, principal, entry, now)).collect()
    }

    /// The session is gone; what it showed stays for the grace.
    pub(super) fn leave(&mut self, session: SessionId, now: Timestamp) {
        self.own.remove(&session);
        for present in self.present.values_mut().filter(|present| present.session == session) {
            present.left_at = Some(now);
        }
    }

    /// Ends what has outlived its grace and renews what its client has not; answers with what
    /// everybody is to be told.
    pub(super) fn sweep(&mut self, now: Timestamp) -> Vec<PresenceEntry> {
        let over = |present: &Present| present.left_at.is_some_and(|left_at| now.millis_since(left_at) >= GRACE_MS);
        let gone: Vec<u64> = self.present.iter().filter(|(_, present)| over(present)).map(|(id, _)| *id).collect();
        let mut told: Vec<PresenceEntry> = gone.into_iter().filter_map(|client| self.end(client)).collect();
        for (client, present) in &mut self.present {
            if present.left_at.is_none() && now.millis_since(present.renewed_at) >= RENEW_MS {
                present.clock += 1;
                present.renewed_at = now;
                told.push(present.entry(*client));
            }
        }
        told
    }

    /// Everybody who is here now; those in their grace are left out, they may be the one who asks.
    pub(super) fn everybody(&self) -> Vec<PresenceEntry> {
        let here = self.present.iter().filter(|(_, present)| present.left_at.is_none());
        here.map(|(client, present)| present.entry(*client)).collect()
    }

    /// Whether anything waits for its grace to end or has to be renewed.
    pub(super) fn is_empty(&self) -> bool {
        self.present.is_empty()
    }

    fn take(
        &mut self,
        session: SessionId,
        principal: &Principal,
        entry: &PresenceEntry,
        now: Timestamp,
    ) -> Option<PresenceEntry> {
        let client = entry.client;
        let own = self.own.get(&session) == Some(&client);
        let known = self.present.get(&client);
        let known_clock = known.map_or_else(|| self.remembered_clock(client), |present| Some(present.clock));
        let newer = known_clock.is_none_or(|clock| entry.clock > clock);
        let may = match known {
            Some(present) if present.session == session => true,
            Some(present) => own && present.may_be_taken_by(principal),
            None => (own || newer) && self.count_of(session) < MAX_CLIENTS_PER_SESSION,
        };
        if !may {
            return None;
        }
        let Some(state) = &entry.state else {
            return known.is_some().then(|| self.end(client)).flatten();
        };
        let mine = known.is_some_and(|present| present.session == session);
        if mine && !newer {
            return None;
        }
        let clock = if newer { entry.clock } else { known_clock.unwrap_or(0).saturating_add(1) };
        let present = Present {
            clock,
            state: stamp(state, principal)?,
            session,
            principal: principal.clone(),
            renewed_at: now,
            left_at: None,
        };
        let told = present.entry(client);
        self.present.insert(client, present);
        self.remembered.retain(|(gone, _)| *gone != client);
        Some(told)
    }

    fn end(&mut self, client: u64) -> Option<PresenceEntry> {
        let present = self.present.remove(&client)?;
        // One above the last clock, so that the end wins over any echo of the state before it.
        let clock = present.clock.saturating_add(1);
        if self.remembered.len() == MAX_REMEMBERED {
            self.remembered.pop_front();
        }
        self.remembered.push_back((client, clock));
        Some(PresenceEntry { client, clock, state: None })
    }

    fn remembered_clock(&self, client: u64) -> Option<u32> {
        self.remembered.iter().find(|(gone, _)| *gone == client).map(|(_, clock)| *clock)
    }

    fn count_of(&self, session: SessionId) -> usize {
        self.present.values().filter(|present| present.session == session).count()
    }
}

impl Present {
    fn entry(&self, client: u64) -> PresenceEntry {
        PresenceEntry { client, clock: self.clock, state: Some(self.state.clone()) }
    }

    /// A client that comes back before its old socket was noticed to be dead takes its presence
    /// along. Guests of an open server have no identity that outlives a socket.
    fn may_be_taken_by(&self, principal: &Principal) -> bool {
        let guests = matches!((self.principal.kind, principal.kind), (PrincipalKind::Guest, PrincipalKind::Guest));
        self.left_at.is_some() || self.principal.id == principal.id || guests
    }
}

/// The state with the server's word for who it is; `None` when it is not a JSON object.
fn stamp(state: &[u8], principal: &Principal) -> Option<Bytes> {
    let mut state: Map<String, Value> = serde_json::from_slice(state).ok()?;
    state.insert("user".to_owned(), serde_json::to_value(principal).ok()?);
    serde_json::to_vec(&state).ok().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use protocol::ids::PrincipalId;

    use super::*;

    fn guest(name: &str) -> Principal {
        let (name, color) = (name.to_owned(), "#336699".to_owned());
        Principal { id: PrincipalId::new(), kind: PrincipalKind::Guest, name, color }
    }

    fn says(client: u64, clock: u32, state: &str) -> PresenceEntry {
        let state = (state != "null").then(|| Bytes::copy_from_slice(state.as_bytes()));
        PresenceEntry { client, clock, state }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn name_in(entry: &PresenceEntry) -> String {
        let state: Value = serde_json::from_slice(entry.state.as_ref().unwrap()).unwrap();
        state["user"]["name"].as_str().unwrap().to_owned()
    }

    #[test]
    fn nobody_can_show_another_name() {
        let mut presence = Presence::default();

        let told =
            presence.announce(SessionId::new(), &guest("Ada"), &[says(7, 1, r#"{"user":{"name":"Root"}}"#)], at(0));

        assert_eq!(name_in(&told[0]), "Ada");
    }

    #[test]
    fn an_echo_of_somebody_else_is_dropped() {
        let (mut presence, ada, bob) = (Presence::default(), SessionId::new(), SessionId::new());
        presence.announce(ada, &guest("Ada"), &[says(1, 1, "{}")], at(0));
        presence.announce(bob, &guest("Bob"), &[says(2, 1, "{}")], at(0));

        let told = presence.announce(bob, &guest("Bob"), &[says(1, 1, "{}")], at(1));
        let ended = presence.announce(bob, &guest("Bob"), &[says(1, 2, "null")], at(1));

        assert!(told.is_empty() && ended.is_empty());
        assert_eq!(presence.everybody().len(), 2);
    }

    #[test]
    fn a_client_that_comes_back_with_its_old_clock_is_seen_at_once() {
        let (mut presence, before, after) = (Presence::default(), SessionId::new(), SessionId::new());
        presence.announce(before, &guest("Ada"), &[says(1, 4, "{}")], at(0));
        presence.leave(before, at(1));

        let told = presence.announce(after, &guest("Ada"), &[says(1, 4, "{}")], at(2));

        assert_eq!((told[0].client, told[0].clock), (1, 5));
        assert!(presence.sweep(at(10)).is_empty(), "its grace has ended by coming back");
    }

    #[test]
    fn presence_ends_after_the_grace_and_an_echo_does_not_bring_it_back() {
        let (mut presence, ada, bob) = (Presence::default(), SessionId::new(), SessionId::new());
        presence.announce(ada, &guest("Ada"), &[says(1, 4, "{}")], at(0));
        presence.announce(bob, &guest("Bob"), &[says(2, 1, "{}")], at(0));
        presence.leave(ada, at(1));

        assert!(presence.sweep(at(5)).is_empty());
        assert_eq!(presence.sweep(at(6)), [PresenceEntry { client: 1, clock: 5, state: None }]);
        assert!(presence.announce(bob, &guest("Bob"), &[says(1, 4, "{}")], at(7)).is_empty());
    }

    #[test]
    fn a_client_whose_timers_sleep_is_renewed() {
        let (mut presence, ada) = (Presence::default(), SessionId::new());
        presence.announce(ada, &guest("Ada"), &[says(1, 1, "{}")], at(0));

        assert!(presence.sweep(at(19)).is_empty());
        assert_eq!(presence.sweep(at(20))[0].clock, 2);
    }

    #[test]
    fn a_state_that_is_not_an_object_is_dropped() {
        let mut presence = Presence::default();

        assert!(presence.announce(SessionId::new(), &guest("Ada"), &[says(1, 1, "[1]")], at(0)).is_empty());
    }
}
