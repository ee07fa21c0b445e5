//! How far a room follows its log, to which other nodes write as well.
//!
//! What other nodes commit is applied strictly in the order of the log; what this node commits has
//! been applied before. Whatever comes late, twice or not at all is noticed by its position: the log
//! itself is then read from where the room stands.

use std::collections::BTreeMap;

use bytes::Bytes;
use protocol::rooms::Seq;

/// Bytes of updates that wait for others before them. What comes beyond is read from the log later.
const MAX_WAITING_BYTES: usize = 1024 * 1024;
/// Commits that wait for others before them.
const MAX_WAITING: usize = 1_024;

/// What became of a commit somebody has told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// It is next, or waits for what comes before it.
    Taken,
    /// The room has it already.
    Known,
    /// Too much waits: it will be read from the log.
    Dropped,
}

/// A commit of this node begins where the room has something already: the log has lost its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rewound;

/// Which positions of the log are part of the document.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// All of them up to this one.
    head: Seq,
    /// Commits of this node beyond it: from the first to the last position.
    own: BTreeMap<Seq, Seq>,
    /// Commits of other nodes beyond it, by their first position.
    others: BTreeMap<Seq, Vec<Bytes>>,
    others_bytes: usize,
    /// The furthest position anybody has told of.
    known: Seq,
}

impl Order {
    pub(super) fn new(head: Seq) -> Self {
        Self { head, known: head, ..Self::default() }
    }

    /// Everything up to here is part of the document.
    pub(super) fn head(&self) -> Seq {
        self.head
    }

    /// The log is known to have reached this far: as far as the head, or beyond a gap.
    pub(super) fn known(&self) -> Seq {
        self.known
    }

    /// Whether the document is what the log says up to the head, apart from what is not committed.
    pub(super) fn is_contiguous(&self) -> bool {
        self.own.is_empty()
    }

    /// This node has committed `count` updates from `first` on.
    pub(super) fn committed(&mut self, first: Seq, count: u64) -> Result<(), Rewound> {
        let own = self.own.last_key_value().map_or(0, |(_, last)| *last);
        if first <= self.head.max(own) {
            return Err(Rewound);
        }
        let last = first + count - 1;
        self.own.insert(first, last);
        self.known = self.known.max(last);
        self.skip_own();
        Ok(())
    }

    /// Another node has committed these updates from `first` on. [`Order::next`] says when they are due.
    pub(super) fn heard(&mut self, first: Seq, updates: Vec<Bytes>) -> Heard {
        let Some(last) = (first + updates.len() as u64).checked_sub(1).filter(|last| *last >= first) else {
            return Heard::Known;
        };
        self.known = self.known.max(last);
        let is_own = self.own.range(..=first).next_back().is_some_and(|(_, own)| *own >= last);
        if last <= self.head || is_own || self.others.contains_key(&first) {
            return Heard::Known;
        }
        let bytes: usize = updates.iter().map(Bytes::len).sum();
        let is_next = first <= self.head + 1;
        if !is_next && (self.others.len() >= MAX_WAITING || self.others_bytes + bytes > MAX_WAITING_BYTES) {
            return Heard::Dropped;
        }
        self.others_bytes += bytes;
        self.others.insert(first, updates);
        Heard::Taken
    }

    /// The log reaches this far.
    pub(super) fn reaches(&mut self, head: Seq) {
        self.known = self.known.max(head);
    }

    /// The updates that follow the head, with the position of the first; the head is behind them then.
    pub(super) fn next(&mut self) -> Option<(Seq, Vec<Bytes>)> {
        loop {
            self.skip_own();
            let entry = self.others.first_entry().filter(|entry| *entry.key() <= self.head + 1)?;
            let (first, mut updates) = entry.remove_entry();
            self.others_bytes -= updates.iter().map(Bytes::len).sum::<usize>();
            let last = first + updates.len() as u64 - 1;
            if last <= self.head {
                continue;
            }
            let known = (self.head + 1 - first) as usize;
            updates.drain(..known);
            let first = std::mem::replace(&mut self.head, last) + 1;
            return Some((first, updates));
        }
    }

    /// The position after which the log has to be read, if something is missing.
    pub(super) fn gap(&self) -> Option<Seq> {
        (self.known > self.head).then_some(self.head)
    }

    fn skip_own(&mut self) {
        while let Some(entry) = self.own.first_entry().filter(|entry| *entry.key() <= self.head + 1) {
            self.head = self.head.max(entry.remove());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn updates(texts: &[&'static str]) -> Vec<Bytes> {
        texts.iter().map(|text| Bytes::from_static(text.as_bytes())).collect()
    }

    #[test]
    fn what_comes_early_waits_for_what_comes_before_it() {
        let mut order = Order::new(10);

        assert_eq!(order.heard(13, updates(&["c"])), Heard::Taken);
        assert_eq!((order.next(), order.gap()), (None, Some(10)));
        assert_eq!(order.heard(11, updates(&["a", "b"])), Heard::Taken);

        assert_eq!(order.next(), Some((11, updates(&["a", "b"]))));
        assert_eq!(order.next(), Some((13, updates(&["c"]))));
        assert_eq!((order.next(), order.gap(), order.head()), (None, None, 13));
    }

    #[test]
    fn what_comes_twice_or_overlaps_is_taken_once() {
        let mut order = Order::new(10);
        order.heard(11, updates(&["a", "b"]));
        assert_eq!(order.next().unwrap().0, 11);

        assert_eq!(order.heard(11, updates(&["a", "b"])), Heard::Known);
        assert_eq!(order.heard(12, updates(&["b", "c"])), Heard::Taken);

        assert_eq!(order.next(), Some((13, updates(&["c"]))));
    }

    #[test]
    fn own_commits_are_not_applied_again_wherever_they_stand_in_the_log() {
        let mut order = Order::new(10);
        order.committed(12, 2).unwrap();
        assert_eq!((order.head(), order.gap(), order.is_contiguous()), (10, Some(10), false));
        assert_eq!(order.heard(12, updates(&["own", "own"])), Heard::Known);

        order.heard(11, updates(&["other"]));

        assert_eq!(order.next(), Some((11, updates(&["other"]))));
        assert_eq!(order.next(), None);
        assert_eq!((order.head(), order.gap(), order.is_contiguous()), (13, None, true));
    }

    #[test]
    fn a_commit_in_a_place_that_is_taken_shows_that_the_log_has_lost_its_end() {
        let mut order = Order::new(10);

        assert_eq!(order.committed(10, 1), Err(Rewound));
        assert_eq!(order.committed(11, 1), Ok(()));
        assert_eq!(order.head(), 11);
    }

    #[test]
    fn a_log_that_has_lost_its_end_is_noticed_beyond_a_gap_too() {
        let mut order = Order::new(10);
        order.committed(12, 2).unwrap();

        assert_eq!((order.head(), order.known()), (10, 13));
        assert_eq!(order.committed(11, 1), Err(Rewound));
        assert_eq!(order.committed(14, 1), Ok(()));
    }

    #[test]
    fn what_does_not_fit_is_read_from_the_log() {
        let mut order = Order::new(0);
        let large: &'static str = "x".repeat(MAX_WAITING_BYTES).leak();

        assert_eq!(order.heard(5, updates(&[large])), Heard::Taken);
        assert_eq!(order.heard(9, updates(&["x"])), Heard::Dropped);
        assert_eq!(order.heard(1, updates(&[large])), Heard::Taken, "what is next is never too much");

        assert_eq!(order.next().unwrap().0, 1);
        assert_eq!(order.gap(), Some(1));
    }
}
