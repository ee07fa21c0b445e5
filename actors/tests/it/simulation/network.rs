//! The bus between the nodes. It loses, doubles, delays and reorders what it is told, and can be cut:
//! everything it may do by `actors/src/bus.rs`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use actix::spawn;
use actors::{
    bus::{Bus, Heard},
    room::Rooms,
};
use protocol::{
    ids::{NodeId, RoomId},
    nodes::{Head, News},
};
use tokio::time::{Instant, sleep};

use super::{fate::Fate, life::Life, plan};

/// How often a node says that it lives.
const ALIVE_EVERY: Duration = Duration::from_secs(1);
/// How long a node may be silent before nobody is present through it any more.
const GONE_AFTER: Duration = Duration::from_secs(15);
/// Times a head is told again after its commit.
const TIMES: u8 = 3;

/// A clone is the same one.
#[derive(Clone)]
pub(super) struct Network {
    state: Arc<Mutex<State>>,
    fate: Fate,
    plan: plan::Bus,
}

#[derive(Default)]
struct State {
    nodes: BTreeMap<usize, Node>,
    /// Nodes that neither say nor hear anything, and know it.
    deaf: BTreeSet<usize>,
    /// Whose words do not reach whom, without anybody knowing.
    cut: BTreeSet<(usize, usize)>,
}

/// A node as the others know it.
struct Node {
    id: NodeId,
    life: Life,
    /// What it passes on to, once it runs.
    rooms: Option<Rooms>,
    /// How many times it has opened each room.
    open: BTreeMap<RoomId, usize>,
    /// What it has committed lately, and how many times it will still say so.
    recent: BTreeMap<RoomId, (Head, u8)>,
    /// When it heard the others last.
    heard: BTreeMap<NodeId, Instant>,
}

/// A node's end of the bus.
pub(super) struct End {
    network: Network,
    number: usize,
    id: NodeId,
}

/// What one node says to all.
#[derive(Clone)]
enum Said {
    News(RoomId, News),
    Alive(Vec<Head>),
}

impl Network {
    pub(super) fn new(fate: &Fate, plan: &plan::Bus) -> Self {
        Self { state: Arc::default(), fate: fate.clone(), plan: plan.clone() }
    }

    /// The end of a node that starts in this place.
    pub(super) fn join(&self, number: usize, id: NodeId, life: &Life) -> End {
        let node = Node {
            id,
            life: life.clone(),
            rooms: None,
            open: BTreeMap::new(),
            recent: BTreeMap::new(),
            heard: BTreeMap::new(),
        };
        self.state().nodes.insert(number, node);
        End { network: self.clone(), number, id }
    }

    /// Passes on to these rooms what is heard, for as long as the node lives.
    pub(super) async fn listen(self, number: usize, rooms: Rooms, life: Life) {
        if let Some(node) = self.state().nodes.get_mut(&number) {
            node.rooms = Some(rooms.clone());
        }
        loop {
            sleep(ALIVE_EVERY).await;
            life.passage().await;
            let Some(id) = self.state().nodes.get(&number).map(|node| node.id) else { return };
            let recent = self.recent(number);
            self.say(number, id, &Said::Alive(recent));
            for gone in self.forget_the_silent(number) {
                rooms.hear(Heard::Gone(gone));
            }
        }
    }

    pub(super) fn deafen(&self, number: usize) {
        self.state().deaf.insert(number);
    }

    pub(super) fn cut(&self, from: usize, to: usize) {
        self.state().cut.insert((from, to));
    }

    /// Everybody hears everybody.
    pub(super) fn heal(&self) {
        let mut state = self.state();
        state.deaf.clear();
        state.cut.clear();
    }

    fn recent(&self, number: usize) -> Vec<Head> {
        let mut state = self.state();
        let Some(node) = state.nodes.get_mut(&number) else { return Vec::new() };
        let heads = node.recent.values().map(|(head, _)| *head).collect();
        node.recent.retain(|_, (_, times)| {
            *times -= 1;
            *times > 0
        });
        heads
    }

    fn forget_the_silent(&self, number: usize) -> Vec<NodeId> {
        let mut state = self.state();
        let Some(node) = state.nodes.get_mut(&number) else { return Vec::new() };
        let gone: Vec<NodeId> =
            node.heard.iter().filter(|(_, at)| at.elapsed() > GONE_AFTER).map(|(node, _)| *node).collect();
        node.heard.retain(|_, at| at.elapsed() <= GONE_AFTER);
        gone
    }

    fn say(&self, from: usize, id: NodeId, said: &Said) {
        let others: Vec<usize> = self.state().nodes.keys().copied().filter(|other| *other != from).collect();
        for to in others {
            if self.fate.strikes(self.plan.loses) {
                continue;
            }
            self.send(from, to, id, said.clone());
            if self.fate.strikes(self.plan.doubles) {
                self.send(from, to, id, said.clone());
            }
        }
    }

    fn send(&self, from: usize, to: usize, id: NodeId, said: Said) {
        let (network, delay) = (self.clone(), self.fate.millis(0..self.plan.slow_ms + 1));
        let Some(sender) = self.state().nodes.get(&from).map(|node| node.life.clone()) else { return };
        spawn(async move {
            sleep(delay).await;
            if sender.is_dead() && network.fate.coin() {
                return;
            }
            let Some(receiver) = network.state().nodes.get(&to).map(|node| node.life.clone()) else { return };
            if network.state().is_cut(from, to) || receiver.is_dead() {
                return;
            }
            receiver.passage().await;
            network.arrive(to, id, said);
        });
    }

    fn arrive(&self, to: usize, id: NodeId, said: Said) {
        let mut state = self.state();
        let Some(node) = state.nodes.get_mut(&to) else { return };
        let Some(rooms) = node.rooms.clone() else { return };
        let news = match said {
            Said::News(room, news) => vec![(room, news)],
            Said::Alive(heads) => {
                node.heard.insert(id, Instant::now());
                let reaches = |head: Head| News::Reaches { generation: head.generation, head: head.head };
                heads.into_iter().map(|head| (head.room, reaches(head))).collect()
            }
        };
        let heard: Vec<(RoomId, News)> = news.into_iter().filter(|(room, _)| node.open.contains_key(room)).collect();
        drop(state);
        for (room, news) in heard {
            rooms.hear(Heard::News { node: id, room, news });
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl State {
    fn is_cut(&self, from: usize, to: usize) -> bool {
        self.deaf.contains(&from) || self.deaf.contains(&to) || self.cut.contains(&(from, to))
    }

    /// The node itself, unless another has started in its place.
    fn node(&mut self, number: usize, id: NodeId) -> Option<&mut Node> {
        self.nodes.get_mut(&number).filter(|node| node.id == id)
    }
}

impl Bus for End {
    fn tell(&self, room: RoomId, news: News) {
        let mut state = self.network.state();
        let Some(node) = state.node(self.number, self.id).filter(|node| !node.life.is_dead()) else { return };
        if let News::Committed { generation, first, updates } = &news {
            let head = Head { room, generation: *generation, head: first + updates.len() as u64 - 1 };
            node.recent.insert(room, (head, TIMES));
        }
        drop(state);
        self.network.say(self.number, self.id, &Said::News(room, news));
    }

    fn enter(&self, room: RoomId) {
        if let Some(node) = self.network.state().node(self.number, self.id) {
            *node.open.entry(room).or_default() += 1;
        }
    }

    fn leave(&self, room: RoomId) {
        let mut state = self.network.state();
        let Some(open) = state.node(self.number, self.id).map(|node| &mut node.open) else { return };
        if let Some(times) = open.get_mut(&room) {
            *times -= 1;
            if *times == 0 {
                open.remove(&room);
            }
        }
    }

    fn is_heard(&self) -> bool {
        !self.network.state().deaf.contains(&self.number)
    }
}
