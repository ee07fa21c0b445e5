//! Edits on one node, seen on another: how soon, with Redis and without.

use std::time::Duration;

use clap::Args;

use super::{client, conclude, desk};
use crate::{
    client::Keeps,
    cluster::{Cluster, Programs},
    crew::{self, Crew},
    failure::Failure,
    report::Report,
};

/// How long somebody waits for an acknowledgement.
const PATIENCE: Duration = Duration::from_secs(15);

#[derive(Args)]
pub(crate) struct Options {
    /// Rooms, each with somebody who types on one node and somebody who reads on the other
    #[arg(long, default_value_t = 10)]
    rooms: usize,
    /// Seconds with Redis, and as many without
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// Milliseconds between two tokens of one person
    #[arg(long, default_value_t = 200)]
    pause_ms: u64,
}

pub(crate) async fn run(programs: &Programs, options: &Options) -> Result<Report, Failure> {
    let mut cluster = Cluster::start(programs, 2, None).await?;
    let desk = desk(&cluster, PATIENCE)?;
    desk.watch_sights();
    let mut clients = Vec::new();
    for (number, room) in (0_u32..).zip(cluster.create_pages(options.rooms).await?) {
        clients.push(client(&cluster, &desk, 2 * number, &room, (0, Keeps::Everything)));
        clients.push(client(&cluster, &desk, 2 * number + 1, &room, (1, Keeps::Everything)).observing());
    }
    crew::settle(&mut clients, PATIENCE).await;
    let pause = Duration::from_millis(options.pause_ms);
    let crew = Crew::start(clients, |client| (client.number % 2 == 0).then_some(pause));

    desk.enter("with Redis");
    tokio::time::sleep(Duration::from_secs(options.seconds)).await;
    desk.enter("as Redis goes");
    cluster.redis.kill().await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    desk.enter("without Redis");
    tokio::time::sleep(Duration::from_secs(options.seconds)).await;
    cluster.redis.restart().await?;

    let mut clients = crew.stop().await?;
    let mut report = Report::of("two-nodes");
    conclude(&cluster, &desk, &mut clients, &mut report).await?;
    report.set("typed to saved", desk.time_to_saved());
    report.set("typed to seen on the other node", desk.time_to_seen());
    report.require(desk.unseen() == 0, || format!("{} tokens were never seen on the other node", desk.unseen()));
    Ok(report)
}
