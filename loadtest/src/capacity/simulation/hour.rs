//! What befalls the nodes in an hour.

use super::{STEPS_PER_S, people::People, tally::Part};

/// Seconds of the hour: until everybody has come; when a node dies; when it is back; when the restarts begin.
const ALL_HERE: usize = 600;
const DIES: usize = 1_800;
const IS_BACK: usize = 2_400;
const RESTARTS: usize = 2_700;
const END: usize = 3_600;
/// How long the death of a node is told apart from what comes after it.
const STORM: usize = 30;
/// How long after everybody has come it is counted.
const SETTLED: usize = 60;
/// How long a node that is restarted sends people away (`GALA_DRAIN_WINDOW_S` and what is left of 500 a
/// second), and how long it is away then.
const DRAINS: usize = 20;
const AWAY: usize = 10;
/// From the beginning of one restart to that of the next, at least.
const BETWEEN: usize = 45;

/// Where in the hour it is.
pub(super) struct Hour {
    nodes: usize,
}

impl Hour {
    pub(super) const STEPS: usize = END * STEPS_PER_S;

    pub(super) fn new(nodes: usize) -> Self {
        Self { nodes }
    }

    /// As many as there is time for.
    pub(super) fn restarted(&self) -> usize {
        self.nodes.min((END - RESTARTS) / BETWEEN)
    }

    /// The part of the hour that is counted, if any is.
    pub(super) fn part(step: usize) -> Option<Part> {
        match step / STEPS_PER_S {
            second if second < ALL_HERE => Some(Part::Coming),
            second if second < ALL_HERE + SETTLED => None,
            second if second < DIES => Some(Part::Ordinary),
            second if second < DIES + STORM => Some(Part::Storm),
            second if second < IS_BACK => Some(Part::OneLess),
            second if second < RESTARTS => None,
            _ => Some(Part::Restarts),
        }
    }

    /// What happens in this step.
    pub(super) fn befall(&self, step: usize, people: &mut People) {
        if step < ALL_HERE * STEPS_PER_S {
            people.some_come(step, ALL_HERE * STEPS_PER_S);
        }
        if !step.is_multiple_of(STEPS_PER_S) {
            return;
        }
        let second = step / STEPS_PER_S;
        match second {
            DIES if self.nodes > 1 => people.dies(0, step),
            IS_BACK => people.returns(0),
            _ => (),
        }
        if second < RESTARTS || self.nodes < 2 {
            return;
        }
        let (node, passed) = ((second - RESTARTS) / BETWEEN, (second - RESTARTS) % BETWEEN);
        if node >= self.restarted() {
            return;
        }
        match passed {
            ..DRAINS => people.drains(node, DRAINS - passed, step),
            passed if passed == DRAINS + AWAY => people.returns(node),
            _ => (),
        }
    }
}
