//! What a room does with what other nodes have committed.

use bytes::Bytes;
use protocol::{
    ids::{NodeId, PrincipalId},
    rooms::Seq,
    time::Timestamp,
    wire::presence::PresenceEntry,
};

use super::{
    document::{Applied, ApplyError, Document},
    log::{Entry, Snapshot},
    order::{Heard, Order},
    state::{Effect, RoomState},
};

impl RoomState {
    /// Position up to which everything in the log is part of the document.
    pub(super) fn head(&self) -> Seq {
        self.order.head()
    }

    /// These updates stand in the log from `first` on. Applies what is due by that.
    ///
    /// # Errors
    ///
    /// [`ApplyError`] of an update that another node could apply and this one cannot: the room has to
    /// be made anew from its log.
    pub(super) fn hear(&mut self, first: Seq, updates: Vec<Bytes>) -> Result<(Heard, Vec<Effect>), ApplyError> {
        let heard = self.order.heard(first, updates);
        let (mut effects, mut changed) = (Vec::new(), false);
        while let Some((first, updates)) = self.order.next() {
            self.title_may_differ();
            for (seq, update) in (first..).zip(updates) {
                if self.document.apply_committed(seq, &update)? == Applied::Changed {
                    changed = true;
                    self.pass_on(None, update, 1);
                    self.pass_on_freed();
                }
            }
        }
        if changed {
            self.retry_parked(&mut effects);
        }
        Ok((heard, effects))
    }

    /// A snapshot of the log takes the place of what it covers. One that covers what other nodes have
    /// committed and this one has not applied yet comes too early; there will be another.
    pub(super) fn rebase(&mut self, snapshot: Snapshot) {
        if snapshot.seq <= self.order.head() {
            self.document.rebase(snapshot);
        }
    }

    /// The log is known to have reached this far.
    pub(super) fn known(&self) -> Seq {
        self.order.known()
    }

    /// The log reaches this far.
    pub(super) fn log_reaches(&mut self, head: Seq) {
        self.order.reaches(head);
    }

    /// The position after which the log has to be read, if something is missing.
    pub(super) fn gap(&self) -> Option<Seq> {
        self.order.gap()
    }

    /// The write in flight was refused: what it was to write waits again.
    pub(super) fn not_committed(&mut self) {
        self.unsaved.take_back();
    }

    /// The log has lost something this room has: it reaches only to `head` now, and says what
    /// `stored` says. Takes in what is new there, and writes what is missing.
    ///
    /// # Errors
    ///
    /// [`ApplyError`]; then the room cannot stay as it is.
    pub(super) fn refill(&mut self, head: Seq, mut stored: Document) -> Result<Vec<Effect>, ApplyError> {
        self.title_may_differ();
        let mut effects = Vec::new();
        let theirs = stored.diff(&self.document.state_vector())?;
        if self.document.apply_committed(head, &theirs)? == Applied::Changed {
            self.pass_on(None, theirs, 1);
            self.retry_parked(&mut effects);
        }
        let missing = self.document.diff(&stored.state_vector())?;
        let is_missing = stored.apply(&missing)? == Applied::Changed;
        let update = self.document.diff(&[0])?;
        self.document.replace(Snapshot { seq: head, update });
        self.document.take_damage(&mut stored);
        self.order = Order::new(head);
        if is_missing {
            self.document.push(missing.clone());
            // Before all that waits to be written, which builds on it.
            self.unsaved.push_first(Entry { author: PrincipalId::nil(), update: missing });
        }
        Ok(effects)
    }

    /// What those present on another node show of themselves.
    pub(super) fn hear_presence(&mut self, node: NodeId, entries: &[PresenceEntry], now: Timestamp) {
        let told = self.presence.hear(node, entries, now);
        self.note_presence(told);
    }

    /// Nobody is present through this node any more.
    pub(super) fn node_gone(&mut self, node: NodeId) {
        let told = self.presence.node_gone(node);
        self.note_presence(told);
    }

    /// What has changed of the presence of this node's sessions since this was last asked.
    pub(super) fn take_presence_news(&mut self) -> Vec<PresenceEntry> {
        self.presence.take_news()
    }

    /// The presence of this node's sessions.
    pub(super) fn own_presence(&self) -> Vec<PresenceEntry> {
        self.presence.own()
    }
}
