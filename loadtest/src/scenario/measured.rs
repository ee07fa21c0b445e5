//! The scenarios that are run against Gala and its peers alike, and answer with figures to compare.

use clap::Subcommand;

use super::{
    acknowledged, agents_typing, fan_out, idle_rooms, join, presence_storm, reconnect_storm, replay, rest_mix,
    saturation, stalled_reader,
};
use crate::{bench::run::Run, cluster::Programs, failure::Failure};

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Measured {
    /// Many rooms in which everybody types: how soon the others read it, and what that costs
    FanOut(fan_out::Options),
    /// One large room in which few type: how soon the others read it, and what that costs
    BigRoom(fan_out::BigRoom),
    /// Many rooms in which everybody types as fast as the server keeps up: how much it delivers
    Saturation(saturation::Options),
    /// One room in which every cursor moves all the time
    PresenceStorm(presence_storm::Options),
    /// One who reads stops for a while: what the others notice, and what the server keeps
    StalledReader(stalled_reader::Options),
    /// Kills the server when an edit has just been told: what is gone
    Acknowledged(acknowledged::Options),
    /// Very many rooms in which nothing happens: how soon all are in, and what memory that takes
    IdleRooms(idle_rooms::Options),
    /// All connections end and come back at once: how soon everybody is in step
    ReconnectStorm(reconnect_storm::Options),
    /// Programs read, write, list and make pages over HTTP
    RestMix(rest_mix::Options),
    /// Agents write word by word into rooms in which people read
    AgentsTyping(agents_typing::Options),
    /// A real document written again keystroke by keystroke: updates a second, and what each costs
    Replay(replay::Options),
    /// That document entered, from a server just started and from a warm one: how long until it is there
    Join(join::Options),
}

impl Measured {
    /// Runs it to its end.
    ///
    /// # Errors
    ///
    /// [`Failure`] if it could not be carried out; what it finds wrong stands in the answer.
    pub(crate) async fn run(&self, programs: &Programs) -> Result<Run, Failure> {
        match self {
            Self::FanOut(options) => fan_out::run(programs, options).await,
            Self::BigRoom(options) => fan_out::run_big_room(programs, options).await,
            Self::Saturation(options) => saturation::run(programs, options).await,
            Self::PresenceStorm(options) => presence_storm::run(programs, options).await,
            Self::StalledReader(options) => stalled_reader::run(programs, options).await,
            Self::Acknowledged(options) => acknowledged::run(programs, options).await,
            Self::IdleRooms(options) => idle_rooms::run(programs, options).await,
            Self::ReconnectStorm(options) => reconnect_storm::run(programs, options).await,
            Self::RestMix(options) => rest_mix::run(programs, options).await,
            Self::AgentsTyping(options) => agents_typing::run(programs, options).await,
            Self::Replay(options) => replay::run(programs, options).await,
            Self::Join(options) => join::run(programs, options).await,
        }
    }
}
