//! A document of a room as it was: made of a snapshot and updates, and never the one people are in.

use bytes::Bytes;
use protocol::{content::Node, rooms::Seq};

use super::{
    content::page,
    document::{DamagedError, Replica, build, encode},
    log::Snapshot,
};

/// What a room was at one position, from which it can go on.
///
/// Everything here is pure work in proportion to what it is given: not for a thread on which rooms live.
#[derive(Debug)]
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

    /// All of it as one update; `None` when updates are missing in it.
    pub fn state(&self) -> Option<Bytes> {
        encode(&self.replica.doc)
    }
}
