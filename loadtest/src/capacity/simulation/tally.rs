//! What is counted of the parts of an hour.

use serde::Serialize;

/// Classes of shares: 1000 of 0.1 % each.
const SHARES: usize = 1_000;
/// Classes of times: 20 for each factor of ten, from a microsecond on.
const TIMES: usize = 200;
const TIMES_PER_DECADE: f64 = 20.0;
const SHORTEST_S: f64 = 1e-6;

/// A part of the hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Part {
    /// Everybody comes within ten minutes.
    Coming,
    /// Everybody is there.
    #[default]
    Ordinary,
    /// The first half minute after a node has died.
    Storm,
    /// The others alone.
    OneLess,
    /// One node after the other is restarted.
    Restarts,
}

/// What was seen in a part.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Seen {
    pub(crate) part: Part,
    /// The share of a core that is busy, second by second and core by core.
    pub(crate) core_mean: f64,
    pub(crate) core_p50: f64,
    pub(crate) core_p99: f64,
    pub(crate) core_max: f64,
    /// The share of the cores of the node that had most to do, over all of the part.
    pub(crate) busiest_node: f64,
    /// How long something waits for a core.
    pub(crate) wait_p50_ms: f64,
    pub(crate) wait_p99_ms: f64,
    pub(crate) wait_max_ms: f64,
    /// The most of one node.
    pub(crate) memory_gib_max: f64,
    pub(crate) connections_max: f64,
    /// Of all nodes, on average.
    pub(crate) connections: f64,
    pub(crate) edits_per_s: f64,
    pub(crate) deliveries_per_s: f64,
    pub(crate) enters_per_s: f64,
    pub(crate) commits_per_s: f64,
    pub(crate) published_per_s: f64,
    pub(crate) heard_per_s: f64,
}

/// What a node says of itself after a step.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told {
    pub(super) connections: f64,
    pub(super) memory_gib: f64,
    pub(super) edits_per_s: f64,
    pub(super) deliveries_per_s: f64,
    pub(super) commits_per_s: f64,
    pub(super) published_per_s: f64,
}

/// Counts, part by part.
#[derive(Default)]
pub(super) struct Tally {
    current: Option<Counts>,
    done: Vec<Seen>,
}

#[derive(Clone)]
struct Counts {
    seen: Seen,
    steps: f64,
    shares: Vec<u64>,
    share_sum: f64,
    waits: Vec<u64>,
    /// By node: the sum of its shares, and their number.
    nodes: Vec<(f64, f64)>,
}

impl Tally {
    /// This is the part that is counted from now on.
    pub(super) fn watch(&mut self, part: Option<Part>) {
        if self.current.as_ref().map(|counts| counts.seen.part) != part {
            self.done.extend(self.current.take().map(Counts::end));
            self.current = part.map(Counts::new);
        }
    }

    /// What a core did in a second.
    pub(super) fn core(&mut self, node: usize, share: f64) {
        let Some(counts) = &mut self.current else { return };
        counts.shares[((share * SHARES as f64) as usize).min(SHARES)] += 1;
        counts.share_sum += share;
        counts.seen.core_max = counts.seen.core_max.max(share);
        if counts.nodes.len() <= node {
            counts.nodes.resize(node + 1, (0.0, 0.0));
        }
        counts.nodes[node].0 += share;
        counts.nodes[node].1 += 1.0;
    }

    /// How long something waits at a core in this step.
    pub(super) fn wait(&mut self, wait_s: f64) {
        let Some(counts) = &mut self.current else { return };
        let class = ((wait_s / SHORTEST_S).log10() * TIMES_PER_DECADE).max(0.0) as usize;
        counts.waits[class.min(TIMES)] += 1;
        counts.seen.wait_max_ms = counts.seen.wait_max_ms.max(1e3 * wait_s);
    }

    /// A node after a step.
    pub(super) fn node(&mut self, told: &Told) {
        let Some(Counts { seen, .. }) = &mut self.current else { return };
        seen.memory_gib_max = seen.memory_gib_max.max(told.memory_gib);
        seen.connections_max = seen.connections_max.max(told.connections);
        seen.connections += told.connections;
        seen.edits_per_s += told.edits_per_s;
        seen.deliveries_per_s += told.deliveries_per_s;
        seen.commits_per_s += told.commits_per_s;
        seen.published_per_s += told.published_per_s;
    }

    /// A step has ended in which so many came in, and nodes heard so many messages of others a second.
    pub(super) fn step(&mut self, enters_per_s: f64, heard_per_s: f64) {
        let Some(counts) = &mut self.current else { return };
        counts.steps += 1.0;
        counts.seen.enters_per_s += enters_per_s;
        counts.seen.heard_per_s += heard_per_s;
    }

    /// All parts, in their order.
    pub(super) fn seen(mut self) -> Vec<Seen> {
        self.watch(None);
        self.done
    }
}

impl Counts {
    fn new(part: Part) -> Self {
        let seen = Seen { part, ..Seen::default() };
        Self {
            seen,
            steps: 0.0,
            shares: vec![0; SHARES + 1],
            share_sum: 0.0,
            waits: vec![0; TIMES + 1],
            nodes: Vec::new(),
        }
    }

    fn end(self) -> Seen {
        let share = |part| class_at(&self.shares, part) as f64 / SHARES as f64;
        let wait_ms = |part| 1e3 * SHORTEST_S * 10_f64.powf(class_at(&self.waits, part) as f64 / TIMES_PER_DECADE);
        let counted: u64 = self.shares.iter().sum();
        let steps = self.steps.max(1.0);
        let of_node = |(sum, count): &(f64, f64)| sum / count.max(1.0);
        Seen {
            core_mean: self.share_sum / counted.max(1) as f64,
            core_p50: share(0.5),
            core_p99: share(0.99),
            busiest_node: self.nodes.iter().map(of_node).fold(0.0, f64::max),
            wait_p50_ms: wait_ms(0.5),
            wait_p99_ms: wait_ms(0.99),
            connections: self.seen.connections / steps,
            edits_per_s: self.seen.edits_per_s / steps,
            deliveries_per_s: self.seen.deliveries_per_s / steps,
            enters_per_s: self.seen.enters_per_s / steps,
            commits_per_s: self.seen.commits_per_s / steps,
            published_per_s: self.seen.published_per_s / steps,
            heard_per_s: self.seen.heard_per_s / steps,
            ..self.seen
        }
    }
}

/// The class up to which this part of all is.
fn class_at(counts: &[u64], part: f64) -> usize {
    let wanted = (counts.iter().sum::<u64>() as f64 * part) as u64;
    let mut passed = 0;
    counts
        .iter()
        .position(|count| {
            passed += count;
            passed > wanted
        })
        .unwrap_or(0)
}
