//! What the database keeps of one room.

use std::collections::BTreeSet;

use actors::room::log::{Commit, Entry, Since, Snapshot, Stored};
use bytes::Bytes;
use protocol::{
    ids::{PrincipalId, RoomId},
    rooms::{RoomKind, Seq},
};
use yrs::{Doc, ReadTxn, StateVector, Transact};

use super::{
    database::{Duty, Outcome},
    document::{apply, document},
    fate::Fate,
};

/// What one commit adds to a room.
pub(super) struct Segment {
    /// Tells it from all others.
    pub(super) number: u64,
    pub(super) room: RoomId,
    pub(super) generation: u64,
    /// Position its updates build on.
    pub(super) known: Seq,
    pub(super) title: Option<String>,
    pub(super) entries: Vec<Entry>,
}

/// A room: its log, and what has ever been in it.
pub(super) struct Table {
    pub(super) number: usize,
    pub(super) generation: u64,
    pub(super) is_deleted: bool,
    pub(super) was_rewound: bool,
    pub(super) snapshot: Option<Snapshot>,
    pub(super) duty: Duty,
    /// Clocks of everything that was ever committed.
    pub(super) durable: StateVector,
    /// Whose updates were ever committed.
    pub(super) authors: BTreeSet<PrincipalId>,
    commits: Vec<Committed>,
    /// What the log says.
    doc: Doc,
}

/// A segment in the log.
struct Committed {
    number: u64,
    first: Seq,
    updates: Vec<Bytes>,
    /// What the lists show from it on.
    title: Option<String>,
}

impl Table {
    pub(super) fn new(number: usize) -> Self {
        Self {
            number,
            generation: 1,
            is_deleted: false,
            was_rewound: false,
            snapshot: None,
            duty: Duty::default(),
            durable: StateVector::default(),
            authors: BTreeSet::new(),
            commits: Vec::new(),
            doc: document(0),
        }
    }

    pub(super) fn head(&self) -> Seq {
        self.commits.last().map_or(0, Committed::last)
    }

    /// Every update up to a position.
    pub(super) fn updates(&self, head: Seq) -> impl Iterator<Item = &Bytes> {
        self.commits.iter().flat_map(|commit| &commit.updates).take(head as usize)
    }

    /// What the lists show.
    pub(super) fn title(&self) -> Option<&str> {
        self.commits.last().and_then(|commit| commit.title.as_deref())
    }

    pub(super) fn doc(&self) -> &Doc {
        &self.doc
    }

    /// Tells the document everything again: what came before something it builds on, as it may in a
    /// log that has lost its end, is not always found in what yrs keeps for later.
    pub(super) fn repeat(&self) {
        for update in self.updates(Seq::MAX) {
            apply(&self.doc, update);
        }
    }

    pub(super) fn commit(&mut self, segment: &Segment, fate: &Fate) -> Outcome {
        if let Some(earlier) = self.commits.iter().find(|commit| commit.number == segment.number) {
            return Outcome::Committed(earlier.first);
        }
        if self.is_deleted || self.generation != segment.generation {
            return Outcome::Gone;
        }
        if self.head() < segment.known {
            return Outcome::Rewound;
        }
        let first = self.head() + 1;
        for entry in &segment.entries {
            let is_whole = apply(&self.doc, &entry.update);
            fate.wrong_unless(is_whole || self.was_rewound, || {
                format!("room {}: position {first} builds on what is not in the log", self.number)
            });
            self.authors.insert(entry.author);
        }
        self.durable.merge(self.doc.transact().state_vector());
        let title = segment.title.as_deref().or(self.title()).map(str::to_owned);
        let updates: Vec<Bytes> = segment.entries.iter().map(|entry| entry.update.clone()).collect();
        fate.note(|| {
            let bytes: usize = updates.iter().map(Bytes::len).sum();
            let title = segment.title.as_ref().map_or_else(String::new, |title| format!(" under the title {title:?}"));
            format!("room {}: {} updates, {bytes} bytes, are committed at {first}{title}", self.number, updates.len())
        });
        self.commits.push(Committed { number: segment.number, first, updates, title });
        Outcome::Committed(first)
    }

    pub(super) fn stored(&self) -> Stored {
        let covered = self.snapshot.as_ref().map_or(0, |snapshot| snapshot.seq as usize);
        Stored {
            kind: RoomKind::Page,
            generation: self.generation,
            head: self.head(),
            snapshot: self.snapshot.clone(),
            tail: self.updates(Seq::MAX).skip(covered).cloned().collect(),
            left_out: Vec::new(),
            erased: Bytes::new(),
        }
    }

    pub(super) fn since(&self, after: Seq, most: usize) -> Since {
        let later = self.commits.iter().filter(|commit| commit.last() > after).take(most);
        let commits = later.map(|commit| {
            let known = (after + 1).saturating_sub(commit.first);
            Commit { first: commit.first + known, updates: commit.updates[known as usize..].to_vec() }
        });
        Since { generation: self.generation, head: self.head(), commits: commits.collect() }
    }

    pub(super) fn write_snapshot(&mut self, snapshot: Snapshot, fate: &Fate) -> bool {
        let is_newer = self.snapshot.as_ref().is_none_or(|before| before.seq < snapshot.seq);
        if !is_newer || snapshot.seq > self.head() {
            return false;
        }
        fate.note(|| format!("room {}: a snapshot covers {}", self.number, snapshot.seq));
        self.snapshot = Some(snapshot);
        true
    }

    /// Forgets every commit that does not end at this position or before it.
    pub(super) fn rewind(&mut self, head: Seq) {
        self.was_rewound = true;
        self.commits.retain(|commit| commit.last() <= head);
        if self.snapshot.as_ref().is_some_and(|snapshot| snapshot.seq > self.head()) {
            self.snapshot = None;
        }
        self.doc = document(0);
        for update in self.commits.iter().flat_map(|commit| &commit.updates) {
            apply(&self.doc, update);
        }
    }
}

impl Committed {
    fn last(&self) -> Seq {
        self.first + self.updates.len() as u64 - 1
    }
}
