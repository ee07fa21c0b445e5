//! The letters of a text in their order, the deleted ones among them: what an insert stands between is
//! found in a few hundred steps, where a CRDT library walks through the whole text.

/// Letters of a piece at most.
const PIECE: usize = 1_024;

#[derive(Default)]
pub(super) struct Letters {
    pieces: Vec<Piece>,
}

#[derive(Default)]
struct Piece {
    letters: Vec<Letter>,
    /// How many of them are not deleted.
    visible: usize,
}

#[derive(Clone, Copy)]
struct Letter {
    clock: u32,
    is_deleted: bool,
}

/// The letters an insert stands between, by their clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Between {
    pub(super) left: Option<u32>,
    pub(super) right: Option<u32>,
}

impl Letters {
    /// Inserts a letter behind so many that are not deleted, and behind the deleted ones that follow, as the
    /// libraries do (`minimizeAttributeChanges` in `yjs/src/types/YText.js`); `None` if there are not as many.
    pub(super) fn insert(&mut self, behind: usize, clock: u32) -> Option<Between> {
        if self.pieces.is_empty() {
            self.pieces.push(Piece::default());
        }
        let (piece, at) = match self.place(behind) {
            Some(place) => place,
            None if behind == self.pieces.iter().map(|piece| piece.visible).sum::<usize>() => {
                let last = self.pieces.len() - 1;
                (last, self.pieces[last].letters.len())
            }
            None => return None,
        };
        let clock_of = |letter: &Letter| letter.clock;
        let left = match at.checked_sub(1) {
            Some(left) => self.pieces[piece].letters.get(left),
            None => piece.checked_sub(1).and_then(|before| self.pieces[before].letters.last()),
        };
        let right = self.pieces[piece].letters.get(at);
        let between = Between { left: left.map(clock_of), right: right.map(clock_of) };
        self.pieces[piece].letters.insert(at, Letter { clock, is_deleted: false });
        self.pieces[piece].visible += 1;
        if self.pieces[piece].letters.len() > PIECE {
            let letters = self.pieces[piece].letters.split_off(PIECE / 2);
            let visible = letters.iter().filter(|letter| !letter.is_deleted).count();
            self.pieces[piece].visible -= visible;
            self.pieces.insert(piece + 1, Piece { letters, visible });
        }
        Some(between)
    }

    /// Deletes the letter behind so many that are not deleted; answers with its clock, `None` if there is none.
    pub(super) fn delete(&mut self, behind: usize) -> Option<u32> {
        let (piece, at) = self.place(behind)?;
        let piece = &mut self.pieces[piece];
        piece.visible -= 1;
        piece.letters[at].is_deleted = true;
        Some(piece.letters[at].clock)
    }

    /// The clocks of the letters that are not deleted, in their order.
    pub(super) fn visible(&self) -> impl Iterator<Item = u32> {
        let letters = self.pieces.iter().flat_map(|piece| &piece.letters);
        letters.filter(|letter| !letter.is_deleted).map(|letter| letter.clock)
    }

    /// In which piece, and where in it, the letter behind so many visible ones stands.
    fn place(&self, mut behind: usize) -> Option<(usize, usize)> {
        let piece = self.pieces.iter().position(|piece| {
            let is_here = behind < piece.visible;
            if !is_here {
                behind -= piece.visible;
            }
            is_here
        })?;
        let mut visible = self.pieces[piece].letters.iter().enumerate().filter(|(_, letter)| !letter.is_deleted);
        visible.nth(behind).map(|(at, _)| (piece, at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn a_letter_stands_behind_the_deleted_ones_that_follow() {
        let mut letters = Letters::default();
        assert!((0..4).all(|clock| letters.insert(clock as usize, clock).is_some()));

        assert_eq!(letters.delete(1), Some(1));
        assert_eq!(letters.insert(1, 4), Some(Between { left: Some(1), right: Some(2) }));
        assert_eq!(letters.insert(0, 5), Some(Between { left: None, right: Some(0) }));
        assert_eq!(letters.visible().collect::<Vec<_>>(), [5, 0, 4, 2, 3]);
        assert_eq!(letters.delete(4), Some(3));
        assert_eq!(letters.insert(4, 6), Some(Between { left: Some(3), right: None }));
    }

    #[test]
    fn what_is_not_there_is_neither_passed_nor_deleted() {
        let mut letters = Letters::default();

        assert_eq!(letters.insert(1, 0), None);
        assert_eq!(letters.delete(0), None);
    }

    #[test]
    fn letters_in_many_pieces_keep_their_order() {
        let (mut letters, mut expected, mut random) = (Letters::default(), Vec::new(), Random::seeded(5));

        for clock in 0..5_000 {
            let at = random.below(expected.len() as u64 + 1) as usize;
            assert!(letters.insert(at, clock).is_some());
            expected.insert(at, clock);
            if clock % 3 == 0 {
                let at = random.below(expected.len() as u64) as usize;
                assert_eq!(letters.delete(at), Some(expected.remove(at)));
            }
        }

        assert_eq!(letters.visible().collect::<Vec<_>>(), expected);
    }
}
