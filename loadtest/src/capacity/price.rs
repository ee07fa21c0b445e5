//! What a room costs the node it is at, from how many are in it and what they do.

use std::ops::{AddAssign, Sub};

use super::costs::Costs;

/// Least time between two frames with cursors to everybody in a room, seconds: see `actors/src/room/actor.rs`.
const PRESENCE_INTERVAL_S: f64 = 0.04;
/// How often clients say again where they are, seconds: y-protocols/awareness.js.
const RENEWED_EVERY_S: f64 = 15.0;
const US: f64 = 1e-6;

/// What happens in a room at one node, a second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Doings {
    /// People connected to this node.
    pub(crate) people: f64,
    /// Edits of theirs, and those that come from other nodes.
    pub(crate) edits: f64,
    pub(crate) edits_heard: f64,
    /// Moves of their cursors, and those of people at other nodes.
    pub(crate) states: f64,
    pub(crate) states_heard: f64,
}

/// What that costs and causes, a second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Price {
    /// Seconds of the core the room lives on.
    pub(crate) room: f64,
    /// Seconds of all cores together, for sockets: they are spread over them.
    pub(crate) spread: f64,
    /// The same when everything that can leave together does.
    pub(crate) room_least: f64,
    pub(crate) spread_least: f64,
    /// Sums of the squares of single pieces of work: how uneven it is, s² a second. Of the core the
    /// room lives on, and of every core, for sockets.
    pub(crate) room_squares: f64,
    pub(crate) spread_squares: f64,
    /// Edits to be committed.
    pub(crate) edits: f64,
    /// Edits told to somebody else than their writer.
    pub(crate) deliveries: f64,
    /// Messages told to Redis.
    pub(crate) published: f64,
}

/// Cursors that move in a room with so many people, a second.
pub(crate) fn states(people: f64, typed: f64, cursor: f64) -> f64 {
    typed + people * (cursor + 1.0 / RENEWED_EVERY_S)
}

impl Price {
    /// Of a room at one of several nodes with so many cores, or at the only one.
    pub(crate) fn of(doings: &Doings, costs: &Costs, cores: f64, has_others: bool) -> Self {
        let cpu = &costs.cpu_us;
        let others = (doings.people - 1.0).max(0.0);
        let told = doings.edits * others + doings.edits_heard * doings.people;
        let moving = doings.states + doings.states_heard;
        let frames_of_cursors = moving / (1.0 + PRESENCE_INTERVAL_S * moving);
        let own_frames = frames_of_cursors * (doings.states / moving.max(f64::MIN_POSITIVE));
        let cursors_told = doings.states * others + doings.states_heard * doings.people;
        let published = if has_others { doings.edits + own_frames } else { 0.0 };
        let heard = if has_others { doings.edits_heard + doings.states_heard.min(frames_of_cursors) } else { 0.0 };
        let presence_frames = frames_of_cursors * others;

        let (edit_room, frame_room) = (US * cpu.edit * cpu.edit_room_share, US * cpu.frame * cpu.frame_room_share);
        let (edit_socket, frame_socket) = (US * cpu.edit - edit_room, US * cpu.frame - frame_room);
        let state_room = US * cpu.state_in * cpu.edit_room_share;
        let edits = doings.edits + doings.edits_heard;
        let presence_room = moving * state_room + presence_frames * frame_room;
        let presence_spread = doings.states * (US * cpu.state_in - state_room)
            + cursors_told * US * cpu.state_out
            + presence_frames * frame_socket
            + (published + heard) * US * cpu.message;
        let busy = US * cpu.edit_busy * edits;
        let busy_told = US * cpu.delivery_busy * told;
        // What one edit sets off: on the room's core, and on each core that has readers.
        let piece = edit_room + others * frame_room;
        let (cores_with_readers, share) = (others.min(cores), (others / cores).max(1.0));
        Self {
            room: edits * edit_room + told * frame_room + presence_room,
            spread: doings.edits * edit_socket + told * frame_socket + presence_spread,
            room_least: busy * cpu.edit_room_share + busy_told * cpu.frame_room_share + presence_room,
            spread_least: busy * (1.0 - cpu.edit_room_share)
                + busy_told * (1.0 - cpu.frame_room_share)
                + presence_spread,
            room_squares: edits * piece * piece + frames_of_cursors * (others * frame_room).powi(2),
            spread_squares: (edits + frames_of_cursors) * cores_with_readers / cores * (share * frame_socket).powi(2),
            edits: doings.edits,
            deliveries: told,
            published,
        }
    }

    /// All of it so many times.
    pub(crate) fn times(self, factor: f64) -> Self {
        Self {
            room: self.room * factor,
            spread: self.spread * factor,
            room_least: self.room_least * factor,
            spread_least: self.spread_least * factor,
            room_squares: self.room_squares * factor,
            spread_squares: self.spread_squares * factor,
            edits: self.edits * factor,
            deliveries: self.deliveries * factor,
            published: self.published * factor,
        }
    }
}

impl AddAssign for Price {
    fn add_assign(&mut self, other: Self) {
        self.room += other.room;
        self.spread += other.spread;
        self.room_least += other.room_least;
        self.spread_least += other.spread_least;
        self.room_squares += other.room_squares;
        self.spread_squares += other.spread_squares;
        self.edits += other.edits;
        self.deliveries += other.deliveries;
        self.published += other.published;
    }
}

impl Sub for Price {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        let mut difference = self;
        difference += other.times(-1.0);
        difference
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(people: f64, edits: f64) -> Price {
        let costs = Costs::measured().unwrap();
        Price::of(&Doings { people, edits, ..Doings::default() }, &costs, 8.0, false)
    }

    #[test]
    fn whoever_is_alone_is_told_nothing() {
        assert_eq!(price(1.0, 10.0).deliveries, 0.0);
    }

    #[test]
    fn twice_the_readers_cost_twice_the_writes_and_not_twice_the_edits() {
        let (few, many) = (price(101.0, 10.0), price(201.0, 10.0));

        assert_eq!(many.deliveries, 2.0 * few.deliveries);
        assert!(many.room < 2.0 * few.room && many.room > few.room);
    }

    #[test]
    fn what_leaves_together_costs_less() {
        let price = price(100.0, 100.0);

        assert!(price.spread_least < price.spread && price.room_least <= price.room);
    }
}
