//! A word nobody else writes: who typed it, and the how manieth it was.

use std::{collections::BTreeMap, fmt};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Token {
    pub(crate) writer: u32,
    pub(crate) number: u32,
}

/// Ends every token in a text.
pub(crate) const END: char = ';';

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "w{}-{}", self.writer, self.number)
    }
}

/// Every token in some bytes, be they a text or an update.
pub(crate) fn find(bytes: &[u8]) -> impl Iterator<Item = Token> {
    let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == END as u8);
    ends.filter_map(|(end, _)| before(&bytes[..end]))
}

/// How often each token is in a text.
pub(crate) fn count(text: &[u8]) -> BTreeMap<Token, usize> {
    let mut counts = BTreeMap::new();
    for token in find(text) {
        *counts.entry(token).or_insert(0) += 1;
    }
    counts
}

/// The token these bytes end with.
fn before(bytes: &[u8]) -> Option<Token> {
    let (rest, number) = number_before(bytes)?;
    let (rest, writer) = number_before(rest.strip_suffix(b"-")?)?;
    (*rest.last()? == b'w').then_some(Token { writer, number })
}

fn number_before(bytes: &[u8]) -> Option<(&[u8], u32)> {
    let start = bytes.iter().rposition(|byte| !byte.is_ascii_digit())? + 1;
    let (rest, digits) = bytes.split_at(start);
    Some((rest, std::str::from_utf8(digits).ok()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_found_between_anything() {
        let token = |writer, number| Token { writer, number };

        let found: Vec<Token> = find(b"\x01\x0bw1-2;<p>w30-40;w5-;-6;w;;w7-8").collect();

        assert_eq!(found, [token(1, 2), token(30, 40)]);
        assert_eq!(count(b"w1-1;w1-1;")[&token(1, 1)], 2);
        assert_eq!(token(3, 4).to_string(), "w3-4");
    }
}
