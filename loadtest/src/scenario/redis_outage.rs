//! Redis is killed for a while under load: how soon other nodes see an edit before, during and after.

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
    /// Nodes
    #[arg(long, default_value_t = 3)]
    nodes: usize,
    /// Rooms
    #[arg(long, default_value_t = 10)]
    rooms: usize,
    /// Clients that type
    #[arg(long, default_value_t = 30)]
    clients: u32,
    /// Milliseconds between two tokens of one client
    #[arg(long, default_value_t = 300)]
    pause_ms: u64,
    /// Seconds without Redis
    #[arg(long, default_value_t = 60)]
    outage_seconds: u64,
    /// Seconds before and after
    #[arg(long, default_value_t = 30)]
    seconds: u64,
}

pub(crate) async fn run(programs: &Programs, options: &Options) -> Result<Report, Failure> {
    let mut cluster = Cluster::start(programs, options.nodes, None).await?;
    let desk = desk(&cluster, PATIENCE)?;
    desk.watch_sights();
    let rooms = cluster.create_pages(options.rooms).await?;
    let mut clients = Vec::new();
    for number in 0..options.clients {
        let number_of_room = number as usize % rooms.len();
        clients.push(client(&cluster, &desk, number, &rooms[number_of_room], (number_of_room, Keeps::Everything)));
    }
    // Those who type in a room are at one node; the one who reads there is at the next.
    let readers = options.clients..;
    for (number, (place, room)) in readers.zip(rooms.iter().enumerate()) {
        clients.push(client(&cluster, &desk, number, room, (place + 1, Keeps::Everything)).observing());
    }
    crew::settle(&mut clients, PATIENCE).await;
    let pause = Duration::from_millis(options.pause_ms);
    let crew = Crew::start(clients, |client| (client.number < options.clients).then_some(pause));

    desk.enter("before");
    tokio::time::sleep(Duration::from_secs(options.seconds)).await;
    desk.enter("during");
    cluster.redis.kill().await?;
    tokio::time::sleep(Duration::from_secs(options.outage_seconds)).await;
    desk.enter("as it returns");
    cluster.redis.restart().await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    desk.enter("after");
    tokio::time::sleep(Duration::from_secs(options.seconds)).await;

    let mut clients = crew.stop().await?;
    let mut report = Report::of("redis-outage");
    conclude(&cluster, &desk, &mut clients, &mut report).await?;
    report.set("typed to saved", desk.time_to_saved());
    report.set("typed to seen on another node", desk.time_to_seen());
    report.set("connections lost", desk.returns().len());
    report.require(desk.unseen() == 0, || format!("{} tokens were never seen on another node", desk.unseen()));
    Ok(report)
}
