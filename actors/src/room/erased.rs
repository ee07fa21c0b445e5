//! Ids that were erased in a room: nothing that speaks of one of them is taken again.
//!
//! Whoever still has a copy of what was erased holds such ids. Their clients know nothing of that, and
//! send what the room seems to lack: it is known by its ids, and refused.

use std::collections::HashMap;

use bytes::Bytes;
use protocol::wire::{
    WireError, state_vector,
    update::{self, Visit},
};

/// For each writer (Yjs client id) the clock below which everything was erased.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    reached: HashMap<u64, u32>,
}

impl Erased {
    /// What [`Erased::encode`] wrote; no bytes for nothing.
    ///
    /// # Errors
    ///
    /// [`WireError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        let clocks = if bytes.is_empty() { Vec::new() } else { state_vector::decode(bytes)? };
        Ok(Self { reached: clocks.into_iter().collect() })
    }

    /// As a Yjs state vector.
    pub fn encode(&self) -> Bytes {
        state_vector::encode(self.reached.iter().map(|(client, clock)| (*client, *clock)))
    }

    /// Adds every id in an update, and all before it of the same writers.
    ///
    /// # Errors
    ///
    /// [`WireError`] when it is not a well-formed update.
    pub fn add(&mut self, update: &[u8]) -> Result<(), WireError> {
        update::scan(update, self)
    }

    /// Whether the update brings, refers to or deletes something that was erased.
    ///
    /// # Errors
    ///
    /// [`WireError`] when it is not a well-formed update.
    pub(super) fn is_in(&self, update: &[u8]) -> Result<bool, WireError> {
        if self.reached.is_empty() {
            return Ok(false);
        }
        let mut search = Search { erased: self, found: false };
        update::scan(update, &mut search)?;
        Ok(search.found)
    }

    /// Whether a peer with this state vector has something that was erased: nothing else can have such ids.
    ///
    /// # Errors
    ///
    /// [`WireError`] when it is not a well-formed state vector.
    pub(super) fn is_held_by(&self, peer: &[u8]) -> Result<bool, WireError> {
        let clocks = state_vector::decode(peer)?;
        Ok(clocks.iter().any(|(client, clock)| *clock > 0 && self.reached.contains_key(client)))
    }

    fn has(&self, client: u64, clock: u32) -> bool {
        self.reached.get(&client).is_some_and(|reached| clock < *reached)
    }
}

impl Visit for Erased {
    fn block(&mut self, client: u64, clock: u32, len: u32) {
        let reached = self.reached.entry(client).or_default();
        *reached = (*reached).max(clock.saturating_add(len));
    }

    fn skip(&mut self, _client: u64, _clock: u32, _len: u32) {}

    fn reference(&mut self, _client: u64, _clock: u32) {}

    fn deletion(&mut self, _client: u64, _clock: u32, _len: u32) {}
}

struct Search<'a> {
    erased: &'a Erased,
    found: bool,
}

impl Visit for Search<'_> {
    fn block(&mut self, client: u64, clock: u32, _len: u32) {
        self.found |= self.erased.has(client, clock);
    }

    fn skip(&mut self, _client: u64, _clock: u32, _len: u32) {}

    fn reference(&mut self, client: u64, clock: u32) {
        self.found |= self.erased.has(client, clock);
    }

    fn deletion(&mut self, client: u64, clock: u32, _len: u32) {
        self.found |= self.erased.has(client, clock);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five letters by client 7, clocks 0 to 4, in the root text "t".
    const HELLO: &[u8] = b"\x01\x01\x07\x00\x04\x01\x01t\x05hello\x00";

    fn hello() -> Erased {
        let mut erased = Erased::default();
        erased.add(HELLO).unwrap();
        erased
    }

    #[test]
    fn what_was_erased_is_known_by_its_ids() {
        let erased = hello();

        assert_eq!(erased.is_in(HELLO), Ok(true));
        assert_eq!(erased.is_in(&[1, 1, 8, 0, 0x84, 7, 4, 1, b'!', 0]), Ok(true), "it stands beside it");
        assert_eq!(erased.is_in(&[0, 1, 7, 1, 2, 1]), Ok(true), "it deletes it");
        assert_eq!(erased.is_in(b"\x01\x01\x08\x00\x04\x01\x01t\x05hello\x00"), Ok(false), "others wrote it");
        assert_eq!(Erased::default().is_in(HELLO), Ok(false));
    }

    #[test]
    fn whoever_has_some_of_it_is_known_by_their_state_vector() {
        assert_eq!(hello().is_held_by(&[1, 7, 2]), Ok(true));
        assert_eq!(hello().is_held_by(&[1, 8, 2]), Ok(false));
        assert_eq!(hello().is_held_by(&[0]), Ok(false));
    }

    #[test]
    fn it_is_kept_as_a_state_vector() {
        assert_eq!(hello().encode()[..], [1, 7, 5]);
        assert_eq!(Erased::decode(&hello().encode()), Ok(hello()));
        assert_eq!(Erased::decode(&[]), Ok(Erased::default()));
    }
}
