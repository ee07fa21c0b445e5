//! A room with a log that keeps nothing, and people in it.
//!
//! Through the public interface, as a socket would: what is measured so is the whole way of a message,
//! mailbox and budget included, and a room may be built differently without touching this.
//! `a_message_that_says_nothing` is the price of that way alone.

use std::{
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use actix::{System, SystemRunner};
use actors::{
    bus::Alone,
    clock::SystemClock,
    room::{
        Join, RoomHandle, Rooms,
        log::{Append, LogError, RoomLog, Since, Snapshot, Stored},
    },
    session::{Format, Outbox, OutboxReader, Taken},
    threads::Threads,
};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use protocol::{
    access::Access,
    ids::{PrincipalId, RoomId, SessionId},
    nodes::Head,
    principal::{Principal, PrincipalKind},
    rooms::{RoomKind, Seq},
    wire::Inbound,
};

/// Longer than any benchmark.
const IDLE_TIMEOUT: Duration = Duration::from_secs(600);

/// Where rooms live: this thread.
pub(crate) struct Desk {
    system: SystemRunner,
    rooms: Rooms,
}

/// One room and its people.
pub(crate) struct Scene {
    pub(crate) room: RoomHandle,
    pub(crate) people: Vec<Person>,
}

/// Somebody in a room.
pub(crate) struct Person {
    pub(crate) session: SessionId,
    reader: OutboxReader,
}

/// Takes everything and keeps nothing: what keeping costs is another benchmark's.
struct NoLog;

impl Desk {
    pub(crate) fn new() -> Self {
        let system = System::new();
        let threads = Threads::default();
        system.block_on(async { threads.join() });
        let rooms = Rooms::new(Arc::new(NoLog), Arc::new(Alone), Arc::new(SystemClock), threads, IDLE_TIMEOUT);
        Self { system, rooms }
    }

    pub(crate) fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.system.block_on(work)
    }

    /// A new room with people in it who have everything that `before` says, which the first has said.
    pub(crate) fn scene(&self, people: usize, before: &[Bytes]) -> Scene {
        self.run(async {
            let room = self.rooms.open(RoomId::new()).await.unwrap();
            let mut scene = Scene { room, people: Vec::new() };
            for _ in 0..people {
                scene.enter().await;
            }
            for update in before {
                scene.say(0, Inbound::Update(update.clone())).await;
            }
            scene.heard(0).await;
            scene.read();
            scene
        })
    }
}

impl Scene {
    async fn enter(&mut self) {
        let (outbox, reader) = Outbox::new();
        let session = SessionId::new();
        let (id, name, color) = (PrincipalId::new(), "Ada Lovelace".to_owned(), "#336699".to_owned());
        let principal = Principal { id, kind: PrincipalKind::Guest, name, color };
        let format = Format::YWebsocket;
        self.room.join(Join { session, principal, access: Access::Write, format, outbox }).await.unwrap();
        let person = self.people.len();
        self.people.push(Person { session, reader });
        self.say(person, Inbound::Step1(Bytes::from_static(&[0]))).await;
    }

    pub(crate) async fn say(&self, person: usize, message: Inbound) {
        self.room.receive(self.people[person].session, vec![message]).await.unwrap();
    }

    /// Waits until everything said so far is taken in and passed on.
    pub(crate) async fn heard(&self, person: usize) {
        // The second comes after what the first made the room post to itself.
        self.room.knows(self.people[person].session).await;
        tokio::task::yield_now().await;
        self.room.knows(self.people[person].session).await;
    }

    /// Takes what waits for everybody, as sockets do; answers how many bytes that was.
    pub(crate) fn read(&mut self) -> usize {
        let mut context = Context::from_waker(Waker::noop());
        let mut bytes = 0;
        for person in &mut self.people {
            while let Poll::Ready(Taken::Batch(batch)) = person.reader.poll_take(&mut context) {
                bytes += batch.frames.iter().map(protocol::wire::Frame::len).sum::<usize>();
            }
        }
        bytes
    }
}

impl RoomLog for NoLog {
    fn load(&self, _: RoomId) -> BoxFuture<'static, Result<Stored, LogError>> {
        let (left_out, erased) = (Vec::new(), Bytes::new());
        let stored =
            Stored { kind: RoomKind::Page, generation: 1, head: 0, snapshot: None, tail: Vec::new(), left_out, erased };
        Box::pin(async { Ok(stored) })
    }

    fn append(&self, append: Append) -> BoxFuture<'static, Result<Seq, LogError>> {
        let first = append.known + 1;
        Box::pin(async move { Ok(first) })
    }

    fn read_after(&self, _: RoomId, after: Seq) -> BoxFuture<'static, Result<Since, LogError>> {
        Box::pin(async move { Ok(Since { generation: 1, head: after, commits: Vec::new() }) })
    }

    fn heads(&self, _: Vec<RoomId>) -> BoxFuture<'static, Result<Vec<Head>, LogError>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn compact(&self, _: RoomId) -> BoxFuture<'static, Result<Option<Snapshot>, LogError>> {
        Box::pin(async { Ok(None) })
    }
}
