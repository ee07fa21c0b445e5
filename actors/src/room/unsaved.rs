//! What a room has applied but the log has not confirmed, and who waits for it.

use std::{collections::VecDeque, mem};

use protocol::ids::SessionId;

use super::log::Entry;

/// Who is to be told that something is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owed {
    /// A session: one acknowledgement per frame.
    Session(SessionId),
    /// A caller without a socket, by the number the shell gave it.
    Caller(u64),
}

/// Updates of this node on their way into the log, counted from when the room was opened.
#[derive(Debug, Default)]
pub(super) struct Unsaved {
    committed: u64,
    queued: Vec<Entry>,
    /// Updates handed to the log and not confirmed.
    in_flight: Vec<Entry>,
    owed: VecDeque<(u64, Owed)>,
}

impl Unsaved {
    /// How many are committed.
    pub(super) fn committed(&self) -> u64 {
        self.committed
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queued.is_empty() && self.in_flight.is_empty()
    }

    pub(super) fn push(&mut self, entry: Entry) {
        self.queued.push(entry);
    }

    /// Takes in an update that is to be written before all others that wait.
    pub(super) fn push_first(&mut self, entry: Entry) {
        self.queued.insert(0, entry);
        for (count, _) in &mut self.owed {
            *count += 1;
        }
    }

    /// The write in flight did not happen, and will not.
    pub(super) fn take_back(&mut self) {
        self.queued.splice(0..0, mem::take(&mut self.in_flight));
    }

    /// How many were applied.
    pub(super) fn last(&self) -> u64 {
        self.committed + (self.in_flight.len() + self.queued.len()) as u64
    }

    /// Promises an answer once everything applied so far is committed; `false` when it is already.
    ///
    /// An update that changed nothing waits too: what it repeats may itself not be committed yet.
    pub(super) fn owe(&mut self, owed: Owed) -> bool {
        let last = self.last();
        let waits = last > self.committed;
        if waits {
            self.owed.push_back((last, owed));
        }
        waits
    }

    /// Answers that are owed.
    pub(super) fn owed(&self) -> usize {
        self.owed.len()
    }

    /// What to hand to the log now: nothing while a write is in flight, so that one commit carries many.
    pub(super) fn take(&mut self) -> Option<Vec<Entry>> {
        if !self.in_flight.is_empty() || self.queued.is_empty() {
            return None;
        }
        self.in_flight = mem::take(&mut self.queued);
        Some(self.in_flight.clone())
    }

    /// The write in flight is committed; answers what was written, and who is to be told, in order,
    /// each with how many were applied when it was promised.
    pub(super) fn confirm(&mut self) -> (Vec<Entry>, Vec<(u64, Owed)>) {
        let written = mem::take(&mut self.in_flight);
        self.committed += written.len() as u64;
        let told = self.owed.partition_point(|(count, _)| *count <= self.committed);
        (written, self.owed.drain(..told).collect())
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use protocol::ids::PrincipalId;

    use super::*;

    fn entry() -> Entry {
        Entry { author: PrincipalId::new(), update: Bytes::from_static(&[0, 0]) }
    }

    #[test]
    fn a_repeated_update_is_not_saved_before_what_it_repeats() {
        let mut unsaved = Unsaved::default();
        assert!(!unsaved.owe(Owed::Caller(0)), "everything so far is committed");
        unsaved.push(entry());

        assert!(unsaved.owe(Owed::Caller(1)));
        assert!(unsaved.owe(Owed::Caller(2)));

        assert_eq!(unsaved.take().unwrap().len(), 1);
        assert_eq!(unsaved.confirm().1, [(1, Owed::Caller(1)), (1, Owed::Caller(2))]);
        assert_eq!(unsaved.committed(), 1);
    }

    #[test]
    fn one_write_is_in_flight_and_the_next_carries_all_that_gathered() {
        let mut unsaved = Unsaved::default();
        unsaved.push(entry());
        assert_eq!(unsaved.take().unwrap().len(), 1);
        for caller in 0..3 {
            unsaved.push(entry());
            unsaved.owe(Owed::Caller(caller));
        }

        assert_eq!(unsaved.take(), None);
        assert_eq!(unsaved.confirm().1, []);

        assert_eq!(unsaved.take().unwrap().len(), 3);
        assert_eq!(unsaved.confirm().1.len(), 3);
        assert!(unsaved.is_empty());
    }

    #[test]
    fn what_is_written_first_comes_before_what_was_promised() {
        let mut unsaved = Unsaved::default();
        unsaved.push(entry());
        unsaved.owe(Owed::Caller(1));

        unsaved.push_first(entry());

        assert_eq!(unsaved.take().unwrap().len(), 2);
        assert_eq!(unsaved.confirm().1, [(2, Owed::Caller(1))]);
    }
}
