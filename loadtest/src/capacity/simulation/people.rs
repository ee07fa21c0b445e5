//! Who is connected where and who types, by chance; and the rooms and nodes that follows.

use super::{
    STEP_S, STEPS_PER_S,
    node::Node,
    room::{self, Place, Room},
    tally::Tally,
};
use crate::capacity::{
    chance::Chance,
    model::Setting,
    ring::{Ring, hash},
    sizes::Sizes,
};

const US: f64 = 1e-6;
/// What the first attempt to come back waits for at least, and the last at most, seconds: y-websocket.js.
const BACKOFF_S: (f64, f64) = (0.1, 2.5);
/// Connections a second a node that stops closes, at least: see `server/src/ws/sockets.rs`.
const DRAINED_PER_S: usize = 500;
/// Nobody: not connected.
const AWAY: u16 = u16::MAX;
/// Somebody who does not type.
const STILL: u32 = u32::MAX;

/// All people, rooms and nodes.
pub(super) struct People<'a> {
    setting: &'a Setting<'a>,
    chance: Chance,
    ring: Ring,
    nodes: Vec<Node>,
    rooms: Vec<Room>,
    sessions: Vec<Session>,
    /// The room of each seat: a room has as many as people are in it on average.
    seats: Vec<u32>,
    /// Those who type.
    typing: Vec<u32>,
    /// Those who come back, by the step in which they do.
    coming: Vec<Vec<u32>>,
    /// How many have come so far.
    came: usize,
    enters: usize,
    heard_per_s: f64,
    split: usize,
    most_split: usize,
    /// Of those whose node died: how many they were, and how long each was away, seconds.
    lost: usize,
    is_back: Vec<f64>,
    died_at: Option<usize>,
}

struct Session {
    room: u32,
    node: u16,
    /// Whether its node died under it, and it is not back yet.
    was_lost: bool,
    /// Its place among those who type.
    typing: u32,
}

impl<'a> People<'a> {
    /// Nobody is connected yet.
    pub(super) fn new(setting: &'a Setting<'a>, ring: Ring, seed: u64) -> Self {
        let (workload, mut chance) = (setting.workload, Chance::seeded(seed));
        let sizes = Sizes::of(workload);
        let count = (workload.sessions() / sizes.mean()).round().max(1.0) as usize;
        let mut seats = Vec::with_capacity(workload.sessions() as usize);
        for room in 0..count {
            // Each of so many shares of all rooms, so that no seed has much larger ones than another.
            let people = sizes.quantile((room as f64 + chance.up_to(1.0)) / count as f64);
            let whole = people.floor() as usize + usize::from(chance.happens(people.fract()));
            seats.extend(std::iter::repeat_n(room as u32, whole));
        }
        let rooms = (0..count).map(|_| Room::new(chance.happens(workload.agents))).collect();
        let session = |_| Session { room: 0, node: AWAY, was_lost: false, typing: STILL };
        let load = setting.load();
        let kib_of_rooms = (load.memory_gib - setting.costs.memory.node_mib / 1024.0) * 1024.0 * 1024.0
            - load.connections / setting.nodes as f64 * setting.costs.memory.connection_kib;
        let room_kib = kib_of_rooms * setting.nodes as f64 / load.rooms.max(1.0);
        Self {
            setting,
            ring,
            nodes: (0..setting.nodes).map(|_| Node::new(setting.cores, room_kib)).collect(),
            rooms,
            sessions: (0..workload.sessions() as usize).map(session).collect(),
            seats,
            typing: Vec::new(),
            coming: Vec::new(),
            came: 0,
            enters: 0,
            heard_per_s: 0.0,
            split: 0,
            most_split: 0,
            lost: 0,
            is_back: Vec::new(),
            died_at: None,
            chance,
        }
    }

    /// Everybody is there at once, and that costs nothing.
    pub(super) fn all_come(&mut self) {
        self.some_come(0, 1);
        let typing = (self.sessions.len() as f64 * self.setting.workload.typing) as usize;
        for _ in 0..typing {
            self.begins_to_type();
        }
        for node in &mut self.nodes {
            node.cores.iter_mut().for_each(super::node::Core::forget);
        }
    }

    /// As many come as makes all of them in so many steps.
    pub(super) fn some_come(&mut self, step: usize, steps: usize) {
        let here = self.sessions.len() * (step + 1) / steps;
        for session in self.came..here {
            let room = self.seat();
            self.enter(session, room);
        }
        self.came = here;
    }

    /// What people do in a step.
    pub(super) fn step(&mut self, step: usize) {
        let workload = self.setting.workload;
        let back = self.coming.get_mut(step).map(std::mem::take).unwrap_or_default();
        for session in back {
            let nth = session as usize;
            let wait_s = self.enter(nth, self.sessions[nth].room);
            if let (true, Some(died_at)) = (std::mem::take(&mut self.sessions[nth].was_lost), self.died_at) {
                self.is_back.push((step - died_at) as f64 * STEP_S + wait_s);
            }
        }
        let here = self.came as f64;
        let stop = self.typing.len() as f64 * STEP_S / workload.burst_s;
        for _ in 0..self.chance.count(stop) {
            if self.typing.is_empty() {
                break;
            }
            let nth = self.typing[self.chance.below(self.typing.len())];
            self.stops_typing(nth as usize);
        }
        // Erlang's formula speaks of those who begin, whether or not the room is full.
        let begin = here * workload.typing / workload.burst_s * STEP_S;
        for _ in 0..self.chance.count(begin) {
            self.begins_to_type();
        }
        for _ in 0..self.chance.count(here * workload.switches_per_s() * STEP_S) {
            let nth = self.chance.below(self.came);
            if self.sessions[nth].node != AWAY {
                self.leave(nth);
                let room = self.seat();
                self.enter(nth, room);
            }
        }
    }

    /// Nodes do their work of a step.
    pub(super) fn work(&mut self, step: usize, tally: &mut Tally) {
        let second_ends = (step + 1).is_multiple_of(STEPS_PER_S);
        for (number, node) in self.nodes.iter_mut().enumerate().filter(|(_, node)| node.is_up) {
            node.work(self.setting, &mut self.chance, tally);
            if second_ends {
                node.second_ends(number, tally);
            }
        }
        tally.step(std::mem::take(&mut self.enters) as f64 / STEP_S, self.heard_per_s);
    }

    /// A node is gone at once; its people come back to others.
    pub(super) fn dies(&mut self, node: usize, step: usize) {
        self.died_at = Some(step);
        for nth in 0..self.sessions.len() {
            if self.sessions[nth].node == node as u16 {
                self.sessions[nth].was_lost = true;
                self.lost += 1;
                self.leave(nth);
                self.comes_back(nth, step);
            }
        }
        self.nodes[node].dies();
    }

    /// A node that stops takes nobody new and sends some away, so that all are gone in so many seconds.
    pub(super) fn drains(&mut self, node: usize, seconds_left: usize, step: usize) {
        self.nodes[node].takes = false;
        let left = self.nodes[node].connections;
        let mut some = left.div_ceil(seconds_left).max(DRAINED_PER_S).min(left);
        let first = self.chance.below(self.sessions.len());
        for nth in (first..self.sessions.len()).chain(0..first) {
            if some == 0 {
                break;
            }
            if self.sessions[nth].node == node as u16 {
                self.leave(nth);
                self.comes_back(nth, step);
                some -= 1;
            }
        }
    }

    /// A node runs, and takes people.
    pub(super) fn returns(&mut self, node: usize) {
        (self.nodes[node].is_up, self.nodes[node].takes) = (true, true);
    }

    /// How many were lost with their node, and how long it took until 99 in 100 were back, seconds.
    pub(super) fn came_back(mut self) -> (usize, f64) {
        self.is_back.sort_by(f64::total_cmp);
        (self.lost, self.is_back.get(self.is_back.len() * 99 / 100).copied().unwrap_or_default())
    }

    /// The most rooms that were at more than one node at a time.
    pub(super) fn most_split(&self) -> usize {
        self.most_split
    }

    fn seat(&mut self) -> u32 {
        let nth = self.chance.below(self.seats.len());
        self.seats.get(nth).copied().unwrap_or_default()
    }

    fn comes_back(&mut self, nth: usize, step: usize) {
        let backoff_s = BACKOFF_S.0 + self.chance.up_to(BACKOFF_S.1 - BACKOFF_S.0);
        let at = step + 1 + (backoff_s / STEP_S) as usize;
        if self.coming.len() <= at {
            self.coming.resize_with(at + 1, Vec::new);
        }
        self.coming[at].push(nth as u32);
    }

    fn begins_to_type(&mut self) {
        if self.came == 0 {
            return;
        }
        let nth = self.chance.below(self.came);
        let Session { room, node, typing, .. } = self.sessions[nth];
        let at_most = self.setting.workload.writers_at_most as u32;
        if node == AWAY || typing != STILL || self.rooms[room as usize].typing >= at_most {
            return;
        }
        self.sessions[nth].typing = self.typing.len() as u32;
        self.typing.push(nth as u32);
        self.types(room, node, 1);
    }

    fn stops_typing(&mut self, nth: usize) {
        let Session { room, node, typing, .. } = self.sessions[nth];
        if typing == STILL {
            return;
        }
        self.sessions[nth].typing = STILL;
        self.typing.swap_remove(typing as usize);
        if let Some(moved) = self.typing.get(typing as usize) {
            self.sessions[*moved as usize].typing = typing;
        }
        self.types(room, node, -1);
    }

    fn types(&mut self, room: u32, node: u16, more: i32) {
        let changed = &mut self.rooms[room as usize];
        changed.typing = changed.typing.saturating_add_signed(more);
        if let Some(place) = changed.places.iter_mut().find(|place| place.node == node) {
            place.typing = place.typing.saturating_add_signed(more);
        }
        self.look_at(room);
    }

    /// Somebody enters; answers when that is done, seconds from now.
    fn enter(&mut self, nth: usize, room: u32) -> f64 {
        let is_astray = self.chance.happens(self.setting.workload.astray);
        let place = hash(if is_astray { self.chance.below(usize::MAX) as u64 } else { u64::from(room) });
        let Some(node) = self.ring.node_of(place, |node| self.nodes[node].takes) else { return 0.0 };
        let session = &mut self.sessions[nth];
        (session.room, session.node) = (room, node as u16);
        self.enters += 1;
        let entered = &mut self.nodes[node];
        entered.connections += 1;
        let (socket, cpu) = (self.chance.below(self.setting.cores), &self.setting.costs.cpu_us);
        let mut done_in = entered.once(socket, US * cpu.enter_postgres);
        let places = &mut self.rooms[room as usize].places;
        match places.iter_mut().find(|place| place.node == node as u16) {
            Some(place) => place.people += 1,
            None => {
                places.push(Place::first(node as u16));
                self.split += usize::from(places.len() == 2);
                self.most_split = self.most_split.max(self.split);
                entered.rooms += 1;
                let core = room::core_of(room, self.setting.cores);
                done_in = done_in.max(entered.once(core, US * cpu.open));
            }
        }
        self.look_at(room);
        done_in
    }

    /// Somebody leaves, and types no more.
    fn leave(&mut self, nth: usize) {
        self.stops_typing(nth);
        let Session { room, node, .. } = self.sessions[nth];
        if node == AWAY {
            return;
        }
        self.sessions[nth].node = AWAY;
        self.nodes[node as usize].connections -= 1;
        let places = &mut self.rooms[room as usize].places;
        if let Some(nth) = places.iter().position(|place| place.node == node) {
            places[nth].people -= 1;
            if places[nth].people == 0 {
                let place = places.swap_remove(nth);
                self.split -= usize::from(places.len() == 1);
                let left = &mut self.nodes[node as usize];
                left.rooms -= 1;
                left.add(room::core_of(room, self.setting.cores), place.price.times(-1.0));
                self.heard_per_s -= place.heard_per_s;
            }
        }
        self.look_at(room);
    }

    /// What a room takes of its nodes has changed.
    fn look_at(&mut self, number: u32) {
        self.heard_per_s += self.rooms[number as usize].look_again(number, self.setting, &mut self.nodes);
    }
}
