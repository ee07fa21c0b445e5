//! Applying many updates of one session at once: one transaction, and one update that says it to everybody.
//!
//! A transaction of yrs costs about as much as a keystroke in it, and whoever types fast, or pastes, or comes
//! back, sends many frames in one packet.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use protocol::wire::{
    WireError,
    update::{self, Visit},
};
use yrs::{ClientID, IdSet, Transact, Update, updates::decoder::Decode};

use super::{
    clocks::{Before, Clocks, Fit},
    document::{Document, MAX_DOCUMENT_BYTES},
    relay::merge,
};

/// What has become of updates that were applied together.
#[derive(Debug)]
pub(super) struct Together {
    /// Of each, in order, whether the document has changed by it.
    pub(super) changed: Vec<bool>,
    /// All of them in one update.
    pub(super) merged: Bytes,
}

impl Document {
    /// Applies the first of these updates of this node, as many as build on nothing that is missing, in
    /// one transaction. Answers `None` where nothing is gained by that, or one of them cannot be applied:
    /// one by one they show which. The content is as it was then.
    pub(super) fn apply_together(&mut self, updates: &[Bytes]) -> Option<Together> {
        let mut before = Before::default();
        let fits = self.count_fitting(updates, &mut before);
        let together =
            if fits.len() > 1 { self.integrate_together(&updates[..fits.len()], &fits, &before) } else { None };
        match &together {
            Some(Together { changed, .. }) => {
                let changed = updates.iter().zip(changed).filter(|(_, changed)| **changed);
                changed.for_each(|(update, _)| self.held.push(update.clone()));
            }
            None => self.clocks.go_back(before),
        }
        together
    }

    /// What each update does, up to the first that cannot be applied now.
    fn count_fitting(&mut self, updates: &[Bytes], before: &mut Before) -> Vec<Fit> {
        let mut bytes = self.size_bytes();
        let mut fits = Vec::with_capacity(updates.len());
        for update in updates {
            bytes += update.len();
            let fit = match (self.refuse_erased(update), self.fit(update)) {
                (Ok(()), Ok(fit @ (Fit::Adds | Fit::DeletesOnly | Fit::Known))) if bytes <= MAX_DOCUMENT_BYTES => fit,
                _ => break,
            };
            if fit == Fit::Adds && self.clocks.advance_from(update, before).is_err() {
                break;
            }
            fits.push(fit);
        }
        fits
    }

    fn integrate_together(&mut self, updates: &[Bytes], fits: &[Fit], before: &Before) -> Option<Together> {
        let new = updates.iter().zip(fits).filter(|(_, fit)| **fit != Fit::Known).map(|(update, _)| update);
        let bytes = merge(new)?;
        let merged = catch_unwind(|| Update::decode_v1(&bytes)).ok()?.ok()?;
        let replica = self.make().ok()?;
        replica.depths.add(&bytes).ok()?;
        let doc = &replica.doc;
        let applied = catch_unwind(AssertUnwindSafe(|| {
            let mut txn = doc.try_transact_mut().ok()?;
            txn.apply_update(merged).ok()?;
            txn.commit();
            Some((txn.insert_set().clone(), txn.delete_set().clone()))
        }));
        let changed = match applied {
            Ok(Some((inserted, deleted))) if holds(&inserted, &self.clocks, before) => {
                let changes = |(update, fit): (&Bytes, &Fit)| match fit {
                    Fit::Adds => Ok(true),
                    Fit::DeletesOnly => deletes_one_of(update, &deleted),
                    Fit::Known | Fit::Missing(_) => Ok(false),
                };
                updates.iter().zip(fits).map(changes).collect::<Result<Vec<bool>, WireError>>().ok()
            }
            _ => None,
        };
        if changed.is_none() {
            self.poisoned();
        }
        changed.map(|changed| Together { changed, merged: bytes })
    }
}

/// Whether everything the clocks have advanced by was inserted.
fn holds(inserted: &IdSet, clocks: &Clocks, before: &Before) -> bool {
    clocks.since(before).all(|(client, from, to)| {
        let ranges = inserted.get(&ClientID::new(client));
        ranges.is_some_and(|ranges| ranges.ranges().any(|range| range.start <= from && to <= range.end))
    })
}

/// Whether one of the ids the update deletes is among these.
fn deletes_one_of(update: &[u8], deleted: &IdSet) -> Result<bool, WireError> {
    let mut search = Search { deleted, found: false };
    update::scan(update, &mut search)?;
    Ok(search.found)
}

struct Search<'a> {
    deleted: &'a IdSet,
    found: bool,
}

impl Visit for Search<'_> {
    fn block(&mut self, _client: u64, _clock: u32, _len: u32) {}

    fn skip(&mut self, _client: u64, _clock: u32, _len: u32) {}

    fn reference(&mut self, _client: u64, _clock: u32) {}

    fn deletion(&mut self, client: u64, clock: u32, len: u32) {
        let end = clock.saturating_add(len);
        let ranges = self.deleted.get(&ClientID::new(client));
        self.found |= ranges.is_some_and(|ranges| ranges.ranges().any(|range| range.start < end && clock < range.end));
    }
}

#[cfg(test)]
mod tests {
    use yrs::{Doc, GetString, ReadTxn, StateVector, Text, WriteTxn, XmlElementPrelim, XmlFragment};

    use super::*;
    use crate::room::document::Applied;

    /// Keystrokes of two writers who see each other's, deletions among them; some of them sent twice.
    fn keystrokes(seed: u64, count: usize) -> Vec<Bytes> {
        let mut random = fastrand::Rng::with_seed(seed);
        let docs = [Doc::with_client_id(1), Doc::with_client_id(2)];
        let mut updates: Vec<Bytes> = Vec::new();
        while updates.len() < count {
            let (writer, reader) = if random.bool() { (&docs[0], &docs[1]) } else { (&docs[1], &docs[0]) };
            let text = writer.get_or_insert_text("t");
            let update = {
                let mut txn = writer.transact_mut();
                let length = text.len(&txn);
                match random.u32(0..10) {
                    0..6 => text.insert(&mut txn, random.u32(0..=length), "x"),
                    6..8 if length > 2 => text.remove_range(&mut txn, random.u32(0..length - 1), 1),
                    _ if length > 2 => {
                        text.remove_range(&mut txn, 0, 2);
                        text.insert(&mut txn, 0, "yz");
                    }
                    _ => text.insert(&mut txn, 0, "a"),
                }
                txn.encode_update_v1()
            };
            reader.transact_mut().apply_update(Update::decode_v1(&update).unwrap()).unwrap();
            updates.push(update.into());
            if random.u32(0..8) == 0 {
                updates.push(updates[random.usize(0..updates.len())].clone());
            }
        }
        updates
    }

    fn text(document: &mut Document) -> String {
        let doc = document.doc().unwrap();
        doc.get_or_insert_text("t").get_string(&doc.transact())
    }

    #[test]
    fn what_is_applied_together_is_what_would_have_been_applied_one_by_one() {
        for seed in 0..50 {
            let updates = keystrokes(seed, 200);
            let (mut together, mut alone) = (Document::default(), Document::default());

            for some in updates.chunks(1 + seed as usize) {
                let mut rest = some;
                while !rest.is_empty() {
                    match together.apply_together(rest) {
                        Some(Together { changed, .. }) => {
                            for (update, changed) in rest.iter().zip(&changed) {
                                let applied = alone.apply(update).unwrap();
                                assert!(*changed || applied == Applied::Nothing, "seed {seed}");
                            }
                            rest = &rest[changed.len()..];
                        }
                        None => {
                            assert_eq!(together.apply(&rest[0]), alone.apply(&rest[0]), "seed {seed}");
                            rest = &rest[1..];
                        }
                    }
                }
                assert_eq!(text(&mut together), text(&mut alone), "seed {seed}");
            }

            assert_eq!(together.diff(&[0]), alone.diff(&[0]));
            let mut anew = Document::default();
            together.held().tail().for_each(|update| assert!(anew.apply(update).is_ok()));
            assert_eq!(text(&mut anew), text(&mut alone), "the bytes it holds say the same");
        }
    }

    #[test]
    fn the_one_update_says_what_all_of_them_say() {
        let updates = keystrokes(7, 60);
        let (mut document, mut reader) = (Document::default(), Document::default());

        let Together { changed, merged } = document.apply_together(&updates).unwrap();

        assert_eq!(changed.len(), updates.len());
        assert_eq!(reader.apply(&merged), Ok(Applied::Changed));
        assert_eq!(text(&mut reader), text(&mut document));
    }

    #[test]
    fn what_has_to_wait_and_what_comes_after_it_is_left() {
        let updates = keystrokes(3, 20);
        let mut document = Document::default();
        let gap: Vec<Bytes> = [&updates[..3], &updates[10..]].concat();

        let together = document.apply_together(&gap);

        assert!(together.is_none_or(|together| together.changed.len() < gap.len()));
        assert_eq!(document.apply_together(&updates[..1]).map(|together| together.changed), None, "one gains nothing");
    }

    #[test]
    fn an_update_that_is_refused_leaves_everything_as_it_was() {
        let updates = keystrokes(5, 10);
        let mut document = Document::default();
        document.apply_together(&updates[..5]).unwrap();
        let (before, said) = (document.clocks.clone(), text(&mut document));

        assert!(document.apply_together(&[updates[5].clone(), nested(600)]).is_none());

        assert_eq!((document.clocks.clone(), text(&mut document)), (before, said));
        assert!(document.apply_together(&updates[5..]).is_some());
    }

    /// Elements inside each other, more levels than are taken.
    fn nested(levels: usize) -> Bytes {
        let doc = Doc::with_client_id(9);
        let mut txn = doc.transact_mut();
        let mut parent = txn.get_or_insert_xml_fragment("x").push_back(&mut txn, XmlElementPrelim::empty("p"));
        for _ in 1..levels {
            parent = parent.push_back(&mut txn, XmlElementPrelim::empty("p"));
        }
        txn.commit();
        txn.encode_state_as_update_v1(&StateVector::default()).into()
    }
}
