//! One session as its room knows it: what it may do, and how far it has been told.

use std::collections::VecDeque;

use bytes::Bytes;
use protocol::{
    access::{Access, Action, allows},
    principal::Principal,
    wire::Outbound,
};

use super::{
    clocks::Need,
    document::{Document, empty_update},
    held::{Held, Turn},
};

/// Updates of one session that may wait for what they build on.
const MAX_PARKED: usize = 64;
/// Bytes of such updates.
const MAX_PARKED_BYTES: usize = 1024 * 1024;
/// Bytes of such updates in one room, whoever sent them.
pub(super) const MAX_ROOM_PARKED_BYTES: usize = 4 * 1024 * 1024;

/// One session in the room.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) principal: Principal,
    pub(super) access: Access,
    pub(super) reading: Reading,
    /// Updates that build on something not there yet, in the order they came.
    pub(super) parked: Vec<Parked>,
    /// Whether something it sent was refused because it might only read: it has that still.
    pub(super) refused: bool,
}

/// An update that waits for what it builds on.
#[derive(Debug)]
pub(super) struct Parked {
    pub(super) update: Bytes,
    /// It need not be tried again before this is there.
    pub(super) need: Need,
}

/// How far a session has been told the content.
#[derive(Debug)]
pub(super) enum Reading {
    /// It has not asked for the content.
    Silent,
    /// It is told every update as it comes.
    Live,
    /// It is being told what came before.
    Behind(Behind),
}

/// What a session is still to be told before it is live.
#[derive(Debug)]
pub(super) struct Behind {
    /// To be sent first, in order.
    first: VecDeque<Outbound>,
    /// Then every update from this turn on; 0 starts with the snapshot.
    next: Turn,
    /// Whether the last of it completes the answer to a Step1.
    sync: bool,
    /// What is next, and the last turn in it, once it is made.
    ready: Option<(Bytes, Turn)>,
}

impl Behind {
    /// Everything there is, for a session that has nothing: stored bytes as they are.
    pub(super) fn from_nothing() -> Self {
        Self { first: VecDeque::new(), next: 0, sync: true, ready: None }
    }

    /// A difference made for the session, then what comes after `turn`.
    pub(super) fn with_difference(difference: Bytes, state_vector: Bytes, turn: Turn) -> Self {
        let first = VecDeque::from([Outbound::Step2(difference), Outbound::Step1(state_vector)]);
        Self { first, next: turn + 1, sync: false, ready: None }
    }

    /// The updates from a turn on, for a session that read too slowly.
    pub(super) fn since(next: Turn) -> Self {
        Self { first: VecDeque::new(), next, sync: false, ready: None }
    }

    /// Whether the answer to a Step1 is still to be completed by it.
    pub(super) fn answers(&self) -> bool {
        self.sync || self.first.iter().any(|message| matches!(message, Outbound::Step2(_)))
    }

    /// What is to be sent next; `None` when the session is up to date.
    pub(super) fn piece(&mut self, held: &Held) -> Option<Outbound> {
        if let Some(first) = self.first.front() {
            return Some(first.clone());
        }
        let (update, through) = match self.ready.take() {
            Some(ready) => ready,
            None => match held.whole() {
                Some((whole, turn)) if self.next <= held.base_turn().max(self.told_by_whole(turn)) => {
                    (whole.clone(), turn)
                }
                _ => match held.piece_from(self.next.max(1)) {
                    Some(piece) => piece,
                    None if self.sync => (empty_update(), held.turn()),
                    None => return None,
                },
            },
        };
        self.ready = Some((update.clone(), through));
        Some(if self.sync && through == held.turn() { Outbound::Step2(update) } else { Outbound::Update(update) })
    }

    /// The turn up to which the whole is the better answer: for whoever has nothing, all of it.
    fn told_by_whole(&self, turn: Turn) -> Turn {
        if self.next == 0 { turn } else { 0 }
    }

    /// The piece has been handed over.
    pub(super) fn sent(&mut self, document: &Document) {
        if self.first.pop_front().is_some() {
            return;
        }
        let Some((_, through)) = self.ready.take() else { return };
        self.next = through + 1;
        if self.sync && self.next > document.held().turn() {
            self.sync = false;
            self.first.push_back(Outbound::Step1(document.state_vector()));
        }
    }
}

impl Member {
    pub(super) fn new(principal: Principal, access: Access) -> Self {
        Self { principal, access, reading: Reading::Silent, parked: Vec::new(), refused: false }
    }

    /// Whether it may change the content.
    pub(super) fn may_write(&self) -> bool {
        allows(self.access.into(), Action::EditRoom)
    }

    /// Whether it has been told the content, or is being told.
    pub(super) fn has_content(&self) -> bool {
        !matches!(self.reading, Reading::Silent)
    }

    /// Keeps an update until what it builds on arrives; answers whether there was room for it.
    pub(super) fn park(&mut self, parked: Parked) -> bool {
        let bytes: usize = self.parked.iter().map(|parked| parked.update.len()).sum();
        let fits = self.parked.len() < MAX_PARKED && bytes + parked.update.len() <= MAX_PARKED_BYTES;
        if fits {
            self.parked.push(parked);
        }
        fits
    }
}
