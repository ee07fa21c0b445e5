//! The bus between nodes: Redis pub/sub, which loses whatever it likes.
//!
//! Every room has a channel, and the nodes have one in common: `gala:room:{id}` and `gala:nodes`.
//! Messages are `protocol::wire::nodes` behind a seal (`seal.rs`) that shows that whoever says it knows
//! the installation's secret. Every second a node says that it lives, and hears itself say so: that is how
//! it knows whether it hears anything. What is kept in Redis: nothing.

mod publisher;
mod recent;
mod seal;
mod subscriber;

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actors::bus::{Bus, Heard};
use bytes::Bytes;
use protocol::{
    ids::{NodeId, RoomId},
    nodes::{Change, News, Said},
    wire::nodes,
};
use redis::Client;
use tokio::{
    sync::{Notify, mpsc},
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};

use self::{publisher::Message, recent::Recent, seal::Seal};

/// The channel of all nodes.
const NODES: &str = "gala:nodes";
/// Bytes of updates in one message; of more it is only said how far the log reaches.
const MAX_UPDATES_BYTES: usize = 64 * 1024;
/// Messages that wait to be told; what comes beyond is not told.
const MAX_WAITING: usize = 4_096;
/// How often a node says that it lives.
const ALIVE_EVERY: Duration = Duration::from_secs(1);
/// How long Redis may take to answer.
const TIMEOUT: Duration = Duration::from_secs(2);
/// When a connection that is lost is tried again.
const RECONNECT_AFTER: Duration = Duration::from_millis(500);

const CONNECTED: &str = "gala_bus_connected";
const PUBLISHED: &str = "gala_bus_published_total";
const RECEIVED: &str = "gala_bus_received_total";
const IGNORED: &str = "gala_bus_ignored_total";

/// Redis cannot be where the setting says.
#[derive(Debug, thiserror::Error)]
#[error("the address of Redis is not usable")]
pub struct InvalidRedisUrl(#[source] redis::RedisError);

/// What is heard of other nodes.
pub struct Hearing {
    /// What concerns rooms.
    pub rooms: mpsc::Receiver<Heard>,
    /// What concerns permissions.
    pub changes: mpsc::Receiver<Change>,
}

/// A node's end of the bus. Cheap to clone.
#[derive(Clone)]
pub struct RedisBus {
    shared: Arc<Shared>,
}

struct Shared {
    client: Client,
    node: NodeId,
    seal: Seal,
    outgoing: mpsc::Sender<Message>,
    wanted: Mutex<Wanted>,
    /// Rings when other rooms are wanted than before.
    wants: Notify,
    recent: Mutex<Recent>,
    is_heard: AtomicBool,
}

/// The rooms whose channels are to be listened to.
#[derive(Default)]
struct Wanted {
    /// How many times each is open.
    rooms: HashMap<RoomId, usize>,
    /// Those that have come or gone since the subscriber last looked.
    changed: HashSet<RoomId>,
}

impl RedisBus {
    /// Takes part under this name, with a key all nodes of the installation have. Works on the runtime
    /// this is called on, until the tasks it answers with are ended; whether Redis is there or not.
    ///
    /// # Errors
    ///
    /// [`InvalidRedisUrl`].
    pub fn join(url: &str, node: NodeId, key: &[u8]) -> Result<(Self, Hearing, [JoinHandle<()>; 3]), InvalidRedisUrl> {
        let client = Client::open(url).map_err(InvalidRedisUrl)?;
        let (outgoing, messages) = mpsc::channel(MAX_WAITING);
        let shared = Arc::new(Shared {
            client: client.clone(),
            node,
            seal: Seal::new(key),
            outgoing,
            wanted: Mutex::default(),
            wants: Notify::new(),
            recent: Mutex::default(),
            is_heard: AtomicBool::new(false),
        });
        let (to_rooms, rooms) = mpsc::channel(MAX_WAITING);
        let (to_changes, changes) = mpsc::channel(MAX_WAITING);
        let subscriber = subscriber::Subscriber::new(Arc::clone(&shared), to_rooms, to_changes);
        let bus = Self { shared };
        let tasks = [
            tokio::spawn(publisher::publish(client.clone(), messages)),
            tokio::spawn(subscriber.listen(client)),
            tokio::spawn(bus.clone().live()),
        ];
        Ok((bus, Hearing { rooms, changes }, tasks))
    }

    /// Tells every node that somebody may do something else than before.
    pub fn tell_change(&self, change: Change) {
        self.shared.say(NODES.to_owned(), &Said::Changed(change));
    }

    /// Tells every node that nobody is present through this one any more, so that they need not wait for
    /// it to stay silent.
    pub async fn say_goodbye(&self) {
        let Shared { client, node, seal, .. } = &*self.shared;
        let payload = seal.close(nodes::encode(*node, &Said::Leaving));
        let message = Message { channel: NODES.to_owned(), payload };
        if let Err(error) = publisher::publish_one(client, message).await {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "other nodes notice later that this one has left"
            );
        }
    }

    async fn live(self) {
        let mut tick = interval(ALIVE_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let heads = lock(&self.shared.recent).take();
            self.shared.say(NODES.to_owned(), &Said::Alive(heads));
        }
    }
}

impl Bus for RedisBus {
    fn tell(&self, room: RoomId, news: News) {
        let news = match news {
            News::Committed { generation, first, updates } => {
                let head = first + updates.len() as u64 - 1;
                lock(&self.shared.recent).committed(room, generation, head);
                let bytes: usize = updates.iter().map(Bytes::len).sum();
                if bytes > MAX_UPDATES_BYTES || updates.len() as u64 > nodes::MAX_UPDATES {
                    News::Reaches { generation, head }
                } else {
                    News::Committed { generation, first, updates }
                }
            }
            news => news,
        };
        self.shared.say(channel(room), &Said::Room(room, news));
    }

    fn enter(&self, room: RoomId) {
        let mut wanted = lock(&self.shared.wanted);
        *wanted.rooms.entry(room).or_default() += 1;
        wanted.changed.insert(room);
        self.shared.wants.notify_one();
    }

    fn leave(&self, room: RoomId) {
        let mut wanted = lock(&self.shared.wanted);
        let Some(times) = wanted.rooms.get_mut(&room) else { return };
        *times -= 1;
        if *times == 0 {
            wanted.rooms.remove(&room);
            wanted.changed.insert(room);
            self.shared.wants.notify_one();
        }
    }

    fn is_heard(&self) -> bool {
        self.shared.is_heard.load(Ordering::Relaxed)
    }
}

impl Shared {
    fn say(&self, channel: String, said: &Said) {
        let payload = self.seal.close(nodes::encode(self.node, said));
        if self.outgoing.try_send(Message { channel, payload }).is_err() {
            ignored("unsent");
        }
    }
}

/// The channel of a room.
fn channel(room: RoomId) -> String {
    format!("gala:room:{room}")
}

/// Counts a message that is not told or not listened to.
fn ignored(why: &'static str) {
    metrics::counter!(IGNORED, "why" => why).increment(1);
}

/// Nothing panics while one of these locks is held.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
