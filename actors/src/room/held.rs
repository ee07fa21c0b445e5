//! The bytes a room is made of: what joiners get, and what the log holds or will hold.

use std::collections::VecDeque;

use bytes::Bytes;
use protocol::{rooms::Seq, wire::update};

use super::{document::empty_update, log::Snapshot};

/// Counts the updates of a room in the order in which this node has applied them. The log has them
/// in another order where other nodes write to it, too.
pub(super) type Turn = u64;

/// Updates merged into one piece at most, and their bytes; the update that passes it is the last one in.
const MAX_PIECE_UPDATES: usize = 1_024;
const MAX_PIECE_BYTES: usize = 256 * 1024;
/// Updates behind the last whole that are told a joiner as they are.
const MAX_BEHIND_WHOLE: Turn = 16;

/// A snapshot and the updates applied since.
#[derive(Debug, Default)]
pub(super) struct Held {
    base: Option<Snapshot>,
    /// The last turn the base covers.
    base_turn: Turn,
    tail: VecDeque<Applied>,
    tail_bytes: usize,
    /// Everything up to a turn after the base in one update, made for somebody who joined.
    whole: Option<(Turn, Bytes)>,
    /// Turns of this node's own updates that are not committed.
    uncommitted: VecDeque<Turn>,
}

#[derive(Debug)]
struct Applied {
    update: Bytes,
    /// Where it stands in the log, once it does.
    seq: Option<Seq>,
}

impl Held {
    /// A snapshot, and nothing since.
    pub(super) fn based_on(base: Option<Snapshot>) -> Self {
        Self { base, ..Self::default() }
    }

    /// An update of this node has been applied.
    pub(super) fn push(&mut self, update: Bytes) {
        self.append(update, None);
        self.uncommitted.push_back(self.turn());
    }

    /// An update that is committed has been applied.
    pub(super) fn push_committed(&mut self, seq: Seq, update: Bytes) {
        self.append(update, Some(seq));
    }

    /// The oldest `count` updates of this node that were not committed are, from this position on.
    pub(super) fn committed(&mut self, first: Seq, count: u64) {
        for seq in first..first + count {
            let turn = self.uncommitted.pop_front();
            let held = turn.and_then(|turn| turn.checked_sub(self.base_turn + 1)).and_then(index);
            if let Some(applied) = held.and_then(|index| self.tail.get_mut(index)) {
                applied.seq = Some(seq);
            }
        }
    }

    /// A newer snapshot takes the place of the base and of the updates it covers. It covers some of
    /// those that stay, if others came between them that are not committed: saying a thing twice
    /// does no harm.
    pub(super) fn rebase(&mut self, snapshot: Snapshot) {
        if snapshot.seq <= self.base_seq() {
            return;
        }
        let covered = self.tail.iter().take_while(|applied| applied.seq.is_some_and(|seq| seq <= snapshot.seq)).count();
        self.base_turn += covered as Turn;
        self.tail_bytes -= self.tail.drain(..covered).map(|applied| applied.update.len()).sum::<usize>();
        self.base = Some(snapshot);
        self.whole = self.whole.take().filter(|(turn, _)| *turn > self.base_turn);
    }

    /// The snapshot takes the place of everything. What is not committed is part of it.
    pub(super) fn replace(&mut self, snapshot: Snapshot) {
        self.base_turn = self.turn();
        self.tail.clear();
        self.tail_bytes = 0;
        self.base = Some(snapshot);
        self.whole = None;
    }

    /// Takes out an update since the base, counted from 0: one that says nothing stands in its place.
    /// Answers with where it stands in the log.
    pub(super) fn take_out(&mut self, index: usize) -> Option<(Option<Seq>, Bytes)> {
        let applied = self.tail.get_mut(index)?;
        self.whole = None;
        self.tail_bytes -= applied.update.len();
        let update = std::mem::replace(&mut applied.update, empty_update());
        self.tail_bytes += applied.update.len();
        Some((applied.seq, update))
    }

    pub(super) fn base(&self) -> Option<&Snapshot> {
        self.base.as_ref()
    }

    /// The last turn the base covers.
    pub(super) fn base_turn(&self) -> Turn {
        self.base_turn
    }

    /// Everything up to a turn, and that turn; `None` where there is nothing but updates.
    pub(super) fn whole(&self) -> Option<(&Bytes, Turn)> {
        match (&self.whole, &self.base) {
            (Some((turn, whole)), _) => Some((whole, *turn)),
            (None, Some(base)) => Some((&base.update, self.base_turn)),
            (None, None) => None,
        }
    }

    /// Whether so much has come since the last whole that a new one is worth its making.
    pub(super) fn is_whole_due(&self) -> bool {
        self.turn() - self.whole().map_or(0, |(_, turn)| turn) > MAX_BEHIND_WHOLE
    }

    /// Makes a new whole if one is due, so that whoever joins next is told little else.
    pub(super) fn make_whole(&mut self) {
        if !self.is_whole_due() {
            return;
        }
        let (whole, turn) = self.whole().map_or((None, 0), |(whole, turn)| (Some(whole), turn));
        let since = self.tail().skip(index(turn - self.base_turn).unwrap_or(usize::MAX));
        if let Some(merged) = update::merge(whole.into_iter().chain(since).map(AsRef::as_ref)) {
            self.whole = Some((self.turn(), merged));
        }
    }

    /// Lets go of what is made again when somebody joins.
    pub(super) fn forget_whole(&mut self) {
        self.whole = None;
    }

    /// What comes from a turn on, as much as goes into one piece, and the last turn in it.
    pub(super) fn piece_from(&self, turn: Turn) -> Option<(Bytes, Turn)> {
        let first = self.update_of(turn)?;
        let mut bytes = 0;
        let fits = |update: &&Bytes| {
            let fits = bytes < MAX_PIECE_BYTES;
            bytes += update.len();
            fits
        };
        let start = turn.checked_sub(self.base_turn + 1).and_then(index)?;
        let piece: Vec<&[u8]> =
            self.tail().skip(start).take(MAX_PIECE_UPDATES).take_while(fits).map(AsRef::as_ref).collect();
        let through = turn + piece.len() as Turn - 1;
        match piece.len() {
            0 | 1 => Some((first.clone(), turn)),
            _ => Some(update::merge(piece).map_or_else(|| (first.clone(), turn), |merged| (merged, through))),
        }
    }

    /// The last turn.
    pub(super) fn turn(&self) -> Turn {
        self.base_turn + self.tail.len() as Turn
    }

    /// The update of a turn after the base.
    pub(super) fn update_of(&self, turn: Turn) -> Option<&Bytes> {
        let applied = turn.checked_sub(self.base_turn + 1).and_then(index);
        applied.and_then(|index| self.tail.get(index)).map(|applied| &applied.update)
    }

    /// The updates since the base.
    pub(super) fn tail(&self) -> impl Iterator<Item = &Bytes> {
        self.tail.iter().map(|applied| &applied.update)
    }

    /// An update since the base, counted from 0.
    pub(super) fn tail_at(&self, index: usize) -> Option<&Bytes> {
        self.tail.get(index).map(|applied| &applied.update)
    }

    /// Updates since the base.
    pub(super) fn tail_len(&self) -> usize {
        self.tail.len()
    }

    pub(super) fn tail_bytes(&self) -> usize {
        self.tail_bytes
    }

    pub(super) fn size_bytes(&self) -> usize {
        self.base.as_ref().map_or(0, |base| base.update.len()) + self.tail_bytes
    }

    /// The position the base covers.
    pub(super) fn base_seq(&self) -> Seq {
        self.base.as_ref().map_or(0, |base| base.seq)
    }

    fn append(&mut self, update: Bytes, seq: Option<Seq>) {
        self.tail_bytes += update.len();
        self.tail.push_back(Applied { update, seq });
    }
}

fn index(offset: u64) -> Option<usize> {
    usize::try_from(offset).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(seq: Seq) -> Snapshot {
        Snapshot { seq, update: Bytes::from_static(&[0, 0]) }
    }

    fn tail(held: &Held) -> Vec<&[u8]> {
        held.tail().map(AsRef::as_ref).collect()
    }

    #[test]
    fn a_snapshot_takes_the_place_of_what_it_covers() {
        let mut held = Held::default();
        for seq in 1..=3 {
            held.push_committed(seq, Bytes::from(vec![b'0' + seq as u8]));
        }

        held.rebase(snapshot(2));

        assert_eq!((tail(&held), held.tail_bytes()), (vec![&b"3"[..]], 1));
        assert_eq!((held.base_turn(), held.turn()), (2, 3));
        assert_eq!(held.update_of(3), Some(&Bytes::from_static(b"3")));
        assert_eq!(held.update_of(2), None);
    }

    #[test]
    fn what_is_not_committed_stays_and_so_does_what_came_after_it() {
        let mut held = Held::default();
        held.push(Bytes::from_static(b"own"));
        held.push_committed(1, Bytes::from_static(b"other"));

        held.rebase(snapshot(1));
        assert_eq!(tail(&held), [&b"own"[..], b"other"]);

        held.committed(2, 1);
        held.rebase(snapshot(2));
        assert!(tail(&held).is_empty());
        assert_eq!((held.base_turn(), held.turn()), (2, 2));
    }
}
