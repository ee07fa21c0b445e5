//! Words of a text with their Yjs ids, which can be cut wherever an id ends.

use std::collections::BTreeMap;

use protocol::content::Mark;
use yrs::{
    Any, Out,
    types::text::{Diff, YChange},
};

use super::page;

/// Words with consecutive ids and the same marks. Each UTF-16 unit has an id.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Words {
    pub(super) client: u64,
    pub(super) clock: u32,
    units: Vec<u16>,
    pub(super) marks: Vec<Mark>,
}

impl Words {
    /// A piece of a text; `None` for what is no text, or does not say its id.
    pub(super) fn of(run: &Diff<YChange>) -> Option<Self> {
        let (Out::Any(Any::String(text)), Some(change)) = (&run.insert, &run.ychange) else { return None };
        let units: Vec<u16> = text.encode_utf16().collect();
        let marks = page::marks(run.attributes.as_deref());
        (!units.is_empty()).then(|| Self { client: change.id.client.get(), clock: change.id.clock, units, marks })
    }

    pub(super) fn text(&self) -> String {
        String::from_utf16_lossy(&self.units)
    }

    /// How many ids they have.
    pub(super) fn length(&self) -> u32 {
        self.units.len() as u32
    }

    fn end(&self) -> u32 {
        self.clock + self.length()
    }

    /// The first words with `length` ids, and the rest.
    pub(super) fn split(mut self, length: u32) -> (Self, Self) {
        let rest = self.units.split_off(self.units.len().min(length as usize));
        let rest = Self { client: self.client, clock: self.end(), units: rest, marks: self.marks.clone() };
        (self, rest)
    }

    /// The words, cut wherever others are cut, so that a piece is among them as a whole or not at all.
    pub(super) fn cut(words: &[Self], others: &[Self]) -> Vec<Self> {
        let mut edges: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
        for other in others {
            edges.entry(other.client).or_default().extend([other.clock, other.end()]);
        }
        for edges in edges.values_mut() {
            edges.sort_unstable();
        }
        let mut pieces = Vec::with_capacity(words.len());
        for words in words {
            let mut rest = words.clone();
            let edges = edges.get(&words.client).map_or(&[][..], Vec::as_slice);
            let first = edges.partition_point(|edge| *edge <= words.clock);
            for edge in edges[first..].iter().take_while(|edge| **edge < words.end()) {
                if *edge > rest.clock {
                    let (piece, behind) = rest.clone().split(*edge - rest.clock);
                    pieces.push(piece);
                    rest = behind;
                }
            }
            pieces.push(rest);
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(clock: u32, text: &str) -> Words {
        Words { client: 7, clock, units: text.encode_utf16().collect(), marks: Vec::new() }
    }

    #[test]
    fn words_are_cut_where_others_begin_and_end() {
        let pieces = Words::cut(&[words(0, "hello"), words(9, "you")], &[words(2, "ll"), words(10, "ou")]);

        let texts: Vec<(u32, String)> = pieces.iter().map(|piece| (piece.clock, piece.text())).collect();
        assert_eq!(
            texts,
            [(0, "he"), (2, "ll"), (4, "o"), (9, "y"), (10, "ou")].map(|(at, text)| (at, text.to_owned()))
        );
    }
}
