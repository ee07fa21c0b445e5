//! Agents write as language models do, a word or a part of one at a time and many a second, into
//! rooms in which people read.

use std::time::Duration;

use clap::Args;

use super::against::Against;
use crate::{
    bench::{
        crowd::{Crowd, Size},
        pace,
        run::{Run, Watch},
    },
    cluster::Programs,
    failure::Failure,
    random::Random,
};

/// How long it goes on before it is measured.
const WARM_UP: Duration = Duration::from_secs(2);
/// Letters of a token at most; most models have four on average.
const MAX_LETTERS: u64 = 8;

/// 20 rooms with two agents and eight people in each
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    against: Against,
    #[arg(long, default_value_t = 20)]
    rooms: usize,
    /// Agents in a room
    #[arg(long, default_value_t = 2)]
    agents: usize,
    /// People in a room, who read
    #[arg(long, default_value_t = 8)]
    people: usize,
    /// Tokens a second of one agent
    #[arg(long, default_value_t = 30.0)]
    rate: f64,
    #[arg(long, default_value_t = 20)]
    seconds: u64,
}

pub(crate) async fn run(programs: &Programs, options: &Options) -> Result<Run, Failure> {
    let Options { against, rooms, agents, people, rate, seconds } = options;
    let (target, dialect) = against.start(programs).await?;
    let size = Size { rooms: *rooms, clients_per_room: agents + people, writers_per_room: *agents };
    let crowd = Crowd::enter(&target, dialect, size).await?;
    crowd.listen().await?;
    let writers: Vec<usize> = (0..crowd.clients.len()).filter(|nth| crowd.clients[*nth].number < *agents).collect();
    let mut random = Random::seeded(1);
    let mut write = |nth: usize| crowd.write(nth, 1 + random.below(MAX_LETTERS) as u32);
    pace::in_turns(&writers, *rate, WARM_UP, &mut write).await?;
    let watch = Watch::begin(&target, &crowd)?;
    pace::in_turns(&writers, *rate, Duration::from_secs(*seconds), &mut write).await?;
    let seen = watch.look(&target, &crowd)?;
    crowd.end_span();
    crowd.settle().await;
    let mut run = Run::of("agents-typing", &target, &crowd, &watch, &seen);
    run.parameter("rooms", *rooms);
    run.parameter("agents", *agents);
    run.parameter("people", *people);
    run.parameter("rate", *rate);
    run.parameter("seconds", *seconds);
    run.conclude(&target, &crowd).await?;
    target.stop().await?;
    Ok(run)
}
