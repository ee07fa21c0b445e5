//! Many rooms in which everybody writes at the pace of people: how soon the others read it, and what
//! a delivery costs. One room of many with few who write is the same with other sizes.

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
};

/// How long it goes on before it is measured.
const WARM_UP: Duration = Duration::from_secs(2);

/// Ten in each of ten rooms, all of them writing
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    against: Against,
    #[arg(long, default_value_t = 10)]
    rooms: usize,
    /// Clients in a room
    #[arg(long, default_value_t = 10)]
    clients: usize,
    /// How many of those in a room write; by default all
    #[arg(long)]
    writers: Option<usize>,
    /// Edits a second of one who writes
    #[arg(long, default_value_t = 10.0)]
    rate: f64,
    #[arg(long, default_value_t = 20)]
    seconds: u64,
}

/// One room of 500, of whom five write
#[derive(Args, Clone, Debug)]
pub(crate) struct BigRoom {
    #[command(flatten)]
    against: Against,
    /// Clients in the room
    #[arg(long, default_value_t = 500)]
    clients: usize,
    /// How many of them write
    #[arg(long, default_value_t = 5)]
    writers: usize,
    /// Edits a second of one who writes
    #[arg(long, default_value_t = 10.0)]
    rate: f64,
    #[arg(long, default_value_t = 20)]
    seconds: u64,
}

pub(crate) async fn run(programs: &Programs, options: &Options) -> Result<Run, Failure> {
    let Options { against, rooms, clients, writers, rate, seconds } = options;
    let size = Size { rooms: *rooms, clients_per_room: *clients, writers_per_room: writers.unwrap_or(*clients) };
    type_for("fan-out", programs, against, size, (*rate, *seconds)).await
}

pub(crate) async fn run_big_room(programs: &Programs, options: &BigRoom) -> Result<Run, Failure> {
    let BigRoom { against, clients, writers, rate, seconds } = options;
    let size = Size { rooms: 1, clients_per_room: *clients, writers_per_room: *writers };
    type_for("big-room", programs, against, size, (*rate, *seconds)).await
}

async fn type_for(
    scenario: &str,
    programs: &Programs,
    against: &Against,
    size: Size,
    (rate, seconds): (f64, u64),
) -> Result<Run, Failure> {
    let (target, dialect) = against.start(programs).await?;
    let crowd = Crowd::enter(&target, dialect, size).await?;
    crowd.listen().await?;
    pace::steadily(&crowd, rate, 1, WARM_UP).await?;
    let watch = Watch::begin(&target, &crowd)?;
    pace::steadily(&crowd, rate, 1, Duration::from_secs(seconds)).await?;
    let seen = watch.look(&target, &crowd)?;
    crowd.end_span();
    crowd.settle().await;
    let mut run = Run::of(scenario, &target, &crowd, &watch, &seen);
    run.parameter("rooms", size.rooms);
    run.parameter("clients", size.clients_per_room);
    run.parameter("writers", size.writers_per_room);
    run.parameter("rate", rate);
    run.parameter("seconds", seconds);
    run.conclude(&target, &crowd).await?;
    target.stop().await?;
    Ok(run)
}
