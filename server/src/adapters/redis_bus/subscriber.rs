//! Hears what other nodes say, and notices when nothing is heard any more.

use std::{
    collections::{HashMap, HashSet},
    convert::Infallible,
    mem,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use actors::bus::Heard;
use bytes::Bytes;
use futures_util::StreamExt;
use protocol::{
    ids::{NodeId, RoomId},
    nodes::{Change, Head, News, Said},
    wire::nodes,
};
use redis::{Client, Msg, RedisError, aio::PubSubSink};
use tokio::{
    sync::mpsc::{self, error::TrySendError},
    time::{Instant, MissedTickBehavior, interval, sleep, timeout},
};

use super::{CONNECTED, NODES, RECEIVED, RECONNECT_AFTER, Shared, TIMEOUT, channel, ignored, lock};

/// How long a node may hear nothing of itself before it listens anew.
const DEAF_AFTER: Duration = Duration::from_secs(3);
/// How long a node may be silent before nobody is present through it any more.
const GONE_AFTER: Duration = Duration::from_secs(15);
/// How often to look whether anything is heard.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often it is logged that somebody with another secret speaks.
const TELL_OF_FOREIGN_EVERY: Duration = Duration::from_secs(60);
/// Channels named in one command.
const MAX_CHANNELS: usize = 512;

/// Hears what is said on the bus.
pub(super) struct Subscriber {
    shared: Arc<Shared>,
    to_rooms: mpsc::Sender<Heard>,
    to_changes: mpsc::Sender<Change>,
    /// When other nodes were heard last.
    nodes: HashMap<NodeId, Instant>,
    /// When this node heard itself last.
    heard_itself: Instant,
    told_of_foreign: Option<Instant>,
}

/// Why a connection is given up.
#[derive(Debug, thiserror::Error)]
enum Deaf {
    #[error("Redis does not answer")]
    Silent,
    #[error("Redis has closed the connection")]
    Closed,
    #[error("nothing that is said is heard")]
    Unheard,
    #[error(transparent)]
    Redis(#[from] RedisError),
}

impl Subscriber {
    pub(super) fn new(shared: Arc<Shared>, to_rooms: mpsc::Sender<Heard>, to_changes: mpsc::Sender<Change>) -> Self {
        let (nodes, heard_itself) = (HashMap::new(), Instant::now());
        Self { shared, to_rooms, to_changes, nodes, heard_itself, told_of_foreign: None }
    }

    /// Listens for ever.
    pub(super) async fn listen(mut self, client: Client) {
        let mut is_deaf = false;
        loop {
            let Err(error) = self.listen_once(&client, &mut is_deaf).await;
            self.shared.is_heard.store(false, Ordering::Relaxed);
            metrics::gauge!(CONNECTED).set(0.0);
            if !mem::replace(&mut is_deaf, true) {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "other nodes are not heard; the database is asked instead"
                );
            }
            sleep(RECONNECT_AFTER).await;
            self.forget_the_silent();
        }
    }

    async fn listen_once(&mut self, client: &Client, is_deaf: &mut bool) -> Result<Infallible, Deaf> {
        let connected = timeout(TIMEOUT, client.get_async_pubsub()).await;
        let (mut sink, mut stream) = connected.map_err(|_elapsed| Deaf::Silent)??.split();
        let rooms = self.take_wanted();
        let mut channels = vec![NODES.to_owned()];
        channels.extend(rooms.iter().copied().map(channel));
        subscribe(&mut sink, &channels).await?;
        self.heard_itself = Instant::now();
        let mut tick = interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let shared = Arc::clone(&self.shared);
        loop {
            tokio::select! {
                message = stream.next() => self.hear(&message.ok_or(Deaf::Closed)?, is_deaf),
                () = shared.wants.notified() => self.follow_wishes(&mut sink).await?,
                _ = tick.tick() => {
                    self.forget_the_silent();
                    if self.heard_itself.elapsed() > DEAF_AFTER {
                        return Err(Deaf::Unheard);
                    }
                }
            }
        }
    }

    /// Every room that is wanted; they are listened to from now on.
    fn take_wanted(&self) -> Vec<RoomId> {
        let mut wanted = lock(&self.shared.wanted);
        wanted.changed.clear();
        wanted.rooms.keys().copied().collect()
    }

    /// Listens to the rooms that have been opened, and to those no longer that were closed. Saying
    /// either twice does no harm.
    async fn follow_wishes(&self, sink: &mut PubSubSink) -> Result<(), Deaf> {
        let (wanted, unwanted): (Vec<RoomId>, Vec<RoomId>) = {
            let mut wanted = lock(&self.shared.wanted);
            let changed = mem::take(&mut wanted.changed);
            changed.into_iter().partition(|room| wanted.rooms.contains_key(room))
        };
        let channels: Vec<String> = wanted.into_iter().map(channel).collect();
        subscribe(sink, &channels).await?;
        let channels: Vec<String> = unwanted.into_iter().map(channel).collect();
        for some in channels.chunks(MAX_CHANNELS) {
            timeout(TIMEOUT, sink.unsubscribe(some)).await.map_err(|_elapsed| Deaf::Silent)??;
        }
        Ok(())
    }

    fn hear(&mut self, message: &Msg, is_deaf: &mut bool) {
        let sealed = Bytes::copy_from_slice(message.get_payload_bytes());
        let Some(payload) = self.shared.seal.open(sealed) else { return self.hear_foreign() };
        let Ok((node, said)) = nodes::decode(&payload) else { return ignored("malformed") };
        if node == self.shared.node {
            if matches!(said, Said::Alive(_)) {
                self.heard_itself = Instant::now();
                self.shared.is_heard.store(true, Ordering::Relaxed);
                metrics::gauge!(CONNECTED).set(1.0);
                if mem::take(is_deaf) {
                    tracing::info!("other nodes are heard again");
                }
            }
            return;
        }
        metrics::counter!(RECEIVED).increment(1);
        match said {
            Said::Room(room, news) => self.pass_on(Heard::News { node, room, news }),
            Said::Alive(heads) => self.hear_alive(node, heads),
            Said::Leaving => {
                self.nodes.remove(&node);
                tracing::info!(node.id = %node, "a node has left");
                self.pass_on(Heard::Gone(node));
            }
            Said::Changed(change) => count_lost(self.to_changes.try_send(change)),
        }
    }

    fn hear_alive(&mut self, node: NodeId, heads: Vec<Head>) {
        if self.nodes.insert(node, Instant::now()).is_none() {
            tracing::info!(node.id = %node, "another node is heard");
        }
        let open: HashSet<RoomId> = lock(&self.shared.wanted).rooms.keys().copied().collect();
        for Head { room, generation, head } in heads.into_iter().filter(|head| open.contains(&head.room)) {
            self.pass_on(Heard::News { node, room, news: News::Reaches { generation, head } });
        }
    }

    fn hear_foreign(&mut self) {
        ignored("foreign");
        let is_due = self.told_of_foreign.is_none_or(|at| at.elapsed() > TELL_OF_FOREIGN_EVERY);
        if is_due {
            self.told_of_foreign = Some(Instant::now());
            tracing::warn!(
                "somebody with another secret speaks on the bus and is not listened to; nodes of one installation need the same GALA_SECRET_KEY"
            );
        }
    }

    fn forget_the_silent(&mut self) {
        let is_gone = |heard: &Instant| heard.elapsed() > GONE_AFTER;
        let gone: Vec<NodeId> = self.nodes.iter().filter(|(_, heard)| is_gone(heard)).map(|(node, _)| *node).collect();
        for node in gone {
            self.nodes.remove(&node);
            tracing::info!(node.id = %node, "a node is not heard any more");
            self.pass_on(Heard::Gone(node));
        }
    }

    fn pass_on(&self, heard: Heard) {
        count_lost(self.to_rooms.try_send(heard));
    }
}

async fn subscribe(sink: &mut PubSubSink, channels: &[String]) -> Result<(), Deaf> {
    for some in channels.chunks(MAX_CHANNELS) {
        timeout(TIMEOUT, sink.subscribe(some)).await.map_err(|_elapsed| Deaf::Silent)??;
    }
    Ok(())
}

fn count_lost<T>(sent: Result<(), TrySendError<T>>) {
    if sent.is_err() {
        ignored("busy");
    }
}
