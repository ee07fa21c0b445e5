//! What is said on a connection to Postgres, as far as it takes to know when edits are committed
//! (PostgreSQL documentation, "Message Formats").

use std::collections::HashSet;

use super::proxy::Direction;

/// A moment in the commit of edits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The node has asked for it, and Postgres has not heard that yet.
    BeforeCommit,
    /// It has happened, and the node has not heard that yet.
    AfterCommit,
}

/// One connection, both directions.
#[derive(Default)]
pub(super) struct Conversation {
    asked: Vec<u8>,
    answered: Vec<u8>,
    /// The first message has no type.
    has_begun: bool,
    /// Names of the prepared statements that append to a log.
    appending: HashSet<Vec<u8>>,
    /// Whether the transaction that is open has appended.
    appends: bool,
    /// Whether its commit has been asked for.
    commits: bool,
}

impl Conversation {
    /// Takes in what was said. Answers with the moment that begins in these bytes, and where: at
    /// the message that asks for the commit of edits, or the one that says it has happened.
    pub(super) fn hear(&mut self, direction: Direction, bytes: &[u8]) -> Option<(Moment, usize)> {
        let known = self.heard(direction).len();
        self.heard(direction).extend_from_slice(bytes);
        let (mut at, mut moment) = (0, None);
        while let Some((kind, body, length)) = self.message(direction, at) {
            let found = match direction {
                Direction::Asked => self.is_asked(kind, &body).then_some(Moment::BeforeCommit),
                Direction::Answered => self.is_answered(kind, &body).then_some(Moment::AfterCommit),
            };
            // A message whose beginning has passed can no longer be held whole; its end can.
            moment = moment.or(found.map(|moment| (moment, at.saturating_sub(known))));
            at += length;
        }
        self.heard(direction).drain(..at);
        moment
    }

    fn heard(&mut self, direction: Direction) -> &mut Vec<u8> {
        match direction {
            Direction::Asked => &mut self.asked,
            Direction::Answered => &mut self.answered,
        }
    }

    /// The message at this place, if all of it is there: its type, its body, and how long it is.
    fn message(&mut self, direction: Direction, at: usize) -> Option<(u8, Vec<u8>, usize)> {
        let head = usize::from(direction == Direction::Answered || self.has_begun);
        let rest = self.heard(direction).get(at..)?;
        let kind = if head == 1 { *rest.first()? } else { 0 };
        let length = u32::from_be_bytes(rest.get(head..head + 4)?.try_into().expect("four bytes")) as usize;
        let body = rest.get(head + 4..head + length)?.to_vec();
        self.has_begun |= direction == Direction::Asked;
        Some((kind, body, head + length))
    }

    /// Whether it asks for the commit of edits.
    fn is_asked(&mut self, kind: u8, body: &[u8]) -> bool {
        let mut words = body.split(|byte| *byte == 0);
        let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        match kind {
            // Parse: a name and a statement.
            b'P' if second.starts_with(b"INSERT INTO room_log") => drop(self.appending.insert(first.to_vec())),
            b'P' => drop(self.appending.remove(first)),
            // Bind: a portal and the name of a statement.
            b'B' => self.appends |= self.appending.contains(second),
            // Query: statements.
            b'Q' if first == b"COMMIT" => {
                self.commits = std::mem::take(&mut self.appends);
                return self.commits;
            }
            b'Q' if first == b"ROLLBACK" => self.appends = false,
            _ => (),
        }
        false
    }

    /// Whether it says that the commit of edits has happened.
    fn is_answered(&mut self, kind: u8, body: &[u8]) -> bool {
        // CommandComplete: what was done.
        kind == b'C' && body == b"COMMIT\0" && std::mem::take(&mut self.commits)
    }
}
