//! What kind of world a seed makes: how large it is, and which faults happen in it how often.
//!
//! Every fault is left out of half of the worlds, so that there are worlds in which only two or three
//! come together, often.

use fastrand::Rng;

/// Likelihoods are in thousandths.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) nodes: usize,
    pub(super) rooms: usize,
    pub(super) people: usize,
    pub(super) steps: u64,
    /// Longest time between two steps. In a hurried world much happens at once.
    pub(super) step_ms: u64,
    pub(super) idle_timeout_ms: u64,
    /// Bytes that may wait for one socket.
    pub(super) outbox_bytes: usize,
    pub(super) bus: Bus,
    pub(super) database: Database,
    pub(super) weights: Weights,
}

/// How the bus behaves.
#[derive(Clone, Debug)]
pub(super) struct Bus {
    pub(super) slow_ms: u64,
    pub(super) loses: u64,
    pub(super) doubles: u64,
}

/// How the database behaves.
#[derive(Clone, Debug)]
pub(super) struct Database {
    pub(super) slow_ms: u64,
    /// It cannot be reached, and nothing is written.
    pub(super) fails: u64,
    /// It commits, and whoever asked is not told.
    pub(super) falls_silent: u64,
    /// The node dies just after its commit.
    pub(super) kills: u64,
}

/// How often each thing is done, one against the other.
#[derive(Clone, Debug)]
pub(super) struct Weights {
    pub(super) delete: u64,
    pub(super) rest: u64,
    pub(super) rename: u64,
    pub(super) move_on: u64,
    pub(super) stall: u64,
    pub(super) announce: u64,
    pub(super) access: u64,
    pub(super) forget: u64,
    pub(super) crash: u64,
    pub(super) stop: u64,
    pub(super) pause: u64,
    pub(super) cut: u64,
    pub(super) clock: u64,
    pub(super) compact: u64,
    pub(super) end_room: u64,
    pub(super) trash: u64,
    pub(super) rewind: u64,
}

impl Plan {
    pub(super) fn of(seed: u64) -> Self {
        let mut dice = Rng::with_seed(seed ^ 0x6761_6c61);
        let mut maybe = |most: u64| if dice.bool() { 0 } else { dice.u64(1..=most) };
        let bus = Bus { slow_ms: 1 + maybe(60), loses: maybe(400), doubles: maybe(300) };
        let database =
            Database { slow_ms: 1 + maybe(40), fails: maybe(300), falls_silent: maybe(300), kills: maybe(60) };
        let mut weights = Weights {
            delete: maybe(30),
            rest: maybe(20),
            rename: maybe(10),
            move_on: maybe(30),
            stall: maybe(10),
            announce: maybe(20),
            access: maybe(10),
            forget: maybe(5),
            crash: maybe(8),
            stop: maybe(4),
            pause: maybe(8),
            cut: maybe(12),
            clock: maybe(6),
            compact: maybe(10),
            end_room: maybe(5),
            trash: maybe(3),
            rewind: maybe(4),
        };
        if dice.u64(0..4) > 0 {
            weights.rewind = 0;
        }
        if weights.rewind > 0 {
            // Otherwise nobody could say what must come back, and somebody might not look in time.
            weights.forget = 0;
            weights.pause = 0;
        }
        Self {
            nodes: dice.usize(1..=3),
            rooms: dice.usize(1..=2),
            people: dice.usize(2..=4),
            steps: dice.u64(15..60),
            step_ms: [2, 30, 400][dice.usize(0..3)],
            idle_timeout_ms: [500, 5_000, 60_000][dice.usize(0..3)],
            outbox_bytes: [300, 1_000, 1_024 * 1_024][dice.usize(0..3)],
            bus,
            database,
            weights,
        }
    }
}
