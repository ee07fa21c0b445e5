//! Who wrote what in a room, and who deleted it, by Yjs ids.
//!
//! Taken from the log, where the server has stamped every update with its author: what clients say of
//! themselves does not count. An id belongs to whoever brought it first; an update that repeats what is
//! known, as those of clients that come back do, attributes nothing.

use std::collections::BTreeMap;

use bytes::Bytes;
use protocol::{
    history::AttributedRange,
    ids::PrincipalId,
    rooms::Seq,
    time::Timestamp,
    wire::{
        WireError,
        update::{self, Visit},
    },
};

/// Neighbouring ids of one author are one range when they came within this time.
const RANGE_MS: u64 = 60_000;

/// Whose an update is, and where it stands in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Who sent it.
    pub author: PrincipalId,
    /// Its position.
    pub seq: Seq,
    /// When it was committed.
    pub at: Timestamp,
}

/// Consecutive ids of one writer with one stamp: that of the first of them that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first clock.
    pub clock: u32,
    /// How many clocks, from the first on.
    pub length: u32,
    /// Whose they are.
    pub stamp: Stamp,
}

/// Spans of each writer (Yjs client id), in the order of their clocks. They never overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spans {
    writers: BTreeMap<u64, BTreeMap<u32, Span>>,
}

/// Who wrote and who deleted every id there is, up to a position in the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attribution {
    /// The position of the last update in it.
    pub seq: Seq,
    /// What was inserted.
    pub inserted: Spans,
    /// What was deleted.
    pub deleted: Spans,
}

impl Attribution {
    /// Nothing yet, up to a position.
    pub fn beginning_after(seq: Seq) -> Self {
        Self { seq, ..Self::default() }
    }

    /// Takes note of the next update of the log.
    ///
    /// # Errors
    ///
    /// [`WireError`] when it is not a well-formed update.
    pub fn record(&mut self, update: &Bytes, stamp: Stamp) -> Result<(), WireError> {
        update::scan(update, &mut Recording { attribution: self, stamp })?;
        self.seq = stamp.seq;
        Ok(())
    }

    /// Whose every inserted id is, by writer and clock.
    pub fn ranges(&self) -> impl Iterator<Item = AttributedRange> {
        self.inserted.iter().map(|(client, Span { clock, length, stamp: Stamp { author, seq, at } })| AttributedRange {
            client,
            clock,
            length,
            author,
            seq,
            at,
        })
    }
}

impl Spans {
    /// Every span with its writer, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u64, Span)> {
        self.writers.iter().flat_map(|(client, spans)| spans.values().map(|span| (*client, *span)))
    }

    /// How many spans there are.
    pub fn count(&self) -> usize {
        self.writers.values().map(BTreeMap::len).sum()
    }

    /// Whose these ids are, in order: pieces that are all of them, `None` for those of nobody known.
    pub fn of(&self, client: u64, clock: u32, length: u32) -> Vec<(u32, Option<Stamp>)> {
        let end = clock.saturating_add(length);
        let mut pieces = Vec::new();
        let mut next = clock;
        for span in self.touching(client, clock, end) {
            if span.clock > next {
                pieces.push((span.clock - next, None));
                next = span.clock;
            }
            let until = span.end().min(end);
            pieces.push((until - next, Some(span.stamp)));
            next = until;
        }
        if next < end {
            pieces.push((end - next, None));
        }
        pieces
    }

    /// Adds those of these ids that are nobody's yet.
    pub fn add(&mut self, client: u64, clock: u32, length: u32, stamp: Stamp) {
        let mut next = clock;
        for (length, present) in self.of(client, clock, length) {
            if present.is_none() {
                self.insert(client, Span { clock: next, length, stamp });
            }
            next = next.saturating_add(length);
        }
    }

    /// Adds a span behind all others of its writer, as it is.
    pub fn push(&mut self, client: u64, span: Span) {
        self.writers.entry(client).or_default().insert(span.clock, span);
    }

    fn insert(&mut self, client: u64, mut span: Span) {
        let spans = self.writers.entry(client).or_default();
        let before = spans.range(..span.clock).next_back().map(|(_, before)| *before);
        if let Some(before) = before.filter(|before| before.end() == span.clock && before.takes(span.stamp)) {
            spans.remove(&before.clock);
            span = Span { clock: before.clock, length: before.length + span.length, stamp: before.stamp };
        }
        if let Some(behind) = spans.get(&span.end()).copied().filter(|behind| behind.takes(span.stamp)) {
            spans.remove(&behind.clock);
            span.length += behind.length;
            span.stamp = if behind.stamp.seq < span.stamp.seq { behind.stamp } else { span.stamp };
        }
        spans.insert(span.clock, span);
    }

    /// The spans that have ids in this range.
    fn touching(&self, client: u64, clock: u32, end: u32) -> impl Iterator<Item = Span> {
        let spans = self.writers.get(&client).into_iter();
        spans.flat_map(move |spans| {
            let before = spans.range(..clock).next_back().map(|(_, span)| *span);
            let before = before.filter(|span| span.end() > clock);
            before.into_iter().chain(spans.range(clock..end).map(|(_, span)| *span))
        })
    }
}

impl Span {
    fn end(self) -> u32 {
        self.clock.saturating_add(self.length)
    }

    /// Whether ids with this stamp may be part of the span.
    fn takes(self, stamp: Stamp) -> bool {
        let (first, last) = (self.stamp.at.min(stamp.at), self.stamp.at.max(stamp.at));
        self.stamp.author == stamp.author && last.millis_since(first) < RANGE_MS
    }
}

struct Recording<'a> {
    attribution: &'a mut Attribution,
    stamp: Stamp,
}

impl Visit for Recording<'_> {
    fn block(&mut self, client: u64, clock: u32, len: u32) {
        self.attribution.inserted.add(client, clock, len, self.stamp);
    }

    fn skip(&mut self, _client: u64, _clock: u32, _len: u32) {}

    fn reference(&mut self, _client: u64, _clock: u32) {}

    fn deletion(&mut self, client: u64, clock: u32, len: u32) {
        self.attribution.deleted.add(client, clock, len, self.stamp);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(author: PrincipalId, seq: Seq, seconds: i64) -> Stamp {
        Stamp { author, seq, at: Timestamp::from_seconds(seconds) }
    }

    fn lengths(spans: &Spans) -> Vec<(u32, u32, Seq)> {
        spans.iter().map(|(_, span)| (span.clock, span.length, span.stamp.seq)).collect()
    }

    #[test]
    fn neighbours_of_one_author_are_one_range_while_they_come_quickly() {
        let (ada, eve) = (PrincipalId::new(), PrincipalId::new());
        let mut spans = Spans::default();

        spans.add(7, 0, 2, stamp(ada, 1, 0));
        spans.add(7, 2, 1, stamp(ada, 2, 59));
        spans.add(7, 3, 1, stamp(ada, 3, 60));
        spans.add(7, 4, 1, stamp(eve, 4, 61));

        assert_eq!(lengths(&spans), [(0, 3, 1), (3, 1, 3), (4, 1, 4)]);
    }

    #[test]
    fn what_is_deleted_from_its_end_on_is_one_range() {
        let ada = PrincipalId::new();
        let mut spans = Spans::default();

        for (seq, clock) in [(1, 4), (2, 3), (3, 1), (4, 2)] {
            spans.add(7, clock, 1, stamp(ada, seq, 0));
        }

        assert_eq!(lengths(&spans), [(1, 4, 1)]);
    }

    #[test]
    fn an_id_belongs_to_whoever_brought_it_first() {
        let (ada, eve) = (PrincipalId::new(), PrincipalId::new());
        let mut spans = Spans::default();
        spans.add(7, 2, 2, stamp(ada, 1, 0));

        spans.add(7, 0, 6, stamp(eve, 2, 0));

        let whose: Vec<_> = spans.of(7, 1, 6).into_iter().map(|(n, stamp)| (n, stamp.map(|s| s.author))).collect();
        assert_eq!(whose, [(1, Some(eve)), (2, Some(ada)), (2, Some(eve)), (1, None)]);
        assert_eq!(spans.of(8, 0, 3), [(3, None)]);
    }

    #[test]
    fn updates_are_taken_apart_into_what_they_insert_and_delete() {
        let ada = PrincipalId::new();
        let mut attribution = Attribution::beginning_after(3);

        // Five letters by client 7, of which the second is deleted.
        let update = Bytes::from_static(b"\x01\x01\x07\x00\x04\x01\x01t\x05hello\x01\x07\x01\x01\x01");
        attribution.record(&update, stamp(ada, 4, 0)).unwrap();

        assert_eq!(attribution.seq, 4);
        assert_eq!(lengths(&attribution.inserted), [(0, 5, 4)]);
        assert_eq!(lengths(&attribution.deleted), [(1, 1, 4)]);
    }
}
