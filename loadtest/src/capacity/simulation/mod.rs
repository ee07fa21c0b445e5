//! An hour of people over nodes, step by step, everybody by themselves.
//!
//! ```text
//! people.rs   who is connected where, who types; what they do by chance
//! room.rs     rooms with their places, and what they take
//! node.rs     cores with what is asked of them, what waits, and what is late
//! hour.rs     what befalls the nodes: one dies, all are restarted
//! tally.rs    what is counted of a part of the hour
//! ```
//!
//! Exact: each connection and each room with its place, who types, who comes and goes. Aggregated: edits and
//! cursors are rates of a room while the same people type in it, and vary by chance for each core; what
//! sockets take is spread evenly over the cores of a node; commits are paid by the interval.

mod hour;
mod node;
mod people;
mod room;
mod tally;

use serde::Serialize;

use super::{model::Setting, ring::Ring};

pub(crate) use self::tally::{Part, Seen};
use self::{hour::Hour, people::People, tally::Tally};

/// A step, seconds.
const STEP_S: f64 = 0.1;
/// Steps of a second, over which the share of a core is told.
const STEPS_PER_S: usize = 10;
/// What is left of a trial until chance has taken over from its beginning, and for how long it is watched, seconds.
const SETTLES_S: usize = 30;
const WATCHED_S: usize = 120;

/// What the hour came to.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Outcome {
    pub(crate) nodes: usize,
    pub(crate) parts: Vec<Seen>,
    /// Connections of the node that died, and how long it took until 99 in 100 of them were back, seconds.
    pub(crate) lost_connections: usize,
    pub(crate) back_99_s: f64,
    /// The most rooms that were open at more than one node.
    pub(crate) split_rooms: usize,
    /// How many nodes were restarted one after the other.
    pub(crate) restarted: usize,
}

/// Some minutes in which everybody is there and nothing befalls the nodes.
pub(crate) fn trial(setting: &Setting, seed: u64) -> Seen {
    let mut people = People::new(setting, Ring::new(setting.nodes, setting.points), seed);
    people.all_come();
    let mut tally = Tally::default();
    for step in 0..(SETTLES_S + WATCHED_S) * STEPS_PER_S {
        people.step(step);
        tally.watch((step >= SETTLES_S * STEPS_PER_S).then_some(Part::Ordinary));
        people.work(step, &mut tally);
    }
    tally.seen().pop().unwrap_or_default()
}

/// The whole hour: everybody comes, one node dies and comes back, all are restarted.
pub(crate) fn hour(setting: &Setting, seed: u64) -> Outcome {
    let mut people = People::new(setting, Ring::new(setting.nodes, setting.points), seed);
    let hour = Hour::new(setting.nodes);
    let mut tally = Tally::default();
    for step in 0..Hour::STEPS {
        hour.befall(step, &mut people);
        people.step(step);
        tally.watch(Hour::part(step));
        people.work(step, &mut tally);
    }
    let split_rooms = people.most_split();
    let (lost_connections, back_99_s) = people.came_back();
    Outcome {
        nodes: setting.nodes,
        parts: tally.seen(),
        lost_connections,
        back_99_s,
        split_rooms,
        restarted: hour.restarted(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capacity::{
        costs::Costs,
        model::Engine,
        workload::{Preset, Workload},
    };

    const POINTS: usize = 1_024;

    fn check(workload: &Workload, nodes: usize, look: impl FnOnce(&Setting)) {
        let costs = Costs::measured().unwrap();
        look(&Setting { costs: &costs, workload, engine: Engine::Postgres, nodes, cores: 4, points: POINTS });
    }

    fn office(users: f64) -> Workload {
        Workload { users, ..Preset::OfficeDay.workload() }
    }

    #[test]
    fn the_closed_form_and_the_simulation_agree() {
        check(&office(60_000.0), 3, |setting| {
            let (load, seen) = (setting.load(), trial(setting, 1));

            for (what, said, seen) in [
                ("cores", load.core_mean, seen.core_mean),
                ("edits", load.edits_per_s, seen.edits_per_s),
                ("deliveries", load.deliveries_per_s, seen.deliveries_per_s),
                ("commits", load.commits_per_s, seen.commits_per_s),
                ("published", load.redis.published_per_s, seen.published_per_s),
                ("memory", load.memory_gib, seen.memory_gib_max),
            ] {
                assert!((said / seen - 1.0).abs() < 0.15, "{what}: {said} and {seen}");
            }
        });
    }

    #[test]
    fn the_same_seed_gives_the_same_hour() {
        check(&office(3_000.0), 2, |setting| {
            let told = |seed| serde_json::to_string(&hour(setting, seed)).unwrap();

            assert_eq!(told(7), told(7));
            assert_ne!(told(7), told(8));
        });
    }

    #[test]
    fn when_a_node_dies_everybody_comes_back_to_the_others() {
        check(&office(6_000.0), 3, |setting| {
            let outcome = hour(setting, 1);

            assert!(outcome.lost_connections > 500, "{}", outcome.lost_connections);
            assert!(outcome.back_99_s > 0.0 && outcome.back_99_s < 10.0, "{}", outcome.back_99_s);
            let part = |part| outcome.parts.iter().find(|seen| seen.part == part).unwrap();
            let (before, after) = (part(Part::Ordinary), part(Part::OneLess));
            assert!((after.connections / before.connections - 1.0).abs() < 0.01);
            assert!(after.core_mean > 1.2 * before.core_mean);
        });
    }

    #[test]
    fn one_room_larger_than_a_core_holds_up_its_core_and_not_the_others() {
        let quiet = Workload {
            smallest_room: 100_000.0,
            largest_room: 100_001.0,
            rooms_per_user: 1.0,
            typing: 0.001,
            ..office(400_000.0)
        };
        check(&quiet, 4, |setting| {
            let mut costs = setting.costs.clone();
            (costs.cpu_us.frame, costs.cpu_us.frame_room_share) = (10.0, 0.5);
            let seen = trial(&Setting { costs: &costs, ..*setting }, 1);

            assert!(seen.core_max > 0.99, "{seen:?}");
            assert!(seen.core_p50 < seen.core_max, "{seen:?}");
        });
    }
}
