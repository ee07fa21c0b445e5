//! A node: cores, what is asked of them, and what is late.

use super::{
    STEP_S,
    tally::{Tally, Told},
};
use crate::capacity::{chance::Chance, model::Setting, price::Price};

const US: f64 = 1e-6;
const KIB_PER_GIB: f64 = 1024.0 * 1024.0;
/// The share above which waiting is not told from waiting for ever by the formula for a single queue.
const FULL: f64 = 0.98;

/// One of several.
pub(super) struct Node {
    /// What all its rooms take.
    pub(super) price: Price,
    pub(super) cores: Vec<Core>,
    room_kib: f64,
    pub(super) connections: usize,
    pub(super) rooms: usize,
    /// Whether it runs, and whether it takes somebody new.
    pub(super) is_up: bool,
    pub(super) takes: bool,
}

/// One core, and the rooms that live on it.
#[derive(Clone, Default)]
pub(super) struct Core {
    /// What its rooms take, of which only the part of the rooms counts here.
    price: Price,
    /// What comes once: people who come in, rooms that are opened; seconds.
    once: f64,
    /// What could not be done yet, seconds.
    late: f64,
    /// Seconds it was busy in this second.
    busy: f64,
}

/// What one step of a node asks of each of its cores besides rooms, and at the least.
struct Common {
    share: f64,
    least: f64,
    squares: f64,
}

impl Node {
    /// Nobody is there; a room will take so much of its memory.
    pub(super) fn new(cores: usize, room_kib: f64) -> Self {
        let cores = vec![Core::default(); cores];
        Self { price: Price::default(), cores, room_kib, connections: 0, rooms: 0, is_up: true, takes: true }
    }

    /// A room on this core takes so much more than before.
    pub(super) fn add(&mut self, core: usize, more: Price) {
        self.price += more;
        self.cores[core].price += more;
    }

    /// Something is to be done once on this core; answers when it will be done, seconds from now.
    pub(super) fn once(&mut self, core: usize, seconds: f64) -> f64 {
        let core = &mut self.cores[core];
        core.once += seconds;
        core.late + core.once
    }

    /// It has died: everything in it is gone.
    pub(super) fn dies(&mut self) {
        for core in &mut self.cores {
            (core.once, core.late) = (0.0, 0.0);
        }
        (self.is_up, self.takes) = (false, false);
    }

    /// A step of work.
    pub(super) fn work(&mut self, setting: &Setting, chance: &mut Chance, tally: &mut Tally) {
        let commits_per_s = setting.commits_of_a_node(self.price.edits);
        let common = self.common(setting, commits_per_s);
        for core in &mut self.cores {
            tally.wait(core.work(&common, chance));
        }
        let memory = &setting.costs.memory;
        let kib = self.connections as f64 * memory.connection_kib + self.rooms as f64 * self.room_kib;
        tally.node(&Told {
            connections: self.connections as f64,
            memory_gib: kib / KIB_PER_GIB + memory.node_mib / 1024.0,
            edits_per_s: self.price.edits,
            deliveries_per_s: self.price.deliveries,
            commits_per_s,
            published_per_s: self.price.published,
        });
    }

    /// A second has passed: tells how busy its cores were.
    pub(super) fn second_ends(&mut self, number: usize, tally: &mut Tally) {
        for core in &mut self.cores {
            tally.core(number, std::mem::take(&mut core.busy).min(1.0));
        }
    }

    fn common(&self, setting: &Setting, commits_per_s: f64) -> Common {
        let cpu = &setting.costs.cpu_us;
        let requests = setting.workload.requests_per_s() / setting.workload.sessions() * self.connections as f64;
        let us =
            commits_per_s * cpu.commit_postgres + self.connections as f64 * cpu.idle + requests * cpu.request_postgres;
        let cores = self.cores.len() as f64;
        let (share, least) = (US * us + self.price.spread, US * us + self.price.spread_least);
        Common { share: share / cores, least: least / cores, squares: self.price.spread_squares }
    }
}

impl Core {
    /// What was to be done once is not.
    pub(super) fn forget(&mut self) {
        self.once = 0.0;
    }

    /// Does what it can in a step; answers how long something that comes now waits, seconds.
    fn work(&mut self, common: &Common, chance: &mut Chance) -> f64 {
        let squares = (self.price.room_squares + common.squares).max(0.0);
        let by_chance = (squares * STEP_S).sqrt() * chance.normal();
        let asked = ((self.price.room + common.share) * STEP_S + by_chance).max(0.0) + self.once;
        let least = (self.price.room_least + common.least) * STEP_S + self.once;
        self.once = 0.0;
        let all = self.late + asked;
        if all <= STEP_S {
            self.late = 0.0;
            self.busy += all;
        } else {
            // What waits leaves together with what it waits for.
            self.late = (self.late + least.min(asked) - STEP_S).max(0.0);
            self.busy += STEP_S;
        }
        let share = (asked / STEP_S).min(FULL);
        self.late + squares / (2.0 * (1.0 - share))
    }
}
