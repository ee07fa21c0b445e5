//! Somebody in a room where the paper of [`Trace`] is written: how far they have been told of it,
//! keystroke by keystroke, and how many bytes that took.
//!
//! Every keystroke inserts one letter, which takes a clock, or deletes one. Whoever knows of so many
//! clocks and of so many deletions has been told of so many keystrokes, however the server put them together.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Instant,
};

use protocol::wire::update::{self, Visit};
use yrs::{Doc, GetString, ReadTxn, Transact, Update, updates::decoder::Decode};

use super::{
    client, frame,
    socket::Socket,
    tally::Tally,
    wire::{self, Heard, Wire},
};
use crate::{
    failure::Failure,
    target::{Dialect, Target},
    trace::{ROOT, Trace, WRITER},
};

/// The state vector of somebody who has nothing, and the update that says so.
const NOTHING_KNOWN: [u8; 1] = [0];
const NOTHING: [u8; 2] = [0, 0];

pub(crate) struct Reader {
    pub(crate) socket: Rc<Socket>,
    pub(crate) wire: Wire,
    /// When the handshake was over.
    pub(crate) opened: Instant,
    pub(crate) told: RefCell<Told>,
    /// Whether the server has answered what there is.
    pub(crate) has_answer: Cell<bool>,
    /// Updates sent, those that answer the server included, and how many of them are acknowledged.
    pub(crate) sent: Cell<usize>,
    pub(crate) saved: Cell<usize>,
    /// Updates that were not taken.
    pub(crate) refused: Cell<usize>,
}

/// What somebody has been told.
pub(crate) struct Told {
    letters: Tally,
    /// By clock, whether the letter is deleted.
    deleted: Vec<bool>,
    deletions: usize,
    /// Deletions that were told more than once.
    deleted_again: u64,
    /// Everything, as it came.
    updates: Vec<Vec<u8>>,
    /// Bytes of updates, and of all messages.
    pub(crate) update_bytes: usize,
    pub(crate) bytes: usize,
    pub(crate) frames: usize,
    /// When the last frame came that told something new, or answered what there is.
    pub(crate) last_news: Instant,
}

impl Reader {
    /// Opens a socket, enters the room, and asks for everything.
    ///
    /// # Errors
    ///
    /// [`Failure`] if the socket cannot be opened.
    pub(crate) async fn enter(target: &Target, dialect: Dialect, room: &str) -> Result<Self, Failure> {
        let socket = client::open(target, dialect, room, 0).await?;
        let (opened, wire) = (Instant::now(), Wire::about(room, dialect));
        let mut token = Vec::new();
        if wire.put_token(&mut token) {
            socket.queue(frame::BINARY, |out| out.extend_from_slice(&token));
        }
        socket.send(|out| wire.put_step_1(out, &NOTHING_KNOWN))?;
        Ok(Self {
            socket,
            wire,
            opened,
            told: RefCell::new(Told::nothing()),
            has_answer: Cell::new(false),
            sent: Cell::new(0),
            saved: Cell::new(0),
            refused: Cell::new(0),
        })
    }

    /// Puts an update behind what waits to be sent; it leaves with [`Socket::flush`].
    pub(crate) fn queue(&self, update: &[u8]) {
        self.socket.queue(frame::BINARY, |out| self.wire.put_update(out, update));
        self.sent.set(self.sent.get() + 1);
    }

    /// Waits for what the server says, and takes it in. May be given up at any time.
    ///
    /// # Errors
    ///
    /// [`Failure::Closed`], [`Failure::Io`], [`Failure::Unreadable`].
    pub(crate) async fn read(&self) -> Result<(), Failure> {
        self.socket.read(|payload| self.hear(payload)).await
    }

    /// How many keystrokes it has been told.
    pub(crate) fn keystrokes(&self) -> usize {
        self.told.borrow().keystrokes()
    }

    /// Updates that are not acknowledged, where the dialect knows acknowledgements.
    pub(crate) fn unsaved(&self) -> usize {
        match self.wire.dialect() {
            Dialect::YWebsocket => 0,
            Dialect::Hocuspocus => self.sent.get() - self.saved.get(),
        }
    }

    fn hear(&self, payload: &[u8]) -> Result<(), Failure> {
        let now = Instant::now();
        let mut told = self.told.borrow_mut();
        told.bytes += payload.len();
        told.frames += 1;
        match self.wire.hear(payload)? {
            Heard::Update(update) => told.take(update, now)?,
            Heard::Step2(update) => {
                told.take(update, now)?;
                if !self.has_answer.replace(true) {
                    // Only with it does a provider know that it has all there is.
                    told.last_news = now;
                }
            }
            Heard::Step1(_) => {
                self.sent.set(self.sent.get() + 1);
                self.socket.send(|out| self.wire.put_step_2(out, &NOTHING))?;
            }
            Heard::Saved(true) => self.saved.set(self.saved.get() + 1),
            Heard::Saved(false) => self.refused.set(self.refused.get() + 1),
            Heard::Ping => self.socket.send(|out| out.extend_from_slice(&wire::PONG))?,
            Heard::Out => return Err(Failure::Closed("put out of the room".to_owned())),
            Heard::Presence(_) | Heard::Other => (),
        }
        Ok(())
    }
}

impl Told {
    fn nothing() -> Self {
        Self {
            letters: Tally::of(1),
            deleted: Vec::new(),
            deletions: 0,
            deleted_again: 0,
            updates: Vec::new(),
            update_bytes: 0,
            bytes: 0,
            frames: 0,
            last_news: Instant::now(),
        }
    }

    /// How many keystrokes.
    pub(crate) fn keystrokes(&self) -> usize {
        self.letters.next(0) as usize + self.deletions
    }

    /// Letters and deletions that were told more than once.
    pub(crate) fn doubled(&self) -> u64 {
        self.letters.doubled + self.deleted_again
    }

    /// The text that comes of all of it; `None` if it cannot be put together, or something lacks.
    pub(crate) fn text(&self) -> Option<String> {
        let document = Doc::new();
        let paper = document.get_or_insert_text(ROOT);
        for update in &self.updates {
            document.transact_mut().apply_update(Update::decode_v1(update).ok()?).ok()?;
        }
        let txn = document.transact();
        (!txn.has_missing_updates()).then(|| paper.get_string(&txn))
    }

    /// Whether it is all of the trace, and says what that says.
    pub(crate) fn is_whole(&self, trace: &Trace) -> bool {
        self.keystrokes() == trace.keystrokes && self.text().as_ref() == Some(&trace.text)
    }

    fn take(&mut self, update: &[u8], now: Instant) -> Result<(), Failure> {
        let before = self.keystrokes();
        update::scan(update, self)?;
        self.update_bytes += update.len();
        if !update::is_empty(update) {
            self.updates.push(update.to_vec());
        }
        if self.keystrokes() > before {
            self.last_news = now;
        }
        Ok(())
    }
}

impl Visit for Told {
    #[inline]
    fn block(&mut self, client: u64, clock: u32, len: u32) {
        if client == WRITER {
            self.letters.tell(0, clock..clock + len);
        }
    }

    #[inline]
    fn deletion(&mut self, client: u64, clock: u32, len: u32) {
        if client != WRITER {
            return;
        }
        let clocks = clock as usize..(clock + len) as usize;
        if self.deleted.len() < clocks.end {
            self.deleted.resize(clocks.end, false);
        }
        for deleted in &mut self.deleted[clocks] {
            self.deletions += usize::from(!*deleted);
            self.deleted_again += u64::from(*deleted);
            *deleted = true;
        }
    }

    #[inline]
    fn skip(&mut self, _client: u64, _clock: u32, _len: u32) {}
    #[inline]
    fn reference(&mut self, _client: u64, _clock: u32) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(updates: &[&[u8]]) -> Told {
        let mut told = Told::nothing();
        for update in updates {
            told.take(update, Instant::now()).unwrap();
        }
        told
    }

    #[test]
    fn keystrokes_count_one_by_one_and_put_together() {
        let trace = Trace::first(5_000, 1).unwrap();
        let one_by_one: Vec<&[u8]> = (0..trace.len()).map(|number| trace.update(number)).collect();
        let together = yrs::merge_updates_v1(&one_by_one).unwrap();

        for updates in [&one_by_one[..], &[&together]] {
            let told = told(updates);
            assert_eq!((told.keystrokes(), told.doubled()), (5_000, 0));
            assert!(told.is_whole(&trace));
        }
    }

    #[test]
    fn what_is_told_twice_counts_once() {
        let trace = Trace::first(2_000, 1).unwrap();
        let once: Vec<&[u8]> = (0..trace.len()).map(|number| trace.update(number)).collect();

        let told = told(&[&once[..], &once[..]].concat());

        assert_eq!((told.keystrokes(), told.doubled()), (2_000, 2_000));
        assert!(told.is_whole(&trace));
    }

    #[test]
    fn a_keystroke_that_lacks_is_noticed() {
        let trace = Trace::first(2_000, 1).unwrap();
        let mut updates: Vec<&[u8]> = (0..trace.len()).map(|number| trace.update(number)).collect();
        updates.remove(1_000);

        assert!(!told(&updates).is_whole(&trace));
    }
}
