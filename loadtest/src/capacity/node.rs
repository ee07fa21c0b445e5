//! What one node carries, what bounds it, and how many are needed.

use serde::Serialize;

use super::{
    costs::Costs,
    model::{Engine, Load, Setting, typing},
    workload::Workload,
};

/// Sockets a node takes: see `server/src/ws/sockets.rs`.
const MAX_SOCKETS: f64 = 200_000.0;
/// More people than any of these nodes carries.
const MANY: f64 = 1e9;
/// Steps of a search: halves of the logarithm, to far below a per cent.
const STEPS: usize = 60;
const US: f64 = 1e-6;

/// What may bound a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Bound {
    /// The busiest of its cores.
    Cores,
    /// The one thread that writes to SQLite.
    Writer,
    Memory,
    Sockets,
    /// The largest room alone is too much for the core it lives on.
    LargestRoom,
}

/// What one node carries.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Carried {
    pub(crate) cores: usize,
    pub(crate) engine: Engine,
    pub(crate) bound: Bound,
    /// Accounts, of whom the workload's share is connected.
    pub(crate) users: f64,
    pub(crate) load: Load,
}

/// What a node may be used to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The share of a core, at the core that is among the busiest 1 %.
    pub(crate) core: f64,
    /// Memory for each core.
    pub(crate) gib_per_core: f64,
}

impl Bound {
    /// In words.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Cores => "cores",
            Self::Writer => "the one writer of SQLite",
            Self::Memory => "memory",
            Self::Sockets => "200,000 sockets",
            Self::LargestRoom => "the largest room",
        }
    }
}

/// What bounds this many nodes; `None` if they carry what they are asked to.
pub(crate) fn bound(setting: &Setting, limits: Limits) -> Option<Bound> {
    let (load, cores) = (setting.load(), setting.cores as f64);
    if largest_room(setting) > limits.core {
        Some(Bound::LargestRoom)
    } else if load.connections / setting.nodes as f64 > MAX_SOCKETS {
        Some(Bound::Sockets)
    } else if load.memory_gib > limits.gib_per_core * cores {
        Some(Bound::Memory)
    } else if setting.engine == Engine::Sqlite && writer(setting, &load) > limits.core {
        Some(Bound::Writer)
    } else if load.core_p99 > limits.core {
        Some(Bound::Cores)
    } else {
        None
    }
}

/// The most of such users one node of several carries, or one alone with SQLite. 0 if a room is too large for it.
pub(crate) fn carried(costs: &Costs, workload: &Workload, engine: Engine, cores: usize, limits: Limits) -> Carried {
    let asked = |users: f64| Workload { users, ..workload.clone() };
    let on = |workload: &Workload| {
        let setting = Setting { costs, workload, engine, nodes: 1, cores, points: 1 };
        (bound(&setting, limits), setting.load())
    };
    let (mut fits, mut exceeds) = (1.0, MANY);
    for _ in 0..STEPS {
        let users = f64::sqrt(fits * exceeds);
        if on(&asked(users)).0.is_none() { fits = users } else { exceeds = users }
    }
    let bound = on(&asked(exceeds)).0.unwrap_or(Bound::Cores);
    let users = if bound == Bound::LargestRoom { 0.0 } else { fits };
    Carried { cores, engine, bound, users, load: on(&asked(users)).1 }
}

/// The fewest nodes that carry it; at most so many.
pub(crate) fn needed(setting: &Setting, limits: Limits, at_most: usize) -> usize {
    let carry = |nodes: usize| bound(&Setting { nodes, ..*setting }, limits).is_none();
    (1..at_most).find(|nodes| carry(*nodes)).unwrap_or(at_most)
}

/// The share of a core the workload's largest room takes.
pub(crate) fn largest_room(setting: &Setting) -> f64 {
    room_of(setting, setting.workload.largest_room).0
}

/// People in the largest room one core carries: when every edit leaves alone, and when all that can leaves together.
pub(crate) fn largest_rooms(setting: &Setting, limits: Limits) -> (f64, f64) {
    let largest = |share: fn((f64, f64)) -> f64| {
        let (mut fits, mut exceeds) = (1.0, MANY);
        for _ in 0..STEPS {
            let people = f64::sqrt(fits * exceeds);
            if share(room_of(setting, people)) <= limits.core { fits = people } else { exceeds = people }
        }
        fits
    };
    (largest(|(share, _)| share), largest(|(_, least)| least))
}

/// The share of its core a room with so many people takes; and when all that can leaves together.
fn room_of(setting: &Setting, people: f64) -> (f64, f64) {
    let typing = typing(setting.workload.typing * people, setting.workload.writers_at_most);
    let price = setting.room(people, typing, 0.0);
    (price.room, price.room_least)
}

/// The share of its time the one writer is busy.
fn writer(setting: &Setting, load: &Load) -> f64 {
    US * load.commits_per_s * setting.costs.cpu_us.commit_sqlite
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capacity::workload::Preset;

    const LIMITS: Limits = Limits { core: 0.7, gib_per_core: 4.0 };

    #[test]
    fn one_room_larger_than_a_core_is_what_bounds_a_node() {
        let workload = Workload { largest_room: 1e6, ..Preset::OfficeDay.workload() };

        let carried = carried(&Costs::measured().unwrap(), &workload, Engine::Postgres, 32, LIMITS);

        assert_eq!((carried.bound, carried.users), (Bound::LargestRoom, 0.0));
    }

    #[test]
    fn more_cores_carry_more_and_rather_more_than_so_many_times_as_much() {
        let (costs, workload) = (Costs::measured().unwrap(), Preset::OfficeDay.workload());
        let users = |cores| carried(&costs, &workload, Engine::Postgres, cores, LIMITS).users;

        assert!(users(2) > 2.0 * users(1), "many rooms even out");
    }

    #[test]
    fn nodes_with_little_memory_are_bound_by_it() {
        let limits = Limits { gib_per_core: 0.05, ..LIMITS };

        let carried = carried(&Costs::measured().unwrap(), &Preset::OfficeDay.workload(), Engine::Sqlite, 8, limits);

        assert_eq!(carried.bound, Bound::Memory);
    }
}
