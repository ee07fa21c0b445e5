//! The closed form: what a workload asks of nodes, database and Redis, on average.

use serde::Serialize;

use super::{
    costs::Costs,
    lane,
    price::{Doings, Price, states},
    ring,
    sizes::Sizes,
    workload::Workload,
};

const US: f64 = 1e-6;
const KIB: f64 = 1024.0;
const GIB: f64 = KIB * KIB * KIB;
/// Standard deviations above the mean that one in a hundred exceeds, normally distributed.
const P99: f64 = 2.33;
/// How long a room in which nobody writes keeps its document in memory, seconds: see
/// `actors/src/room/hibernation.rs`.
const KEEPS_DOCUMENT_S: f64 = 30.0;

/// Where edits are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Engine {
    /// One node with a file.
    Sqlite,
    /// One or several nodes with PostgreSQL, and with Redis between them.
    Postgres,
}

/// What is there to carry it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting<'a> {
    pub(crate) costs: &'a Costs,
    pub(crate) workload: &'a Workload,
    pub(crate) engine: Engine,
    pub(crate) nodes: usize,
    /// Cores of each.
    pub(crate) cores: usize,
    /// Points of a node on the ring of the proxy.
    pub(crate) points: usize,
}

/// What happens in a second, and what it takes.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Load {
    pub(crate) nodes: usize,
    pub(crate) cores_each: usize,
    /// Connections, and rooms in which somebody is.
    pub(crate) connections: f64,
    pub(crate) rooms: f64,
    pub(crate) edits_per_s: f64,
    /// Edits told to somebody else than their writer.
    pub(crate) deliveries_per_s: f64,
    pub(crate) enters_per_s: f64,
    pub(crate) opens_per_s: f64,
    pub(crate) requests_per_s: f64,
    pub(crate) commits_per_s: f64,
    /// Cores that are busy, of all nodes together.
    pub(crate) cores: Cores,
    /// The share of a core that is busy, on average and at the core that is among the busiest 1 %.
    pub(crate) core_mean: f64,
    pub(crate) core_p99: f64,
    /// Memory of each node.
    pub(crate) memory_gib: f64,
    pub(crate) database: DatabaseLoad,
    pub(crate) redis: RedisLoad,
}

/// What cores are busy with.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Cores {
    /// Taking edits and cursors in, and giving them to sessions.
    pub(crate) rooms: f64,
    /// Reading from sockets and writing to them.
    pub(crate) sockets: f64,
    pub(crate) commits: f64,
    pub(crate) entering: f64,
    pub(crate) requests: f64,
    /// Connections on which nothing happens.
    pub(crate) idle: f64,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct DatabaseLoad {
    /// Cores that are busy.
    pub(crate) cores: f64,
    /// What is written to the log, and what stays on disk.
    pub(crate) wal_mb_per_s: f64,
    pub(crate) disk_gb_per_day_of_8_h: f64,
    pub(crate) connections: f64,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct RedisLoad {
    pub(crate) published_per_s: f64,
    /// To all nodes that listen, the one that publishes included.
    pub(crate) delivered_per_s: f64,
    /// The share of its one thread that is busy.
    pub(crate) thread: f64,
    pub(crate) out_mb_per_s: f64,
}

/// Sums over all rooms, a second.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    price: Price,
    /// Of the squares of what rooms take of their cores, s².
    squares: f64,
    open: f64,
    open_kib: f64,
    opens: f64,
    heard: f64,
}

impl Cores {
    pub(crate) fn sum(&self) -> f64 {
        self.rooms + self.sockets + self.commits + self.entering + self.requests + self.idle
    }
}

/// How many of these type, when each who would begin while as many as may do so already does not: Erlang's
/// loss formula.
pub(crate) fn typing(would_type: f64, at_most: f64) -> f64 {
    let mut lost = 1.0;
    for place in 1..=at_most as u32 {
        lost = would_type * lost / (f64::from(place) + would_type * lost);
    }
    would_type * (1.0 - lost)
}

impl Setting<'_> {
    /// What comes of it.
    pub(crate) fn load(&self) -> Load {
        let (workload, cpu) = (self.workload, &self.costs.cpu_us);
        let (nodes, cores) = (self.nodes as f64, self.cores as f64);
        let connections = workload.sessions();
        let sums = self.sums();
        let enters = connections * workload.switches_per_s();
        let requests = workload.requests_per_s();
        let commits = nodes * self.commits_of_a_node(sums.price.edits / nodes);
        let (commit, enter, request) = match self.engine {
            Engine::Sqlite => (cpu.commit_sqlite, cpu.enter_sqlite, cpu.request_sqlite),
            Engine::Postgres => (cpu.commit_postgres, cpu.enter_postgres, cpu.request_postgres),
        };
        let busy = Cores {
            rooms: sums.price.room,
            sockets: sums.price.spread,
            commits: US * commit * commits,
            entering: US * (enter * enters + cpu.open * sums.opens),
            requests: US * request * requests,
            idle: US * cpu.idle * connections,
        };
        let core_mean = busy.sum() / (nodes * cores);
        let uneven = if self.nodes > 1 { ring::unevenness(self.points) } else { 0.0 };
        let variance = (sums.squares + sums.price.room_squares) / (nodes * cores) + sums.price.spread_squares / nodes;
        let core_p99 = core_mean + P99 * (variance + (core_mean * uneven).powi(2)).sqrt();
        let memory = &self.costs.memory;
        let kib = (connections * memory.connection_kib + sums.open_kib) / nodes;
        Load {
            nodes: self.nodes,
            cores_each: self.cores,
            connections,
            rooms: sums.open,
            edits_per_s: sums.price.edits,
            deliveries_per_s: sums.price.deliveries,
            enters_per_s: enters,
            opens_per_s: sums.opens,
            requests_per_s: requests,
            commits_per_s: commits,
            cores: busy,
            core_mean,
            core_p99,
            memory_gib: (memory.node_mib * KIB + kib) * KIB / GIB,
            database: self.database(&sums.price, commits, enters, requests),
            redis: self.redis(sums.price.published, sums.heard),
        }
    }

    /// Commits a second of a node with so many edits.
    pub(crate) fn commits_of_a_node(&self, edits_per_s: f64) -> f64 {
        let lanes = if self.engine == Engine::Sqlite { lane::SQLITE_LANES } else { lane::POSTGRES_LANES };
        lanes * lane::commits_per_s(edits_per_s / lanes, self.costs.database.commit_ms / 1000.0)
    }

    /// What a room with so many people takes, if so many type and agents write so much.
    pub(crate) fn room(&self, people: f64, typing: f64, agent_edits: f64) -> Price {
        let typed = typing * self.workload.keystrokes;
        let states = states(people, typed, self.workload.cursor);
        // Somebody in a room of so many on average sees that many others.
        let doings = Doings { people: people + 1.0, edits: typed + agent_edits, states, ..Doings::default() };
        Price::of(&doings, self.costs, self.cores as f64, self.nodes > 1)
    }

    fn sums(&self) -> Sums {
        let workload = self.workload;
        let sizes = Sizes::of(workload);
        let rooms = workload.sessions() / sizes.mean();
        let mut sums = Sums::default();
        for class in sizes.classes() {
            let (people, count) = (class.people, class.share * rooms);
            let typing = typing(workload.typing * people, workload.writers_at_most);
            let open = 1.0 - (-people).exp();
            let mut price = self.room(people, typing, workload.agent_edits() * open);
            if self.nodes > 1 {
                // Those who are at another node than the room's hear it there.
                let split = 1.0 - (-workload.astray * people).exp();
                let states = states(people, typing * workload.keystrokes, workload.cursor);
                let heard =
                    Doings { edits_heard: price.edits * split, states_heard: states * split, ..Doings::default() };
                price += Price::of(&heard, self.costs, self.cores as f64, true);
                sums.heard += count * price.published * split;
            }
            let one_more = self.room(people, typing + 1.0, 0.0).room - self.room(people, typing, 0.0).room;
            let agent = self.room(people, typing, workload.agent_tokens).room - self.room(people, typing, 0.0).room;
            let by_chance = typing * one_more.powi(2) + workload.agents * workload.agent_busy * open * agent.powi(2);
            sums.squares += count * (price.room.powi(2) + by_chance);
            sums.price += price.times(count);
            sums.open += count * open;
            sums.opens += count * people * workload.switches_per_s() * (-people).exp();
            sums.open_kib += count * open * self.room_kib(people);
        }
        sums
    }

    /// Memory of a room that is open, on average over those with so many people.
    fn room_kib(&self, people: f64) -> f64 {
        let (memory, workload) = (&self.costs.memory, self.workload);
        let bursts_per_s = people * workload.typing / workload.burst_s;
        let live = 1.0 - (-bursts_per_s * (KEEPS_DOCUMENT_S + workload.burst_s)).exp();
        let document = workload.document_bytes / KIB;
        let live_kib = memory.room_live_kib + document * memory.document_factor;
        live * live_kib + (1.0 - live) * (memory.room_idle_kib + document)
    }

    fn database(&self, price: &Price, commits: f64, enters: f64, requests: f64) -> DatabaseLoad {
        let costs = &self.costs.database;
        let us = commits * costs.commit_us + price.edits * costs.edit_us;
        let us = us + enters * costs.enter_us + requests * costs.request_us;
        let wal = commits * costs.wal_bytes_per_commit + price.edits * costs.wal_bytes_per_edit;
        DatabaseLoad {
            cores: if self.engine == Engine::Sqlite { 0.0 } else { US * us },
            wal_mb_per_s: wal / 1e6,
            disk_gb_per_day_of_8_h: price.edits * costs.disk_bytes_per_edit * 8.0 * 3600.0 / 1e9,
            connections: if self.engine == Engine::Sqlite { 0.0 } else { 18.0 * self.nodes as f64 },
        }
    }

    /// Every node with a room listens to its channel, the one that publishes as well.
    fn redis(&self, published: f64, heard: f64) -> RedisLoad {
        let costs = &self.costs.redis;
        let delivered = published + heard;
        RedisLoad {
            published_per_s: published,
            delivered_per_s: delivered,
            thread: US * (published * costs.publish_us + delivered * costs.deliver_us),
            out_mb_per_s: delivered * costs.message_bytes / 1e6,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capacity::workload::Preset;

    fn load(users: f64) -> Load {
        let workload = Workload { users, ..Preset::OfficeDay.workload() };
        let (costs, engine) = (Costs::measured().unwrap(), Engine::Postgres);
        Setting { costs: &costs, workload: &workload, engine, nodes: 8, cores: 8, points: 1_024 }.load()
    }

    #[test]
    fn twice_the_users_take_twice_the_cores_commits_aside() {
        let (some, many) = (load(200_000.0).cores, load(400_000.0).cores);

        let ratio = (many.sum() - many.commits) / (some.sum() - some.commits);
        assert!((ratio - 2.0).abs() < 1e-6, "{ratio}");
        assert!(many.commits < 1.5 * some.commits, "busier nodes commit more at once");
    }

    #[test]
    fn a_room_has_no_more_writers_than_may_write() {
        assert!((typing(0.1, 8.0) - 0.1).abs() < 1e-6);
        assert!((7.0..8.0).contains(&typing(100.0, 8.0)));
        assert_eq!(typing(3.0, 0.0), 0.0);
    }
}
