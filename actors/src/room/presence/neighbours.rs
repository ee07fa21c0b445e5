//! Who is present through other nodes.

use protocol::{
    ids::NodeId,
    principal::Principal,
    time::Timestamp,
    wire::presence::{MAX_STATE_BYTES, PresenceEntry},
};
use serde::Deserialize;

use super::{Holder, MAX_ROOM_BYTES, Presence, Present, following};

impl Presence {
    /// Takes in what another node says of its sessions; answers with what everybody is to be told.
    pub(in crate::room) fn hear(
        &mut self,
        node: NodeId,
        entries: &[PresenceEntry],
        now: Timestamp,
    ) -> Vec<PresenceEntry> {
        entries.iter().filter_map(|entry| self.hear_one(node, entry, now)).collect()
    }

    /// The node is not heard of any more, and nobody is present through it.
    pub(in crate::room) fn node_gone(&mut self, node: NodeId) -> Vec<PresenceEntry> {
        let theirs = self.present.iter().filter(|(_, present)| present.is_held_by(node));
        let gone: Vec<u64> = theirs.map(|(client, _)| *client).collect();
        gone.into_iter().filter_map(|client| self.end(client)).collect()
    }

    /// What has changed of those present through this node since this was last asked.
    pub(in crate::room) fn take_news(&mut self) -> Vec<PresenceEntry> {
        std::mem::take(&mut self.news).into_values().collect()
    }

    /// Everybody present through this node.
    pub(in crate::room) fn own(&self) -> Vec<PresenceEntry> {
        let own = self.present.iter().filter(|(_, present)| matches!(present.holder, Holder::Session(_)));
        own.filter(|(_, present)| present.left.is_none()).map(|(client, present)| present.entry(*client)).collect()
    }

    fn hear_one(&mut self, node: NodeId, entry: &PresenceEntry, now: Timestamp) -> Option<PresenceEntry> {
        let client = entry.client;
        let known = self.present.get(&client);
        let Some(state) = &entry.state else {
            return known.is_some_and(|present| present.is_held_by(node)).then(|| self.end(client)).flatten();
        };
        if known.is_some_and(|present| !present.yields_to(node, entry.clock)) {
            return None;
        }
        let principal = shown_by(state)?;
        let bytes = self.bytes - known.map_or(0, |present| present.state.len()) + state.len();
        if state.len() as u64 > MAX_STATE_BYTES || bytes > MAX_ROOM_BYTES {
            return None;
        }
        // What was told here last may have a greater clock than the other node gave.
        let last = known.map(|present| present.clock).or_else(|| self.gone(client).map(|gone| gone.clock));
        let clock = last.map_or(entry.clock, |last| entry.clock.max(following(last)));
        let holder = Holder::Node(node, entry.clock);
        let present =
            Present { clock, state: state.clone(), holder, principal, renewed_at: now, left: None, taken_from: None };
        let told = present.entry(client);
        self.news.remove(&client);
        self.put(client, present);
        Some(told)
    }
}

impl Present {
    fn is_held_by(&self, node: NodeId) -> bool {
        matches!(self.holder, Holder::Node(holder, _) if holder == node)
    }

    /// Whether what the node says, with this clock, is newer than what is known.
    fn yields_to(&self, node: NodeId, clock: u32) -> bool {
        match self.holder {
            Holder::Node(holder, heard) if holder == node => clock > heard,
            Holder::Session(_) if self.left.is_some() => true,
            // The client has gone to that node, which counted on from what was shown before.
            Holder::Node(..) | Holder::Session(_) => clock > self.clock,
        }
    }
}

/// Who the node says it is that shows this.
fn shown_by(state: &[u8]) -> Option<Principal> {
    #[derive(Deserialize)]
    struct Stamped {
        user: Principal,
    }

    serde_json::from_slice::<Stamped>(state).ok().map(|stamped| stamped.user)
}
