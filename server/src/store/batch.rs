//! What goes into one commit: the waiting updates of many rooms, one segment for each.

use std::collections::{HashMap, hash_map::Entry as Slot};

use actors::room::log::{Append, Entry, LogError};
use bytes::Bytes;
use protocol::{
    ids::{RoomId, SegmentId},
    rooms::Seq,
};
use tokio::sync::oneshot;

use super::segment;

/// Rooms in one commit at most.
const MAX_ROOMS: usize = 512;
/// Bytes of updates in one commit; the append that passes it is the last one in.
const MAX_BYTES: usize = 1024 * 1024;

/// Tells whoever appended at which position, or why not.
pub(super) type Answer = oneshot::Sender<Result<Seq, LogError>>;

/// Something a lane is asked to do.
pub(super) enum Order {
    /// Commit this.
    Append(Append, Answer),
    /// Say when everything ordered before is settled.
    Settle(oneshot::Sender<()>),
}

/// Orders gathered for one commit.
#[derive(Default)]
pub(super) struct Batch {
    rooms: HashMap<RoomId, Gathered>,
    bytes: usize,
    appends: usize,
    settled: Vec<oneshot::Sender<()>>,
}

struct Gathered {
    generation: u64,
    known: Seq,
    title: Option<String>,
    entries: Vec<Entry>,
    answers: Vec<Part>,
}

/// One append inside a segment.
pub(super) struct Part {
    /// How many updates of the segment stand before it.
    offset: u64,
    answer: Answer,
}

impl Batch {
    /// Takes the order in, or gives it back when it has to wait for the next commit.
    pub(super) fn take(&mut self, order: Order) -> Result<(), Order> {
        let (append, answer) = match order {
            Order::Settle(settled) => {
                self.settled.push(settled);
                return Ok(());
            }
            Order::Append(append, answer) => (append, answer),
        };
        self.appends += 1;
        let is_full = self.bytes >= MAX_BYTES || self.rooms.len() >= MAX_ROOMS;
        match self.rooms.entry(append.room) {
            _ if is_full => return Err(Order::Append(append, answer)),
            // One of the two will be refused, but not the other.
            Slot::Occupied(slot) if slot.get().generation != append.generation => {
                return Err(Order::Append(append, answer));
            }
            Slot::Occupied(mut slot) => slot.get_mut().add(append, answer, &mut self.bytes),
            Slot::Vacant(slot) => {
                let generation = append.generation;
                let gathered = Gathered { generation, known: 0, title: None, entries: Vec::new(), answers: Vec::new() };
                slot.insert(gathered).add(append, answer, &mut self.bytes);
            }
        }
        Ok(())
    }

    /// Appends in it, and perhaps one that did not fit.
    pub(super) fn appends(&self) -> usize {
        self.appends
    }

    /// The segments to be written, in the order of their rooms' ids, and who waits for all of them.
    pub(super) fn seal(self) -> (Vec<Segment>, Vec<oneshot::Sender<()>>) {
        let mut segments: Vec<Segment> =
            self.rooms.into_iter().map(|(room, gathered)| Segment::seal(room, gathered)).collect();
        segments.sort_unstable_by_key(|segment| segment.room);
        (segments, self.settled)
    }
}

impl Gathered {
    fn add(&mut self, append: Append, answer: Answer, bytes: &mut usize) {
        *bytes += append.entries.iter().map(|entry| entry.update.len()).sum::<usize>();
        self.answers.push(Part { offset: self.entries.len() as u64, answer });
        self.entries.extend(append.entries);
        self.known = self.known.max(append.known);
        self.title = append.title.or(self.title.take());
    }
}

/// The updates of one room in one commit.
pub(super) struct Segment {
    pub(super) id: SegmentId,
    pub(super) room: RoomId,
    pub(super) generation: u64,
    /// Position its updates build on.
    pub(super) known: Seq,
    pub(super) title: Option<String>,
    pub(super) count: u64,
    pub(super) checksum: i64,
    pub(super) payload: Bytes,
    /// Where a commit tried to write it, whose outcome is not known.
    pub(super) tried_at: Option<Seq>,
    answers: Vec<Part>,
}

impl Segment {
    fn seal(room: RoomId, gathered: Gathered) -> Self {
        let payload = segment::encode(&gathered.entries);
        Self {
            id: SegmentId::new(),
            room,
            generation: gathered.generation,
            known: gathered.known,
            title: gathered.title,
            count: gathered.entries.len() as u64,
            checksum: segment::checksum(&payload),
            payload,
            tried_at: None,
            answers: gathered.answers,
        }
    }

    /// Tells every appender that its updates are durable, the first of the segment at `first_seq`.
    pub(super) fn committed(self, first_seq: Seq) {
        for part in self.answers {
            // Whoever has gone does not want to know.
            drop(part.answer.send(Ok(first_seq + part.offset)));
        }
    }

    /// Tells every appender that nothing was written.
    pub(super) fn refused(self, why: impl Fn() -> LogError) {
        for part in self.answers {
            drop(part.answer.send(Err(why())));
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::ids::PrincipalId;

    use super::*;

    fn order(
        room: RoomId,
        generation: u64,
        updates: &[&'static str],
    ) -> (Order, oneshot::Receiver<Result<Seq, LogError>>) {
        let author = PrincipalId::new();
        let entries = updates.iter().map(|update| Entry { author, update: Bytes::from_static(update.as_bytes()) });
        let append = Append {
            room,
            generation,
            known: 0,
            entries: entries.collect(),
            title: updates.last().map(|&u| u.to_owned()),
        };
        let (answer, answered) = oneshot::channel();
        (Order::Append(append, answer), answered)
    }

    #[test]
    fn appends_of_one_room_become_one_segment_in_their_order() {
        let room = RoomId::new();
        let (first, mut first_answer) = order(room, 1, &["a", "b"]);
        let (second, mut second_answer) = order(room, 1, &["c"]);

        let mut batch = Batch::default();
        assert!(batch.take(first).is_ok() && batch.take(second).is_ok());
        let (mut segments, _) = batch.seal();
        let segment = segments.pop().unwrap();

        let updates: Vec<Bytes> = segment::decode(&segment.payload).unwrap().into_iter().map(|e| e.update).collect();
        assert_eq!(updates, ["a", "b", "c"]);
        assert_eq!((segment.count, segment.title.as_deref()), (3, Some("c")));
        segment.committed(10);
        assert_eq!(first_answer.try_recv().unwrap().unwrap(), 10);
        assert_eq!(second_answer.try_recv().unwrap().unwrap(), 12);
        assert!(segments.is_empty());
    }

    #[test]
    fn another_generation_of_a_room_waits_for_the_next_commit() {
        let room = RoomId::new();
        let mut batch = Batch::default();

        assert!(batch.take(order(room, 1, &["a"]).0).is_ok());
        assert!(batch.take(order(room, 2, &["b"]).0).is_err());
    }

    #[test]
    fn a_batch_is_full_once_it_has_its_bytes_or_its_rooms() {
        let large: &'static str = "x".repeat(MAX_BYTES).leak();
        let mut batch = Batch::default();
        assert!(batch.take(order(RoomId::new(), 1, &[large]).0).is_ok());
        assert!(batch.take(order(RoomId::new(), 1, &["a"]).0).is_err());

        let mut batch = Batch::default();
        for _ in 0..MAX_ROOMS {
            assert!(batch.take(order(RoomId::new(), 1, &["a"]).0).is_ok());
        }
        assert!(batch.take(order(RoomId::new(), 1, &["a"]).0).is_err());
    }

    #[test]
    fn segments_stand_in_the_order_of_their_rooms() {
        let mut batch = Batch::default();
        for _ in 0..20 {
            assert!(batch.take(order(RoomId::new(), 1, &["a"]).0).is_ok());
        }

        let (segments, _) = batch.seal();

        assert!(segments.is_sorted_by_key(|segment| segment.room));
    }
}
