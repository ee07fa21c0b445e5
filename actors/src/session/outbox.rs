//! What waits to be written to one socket, counted in bytes.
//!
//! Rooms push and never wait; the socket takes when it can write. Between them is one budget:
//!
//! - content beyond [`BUDGET_BYTES`] is not taken in. The room notes where the session fell behind
//!   and goes on from there after [`Outbox::drained`];
//! - presence is replaced: at most one frame per session waits;
//! - answers (acknowledgements, refusals) are always taken in, up to [`HARD_LIMIT`] budgets. A client
//!   that makes the server answer so much without reading is closed.

use std::{
    collections::VecDeque,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

use bytes::Bytes;
use protocol::{
    ids::SessionId,
    wire::{Frame, close::CloseCode},
};
use tokio::sync::Notify;

/// Bytes of content that may wait for one socket. One frame larger than this passes when nothing waits.
pub(crate) const BUDGET_BYTES: usize = 1024 * 1024;
/// How many times the budget may wait before the socket is closed with 1013.
const HARD_LIMIT: usize = 4;

/// The writing side, held by rooms and by the socket's reader. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Outbox {
    shared: Arc<Shared>,
}

/// The reading side, held by whatever writes to the socket. Dropping it closes the outbox.
#[derive(Debug)]
pub struct OutboxReader {
    shared: Arc<Shared>,
}

/// What an [`OutboxReader`] finds.
#[derive(Debug, PartialEq, Eq)]
pub enum Taken {
    /// Something to be written.
    Batch(Batch),
    /// Everything has been taken; close the socket with this code.
    Close(CloseCode),
}

/// Everything that waited.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// The answer to the client's latest ping (RFC 6455 §5.5.3 asks for no more than that one).
    pub pong: Option<Bytes>,
    /// Whether to ask the client for a sign of life.
    pub ping: bool,
    /// Messages, in order.
    pub frames: VecDeque<Frame>,
}

#[derive(Debug, Default)]
struct Shared {
    budget_bytes: usize,
    queue: Mutex<Queue>,
    /// Rings whenever frames were taken, and when the outbox closes: for rooms that wait to go on.
    taken: Notify,
    /// Rings when the outbox closes. A ring of its own: every socket waits for it all the time, and is not
    /// to be woken by each of its own writes.
    ended: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    batch: Batch,
    presence: Vec<(SessionId, Frame)>,
    bytes: usize,
    closing: Option<CloseCode>,
    reader_gone: bool,
    /// Counts takes, so that a reader that stands still can be told from a slow one.
    takes: u64,
    waker: Option<Waker>,
}

impl Outbox {
    /// A new outbox and its reader.
    pub fn new() -> (Self, OutboxReader) {
        Self::with_budget(BUDGET_BYTES)
    }

    /// A new outbox in which only so much content may wait, and its reader.
    pub fn with_budget(budget_bytes: usize) -> (Self, OutboxReader) {
        let shared = Arc::new(Shared { budget_bytes, ..Shared::default() });
        (Self { shared: Arc::clone(&shared) }, OutboxReader { shared })
    }

    /// Adds content unless it does not fit; answers whether it was taken in.
    pub(crate) fn push_content(&self, frame: Frame) -> bool {
        let mut queue = self.shared.lock();
        if queue.is_closed() || (queue.bytes > 0 && queue.bytes + frame.len() > self.shared.budget_bytes) {
            return false;
        }
        queue.push(frame);
        true
    }

    /// Adds an answer. It is never left out; at the hard limit the socket closes instead.
    pub fn push_answer(&self, frame: Frame) {
        self.push_answers(&frame, 1);
    }

    /// Adds the same answer several times, as [`Outbox::push_answer`] does once.
    pub(crate) fn push_answers(&self, frame: &Frame, times: usize) {
        let mut queue = self.shared.lock();
        if queue.is_closed() {
            return;
        }
        for _ in 0..times {
            if queue.bytes > HARD_LIMIT * self.shared.budget_bytes {
                queue.close(CloseCode::TryAgainLater);
                drop(queue);
                return self.shared.ends();
            }
            queue.push(frame.clone());
        }
    }

    /// Adds presence. While an earlier frame of the same session waits, `full` takes its place.
    pub(crate) fn push_presence(&self, session: SessionId, changes: Frame, full: impl FnOnce() -> Option<Frame>) {
        let mut queue = self.shared.lock();
        if queue.is_closed() {
            return;
        }
        match queue.presence.iter().position(|(waiting, _)| *waiting == session) {
            None => {
                queue.bytes += changes.len();
                queue.presence.push((session, changes));
            }
            Some(index) => {
                let Some(full) = full() else { return };
                queue.bytes = queue.bytes - queue.presence[index].1.len() + full.len();
                queue.presence[index].1 = full;
            }
        }
        queue.wake();
    }

    /// Answers a ping of the client.
    pub fn push_pong(&self, payload: Bytes) {
        let mut queue = self.shared.lock();
        queue.batch.pong = Some(payload);
        queue.wake();
    }

    /// Asks the client for a sign of life.
    pub fn push_ping(&self) {
        let mut queue = self.shared.lock();
        queue.batch.ping = true;
        queue.wake();
    }

    /// Closes the socket after what waits has been written. The first code stays.
    pub fn close(&self, code: CloseCode) {
        self.shared.lock().close(code);
        self.shared.ends();
    }

    /// Whether the socket is gone or going.
    pub fn is_closed(&self) -> bool {
        self.shared.lock().is_closed()
    }

    /// Whether nothing waits to be written.
    pub(crate) fn is_empty(&self) -> bool {
        self.shared.lock().bytes == 0
    }

    /// Whether nothing has been taken since `mark` although something waits.
    /// `mark` is what this answered before; start with 0.
    pub(crate) fn stands_still_since(&self, mark: &mut u64) -> bool {
        let queue = self.shared.lock();
        let still = *mark == queue.takes && queue.bytes > 0;
        *mark = queue.takes;
        still
    }

    /// Waits until nothing waits any more, so that content of any size fits, or the outbox is closed.
    pub(crate) async fn drained(&self) {
        loop {
            let taken = self.shared.taken.notified();
            {
                let queue = self.shared.lock();
                if queue.is_closed() || queue.bytes == 0 {
                    return;
                }
            }
            taken.await;
        }
    }

    /// Waits until the socket is gone or going.
    pub async fn closed(&self) {
        loop {
            let ended = self.shared.ended.notified();
            if self.is_closed() {
                return;
            }
            ended.await;
        }
    }
}

impl OutboxReader {
    /// Takes everything that waits; pending while nothing does.
    pub fn poll_take(&mut self, context: &mut std::task::Context<'_>) -> Poll<Taken> {
        let mut queue = self.shared.lock();
        let presence = mem::take(&mut queue.presence);
        let mut batch = mem::take(&mut queue.batch);
        batch.frames.extend(presence.into_iter().map(|(_, frame)| frame));
        if batch == Batch::default() {
            return match queue.closing {
                Some(code) => Poll::Ready(Taken::Close(code)),
                None => {
                    queue.waker = Some(context.waker().clone());
                    Poll::Pending
                }
            };
        }
        queue.bytes = 0;
        queue.takes += 1;
        drop(queue);
        self.shared.taken.notify_waiters();
        Poll::Ready(Taken::Batch(batch))
    }
}

impl Drop for OutboxReader {
    fn drop(&mut self) {
        let mut queue = self.shared.lock();
        queue.reader_gone = true;
        queue.batch = Batch::default();
        queue.presence = Vec::new();
        queue.bytes = 0;
        drop(queue);
        self.shared.ends();
    }
}

impl Shared {
    fn ends(&self) {
        self.taken.notify_waiters();
        self.ended.notify_waiters();
    }

    /// A panic while the lock was held cannot leave the queue half-changed in a way that matters.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn is_closed(&self) -> bool {
        self.reader_gone || self.closing.is_some()
    }

    fn push(&mut self, frame: Frame) {
        self.bytes += frame.len();
        self.batch.frames.push_back(frame);
        self.wake();
    }

    fn close(&mut self, code: CloseCode) {
        self.closing.get_or_insert(code);
        self.wake();
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{pin::pin, task::Context};

    use bytes::Bytes;

    use super::*;

    fn frame(size: usize) -> Frame {
        Frame { head: Bytes::new(), body: Bytes::from(vec![7; size]) }
    }

    fn take(reader: &mut OutboxReader) -> Poll<Taken> {
        reader.poll_take(&mut Context::from_waker(Waker::noop()))
    }

    fn sizes(taken: Poll<Taken>) -> Vec<usize> {
        match taken {
            Poll::Ready(Taken::Batch(batch)) => batch.frames.iter().map(Frame::len).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn content_beyond_the_budget_is_not_taken_in() {
        let (outbox, mut reader) = Outbox::new();

        assert!(outbox.push_content(frame(BUDGET_BYTES)));
        assert!(!outbox.push_content(frame(1)));
        outbox.push_answer(frame(2));

        assert_eq!(sizes(take(&mut reader)), [BUDGET_BYTES, 2]);
        assert!(outbox.push_content(frame(1)));
    }

    #[test]
    fn one_frame_larger_than_the_budget_passes_when_nothing_waits() {
        let (outbox, mut reader) = Outbox::new();

        assert!(outbox.push_content(frame(3 * BUDGET_BYTES)));

        assert_eq!(sizes(take(&mut reader)), [3 * BUDGET_BYTES]);
    }

    #[test]
    fn what_is_told_to_be_drained_takes_content_of_any_size() {
        let (outbox, mut reader) = Outbox::new();
        let mut context = Context::from_waker(Waker::noop());
        outbox.push_answer(frame(1));
        assert!(!outbox.push_content(frame(2 * BUDGET_BYTES)));

        let mut drained = pin!(outbox.drained());
        assert!(drained.as_mut().poll(&mut context).is_pending());
        assert_eq!(sizes(take(&mut reader)), [1]);

        assert!(drained.as_mut().poll(&mut context).is_ready());
        assert!(outbox.push_content(frame(2 * BUDGET_BYTES)));
    }

    #[test]
    fn waiting_presence_is_replaced_by_the_full_state() {
        let (outbox, mut reader) = Outbox::new();
        let (one, other) = (SessionId::new(), SessionId::new());

        outbox.push_presence(one, frame(1), || panic!("nothing waits yet"));
        outbox.push_presence(one, frame(2), || Some(frame(9)));
        outbox.push_presence(other, frame(3), || panic!("nothing of this session waits yet"));

        assert_eq!(sizes(take(&mut reader)), [9, 3]);
    }

    #[test]
    fn a_client_that_only_asks_and_never_reads_is_closed() {
        let (outbox, mut reader) = Outbox::new();

        for _ in 0..6 {
            outbox.push_answer(frame(1024 * 1024));
        }

        assert!(outbox.is_closed());
        assert_eq!(sizes(take(&mut reader)).len(), 5);
        assert_eq!(take(&mut reader), Poll::Ready(Taken::Close(CloseCode::TryAgainLater)));
    }

    #[test]
    fn what_waits_is_written_before_the_socket_closes() {
        let (outbox, mut reader) = Outbox::new();

        outbox.push_answer(frame(1));
        outbox.close(CloseCode::NotFound);
        outbox.close(CloseCode::Normal);
        outbox.push_answer(frame(2));

        assert_eq!(sizes(take(&mut reader)), [1]);
        assert_eq!(take(&mut reader), Poll::Ready(Taken::Close(CloseCode::NotFound)));
    }

    #[test]
    fn a_reader_that_stands_still_is_told_from_a_slow_one() {
        let (outbox, mut reader) = Outbox::new();
        let mut mark = 0;

        outbox.push_answer(frame(1));
        assert!(outbox.stands_still_since(&mut mark));
        assert_eq!(sizes(take(&mut reader)), [1]);
        outbox.push_answer(frame(1));
        assert!(!outbox.stands_still_since(&mut mark));
        assert!(outbox.stands_still_since(&mut mark));
    }
}
