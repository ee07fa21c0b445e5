//! Everybody in a room moves their cursor all the time. A server may leave states out that later ones
//! cover; in the end everybody must know everybody's last.

use std::time::Duration;

use clap::Args;

use super::against::Against;
use crate::{
    bench::{
        crowd::{Crowd, Size},
        pace,
        run::{Run, Watch, per},
    },
    cluster::Programs,
    failure::Failure,
};

/// How long it goes on before it is measured.
const WARM_UP: Duration = Duration::from_secs(2);

/// One room of 100, everybody's cursor moving 20 times a second
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    against: Against,
    /// Clients in the room
    #[arg(long, default_value_t = 100)]
    clients: usize,
    /// States a second of each
    #[arg(long, default_value_t = 20.0)]
    rate: f64,
    #[arg(long, default_value_t = 20)]
    seconds: u64,
}

pub(crate) async fn run(programs: &Programs, options: &Options) -> Result<Run, Failure> {
    let Options { against, clients, rate, seconds } = options;
    let (target, dialect) = against.start(programs).await?;
    let size = Size { rooms: 1, clients_per_room: *clients, writers_per_room: 0 };
    let crowd = Crowd::enter(&target, dialect, size).await?;
    crowd.listen().await?;
    let everybody: Vec<usize> = (0..*clients).collect();
    let show = |nth: usize| crowd.show(nth, |clock| state(nth, clock));
    pace::in_turns(&everybody, *rate, WARM_UP, show).await?;
    let told = crowd.states_told();
    let watch = Watch::begin(&target, &crowd)?;
    pace::in_turns(&everybody, *rate, Duration::from_secs(*seconds), show).await?;
    let seen = watch.look(&target, &crowd)?;
    let told = crowd.states_told() - told;
    crowd.end_span();
    crowd.settle().await;
    let mut run = Run::of("presence-storm", &target, &crowd, &watch, &seen);
    run.parameter("clients", *clients);
    run.parameter("rate", *rate);
    run.parameter("seconds", *seconds);
    // What is delivered are changes; these are the states that came.
    run.figure("states_told", told);
    run.figure("states_told_per_s", per(told as f64, seen.seconds));
    run.figure("changes_owed_per_s", *rate * (*clients * (*clients - 1)) as f64);
    run.conclude(&target, &crowd).await?;
    target.stop().await?;
    Ok(run)
}

/// What an editor shows of somebody: a name, a colour and where the cursor is.
fn state(nth: usize, clock: u32) -> String {
    format!(
        r##"{{"user":{{"name":"Person {nth}","color":"#30bced"}},"cursor":{{"anchor":{{"tname":"content","item":{{"client":{nth},"clock":{clock}}}}},"head":null}}}}"##
    )
}
