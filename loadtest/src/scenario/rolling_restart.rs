//! A node restarts while many clients type: how soon they are in step again, and how fast they come.

use std::{collections::BTreeMap, time::Duration};

use clap::Args;
use tokio::time::Instant;

use super::{client, conclude, desk};
use crate::{
    client::Keeps,
    cluster::{Cluster, Programs},
    crew::{self, Crew},
    failure::Failure,
    latencies::Percentiles,
    report::Report,
};

/// How long somebody waits for an acknowledgement.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long all may take to come in at first.
const ARRIVAL: Duration = Duration::from_secs(120);
/// How long is typed before a node restarts, and after it has.
const CALM: Duration = Duration::from_secs(10);

#[derive(Args)]
pub(crate) struct Options {
    /// Clients that type
    #[arg(long, default_value_t = 1000)]
    clients: u32,
    /// Nodes
    #[arg(long, default_value_t = 3)]
    nodes: usize,
    /// Rooms
    #[arg(long, default_value_t = 100)]
    rooms: usize,
    /// How many of the nodes restart, one after the other
    #[arg(long, default_value_t = 1)]
    restarts: usize,
    /// Milliseconds between two tokens of one client
    #[arg(long, default_value_t = 3000)]
    pause_ms: u64,
    /// Within how many seconds 99 % are to be in step again
    #[arg(long, default_value_t = 15)]
    within_seconds: u64,
}

pub(crate) async fn run(programs: &Programs, options: &Options) -> Result<Report, Failure> {
    let mut cluster = Cluster::start(programs, options.nodes, None).await?;
    let desk = desk(&cluster, PATIENCE)?;
    let mut report = Report::of("rolling-restart");
    let rooms = cluster.create_pages(options.rooms).await?;
    let one = |number: u32| {
        let (room, node) = (number as usize % rooms.len(), number as usize % options.nodes);
        client(&cluster, &desk, number, &rooms[room], (node, Keeps::Tokens))
    };
    let mut clients: Vec<_> = (0..options.clients).map(one).collect();
    let late = crew::settle(&mut clients, ARRIVAL).await;
    report.require(late == 0, || format!("{late} clients did not come in at first"));
    let pause = Duration::from_millis(options.pause_ms);
    desk.enter("calm");
    let crew = Crew::start(clients, |_| Some(pause));
    tokio::time::sleep(CALM).await;

    for number in 0..options.restarts {
        let told_at = Instant::now();
        desk.enter("restart");
        cluster.nodes[number % options.nodes].stop().await?;
        let stopped = told_at.elapsed();
        cluster.nodes[number % options.nodes].restart().await?;
        let restarted = told_at.elapsed();
        tokio::time::sleep(Duration::from_secs(options.within_seconds)).await;
        desk.enter("calm");
        let name = format!("restart {}", number + 1);
        report.set(&format!("{name}: stopped after, s"), stopped.as_secs_f64());
        report.set(&format!("{name}: back after, s"), restarted.as_secs_f64());
        returns(&desk, told_at, &name, options, &mut report);
        tokio::time::sleep(CALM).await;
    }

    let mut clients = crew.stop().await?;
    report.set("clients", options.clients);
    conclude(&cluster, &desk, &mut clients, &mut report).await?;
    report.set("typed to saved", desk.time_to_saved());
    Ok(report)
}

/// Says how those came back who lost their connection, and whether that was soon enough.
fn returns(desk: &crate::desk::Desk, told_at: Instant, name: &str, options: &Options, report: &mut Report) {
    let returns: Vec<(Instant, Duration)> =
        desk.returns().into_iter().filter(|(returned_at, _)| *returned_at > told_at).collect();
    let away = returns.iter().map(|(_, away)| away.as_micros() as u32).collect();
    // All others were in step throughout.
    let mut in_step_at: Vec<Duration> = returns.iter().map(|(returned_at, _)| *returned_at - told_at).collect();
    in_step_at.sort_unstable();
    let allowed = options.clients as usize / 100;
    let most = in_step_at.len().checked_sub(allowed + 1).and_then(|index| in_step_at.get(index)).copied();
    let mut per_second: BTreeMap<u64, usize> = BTreeMap::new();
    for connected_at in desk.connections().into_iter().filter(|connected_at| *connected_at > told_at) {
        *per_second.entry((connected_at - told_at).as_secs()).or_default() += 1;
    }
    report.set(&format!("{name}: clients that had to come back"), returns.len());
    report.set(&format!("{name}: away"), Percentiles::of(away));
    report.set(&format!("{name}: 99 % in step after, s"), most.map(|time| time.as_secs_f64()));
    report.set(&format!("{name}: connections per second, most"), per_second.values().max().copied().unwrap_or(0));
    let within = Duration::from_secs(options.within_seconds);
    report.require(most.is_none_or(|time| time <= within), || format!("{name}: 99 % were in step only after {most:?}"));
}
