//! The Yjs document of a room, and the bytes it was made of.
//!
//! The bytes (`base` and `tail`) are what joiners get and what the log holds; the document itself
//! is only made when something has to be decided by it. A cold room can so be sent to a reader
//! without decoding or encoding it.

use std::{
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
};

use bytes::Bytes;
use protocol::{
    rooms::Seq,
    wire::{WireError, state_vector, update},
};
use yrs::{
    ClientID, Doc, OffsetKind, Options, ReadTxn, StateVector, Transact, TransactionMut, Update,
    updates::decoder::Decode,
};

use super::{
    clocks::{Clocks, Fit, Need},
    depths::Depths,
    erased::Erased,
    held::Held,
    left_out::Damage,
    log::{Snapshot, Stored},
};

/// Bytes a document may have, counted as its snapshot and the updates since.
pub const MAX_DOCUMENT_BYTES: usize = 64 * 1024 * 1024;

/// What became of an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Applied {
    /// All of it was there before.
    Nothing,
    /// The document has changed.
    Changed,
}

/// Why an update was not applied. The content is as it was.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ApplyError {
    #[error("the update is not well-formed: {0}")]
    Malformed(#[from] WireError),
    #[error("the update cannot be applied")]
    Refused,
    #[error("the update builds on something that is not there")]
    Missing(Need),
    #[error("the update holds what was erased")]
    Erased,
    #[error("the document would be larger than {MAX_DOCUMENT_BYTES} bytes")]
    TooLarge,
    #[error("the update broke the document, which is made anew from its bytes")]
    Poisoned,
}

/// What is stored cannot be put together.
#[derive(Debug, thiserror::Error)]
#[error("update {seq} of the room cannot be applied: {reason}")]
pub struct DamagedError {
    seq: Seq,
    reason: String,
}

/// The bytes of a room, and its document once it is needed.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) held: Held,
    pub(super) clocks: Clocks,
    damage: Damage,
    erased: Erased,
    /// Boxed: most of the time most rooms have none.
    replica: Option<Box<Replica>>,
    /// How often the document was needed.
    uses: u64,
}

/// The document itself, and what is known of it that yrs does not tell.
#[derive(Debug)]
pub(super) struct Replica {
    pub(super) doc: Doc,
    pub(super) depths: Depths,
}

impl Default for Replica {
    fn default() -> Self {
        Self { doc: new_doc(), depths: Depths::default() }
    }
}

impl Replica {
    /// Applies the stored update that leads to this position.
    ///
    /// # Errors
    ///
    /// [`DamagedError`]; the document is of no more use then.
    pub(super) fn apply(&mut self, seq: Seq, update: &Bytes) -> Result<(), DamagedError> {
        let damaged = |reason: &str| DamagedError { seq, reason: reason.to_owned() };
        self.depths.add(update).map_err(|error| damaged(&error.to_string()))?;
        let applied = catch_unwind(AssertUnwindSafe(|| {
            let update = Update::decode_v1(update).map_err(|error| damaged(&error.to_string()))?;
            let mut txn = self.doc.try_transact_mut().map_err(|error| damaged(&error.to_string()))?;
            txn.apply_update(update).map_err(|error| damaged(&error.to_string()))
        }));
        applied.map_err(|_panic| damaged("it breaks the document"))?
    }
}

impl Document {
    /// Takes over what is stored, without making the document. What is damaged is left out of it.
    ///
    /// # Errors
    ///
    /// [`DamagedError`] when the snapshot is not well-formed.
    pub(super) fn stored(stored: Stored) -> Result<Self, DamagedError> {
        let Stored { snapshot, head, tail, left_out, erased, .. } = stored;
        let held = Held::based_on(snapshot);
        let clocks = clocks_of(held.base())?;
        let erased = Erased::decode(&erased).map_err(|error| DamagedError { seq: head, reason: error.to_string() })?;
        let first = held.base_seq() + 1;
        let mut document = Self { held, clocks, damage: Damage::of_log(left_out), erased, replica: None, uses: 0 };
        for (seq, update) in (first..).zip(tail).filter(|(_, update)| !update::is_empty(update)) {
            match document.fit(&update) {
                Ok(Fit::Missing(_)) => document.damage.wait(seq, update),
                Ok(Fit::Known | Fit::DeletesOnly | Fit::Adds) => {
                    document.take_stored(seq, update)?;
                    document.take_waiting()?;
                }
                Err(_malformed) => document.damage.malformed(seq),
            }
        }
        Ok(document)
    }

    fn take_stored(&mut self, seq: Seq, update: Bytes) -> Result<(), DamagedError> {
        self.clocks.advance(&update).map_err(|error| DamagedError { seq, reason: error.to_string() })?;
        self.held.push_committed(seq, update);
        Ok(())
    }

    fn take_waiting(&mut self) -> Result<(), DamagedError> {
        while let Some((seq, update)) = self.damage.take_fitting(&self.clocks) {
            self.take_stored(seq, update)?;
        }
        Ok(())
    }

    /// What is left out of it.
    pub(super) fn damage(&self) -> &Damage {
        &self.damage
    }

    /// What is left out of another one is left out of this one.
    pub(super) fn take_damage(&mut self, other: &mut Self) {
        self.damage = mem::take(&mut other.damage);
    }

    /// Whether everything that was left out has become part of it by other updates.
    pub(super) fn is_whole(&mut self) -> bool {
        // Making it finds out what cannot be applied; there is no need to, if it is not whole anyway.
        if self.damage.only_broken().is_none() || self.make().is_err() {
            return false;
        }
        let broken = self.damage.only_broken();
        broken.is_some_and(|broken| broken.iter().all(|update| matches!(self.contains(update), Ok(true))))
    }

    /// Lets an update take part that waits for nothing any more: to be passed on behind the last one.
    pub(super) fn free(&mut self) -> Option<Bytes> {
        while let Some((seq, update)) = self.damage.take_fitting(&self.clocks) {
            match self.apply_committed(seq, &update) {
                Ok(Applied::Changed) => return Some(update),
                Ok(Applied::Nothing) => (),
                Err(_refused) => self.damage.breaks(seq, update),
            }
        }
        None
    }

    /// The bytes it is made of.
    pub(super) fn held(&self) -> &Held {
        &self.held
    }

    /// This node's oldest updates that were not committed are, from this position on.
    pub(super) fn committed(&mut self, first: Seq, count: u64) {
        self.held.committed(first, count);
    }

    /// A newer snapshot takes the place of what it covers.
    pub(super) fn rebase(&mut self, snapshot: Snapshot) {
        self.damage.forget(snapshot.seq);
        self.held.rebase(snapshot);
    }

    /// The snapshot is all there is, whatever it covers.
    pub(super) fn replace(&mut self, snapshot: Snapshot) {
        self.held.replace(snapshot);
    }

    /// An update of this node that repeats what the document has is to be told and written, too.
    pub(super) fn push(&mut self, update: Bytes) {
        self.held.push(update);
    }

    pub(super) fn size_bytes(&self) -> usize {
        self.held.size_bytes()
    }

    pub(super) fn state_vector(&self) -> Bytes {
        self.clocks.state_vector()
    }

    /// Whether what an update waited for has come.
    pub(super) fn has(&self, need: Need) -> bool {
        self.clocks.has(need)
    }

    /// What the update would do to the document.
    pub(super) fn fit(&self, update: &[u8]) -> Result<Fit, WireError> {
        self.clocks.fit(update)
    }

    /// Applies an update of this node, if all it builds on is there.
    ///
    /// # Errors
    ///
    /// [`ApplyError`]; the content is as it was.
    pub(super) fn apply(&mut self, update: &Bytes) -> Result<Applied, ApplyError> {
        self.refuse_erased(update)?;
        let fit = self.fit(update)?;
        // What only deletes is let into a full document: how else could it become smaller?
        if fit == Fit::Adds && self.size_bytes() + update.len() > MAX_DOCUMENT_BYTES {
            return Err(ApplyError::TooLarge);
        }
        let applied = self.integrate(update, fit)?;
        if applied == Applied::Changed {
            self.held.push(update.clone());
        }
        Ok(applied)
    }

    /// Applies an update of another node, which stands in the log at this position.
    ///
    /// # Errors
    ///
    /// [`ApplyError`]; the content is as it was.
    pub(super) fn apply_committed(&mut self, seq: Seq, update: &Bytes) -> Result<Applied, ApplyError> {
        let applied = self.integrate(update, self.fit(update)?)?;
        if applied == Applied::Changed {
            self.held.push_committed(seq, update.clone());
        }
        Ok(applied)
    }

    fn integrate(&mut self, update: &Bytes, fit: Fit) -> Result<Applied, ApplyError> {
        match fit {
            Fit::Known => return Ok(Applied::Nothing),
            Fit::Missing(need) => return Err(ApplyError::Missing(need)),
            Fit::Adds | Fit::DeletesOnly => (),
        }
        // Decoding touches nothing, so a panic there costs only the update.
        let decoded = catch_unwind(|| Update::decode_v1(update)).map_err(|_panic| ApplyError::Refused)?;
        let decoded = decoded.map_err(|_decode| ApplyError::Refused)?;
        let replica = self.make().map_err(|_damaged| ApplyError::Poisoned)?;
        replica.depths.add(update).map_err(|_too_deep| ApplyError::Refused)?;
        let doc = &replica.doc;
        let changed = catch_unwind(AssertUnwindSafe(|| {
            let mut txn = doc.try_transact_mut().ok()?;
            txn.apply_update(decoded).ok()?;
            txn.commit();
            Some(!txn.insert_set().is_empty() || !txn.delete_set().is_empty())
        }));
        match changed {
            Ok(Some(true)) => {
                self.clocks.advance(update)?;
                Ok(Applied::Changed)
            }
            Ok(Some(false)) => Ok(Applied::Nothing),
            Ok(None) | Err(_) => Err(self.poisoned()),
        }
    }

    /// Lets `change` edit the document and answers with the update that says what it did;
    /// `None` when it did nothing.
    ///
    /// # Errors
    ///
    /// [`ApplyError::Poisoned`] when it panicked, [`ApplyError::TooLarge`].
    pub(super) fn edit(&mut self, change: impl FnOnce(&mut TransactionMut<'_>)) -> Result<Option<Bytes>, ApplyError> {
        if self.size_bytes() > MAX_DOCUMENT_BYTES {
            return Err(ApplyError::TooLarge);
        }
        let doc = &self.make().map_err(|_damaged| ApplyError::Poisoned)?.doc;
        let update = catch_unwind(AssertUnwindSafe(|| {
            let mut txn = doc.try_transact_mut().ok()?;
            change(&mut txn);
            let update = Bytes::from(txn.encode_update_v1());
            txn.commit();
            Some(update)
        }));
        let Ok(Some(update)) = update else { return Err(self.poisoned()) };
        if update::is_empty(&update) {
            return Ok(None);
        }
        let known = self.replica.as_mut().is_some_and(|replica| replica.depths.add(&update).is_ok());
        if !known {
            return Err(self.poisoned());
        }
        self.clocks.advance(&update)?;
        self.held.push(update.clone());
        Ok(Some(update))
    }

    /// Whether everything in the update is part of the document, deletions included.
    pub(super) fn contains(&mut self, update: &[u8]) -> Result<bool, ApplyError> {
        self.refuse_erased(update)?;
        match self.fit(update)? {
            Fit::Known => Ok(true),
            Fit::Adds | Fit::Missing(_) => Ok(false),
            Fit::DeletesOnly => {
                let decoded = catch_unwind(|| Update::decode_v1(update)).map_err(|_panic| ApplyError::Refused)?;
                let deletions = decoded.map_err(|_decode| ApplyError::Refused)?;
                let doc = &self.make().map_err(|_damaged| ApplyError::Poisoned)?.doc;
                let txn = doc.try_transact().map_err(|_busy| ApplyError::Poisoned)?;
                let deleted = txn.snapshot().delete_set;
                Ok(deletions.delete_set().diff(&deleted).is_empty())
            }
        }
    }

    /// What a peer with this state vector lacks, as one update.
    ///
    /// # Errors
    ///
    /// `Malformed` for a hostile state vector, `Erased` for a peer that has what was erased, `Poisoned`
    /// when the document cannot be encoded.
    pub(super) fn diff(&mut self, peer: &[u8]) -> Result<Bytes, ApplyError> {
        if self.erased.is_held_by(peer)? {
            return Err(ApplyError::Erased);
        }
        let entries = state_vector::decode(peer)?;
        let doc = &self.make().map_err(|_damaged| ApplyError::Poisoned)?.doc;
        let update = catch_unwind(AssertUnwindSafe(|| {
            let peer =
                StateVector::from_iter(entries.into_iter().map(|(client, clock)| (ClientID::new(client), clock)));
            let txn = doc.try_transact().ok()?;
            Some(Bytes::from(txn.encode_state_as_update_v1(&peer)))
        }));
        update.ok().flatten().ok_or_else(|| self.poisoned())
    }

    /// Whether the document is in memory.
    pub(super) fn is_made(&self) -> bool {
        self.replica.is_some()
    }

    /// The document, made now if it is not in memory.
    ///
    /// # Errors
    ///
    /// [`DamagedError`] when an update cannot be applied.
    pub(super) fn doc(&mut self) -> Result<&Doc, DamagedError> {
        self.make().map(|replica| &replica.doc)
    }

    /// Refuses an update that speaks of something that was erased.
    pub(super) fn refuse_erased(&self, update: &[u8]) -> Result<(), ApplyError> {
        if self.erased.is_in(update)? { Err(ApplyError::Erased) } else { Ok(()) }
    }

    /// How often the document was needed.
    pub(super) fn uses(&self) -> u64 {
        self.uses
    }

    /// Lets the document go until it is needed again; the bytes stay.
    pub(super) fn let_go(&mut self) {
        self.replica = None;
        self.held.forget_whole();
    }

    pub(super) fn make(&mut self) -> Result<&mut Replica, DamagedError> {
        self.uses += 1;
        let replica = match self.replica.take() {
            Some(replica) => replica,
            None => Box::new(self.build()?),
        };
        Ok(self.replica.insert(replica))
    }

    /// Makes the document, without the updates that cannot be applied.
    fn build(&mut self) -> Result<Replica, DamagedError> {
        loop {
            match build(self.held.base(), self.held.tail()) {
                Err(damaged) if damaged.seq > self.held.base_seq() => {
                    let index = usize::try_from(damaged.seq - self.held.base_seq() - 1).unwrap_or(usize::MAX);
                    let Some((seq, update)) = self.held.take_out(index) else { return Err(damaged) };
                    self.damage.breaks(seq.unwrap_or_default(), update);
                    self.count_anew()?;
                }
                built => return built,
            }
        }
    }

    /// Counts the clocks anew after something was taken out, and takes out what builds on that.
    fn count_anew(&mut self) -> Result<(), DamagedError> {
        self.clocks = clocks_of(self.held.base())?;
        for index in 0..self.held.tail_len() {
            let Some(update) = self.held.tail_at(index) else { break };
            if self.clocks.fit(update).is_ok_and(|fit| !matches!(fit, Fit::Missing(_))) {
                let damaged = |error: WireError| DamagedError { seq: 0, reason: error.to_string() };
                self.clocks.advance(update).map_err(damaged)?;
            } else if let Some((seq, update)) = self.held.take_out(index) {
                self.damage.wait(seq.unwrap_or_default(), update);
            }
        }
        self.take_waiting()
    }

    /// Throws away a document that panicked half-way; the bytes, which are the truth, are untouched.
    pub(super) fn poisoned(&mut self) -> ApplyError {
        let replica = self.replica.take();
        // Dropping what is half-changed may panic, too; then it is leaked, which harms nobody.
        drop(catch_unwind(AssertUnwindSafe(|| drop(replica))));
        ApplyError::Poisoned
    }
}

/// The clocks a snapshot reaches.
fn clocks_of(base: Option<&Snapshot>) -> Result<Clocks, DamagedError> {
    let mut clocks = Clocks::default();
    if let Some(Snapshot { seq, update }) = base {
        let damaged = |error: WireError| DamagedError { seq: *seq, reason: error.to_string() };
        clocks.advance(update).map_err(damaged)?;
    }
    Ok(clocks)
}

/// An empty document with the options every document of Gala has.
pub(super) fn new_doc() -> Doc {
    // Yjs counts UTF-16 units. `with_client_id` and `default` differ in `cleanup_formatting`: say it.
    let options =
        Options { offset_kind: OffsetKind::Utf16, skip_gc: false, cleanup_formatting: false, ..Options::default() };
    Doc::with_options(options)
}

/// Makes a document of a snapshot and the updates after it.
///
/// # Errors
///
/// [`DamagedError`] naming the update that cannot be applied.
pub(super) fn build<'a>(
    base: Option<&'a Snapshot>,
    tail: impl Iterator<Item = &'a Bytes>,
) -> Result<Replica, DamagedError> {
    let mut replica = Replica::default();
    for (seq, bytes) in numbered(base, tail) {
        replica.apply(seq, bytes)?;
    }
    Ok(replica)
}

/// Encodes a whole document; `None` when updates are missing in it.
pub(super) fn encode(doc: &Doc) -> Option<Bytes> {
    let txn = doc.try_transact().ok()?;
    if txn.has_missing_updates() {
        return None;
    }
    Some(txn.encode_state_as_update_v1(&StateVector::default()).into())
}

/// Every update with the position it leads to, where all of them are in the order of the log.
fn numbered<'a>(
    base: Option<&'a Snapshot>,
    tail: impl Iterator<Item = &'a Bytes>,
) -> impl Iterator<Item = (Seq, &'a Bytes)> {
    let base_seq = base.map_or(0, |base| base.seq);
    let base = base.into_iter().map(|base| (base.seq, &base.update));
    base.chain((base_seq + 1..).zip(tail))
}

/// The update that says nothing.
pub(super) fn empty_update() -> Bytes {
    debug_assert!(update::is_empty(&[0, 0]), "see yjs/src/utils/encoding.js");
    Bytes::from_static(&[0, 0])
}
