//! A connection of a person to a room: a socket with time in it, and the node's end of it.

use std::{future::poll_fn, time::Duration};

use actix::spawn;
use actors::{
    room::{Join, RoomHandle},
    session::{Format, Outbox, OutboxReader, Taken},
};
use bytes::Bytes;
use protocol::{
    ids::SessionId,
    wire::{Inbound, close::CloseCode},
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, timeout},
};

use super::{node::Node, person::Person};

/// How long a person waits for a room to open.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often somebody who stalls looks whether to go on.
const LOOKS_UP_EVERY: Duration = Duration::from_millis(500);
/// Longest way of a message, in milliseconds.
const WAY_MS: u64 = 20;
/// Bytes of the largest frame there can be in these worlds.
const LARGEST_FRAME_BYTES: usize = 16 * 1024;
/// How long a node may take to notice that a connection is dead, in milliseconds.
const HALF_OPEN_MS: u64 = 20_000;

/// The person's end.
pub(super) struct Link {
    pub(super) node: Node,
    pub(super) session: SessionId,
    pub(super) handle: RoomHandle,
    /// Updates that are not answered.
    pub(super) owed: u64,
    /// Something was refused, and not said again since.
    pub(super) is_in_doubt: bool,
    uplink: mpsc::UnboundedSender<Inbound>,
}

impl Link {
    pub(super) fn say(&self, message: Inbound) {
        // A socket that is gone loses it.
        drop(self.uplink.send(message));
    }
}

impl Person {
    /// Connects to a node, and reads from it until one of the two ends it.
    pub(super) fn connect(&self, node: &Node) {
        if std::mem::replace(&mut self.state.borrow_mut().is_connecting, true) {
            return;
        }
        let (person, node) = (self.clone(), node.clone());
        spawn(async move {
            sleep(person.way()).await;
            let entered = timeout(PATIENCE, person.enter(&node)).await;
            person.state.borrow_mut().is_connecting = false;
            let Ok(Some((number, reader))) = entered else { return };
            person.greet();
            tokio::select! {
                biased;
                () = node.life.death() => (),
                () = person.read(number, reader, &node) => (),
            }
            if person.state.borrow().links == number {
                person.hang_up();
            }
        });
    }

    async fn enter(&self, node: &Node) -> Option<(u64, OutboxReader)> {
        let handle = node.open(self.room).await?;
        let (outbox, reader) = Outbox::with_budget(self.scene.plan.outbox_bytes);
        let session = SessionId::new();
        let (principal, access) = {
            let state = self.state.borrow();
            (state.principal.clone(), state.access)
        };
        let format = Format::Hocuspocus { address: Bytes::from_static(b"r") };
        handle.join(Join { session, principal, access, format, outbox }).await.ok()?;
        let (uplink, said) = mpsc::unbounded_channel();
        spawn(carry(self.clone(), node.clone(), handle.clone(), session, said));
        let mut state = self.state.borrow_mut();
        self.scene.fate.note(|| format!("person {} is connected to node {}", self.number, node.number));
        state.link = Some(Link { node: node.clone(), session, handle, owed: 0, is_in_doubt: false, uplink });
        state.links += 1;
        Some((state.links, reader))
    }

    async fn read(&self, number: u64, mut reader: OutboxReader, node: &Node) {
        while self.is_at(number) {
            while Instant::now() < self.state.borrow().stalls_until {
                sleep(LOOKS_UP_EVERY).await;
            }
            node.life.passage().await;
            let batch = match poll_fn(|context| reader.poll_take(context)).await {
                Taken::Batch(batch) => batch,
                Taken::Close(code) => return self.closed(code),
            };
            let bytes: usize = batch.frames.iter().map(protocol::wire::Frame::len).sum();
            // The last answer and the last piece of content may pass the limits by what they are long.
            let most = 4 * self.scene.plan.outbox_bytes + LARGEST_FRAME_BYTES;
            self.scene.fate.wrong_unless(bytes <= most, || format!("{bytes} bytes waited for person {}", self.number));
            sleep(self.way()).await;
            for frame in batch.frames {
                if self.is_at(number) {
                    self.hear(&frame.to_bytes());
                }
            }
        }
    }

    fn closed(&self, code: CloseCode) {
        self.scene.fate.note(|| format!("person {} is closed: {}", self.number, code.reason()));
        let is_expected = self.scene.plan.weights.end_room > 0 || self.scene.database.was_rewound();
        self.scene.fate.wrong_unless(is_expected || code != CloseCode::Restarting, || "a room has failed".to_owned());
    }

    fn is_at(&self, number: u64) -> bool {
        let state = self.state.borrow();
        state.link.is_some() && state.links == number
    }

    fn way(&self) -> Duration {
        self.scene.fate.millis(0..WAY_MS)
    }
}

/// Carries what a person says to his room; the room is left when he has hung up, sooner or later.
async fn carry(
    person: Person,
    node: Node,
    handle: RoomHandle,
    session: SessionId,
    mut said: mpsc::UnboundedReceiver<Inbound>,
) {
    while let Some(message) = said.recv().await {
        sleep(person.way()).await;
        node.life.passage().await;
        // What is still on its way when the connection ends arrives or does not.
        if said.is_closed() && person.scene.fate.coin() {
            break;
        }
        if handle.receive(session, vec![message]).await.is_err() {
            break;
        }
    }
    let noticed_after = if person.scene.fate.coin() { WAY_MS } else { HALF_OPEN_MS };
    sleep(person.scene.fate.millis(0..noticed_after)).await;
    node.life.passage().await;
    handle.leave(session);
}
