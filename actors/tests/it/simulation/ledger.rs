//! What was ever typed, and what must have become of it.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use protocol::ids::RoomId;

/// The first token; every token is one character that is used once.
const FIRST: u32 = 0x4e00;

/// A clone is the same one.
#[derive(Clone, Default)]
pub(super) struct Ledger(Rc<RefCell<BTreeMap<char, Token>>>);

/// What must have become of something in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Must,
    May,
    MustNot,
}

struct Token {
    room: RoomId,
    is_there: Verdict,
    is_deleted: Verdict,
}

impl Ledger {
    /// A token that is to be typed, by somebody who will not forget it.
    pub(super) fn mint(&self, room: RoomId) -> char {
        let mut tokens = self.0.borrow_mut();
        let token = char::from_u32(FIRST + tokens.len() as u32).unwrap();
        tokens.insert(token, Token { room, is_there: Verdict::Must, is_deleted: Verdict::MustNot });
        token
    }

    pub(super) fn typed(&self, token: char, is_there: Verdict) {
        self.0.borrow_mut().get_mut(&token).unwrap().is_there = is_there;
    }

    /// Somebody has deleted it who will not forget that.
    pub(super) fn deleted(&self, token: char) {
        self.0.borrow_mut().get_mut(&token).unwrap().is_deleted = Verdict::Must;
    }

    /// Somebody has forgotten that he typed these, or deleted those.
    pub(super) fn forgotten(&self, typed: &[char], deleted: &[char]) {
        let mut tokens = self.0.borrow_mut();
        for token in typed {
            tokens.get_mut(token).unwrap().is_there = Verdict::May;
        }
        for token in deleted {
            tokens.get_mut(token).unwrap().is_deleted = Verdict::May;
        }
    }

    /// The database has lost its end: only what somebody still has will come back.
    pub(super) fn rewound(&self, room: RoomId, held: &BTreeSet<char>) {
        for (token, entry) in self.0.borrow_mut().iter_mut().filter(|(_, entry)| entry.room == room) {
            if entry.is_there == Verdict::Must && entry.is_deleted == Verdict::MustNot && !held.contains(token) {
                entry.is_there = Verdict::May;
            }
        }
    }

    /// What is wrong with this text of a room.
    pub(super) fn audit(&self, room: RoomId, text: &str) -> Vec<String> {
        let mut wrongs = Vec::new();
        let mut seen = BTreeSet::new();
        let tokens = self.0.borrow();
        for token in text.chars() {
            if !seen.insert(token) {
                wrongs.push(format!("token {token} is there twice"));
            }
            if tokens.get(&token).is_none_or(|entry| entry.room != room) {
                wrongs.push(format!("token {token} was never typed here"));
            }
        }
        for (token, entry) in tokens.iter().filter(|(_, entry)| entry.room == room) {
            match (entry.is_there, entry.is_deleted, seen.contains(token)) {
                (Verdict::Must, Verdict::MustNot, false) => wrongs.push(format!("token {token} is lost")),
                (Verdict::MustNot, _, true) => wrongs.push(format!("token {token} was refused and is there")),
                (_, Verdict::Must, true) => wrongs.push(format!("token {token} was deleted and is there")),
                _ => (),
            }
        }
        wrongs
    }
}
