//! How deep the types of a document are nested.
//!
//! Both Yjs libraries delete by recursion, a call for each level (`TransactionMut::delete` of yrs,
//! `Item.delete` of yjs): types nested some thousand levels deep overflow the stack when the
//! outermost is deleted, and end the process. So how deep an item stands is known before yrs sees it.
//!
//! An item stands in the parent it names, or beside its neighbour. The depths of each writer are
//! kept as runs, which are few: a run ends where the writer goes to another level.

use std::collections::HashMap;

use protocol::wire::{
    WireError,
    update::{self, Visit},
};

/// Levels of types inside each other: far above what people write, far below what overflows a stack.
pub(super) const MAX_DEPTH: u16 = 512;

/// How deep every item of a document stands.
#[derive(Debug, Default)]
pub(super) struct Depths {
    writers: HashMap<u64, Writer>,
}

#[derive(Debug, Default)]
struct Writer {
    /// From which clock on the items stand how deep.
    runs: Vec<(u32, u16)>,
    /// The clock after the last item.
    end: u32,
}

/// Why an update is not taken in; everything is as it was.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum DepthError {
    #[error(transparent)]
    Malformed(#[from] WireError),
    #[error("types are nested more than {MAX_DEPTH} levels deep")]
    TooDeep,
}

/// What stops the blocks of one writer.
enum Stop {
    /// There are no more.
    Done,
    /// A block is placed by one of this writer that has not been taken in.
    Needs(u64),
    TooDeep,
}

impl Depths {
    /// Takes in an update that builds on nothing but itself and what was taken in before.
    ///
    /// # Errors
    ///
    /// [`DepthError`].
    pub(super) fn add(&mut self, update: &[u8]) -> Result<(), DepthError> {
        let mut sections = Sections::default();
        update::scan(update, &mut sections)?;
        let known = |(client, _): &(u64, Vec<Block>)| {
            let writer = self.writers.get(client);
            (*client, writer.map_or((0, 0), |writer| (writer.runs.len(), writer.end)))
        };
        let before: Vec<(u64, (usize, u32))> = sections.writers.iter().map(known).collect();
        let added = self.add_sections(sections.writers);
        if added.is_err() {
            for (client, (runs, end)) in before {
                let writer = self.writers.entry(client).or_default();
                writer.runs.truncate(runs);
                writer.end = end;
            }
        }
        added
    }

    /// Takes in the blocks of each writer in turn, going to another one whenever a block needs one
    /// of theirs first, as the libraries do (`yjs/src/utils/encoding.js`).
    fn add_sections(&mut self, mut writers: Vec<(u64, Vec<Block>)>) -> Result<(), DepthError> {
        // Taken from the end.
        writers.iter_mut().for_each(|(_, blocks)| blocks.reverse());
        let places: HashMap<u64, usize> = writers.iter().enumerate().map(|(place, (id, _))| (*id, place)).collect();
        for first in 0..writers.len() {
            let mut waiting = vec![first];
            // Calls in a row that took nothing in: with every writer waiting for another, it is a circle.
            let mut idle = 0;
            while let Some(&place) = waiting.last() {
                let (client, blocks) = &mut writers[place];
                let left = blocks.len();
                let stop = self.add_blocks(*client, blocks);
                idle = if blocks.len() < left { 0 } else { idle + 1 };
                match stop {
                    Stop::Done => drop(waiting.pop()),
                    Stop::TooDeep => return Err(DepthError::TooDeep),
                    Stop::Needs(other) => match places.get(&other) {
                        Some(next) if idle <= places.len() => waiting.push(*next),
                        _ => return Err(WireError::Disordered.into()),
                    },
                }
            }
        }
        Ok(())
    }

    fn add_blocks(&mut self, client: u64, blocks: &mut Vec<Block>) -> Stop {
        while let Some(block) = blocks.last() {
            let depth = match block.place {
                Place::Root => Ok(0),
                Place::Beside(other, clock) => self.of(other, clock).ok_or(other),
                Place::Inside(other, clock) => self.of(other, clock).map(|depth| depth + 1).ok_or(other),
            };
            match depth {
                Err(other) => return Stop::Needs(other),
                Ok(depth) if depth > MAX_DEPTH => return Stop::TooDeep,
                Ok(depth) => self.writers.entry(client).or_default().add(block, depth),
            }
            blocks.pop();
        }
        Stop::Done
    }

    fn of(&self, client: u64, clock: u32) -> Option<u16> {
        let writer = self.writers.get(&client).filter(|writer| clock < writer.end)?;
        let run = writer.runs.partition_point(|(start, _)| *start <= clock).checked_sub(1)?;
        Some(writer.runs[run].1)
    }
}

impl Writer {
    fn add(&mut self, block: &Block, depth: u16) {
        if block.end <= self.end {
            return;
        }
        if self.runs.last().is_none_or(|(_, last)| *last != depth) {
            self.runs.push((self.end.max(block.clock), depth));
        }
        self.end = block.end;
    }
}

/// The blocks of an update, by writer.
#[derive(Default)]
struct Sections {
    writers: Vec<(u64, Vec<Block>)>,
    /// What was said of the next block.
    next: Option<Place>,
}

struct Block {
    clock: u32,
    end: u32,
    place: Place,
}

#[derive(Clone, Copy)]
enum Place {
    Root,
    Beside(u64, u32),
    Inside(u64, u32),
}

impl Visit for Sections {
    fn block(&mut self, client: u64, clock: u32, len: u32) {
        let place = self.next.take().unwrap_or(Place::Root);
        let block = Block { clock, end: clock.saturating_add(len), place };
        match self.writers.last_mut() {
            Some((last, blocks)) if *last == client => blocks.push(block),
            _ => self.writers.push((client, vec![block])),
        }
    }

    fn skip(&mut self, _client: u64, _clock: u32, _len: u32) {
        self.next = None;
    }

    fn reference(&mut self, client: u64, clock: u32) {
        // Of two neighbours either will do: they have the same parent.
        self.next.get_or_insert(Place::Beside(client, clock));
    }

    fn parent(&mut self, client: u64, clock: u32) {
        self.next = Some(Place::Inside(client, clock));
    }

    fn deletion(&mut self, _client: u64, _clock: u32, _len: u32) {}
}

#[cfg(test)]
mod tests {
    use yrs::{Doc, ReadTxn, StateVector, Text, Transact, WriteTxn, XmlElementPrelim, XmlFragment};

    use super::*;

    /// Elements inside each other.
    fn nested(levels: usize) -> Vec<u8> {
        let doc = Doc::with_client_id(1);
        let mut txn = doc.transact_mut();
        let mut parent = txn.get_or_insert_xml_fragment("x").push_back(&mut txn, XmlElementPrelim::empty("p"));
        for _ in 1..levels {
            parent = parent.push_back(&mut txn, XmlElementPrelim::empty("p"));
        }
        txn.commit();
        txn.encode_state_as_update_v1(&StateVector::default())
    }

    #[test]
    fn nesting_is_taken_in_up_to_the_limit() {
        assert_eq!(Depths::default().add(&nested(usize::from(MAX_DEPTH) + 1)), Ok(()));
        assert_eq!(Depths::default().add(&nested(usize::from(MAX_DEPTH) + 2)), Err(DepthError::TooDeep));
    }

    #[test]
    fn an_update_that_is_refused_leaves_nothing_behind() {
        let mut depths = Depths::default();

        assert_eq!(depths.add(&nested(5_000)), Err(DepthError::TooDeep));

        assert_eq!(depths.add(&nested(3)), Ok(()));
        assert_eq!((depths.of(1, 0), depths.of(1, 2), depths.of(1, 3)), (Some(0), Some(2), None));
    }

    #[test]
    fn writers_who_write_between_each_other_are_followed_back_and_forth() {
        let docs = [Doc::with_client_id(1), Doc::with_client_id(2)];
        for turn in 0..2_000 {
            let (writer, reader) = (&docs[turn % 2], &docs[(turn + 1) % 2]);
            let update = {
                let text = writer.get_or_insert_text("t");
                let mut txn = writer.transact_mut();
                text.insert(&mut txn, turn as u32, "x");
                txn.encode_update_v1()
            };
            let update = yrs::updates::decoder::Decode::decode_v1(&update).unwrap();
            reader.transact_mut().apply_update(update).unwrap();
        }
        let update = docs[0].transact().encode_state_as_update_v1(&StateVector::default());

        let mut depths = Depths::default();

        assert_eq!(depths.add(&update), Ok(()));
        assert_eq!((depths.of(1, 999), depths.of(2, 999)), (Some(0), Some(0)));
        assert!(depths.writers.values().all(|writer| writer.runs.len() == 1));
    }
}
