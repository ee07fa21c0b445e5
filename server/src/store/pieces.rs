//! What is stored of a room's log, laid out: an update at each position, or what is wrong there.

use actors::room::{LeftOut, Why, log::Entry};
use bytes::Bytes;
use protocol::rooms::Seq;

use super::{
    archive::{self, Segment},
    error::{Damage, StoreError},
    segment,
    sql::Row,
};

/// Positions of one room that are lost at once, at most: more is not a loss, but a number that is wrong.
const MAX_LOST: u64 = 1_000_000;
/// Stands in the place of an update that is left out: it says nothing.
pub(super) const EMPTY_UPDATE: &[u8] = &[0, 0];

/// What a row says of some adjoining positions.
pub(super) struct Piece {
    pub(super) first: Seq,
    pub(super) last: Seq,
    /// `None` when the bytes are not those that were written.
    pub(super) entries: Option<Vec<Entry>>,
}

impl Piece {
    /// A row of `room_log`: first_seq, count, checksum, payload.
    pub(super) fn of_log(row: &Row) -> Result<Self, StoreError> {
        let (first, count, payload): (Seq, u64, Bytes) = (row.get(0)?, row.get(1)?, row.get(3)?);
        let is_sound = segment::checksum(&payload) == row.get::<i64>(2)?;
        Ok(Self::new(first, count, is_sound.then_some(&payload)))
    }

    /// A row of `room_history`: from_seq, to_seq, checksum, payload.
    pub(super) fn of_history(row: &Row) -> Result<Vec<Self>, StoreError> {
        let (first, last, payload): (Seq, Seq, Bytes) = (row.get(0)?, row.get(1)?, row.get(3)?);
        let is_sound = segment::checksum(&payload) == row.get::<i64>(2)?;
        let segments = is_sound.then(|| archive::decode(&payload).ok()).flatten();
        let Some(segments) = segments else { return Ok(vec![Self { first, last, entries: None }]) };
        Ok(segments.iter().map(Self::of_segment).collect())
    }

    fn of_segment(segment: &Segment) -> Self {
        Self::new(segment.first_seq, segment.count, Some(&segment.payload))
    }

    fn new(first: Seq, count: u64, payload: Option<&Bytes>) -> Self {
        let entries = payload.and_then(|payload| segment::decode(payload).ok());
        let entries = entries.filter(|entries| entries.len() as u64 == count);
        Self { first, last: first.saturating_add(count).saturating_sub(1), entries }
    }
}

/// The updates after `base` up to `head`, one for each position, and what is wrong with some of them.
///
/// # Errors
///
/// [`Damage`] when the room's own row cannot be right.
pub(super) fn lay_out(base: Seq, head: Seq, mut pieces: Vec<Piece>) -> Result<(Vec<Bytes>, Vec<LeftOut>), Damage> {
    pieces.sort_by_key(|piece| piece.first);
    let mut laid = Laid { base, tail: Vec::new(), left_out: Vec::new() };
    for piece in pieces.into_iter().filter(|piece| piece.last > base) {
        if piece.last > head {
            return Err(Damage::End { end: piece.last, head });
        }
        laid.leave_out_up_to(piece.first.saturating_sub(1), Why::Lost)?;
        // A segment may begin before the base; one that begins inside another says what that said.
        let known = usize::try_from(laid.end() + 1 - piece.first).unwrap_or(usize::MAX);
        match piece.entries {
            Some(entries) => laid.tail.extend(entries.into_iter().skip(known).map(|entry| entry.update)),
            None => laid.leave_out_up_to(piece.last, Why::Unreadable)?,
        }
    }
    laid.leave_out_up_to(head, Why::Lost)?;
    Ok((laid.tail, laid.left_out))
}

struct Laid {
    base: Seq,
    tail: Vec<Bytes>,
    left_out: Vec<LeftOut>,
}

impl Laid {
    fn end(&self) -> Seq {
        self.base + self.tail.len() as Seq
    }

    fn leave_out_up_to(&mut self, last: Seq, why: Why) -> Result<(), Damage> {
        let first = self.end() + 1;
        if last < first {
            return Ok(());
        }
        if last - first >= MAX_LOST {
            return Err(Damage::Gap { expected: first, found: last });
        }
        self.left_out.push(LeftOut { first, last, why });
        self.tail.extend((first..=last).map(|_| Bytes::from_static(EMPTY_UPDATE)));
        Ok(())
    }
}

/// Leaves out for good what the operator has set aside: it is damage no more.
pub(super) fn set_aside(base: Seq, tail: &mut [Bytes], left_out: Vec<LeftOut>, aside: &[(Seq, Seq)]) -> Vec<LeftOut> {
    for (seq, update) in (base + 1..).zip(tail) {
        if aside.iter().any(|(first, last)| (first..=last).contains(&&seq)) {
            *update = Bytes::from_static(EMPTY_UPDATE);
        }
    }
    let without = |left: Vec<LeftOut>, &(first, last): &(Seq, Seq)| {
        left.into_iter().flat_map(move |one| cut(&one, first, last)).collect()
    };
    aside.iter().fold(left_out, without)
}

/// What remains of it outside of these positions.
fn cut(left_out: &LeftOut, first: Seq, last: Seq) -> impl Iterator<Item = LeftOut> + use<> {
    let before = LeftOut { last: left_out.last.min(first.saturating_sub(1)), ..*left_out };
    let after = LeftOut { first: left_out.first.max(last + 1), ..*left_out };
    [before, after].into_iter().filter(|part| part.first <= part.last)
}

#[cfg(test)]
mod tests {
    use protocol::ids::PrincipalId;

    use super::*;

    fn piece(first: Seq, updates: &[&'static str]) -> Piece {
        let author = PrincipalId::nil();
        let entries = updates.iter().map(|update| Entry { author, update: Bytes::from_static(update.as_bytes()) });
        Piece { first, last: first + updates.len() as u64 - 1, entries: Some(entries.collect()) }
    }

    fn lost(first: Seq, last: Seq) -> LeftOut {
        LeftOut { first, last, why: Why::Lost }
    }

    #[test]
    fn every_position_has_an_update_and_what_is_missing_an_empty_one() {
        let pieces = vec![piece(6, &["f"]), piece(2, &["b", "c"]), piece(3, &["c", "d"])];

        let (tail, left_out) = lay_out(2, 8, pieces).unwrap();

        assert_eq!(tail, ["c", "d", "\0\0", "f", "\0\0", "\0\0"]);
        assert_eq!(left_out, [lost(5, 5), lost(7, 8)]);
    }

    #[test]
    fn a_log_that_goes_further_than_its_room_is_no_hole() {
        assert_eq!(lay_out(0, 1, vec![piece(1, &["a", "b"])]), Err(Damage::End { end: 2, head: 1 }));
        assert!(lay_out(0, u64::MAX / 2, Vec::new()).is_err());
    }

    #[test]
    fn what_is_set_aside_is_damage_no_more() {
        let mut tail = vec![Bytes::from_static(b"a"); 9];

        let left = set_aside(10, &mut tail, vec![lost(12, 18)], &[(14, 15), (18, 19)]);

        assert_eq!(left, [lost(12, 13), lost(16, 17)]);
        let empty: Vec<usize> = (0..9).filter(|index| tail[*index] != "a").collect();
        assert_eq!(empty, [3, 4, 7, 8]);
    }
}
