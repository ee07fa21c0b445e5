//! What people say in a room.

use bytes::Bytes;
use protocol::wire::presence::{self, PresenceEntry};
use yrs::{Doc, Text, TextRef, Transact};

/// Somebody's copy of the document: what they do to it is said as the updates that come of it.
pub(crate) struct Writer {
    document: Doc,
    text: TextRef,
}

impl Writer {
    pub(crate) fn new() -> Self {
        let document = Doc::with_client_id(3_141_592_653);
        let text = document.get_or_insert_text("t");
        Self { document, text }
    }

    /// One update that makes so many characters.
    pub(crate) fn pastes(&self, characters: usize) -> Bytes {
        self.changes(|text, txn| text.insert(txn, 0, &"x".repeat(characters)))
    }

    /// Keystrokes after each other, at the end.
    pub(crate) fn types(&self, keystrokes: usize) -> Vec<Bytes> {
        let keystroke = |_| {
            self.changes(|text, txn| {
                let end = text.len(txn);
                text.insert(txn, end, "x");
            })
        };
        (0..keystrokes).map(keystroke).collect()
    }

    /// Keystrokes anywhere, the same at every run.
    pub(crate) fn types_anywhere(&self, keystrokes: usize) -> Vec<Bytes> {
        let mut random = fastrand::Rng::with_seed(5);
        let keystroke = |_| {
            self.changes(|text, txn| {
                let at = random.u32(0..=text.len(txn));
                text.insert(txn, at, "x");
            })
        };
        (0..keystrokes).map(keystroke).collect()
    }

    /// Deletions of one character each, from the front.
    pub(crate) fn deletes(&self, keystrokes: usize) -> Vec<Bytes> {
        (0..keystrokes).map(|_| self.changes(|text, txn| text.remove_range(txn, 0, 1))).collect()
    }

    fn changes(&self, change: impl FnOnce(&TextRef, &mut yrs::TransactionMut<'_>)) -> Bytes {
        let mut txn = self.document.transact_mut();
        change(&self.text, &mut txn);
        txn.encode_update_v1().into()
    }
}

/// What the client says of itself for the `clock`th time: its cursor has moved.
pub(crate) fn presence_of(client: u64, clock: u32) -> Bytes {
    let state = format!(r##"{{"user":{{"name":"Ada Lovelace","color":"#336699"}},"cursor":{{"at":{clock}}}}}"##);
    presence::encode([PresenceEntry { client, clock, state: Some(state.into()) }].iter())
}
