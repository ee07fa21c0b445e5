//! How far each writer's updates reach, and whether an update builds on something not there yet.
//!
//! Kept beside the document so that both can be answered without touching it, and before it is
//! even in memory.

use std::collections::HashMap;

use bytes::Bytes;
use protocol::wire::{
    WireError, state_vector,
    update::{self, Visit},
};

/// The clock each writer (Yjs client id) has reached: all its structs below it are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Clocks {
    reached: HashMap<u64, u32>,
}

/// What an update would do to a document with certain clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// Everything in it is known, and it deletes nothing.
    Known,
    /// It adds nothing, but deletes; whether that is new only the document knows.
    DeletesOnly,
    /// It adds something, and all it builds on is there.
    Adds,
    /// It builds on something that is not there: this, among others.
    Missing(Need),
}

/// What an update waits for: that this writer's clock reaches this far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Need {
    client: u64,
    reached: u32,
}

impl Clocks {
    /// What the update would do. Reads the update twice, keeps nothing of it.
    ///
    /// # Errors
    ///
    /// [`WireError`] when it is not a well-formed update within the limits.
    pub(super) fn fit(&self, update: &[u8]) -> Result<Fit, WireError> {
        let mut reach = Reach { known: self, added: Added::default(), gap: None };
        update::scan(update, &mut reach)?;
        reach.added.0.sort_unstable();
        let mut needs = Needs { known: self, added: &reach.added, missing: reach.gap, deletes: false };
        update::scan(update, &mut needs)?;
        Ok(match (needs.missing, reach.added.is_empty(), needs.deletes) {
            (Some(need), _, _) => Fit::Missing(need),
            (None, false, _) => Fit::Adds,
            (None, true, true) => Fit::DeletesOnly,
            (None, true, false) => Fit::Known,
        })
    }

    /// Takes note of an update that has become part of the document.
    ///
    /// # Errors
    ///
    /// As [`Clocks::fit`].
    pub(super) fn advance(&mut self, update: &[u8]) -> Result<(), WireError> {
        let mut reach = Reach { known: self, added: Added::default(), gap: None };
        update::scan(update, &mut reach)?;
        let added = reach.added;
        self.reached.extend(added.0);
        Ok(())
    }

    /// Takes note of an update that is about to become part of the document, and in `before` of where
    /// its writers were.
    ///
    /// # Errors
    ///
    /// As [`Clocks::fit`].
    pub(super) fn advance_from(&mut self, update: &[u8], before: &mut Before) -> Result<(), WireError> {
        let mut reach = Reach { known: self, added: Added::default(), gap: None };
        update::scan(update, &mut reach)?;
        let added = reach.added;
        for (client, clock) in added.0 {
            let from = self.reached.insert(client, clock).unwrap_or(0);
            if before.0.iter().all(|(known, _)| *known != client) {
                before.0.push((client, from));
            }
        }
        Ok(())
    }

    /// The updates since `before` have not become part of it after all.
    pub(super) fn go_back(&mut self, before: Before) {
        for (client, clock) in before.0 {
            match clock {
                0 => self.reached.remove(&client),
                clock => self.reached.insert(client, clock),
            };
        }
    }

    /// What each writer has added since `before`: from this clock on, below that one.
    pub(super) fn since(&self, before: &Before) -> impl Iterator<Item = (u64, u32, u32)> {
        before.0.iter().map(|(client, from)| (*client, *from, self.of(*client)))
    }

    pub(super) fn state_vector(&self) -> Bytes {
        state_vector::encode(self.reached.iter().map(|(client, clock)| (*client, *clock)))
    }

    /// Whether what an update waited for has come.
    pub(super) fn has(&self, need: Need) -> bool {
        self.of(need.client) >= need.reached
    }

    pub(super) fn of(&self, client: u64) -> u32 {
        self.reached.get(&client).copied().unwrap_or(0)
    }
}

/// Where the writers of some updates were before them.
#[derive(Debug, Default)]
pub(super) struct Before(Vec<(u64, u32)>);

/// Writers an update advances, and how far. A writer is in an update once, so that the list is a
/// map once it is sorted.
#[derive(Debug, Default)]
struct Added(Vec<(u64, u32)>);

impl Added {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Once sorted.
    fn of(&self, client: u64) -> Option<u32> {
        let found = self.0.binary_search_by_key(&client, |(client, _)| *client);
        found.ok().map(|index| self.0[index].1)
    }

    fn set(&mut self, client: u64, clock: u32) {
        match self.0.last_mut() {
            Some((last, reached)) if *last == client => *reached = clock,
            _ => self.0.push((client, clock)),
        }
    }
}

/// First reading: how far each writer gets, and whether one of them leaves a gap behind.
struct Reach<'a> {
    known: &'a Clocks,
    added: Added,
    gap: Option<Need>,
}

impl Visit for Reach<'_> {
    fn block(&mut self, client: u64, clock: u32, len: u32) {
        let reached = self.added.0.last().filter(|(last, _)| *last == client).map(|(_, clock)| *clock);
        let reached = reached.unwrap_or_else(|| self.known.of(client));
        let end = clock.saturating_add(len);
        if clock > reached {
            self.gap.get_or_insert(Need { client, reached: clock });
        } else if end > reached {
            self.added.set(client, end);
        }
    }

    fn skip(&mut self, _client: u64, _clock: u32, _len: u32) {}

    fn reference(&mut self, _client: u64, _clock: u32) {}

    fn deletion(&mut self, _client: u64, _clock: u32, _len: u32) {}
}

/// Second reading: whether what the update points at is there.
struct Needs<'a> {
    known: &'a Clocks,
    added: &'a Added,
    missing: Option<Need>,
    deletes: bool,
}

impl Needs<'_> {
    fn need(&mut self, client: u64, end: u32) {
        let there = end <= self.known.of(client) || self.added.of(client).is_some_and(|reached| end <= reached);
        if !there {
            self.missing.get_or_insert(Need { client, reached: end });
        }
    }
}

impl Visit for Needs<'_> {
    fn block(&mut self, _client: u64, _clock: u32, _len: u32) {}

    fn skip(&mut self, _client: u64, _clock: u32, _len: u32) {}

    fn reference(&mut self, client: u64, clock: u32) {
        self.need(client, clock.saturating_add(1));
    }

    fn deletion(&mut self, client: u64, clock: u32, len: u32) {
        self.deletes = true;
        self.need(client, clock.saturating_add(len));
    }
}

#[cfg(test)]
mod tests {
    use yrs::{Doc, GetString, ReadTxn, StateVector, Text, Transact};

    use super::*;

    /// A document that types into one text; every edit's update is kept.
    fn edits(client: u64, edit: impl Fn(&Doc)) -> Bytes {
        let doc = Doc::with_client_id(client);
        edit(&doc);
        let txn = doc.transact();
        txn.encode_state_as_update_v1(&StateVector::default()).into()
    }

    fn typed(client: u64, texts: &[&str]) -> Vec<Bytes> {
        let doc = Doc::with_client_id(client);
        let text = doc.get_or_insert_text("t");
        texts
            .iter()
            .map(|piece| {
                let mut txn = doc.transact_mut();
                let end = text.get_string(&txn).len() as u32;
                text.insert(&mut txn, end, piece);
                txn.encode_update_v1().into()
            })
            .collect()
    }

    #[test]
    fn an_update_fits_once_what_it_builds_on_is_there() {
        let updates = typed(1, &["a", "b"]);
        let mut clocks = Clocks::default();

        assert!(matches!(clocks.fit(&updates[1]), Ok(Fit::Missing(_))));
        clocks.advance(&updates[0]).unwrap();

        assert_eq!(clocks.fit(&updates[1]), Ok(Fit::Adds));
        assert_eq!(clocks.fit(&updates[0]), Ok(Fit::Known));
    }

    #[test]
    fn deleting_what_is_not_there_is_missing_something() {
        let delete = edits(1, |doc| {
            let text = doc.get_or_insert_text("t");
            text.insert(&mut doc.transact_mut(), 0, "abc");
            text.remove_range(&mut doc.transact_mut(), 1, 1);
        });
        let only_deletes = {
            let mut bytes = vec![0];
            bytes.extend_from_slice(&delete[delete.len() - 5..]);
            Bytes::from(bytes)
        };
        let mut clocks = Clocks::default();

        assert!(matches!(clocks.fit(&only_deletes), Ok(Fit::Missing(_))));
        assert_eq!(clocks.fit(&delete), Ok(Fit::Adds));
        clocks.advance(&delete).unwrap();

        assert_eq!(clocks.fit(&only_deletes), Ok(Fit::DeletesOnly));
    }

    #[test]
    fn the_state_vector_is_that_of_the_document() {
        let update = edits(77, |doc| {
            let text = doc.get_or_insert_text("t");
            text.insert(&mut doc.transact_mut(), 0, "hello 😀");
        });
        let mut clocks = Clocks::default();

        clocks.advance(&update).unwrap();

        assert_eq!(state_vector::decode(&clocks.state_vector()), Ok(vec![(77, 8)]));
    }
}
