//! Which blocks stay when others take their place.

use std::{collections::HashMap, ops::Range};

use protocol::content::Node;

/// Pairs of blocks that are looked at, at most: a few milliseconds. Beyond that all of them are replaced.
const MAX_PAIRS: usize = 1_000_000;

/// Blocks that go, and those that come in their place.
pub(super) type Gap = (Range<usize>, Range<usize>);

/// Where two lists of blocks differ, in order. What lies between the gaps is the same in both, and as
/// much as can be.
pub(super) fn gaps(old: &[Vec<Node>], new: &[Node]) -> Vec<Gap> {
    if old.len().saturating_mul(new.len()) > MAX_PAIRS {
        return vec![(0..old.len(), 0..new.len())];
    }
    let mut names = HashMap::new();
    let old: Vec<usize> = old.iter().map(|nodes| name(&mut names, nodes)).collect();
    let new: Vec<usize> = new.iter().map(|node| name(&mut names, std::slice::from_ref(node))).collect();
    let common = common(&old, &new);
    let (mut gaps, mut gap) = (Vec::new(), (0..0, 0..0));
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            gaps.push(std::mem::replace(&mut gap, (i + 1..i + 1, j + 1..j + 1)));
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]) {
            i += 1;
            gap.0.end = i;
        } else {
            j += 1;
            gap.1.end = j;
        }
    }
    gaps.push(gap);
    gaps.retain(|(gone, come)| !gone.is_empty() || !come.is_empty());
    gaps
}

/// The same number for the same blocks.
fn name(names: &mut HashMap<String, usize>, nodes: &[Node]) -> usize {
    let text = serde_json::to_string(nodes).unwrap_or_default();
    let next = names.len();
    *names.entry(text).or_insert(next)
}

/// How many blocks the rests of both lists have in common, from each pair of positions on.
fn common(old: &[usize], new: &[usize]) -> Vec<Vec<u32>> {
    let mut common = vec![vec![0; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] =
                if old[i] == new[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(old: &str, new: &str, expected: &[Gap]) {
        let node = |letter: char| Node::text(letter.to_string(), vec![]);
        let old: Vec<Vec<Node>> = old.chars().map(|letter| vec![node(letter)]).collect();
        let new: Vec<Node> = new.chars().map(node).collect();

        assert_eq!(gaps(&old, &new), expected);
    }

    #[test]
    fn what_is_in_both_stays() {
        check("abc", "abc", &[]);
        check("", "ab", &[(0..0, 0..2)]);
        check("ab", "", &[(0..2, 0..0)]);
        check("abcde", "aXcYe", &[(1..2, 1..2), (3..4, 3..4)]);
        check("abcd", "xbcdy", &[(0..1, 0..1), (4..4, 4..5)]);
    }
}
