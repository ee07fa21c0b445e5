//! How far a receiver has been told of each writer: every letter is counted once, whether the server
//! passes edits on one by one, together, twice or out of order.

use std::ops::Range;

/// Per writer, how far somebody has got.
#[derive(Debug)]
pub(crate) struct Tally {
    /// By the writer's number, the first clock that was not told.
    next: Vec<u32>,
    /// What was told beyond a gap.
    ahead: Vec<(usize, Range<u32>)>,
    /// Letters that were told more than once.
    pub(crate) doubled: u64,
    /// Letters that came before others that should have come first.
    pub(crate) early: u64,
}

impl Tally {
    pub(crate) fn of(writers: usize) -> Self {
        Self { next: vec![0; writers], ahead: Vec::new(), doubled: 0, early: 0 }
    }

    /// The first clock of a writer that was not told.
    #[inline]
    pub(crate) fn next(&self, writer: usize) -> u32 {
        self.next[writer]
    }

    /// Letters of a writer; true if more of them are known without a gap than before.
    #[inline]
    pub(crate) fn tell(&mut self, writer: usize, clocks: Range<u32>) -> bool {
        let next = self.next[writer];
        self.doubled += u64::from(clocks.end.min(next).saturating_sub(clocks.start));
        if clocks.start > next {
            self.early += u64::from(clocks.end - clocks.start);
            self.ahead.push((writer, clocks));
            return false;
        }
        if clocks.end <= next {
            return false;
        }
        self.next[writer] = clocks.end;
        if !self.ahead.is_empty() {
            self.close_gaps(writer);
        }
        true
    }

    /// Takes in what was told beyond a gap that is not there any more.
    fn close_gaps(&mut self, writer: usize) {
        let is_due = |next: u32, (of, clocks): &(usize, Range<u32>)| *of == writer && clocks.start <= next;
        while let Some(at) = self.ahead.iter().position(|waiting| is_due(self.next[writer], waiting)) {
            let (_, clocks) = self.ahead.swap_remove(at);
            let next = self.next[writer];
            self.doubled += u64::from(clocks.end.min(next).saturating_sub(clocks.start));
            self.next[writer] = next.max(clocks.end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merged_edits_count_as_those_they_are_made_of() {
        let mut tally = Tally::of(2);

        assert!(tally.tell(0, 0..1));
        assert!(tally.tell(0, 1..100));
        assert!(tally.tell(1, 0..7));

        assert_eq!((tally.next(0), tally.next(1)), (100, 7));
        assert_eq!((tally.doubled, tally.early), (0, 0));
    }

    #[test]
    fn what_is_told_again_counts_once() {
        let mut tally = Tally::of(1);
        tally.tell(0, 0..10);

        assert!(!tally.tell(0, 3..10));
        assert!(tally.tell(0, 8..12));

        assert_eq!((tally.next(0), tally.doubled), (12, 9));
    }

    #[test]
    fn a_gap_stays_one_until_it_is_closed() {
        let mut tally = Tally::of(2);
        tally.tell(0, 0..5);

        assert!(!tally.tell(0, 6..8));
        assert!(!tally.tell(0, 8..9));
        assert!(!tally.tell(1, 1..2));
        assert_eq!((tally.next(0), tally.early), (5, 4));
        assert!(tally.tell(0, 5..6));

        assert_eq!((tally.next(0), tally.next(1), tally.doubled), (9, 0, 0));
    }

    #[test]
    fn what_closes_a_gap_may_reach_beyond_it() {
        let mut tally = Tally::of(1);
        tally.tell(0, 2..4);

        tally.tell(0, 0..3);

        assert_eq!((tally.next(0), tally.doubled), (4, 1));
    }
}
