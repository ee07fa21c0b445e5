//! What a room may do on its own thread, which it shares with others, and what it does elsewhere.

use bytes::Bytes;
use protocol::wire::Inbound;

use super::{clocks::Fit, log::Stored, messages::Change, state::RoomState, taking::is_empty_state_vector};

/// How long something may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// Microseconds.
    Light,
    /// In proportion to something large.
    Heavy,
}

/// Bytes of an update, or of a document that is made or encoded for one message, from which on it is heavy.
const HEAVY_BYTES: usize = 16 * 1024;
/// Blocks of a content from which on it is heavy.
const HEAVY_BLOCKS: usize = 200;

impl RoomState {
    /// How long it may take to take in the messages.
    pub(super) fn weigh(&self, messages: &[Inbound]) -> Weight {
        let heavy = messages.iter().any(|message| self.weigh_message(message) == Weight::Heavy);
        if heavy { Weight::Heavy } else { Weight::Light }
    }

    fn weigh_message(&self, message: &Inbound) -> Weight {
        match message {
            Inbound::Step1(peer) if !is_empty_state_vector(peer) || self.document().held().is_whole_due() => {
                self.weigh_reading()
            }
            Inbound::Step2(update) | Inbound::Update(update) => self.weigh_update(update),
            _ => Weight::Light,
        }
    }

    /// How long it may take to make the change.
    pub(super) fn weigh_change(&self, change: &Change) -> Weight {
        match change {
            Change::Update(update) => self.weigh_update(update),
            Change::Replace(content) | Change::Rewrite(_, content) if content.len() > HEAVY_BLOCKS => Weight::Heavy,
            Change::Replace(_) | Change::Rewrite(..) | Change::Rename(_) => self.weigh_reading(),
        }
    }

    /// How long it may take to read or encode the document.
    pub(super) fn weigh_reading(&self) -> Weight {
        if self.document().size_bytes() > HEAVY_BYTES { Weight::Heavy } else { Weight::Light }
    }

    /// How long it may take to apply updates other nodes have committed.
    pub(super) fn weigh_updates<'a>(&self, updates: impl IntoIterator<Item = &'a Bytes>) -> Weight {
        let bytes: usize = updates.into_iter().map(Bytes::len).sum();
        let makes = !self.document().is_made() && self.document().size_bytes() > HEAVY_BYTES;
        if bytes > HEAVY_BYTES || makes { Weight::Heavy } else { Weight::Light }
    }

    /// How long it may take to compare the document with what is stored.
    pub(super) fn weigh_refilling(&self, stored: &Stored) -> Weight {
        let snapshot = stored.snapshot.as_ref().map(|snapshot| &snapshot.update);
        match self.weigh_reading() {
            Weight::Heavy => Weight::Heavy,
            Weight::Light => self.weigh_updates(stored.tail.iter().chain(snapshot)),
        }
    }

    fn weigh_update(&self, update: &[u8]) -> Weight {
        let makes = || !self.document().is_made() && self.document().size_bytes() > HEAVY_BYTES;
        let needs = || matches!(self.document().fit(update), Ok(Fit::Adds | Fit::DeletesOnly));
        if update.len() > HEAVY_BYTES || (makes() && needs()) { Weight::Heavy } else { Weight::Light }
    }
}
