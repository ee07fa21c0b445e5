//! What a room has applied but the log has not confirmed, and who waits for it.

use std::{collections::VecDeque, mem};

use protocol::{ids::SessionId, rooms::Seq};

use super::log::Entry;

/// Who is to be told that something is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owed {
    /// A session: one acknowledgement per frame.
    Session(SessionId),
    /// A caller without a socket, by the number the shell gave it.
    Caller(u64),
}

/// Updates on their way into the log.
#[derive(Debug, Default)]
pub(super) struct Unsaved {
    /// Position of the last committed update.
    head: Seq,
    queued: Vec<Entry>,
    /// Updates handed to the log and not confirmed.
    in_flight: u64,
    owed: VecDeque<(Seq, Owed)>,
}

impl Unsaved {
    pub(super) fn new(head: Seq) -> Self {
        Self { head, queued: Vec::new(), in_flight: 0, owed: VecDeque::new() }
    }

    pub(super) fn head(&self) -> Seq {
        self.head
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queued.is_empty() && self.in_flight == 0
    }

    pub(super) fn push(&mut self, entry: Entry) {
        self.queued.push(entry);
    }

    /// Position of the last update that was applied.
    pub(super) fn last(&self) -> Seq {
        self.head + self.in_flight + self.queued.len() as u64
    }

    /// Promises an answer once everything applied so far is committed; `false` when it is already.
    ///
    /// An update that changed nothing waits too: what it repeats may itself not be committed yet.
    pub(super) fn owe(&mut self, owed: Owed) -> bool {
        let last = self.last();
        let waits = last > self.head;
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
        if self.in_flight > 0 || self.queued.is_empty() {
            return None;
        }
        self.in_flight = self.queued.len() as u64;
        Some(mem::take(&mut self.queued))
    }

    /// The write in flight is committed; answers who is to be told, in order.
    pub(super) fn committed(&mut self) -> Vec<Owed> {
        self.head += mem::take(&mut self.in_flight);
        let told = self.owed.partition_point(|(position, _)| *position <= self.head);
        self.owed.drain(..told).map(|(_, owed)| owed).collect()
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
        let mut unsaved = Unsaved::new(7);
        assert!(!unsaved.owe(Owed::Caller(0)), "everything so far is committed");
        unsaved.push(entry());

        assert!(unsaved.owe(Owed::Caller(1)));
        assert!(unsaved.owe(Owed::Caller(2)));

        assert_eq!(unsaved.take().unwrap().len(), 1);
        assert_eq!(unsaved.committed(), [Owed::Caller(1), Owed::Caller(2)]);
        assert_eq!(unsaved.head(), 8);
    }

    #[test]
    fn one_write_is_in_flight_and_the_next_carries_all_that_gathered() {
        let mut unsaved = Unsaved::new(0);
        unsaved.push(entry());
        assert_eq!(unsaved.take().unwrap().len(), 1);
        for caller in 0..3 {
            unsaved.push(entry());
            unsaved.owe(Owed::Caller(caller));
        }

        assert_eq!(unsaved.take(), None);
        assert_eq!(unsaved.committed(), []);

        assert_eq!(unsaved.take().unwrap().len(), 3);
        assert_eq!(unsaved.committed().len(), 3);
        assert!(unsaved.is_empty());
    }
}
