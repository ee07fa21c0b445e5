//! A room, at one node or at several, and what it takes of them.

use super::node::Node;
use crate::capacity::{
    model::Setting,
    price::{Doings, Price, states},
    ring::hash,
};

/// Where it is, and how many type in it.
pub(super) struct Room {
    pub(super) typing: u32,
    has_agent: bool,
    pub(super) places: Vec<Place>,
}

/// A room at one node.
pub(super) struct Place {
    pub(super) node: u16,
    pub(super) people: u32,
    pub(super) typing: u32,
    pub(super) price: Price,
    /// Messages it hears of other nodes, a second.
    pub(super) heard_per_s: f64,
}

impl Room {
    /// Nobody is in it.
    pub(super) fn new(has_agent: bool) -> Self {
        Self { typing: 0, has_agent, places: Vec::new() }
    }

    /// Tells its nodes what it takes now; answers how many more messages it hears of others, a second.
    pub(super) fn look_again(&mut self, number: u32, setting: &Setting, nodes: &mut [Node]) -> f64 {
        let workload = setting.workload;
        let agent = if self.has_agent { workload.agent_busy * workload.agent_tokens } else { 0.0 };
        let done = |place: &Place, is_first: bool| {
            let typed = f64::from(place.typing) * workload.keystrokes;
            let edits = typed + if is_first { agent } else { 0.0 };
            (edits, states(f64::from(place.people), typed, workload.cursor))
        };
        let (mut all_edits, mut all_states, mut more_heard) = (0.0, 0.0, 0.0);
        for (nth, place) in self.places.iter().enumerate() {
            let (edits, states) = done(place, nth == 0);
            (all_edits, all_states) = (all_edits + edits, all_states + states);
        }
        for (nth, place) in self.places.iter_mut().enumerate() {
            let (edits, states) = done(place, nth == 0);
            // An agent is one of those who are told.
            let people = f64::from(place.people) + f64::from(u8::from(self.has_agent && nth == 0));
            let (edits_heard, states_heard) = (all_edits - edits, all_states - states);
            let doings = Doings { people, edits, edits_heard, states, states_heard };
            let price = Price::of(&doings, setting.costs, setting.cores as f64, setting.nodes > 1);
            nodes[place.node as usize].add(core_of(number, setting.cores), price - place.price);
            more_heard += edits_heard + states_heard - place.heard_per_s;
            (place.price, place.heard_per_s) = (price, edits_heard + states_heard);
        }
        more_heard
    }
}

impl Place {
    /// Somebody is the first there.
    pub(super) fn first(node: u16) -> Self {
        Self { node, people: 1, typing: 0, price: Price::default(), heard_per_s: 0.0 }
    }
}

/// The core a room lives on, on whichever node.
pub(super) fn core_of(room: u32, cores: usize) -> usize {
    (hash(!u64::from(room)) % cores as u64) as usize
}
