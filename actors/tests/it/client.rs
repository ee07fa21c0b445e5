//! A client that behaves as the Yjs providers do: a document, a session, a socket to read from.

use std::{
    collections::HashMap,
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use actors::{
    bus::{Alone, Bus},
    clock::Clock,
    room::{Join, RoomHandle, Rooms},
    session::{Format, Outbox, OutboxReader, Taken},
    threads::Threads,
};
use bytes::Bytes;
use protocol::{
    access::Access,
    ids::{PrincipalId, RoomId, SessionId},
    principal::{Principal, PrincipalKind},
    time::Timestamp,
    wire::{
        Inbound,
        close::CloseCode,
        presence::{self, PresenceEntry},
        varint::Reader,
    },
};
use tokio::time::Instant;
use yrs::{
    Doc, GetString, OffsetKind, Options, ReadTxn, StateVector, Text, Transact, Update,
    updates::{decoder::Decode, encoder::Encode},
};

use crate::memory_log::MemoryLog;

pub(crate) const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// The time of the runtime, which tests can pause and move.
struct TestClock(Instant);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.elapsed().as_micros() as i64)
    }
}

/// Rooms on this thread, so that time can be moved.
pub(crate) fn rooms(log: &MemoryLog) -> Rooms {
    rooms_on(log, Arc::new(Alone))
}

/// The same for one node of several.
pub(crate) fn rooms_on(log: &MemoryLog, bus: Arc<dyn Bus>) -> Rooms {
    let clock = Arc::new(TestClock(Instant::now()));
    let threads = Threads::default();
    threads.join();
    Rooms::new(Arc::new(log.clone()), bus, clock, threads, IDLE_TIMEOUT)
}

/// Lets everything run that can run now.
pub(crate) async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

pub(crate) struct Client {
    pub(crate) doc: Doc,
    pub(crate) room: RoomHandle,
    pub(crate) session: SessionId,
    pub(crate) name: String,
    format: Format,
    reader: OutboxReader,
    /// Acknowledgements: taken, refused.
    pub(crate) saved: usize,
    pub(crate) refused: usize,
    /// Updates sent that are owed an answer.
    pub(crate) sent: usize,
    pub(crate) synced: bool,
    /// Something was denied, be it the room or, as y-websocket says it, an update.
    pub(crate) denied: bool,
    /// What a Hocuspocus client was last told it may do.
    pub(crate) scope: Option<String>,
    pub(crate) closed: Option<CloseCode>,
    pub(crate) updates: Vec<Bytes>,
    /// Times the server has asked for what it lacks.
    pub(crate) asked: usize,
    pub(crate) others: HashMap<u64, PresenceEntry>,
}

impl Client {
    pub(crate) async fn join(rooms: &Rooms, room: RoomId, access: Access) -> Self {
        Self::join_as(rooms, room, access, hocuspocus()).await
    }

    pub(crate) async fn join_as(rooms: &Rooms, room: RoomId, access: Access, format: Format) -> Self {
        Self::enter(rooms, room, access, format, Doc::with_options(options())).await
    }

    /// Joins with a document that may have content already, and asks for the rest.
    pub(crate) async fn join_with(rooms: &Rooms, room: RoomId, access: Access, doc: Doc) -> Self {
        Self::enter(rooms, room, access, hocuspocus(), doc).await
    }

    async fn enter(rooms: &Rooms, room: RoomId, access: Access, format: Format, doc: Doc) -> Self {
        let room = rooms.open(room).await.unwrap();
        let (outbox, reader) = Outbox::new();
        let session = SessionId::new();
        let name = format!("guest {session}");
        let principal = Principal {
            id: PrincipalId::new(),
            kind: PrincipalKind::Guest,
            name: name.clone(),
            color: "#336699".to_owned(),
        };
        room.join(Join { session, principal, access, format: format.clone(), outbox }).await.unwrap();
        let client = Self {
            doc,
            room,
            session,
            name,
            format,
            reader,
            saved: 0,
            refused: 0,
            sent: 0,
            synced: false,
            denied: false,
            scope: None,
            closed: None,
            updates: Vec::new(),
            asked: 0,
            others: HashMap::new(),
        };
        let state_vector = client.doc.transact().state_vector().encode_v1();
        client.say(Inbound::Step1(state_vector.into())).await;
        client
    }

    pub(crate) async fn say(&self, message: Inbound) {
        self.room.receive(self.session, vec![message]).await.unwrap();
    }

    /// Makes an edit without sending it; answers with its update.
    pub(crate) fn type_in(&self, at: u32, text: &str) -> Bytes {
        let shared = self.doc.get_or_insert_text("t");
        let mut txn = self.doc.transact_mut();
        let at = at.min(shared.len(&txn));
        shared.insert(&mut txn, at, text);
        txn.encode_update_v1().into()
    }

    pub(crate) fn delete(&self, at: u32) -> Option<Bytes> {
        let shared = self.doc.get_or_insert_text("t");
        let mut txn = self.doc.transact_mut();
        if at >= shared.len(&txn) {
            return None;
        }
        shared.remove_range(&mut txn, at, 1);
        Some(txn.encode_update_v1().into())
    }

    pub(crate) async fn send(&mut self, update: Bytes) {
        self.sent += 1;
        self.say(Inbound::Update(update)).await;
    }

    pub(crate) async fn edit(&mut self, text: &str) {
        let update = self.type_in(u32::MAX, text);
        self.send(update).await;
    }

    pub(crate) fn text(&self) -> String {
        self.doc.get_or_insert_text("t").get_string(&self.doc.transact())
    }

    /// Reads what waits, and answers as a provider would.
    pub(crate) async fn read(&mut self) {
        self.settle().await;
        while let Poll::Ready(taken) = self.reader.poll_take(&mut Context::from_waker(Waker::noop())) {
            if !self.take(taken).await {
                return;
            }
            self.settle().await;
        }
    }

    /// Lets the room finish what it was told, be it on another thread, and everything that follows.
    async fn settle(&self) {
        self.room.knows(self.session).await;
        settle().await;
    }

    /// Waits for what comes of work that is done on another thread, and reads it.
    pub(crate) async fn read_until(&mut self, enough: impl Fn(&Self) -> bool) {
        while !enough(self) {
            self.wait_and_read().await;
        }
    }

    /// Waits until something can be read, and reads it.
    pub(crate) async fn wait_and_read(&mut self) {
        let taken = poll_fn(|context| self.reader.poll_take(context)).await;
        self.take(taken).await;
    }

    async fn take(&mut self, taken: Taken) -> bool {
        match taken {
            Taken::Batch(batch) => {
                for frame in batch.frames {
                    self.hear(&frame.to_bytes()).await;
                }
                true
            }
            Taken::Close(code) => {
                self.closed = Some(code);
                false
            }
        }
    }

    /// Reads a frame as its provider does.
    async fn hear(&mut self, frame: &Bytes) {
        let mut reader = Reader::new(frame);
        if let Format::Hocuspocus { address } = &self.format {
            assert_eq!(reader.bytes().unwrap(), address);
        }
        match reader.uint().unwrap() {
            0 => match (reader.uint().unwrap(), reader.bytes().unwrap()) {
                (0, peer) => self.answer(peer).await,
                (kind, update) => {
                    self.synced |= kind == 1;
                    self.apply(update);
                }
            },
            1 => {
                for entry in presence::decode(&Bytes::copy_from_slice(reader.bytes().unwrap())).unwrap() {
                    self.others.insert(entry.client, entry);
                }
            }
            2 => match (&self.format, reader.uint().unwrap()) {
                (Format::Hocuspocus { .. }, 2) => self.scope = Some(reader.text().unwrap().to_owned()),
                (Format::Hocuspocus { .. }, 1) | (Format::YWebsocket, 0) => self.denied = true,
                (_, other) => panic!("auth message {other}"),
            },
            // The generation of the room, which only tells those who keep local copies anything.
            5 => assert_eq!(reader.text().unwrap(), r#"{"generation":1}"#),
            7 => self.closed = Some(code_with_reason(reader.text().unwrap())),
            8 if reader.int().unwrap() == 1 => self.saved += 1,
            8 => self.refused += 1,
            other => panic!("message {other}"),
        }
    }

    async fn answer(&mut self, peer: &[u8]) {
        let peer = StateVector::decode_v1(peer).unwrap();
        let answer = self.doc.transact().encode_state_as_update_v1(&peer);
        self.asked += 1;
        self.sent += 1;
        self.say(Inbound::Step2(answer.into())).await;
    }

    fn apply(&mut self, update: &[u8]) {
        self.updates.push(Bytes::copy_from_slice(update));
        let mut txn = self.doc.transact_mut();
        txn.apply_update(Update::decode_v1(update).unwrap()).unwrap();
        assert!(!txn.has_missing_updates(), "a client is told nothing before what it builds on");
    }

    pub(crate) async fn announce(&self, client: u64, clock: u32, state: Option<&str>) {
        let state = state.map(|state| Bytes::copy_from_slice(state.as_bytes()));
        let entries = [PresenceEntry { client, clock, state }];
        self.say(Inbound::Presence(presence::encode(entries.iter()))).await;
    }
}

/// A provider that has one room on its socket.
pub(crate) fn hocuspocus() -> Format {
    Format::Hocuspocus { address: Bytes::from_static(b"r") }
}

/// The codes a room of a shared socket is left with.
fn code_with_reason(reason: &str) -> CloseCode {
    let mut codes = [
        CloseCode::Unauthorized,
        CloseCode::Forbidden,
        CloseCode::NotFound,
        CloseCode::Erased,
        CloseCode::DocumentFull,
        CloseCode::Refused,
    ]
    .into_iter();
    codes.find(|code| code.reason() == reason).unwrap()
}

pub(crate) fn options() -> Options {
    Options { offset_kind: OffsetKind::Utf16, ..Options::default() }
}
