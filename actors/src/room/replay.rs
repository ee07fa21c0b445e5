//! A document of a room as it was: made of a snapshot and updates, and never the one people are in.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use protocol::{content::Node, rooms::Seq};
use yrs::Transact;

use super::{
    attribution::Attribution,
    content::{
        difference::{Difference, Side},
        page,
    },
    document::{DamagedError, Replica, build, encode},
    log::Snapshot,
};

/// Two documents could not be compared: one of them is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the documents cannot be compared")]
pub struct ComparisonError;

/// What a room was at one position, from which it can go on.
///
/// Everything here is pure work in proportion to what it is given: not for a thread on which rooms live.
#[derive(Debug, Default)]
pub struct Replay {
    replica: Replica,
    seq: Seq,
}

impl Replay {
    /// Begins with a snapshot; with nothing when there is none.
    ///
    /// # Errors
    ///
    /// [`DamagedError`].
    pub fn begin(base: Option<&Snapshot>) -> Result<Self, DamagedError> {
        Ok(Self { replica: build(base, std::iter::empty())?, seq: base.map_or(0, |base| base.seq) })
    }

    /// Applies the next updates.
    ///
    /// # Errors
    ///
    /// [`DamagedError`] naming the update that cannot be applied.
    pub fn extend<'a>(&mut self, updates: impl IntoIterator<Item = &'a Bytes>) -> Result<(), DamagedError> {
        for update in updates {
            self.replica.apply(self.seq + 1, update)?;
            self.seq += 1;
        }
        Ok(())
    }

    /// The position it has reached.
    pub fn seq(&self) -> Seq {
        self.seq
    }

    /// The title of the page.
    pub fn title(&self) -> String {
        page::title(&self.replica.doc).unwrap_or_default()
    }

    /// The blocks of the page.
    pub fn blocks(&self) -> Vec<Node> {
        page::blocks(&self.replica.doc)
    }

    /// The blocks of this and of what it became in one document: what was inserted or deleted says so,
    /// and by whom. Text has the mark `change`, a block the attribute, as
    /// [`ContentChange`](protocol::history::ContentChange) says.
    ///
    /// # Errors
    ///
    /// [`ComparisonError`].
    pub fn difference(&self, after: &Self, attribution: &Attribution) -> Result<Vec<Node>, ComparisonError> {
        let busy = |_busy| ComparisonError;
        let merged = catch_unwind(AssertUnwindSafe(|| {
            let mut before = self.replica.doc.try_transact_mut().map_err(busy)?;
            let mut after = after.replica.doc.try_transact_mut().map_err(busy)?;
            let (before, after) = (Side::new(&mut before), Side::new(&mut after));
            Ok(Difference { before, after, attribution }.blocks())
        }));
        merged.unwrap_or(Err(ComparisonError))
    }

    /// All of it as one update; `None` when updates are missing in it.
    pub fn state(&self) -> Option<Bytes> {
        encode(&self.replica.doc)
    }
}
