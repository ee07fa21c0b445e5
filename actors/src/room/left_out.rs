//! What is stored of a room and left out of its document: a damaged entry costs itself, not the room.
//!
//! An update is left out when its bytes are not what was written, when it is not well-formed or breaks
//! the document, and when it builds on one that is left out. The others keep their positions. The state
//! vector does not claim what is left out: whoever has it still is asked for it and gives it back as a
//! new update. Those that only waited for it then take part again, behind the update that freed them.
//!
//! Nothing covers a hole silently. As long as something is left out of a room no snapshot of it is
//! written ([`compact`](super::compact)): its updates stay in the log, to be tried again at each
//! opening. It works on meanwhile, and opens more slowly as its log grows. That ends
//! - by itself, when everything that was left out and can still be read has become part of the document;
//! - by the operator, who sets entries aside for good (`gala doctor`): what is unreadable may have been
//!   given back in full, but nobody can know. They stay stored, and can be let back.

use bytes::Bytes;
use protocol::{rooms::Seq, wire::Outbound};

use super::{
    clocks::{Clocks, Fit},
    state::{Effect, RoomState},
};

/// Updates at adjoining positions that are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Position of the first of them.
    pub first: Seq,
    /// Position of the last of them.
    pub last: Seq,
    /// Why they are left out.
    pub why: Why,
}

impl LeftOut {
    /// How many updates they are.
    pub const fn count(&self) -> u64 {
        self.last - self.first + 1
    }
}

/// Why an update is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It is not stored, although later ones are.
    Lost,
    /// The stored bytes are not those that were written.
    Unreadable,
    /// It is no well-formed update.
    Malformed,
    /// It cannot be applied.
    Breaks,
    /// It builds on something that is not there.
    Waits,
}

impl Why {
    /// The reason as it is logged and stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Unreadable => "unreadable",
            Self::Malformed => "malformed",
            Self::Breaks => "breaks",
            Self::Waits => "waits",
        }
    }
}

/// Everything that is left out of a document.
#[derive(Debug, Default)]
pub(super) struct Damage {
    /// What no bytes are there of that could be tried again.
    holes: Vec<LeftOut>,
    /// What could not be applied, which may become part of the document by another update.
    broken: Vec<(Seq, Bytes)>,
    /// What takes part once that is there on which it builds, oldest first.
    waiting: Vec<(Seq, Bytes)>,
}

impl Damage {
    /// What the log could not give out.
    pub(super) fn of_log(holes: Vec<LeftOut>) -> Self {
        Self { holes, ..Self::default() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.holes.is_empty() && self.broken.is_empty() && self.waiting.is_empty()
    }

    /// Everything that is left out, in the order of positions, adjoining ones together.
    pub(super) fn list(&self) -> Vec<LeftOut> {
        let one = |why| move |(seq, _): &(Seq, Bytes)| LeftOut { first: *seq, last: *seq, why };
        let broken = self.broken.iter().map(one(Why::Breaks));
        let waiting = self.waiting.iter().map(one(Why::Waits));
        let mut all: Vec<LeftOut> = self.holes.iter().cloned().chain(broken).chain(waiting).collect();
        all.sort_by_key(|left_out| left_out.first);
        let mut list: Vec<LeftOut> = Vec::new();
        for next in all {
            match list.last_mut() {
                Some(last) if last.why == next.why && last.last + 1 == next.first => last.last = next.last,
                _ => list.push(next),
            }
        }
        list
    }

    /// What could not be applied; `None` when something else is left out as well.
    pub(super) fn only_broken(&self) -> Option<Vec<Bytes>> {
        let only = self.holes.is_empty() && self.waiting.is_empty();
        only.then(|| self.broken.iter().map(|(_, update)| update.clone()).collect())
    }

    /// Leaves an update out because it is not well-formed.
    pub(super) fn malformed(&mut self, seq: Seq) {
        self.holes.push(LeftOut { first: seq, last: seq, why: Why::Malformed });
    }

    /// Leaves an update out because it cannot be applied.
    pub(super) fn breaks(&mut self, seq: Seq, update: Bytes) {
        self.broken.push((seq, update));
    }

    /// Leaves an update out until that is there on which it builds.
    pub(super) fn wait(&mut self, seq: Seq, update: Bytes) {
        self.waiting.push((seq, update));
    }

    /// Takes back the oldest update that waits for nothing any more.
    pub(super) fn take_fitting(&mut self, clocks: &Clocks) -> Option<(Seq, Bytes)> {
        let fits =
            |(_, update): &(Seq, Bytes)| matches!(clocks.fit(update), Ok(Fit::Known | Fit::DeletesOnly | Fit::Adds));
        let index = self.waiting.iter().position(fits)?;
        Some(self.waiting.remove(index))
    }

    /// Forgets what a snapshot covers.
    pub(super) fn forget(&mut self, covered: Seq) {
        self.holes.retain(|hole| hole.last > covered);
        self.broken.retain(|(seq, _)| *seq > covered);
        self.waiting.retain(|(seq, _)| *seq > covered);
    }
}

impl RoomState {
    /// What is left out of the content, if that has changed since this was last asked, and the questions
    /// to those who may have it still.
    pub(super) fn news_of_damage(&mut self) -> Option<(Vec<LeftOut>, Vec<Effect>)> {
        let damage = self.document.damage();
        if damage.is_empty() && self.left_out.is_empty() {
            return None;
        }
        let left_out = damage.list();
        if left_out == self.left_out {
            return None;
        }
        let has_grown = left_out.iter().any(|one| !self.left_out.contains(one));
        self.left_out.clone_from(&left_out);
        let asked = self.members.iter().filter(|(_, member)| has_grown && member.may_write() && member.has_content());
        let question = Outbound::Step1(self.document.state_vector());
        let questions = asked.map(|(session, _)| Effect::Send(*session, question.clone()));
        Some((left_out, questions.collect()))
    }

    /// What had been left out and waits for nothing any more takes part, and is told to everybody.
    pub(super) fn pass_on_freed(&mut self) {
        while let Some(update) = self.document.free() {
            self.pass_on(None, update, 1);
        }
    }
}
