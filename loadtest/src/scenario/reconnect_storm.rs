//! All connections end at once and all come back at once, each with something written meanwhile: how
//! long until they are in step again, and what that costs.

use std::{
    cell::RefCell,
    rc::Rc,
    time::{Duration, Instant},
};

use clap::Args;
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::time::sleep;

use super::against::Against;
use crate::{
    bench::{
        crowd::{Crowd, Size},
        pace,
        run::{Latency, Run, Watch},
    },
    cluster::Programs,
    failure::Failure,
};

/// How long everybody writes before.
const WARM_UP: Duration = Duration::from_secs(2);
/// Edits a second of everybody before.
const RATE: f64 = 5.0;
/// How long the server may take to notice that everybody has gone.
const GONE: Duration = Duration::from_secs(1);
/// Connections that are opened at the same time.
const OPENING: usize = 256;
/// How often it is looked who is in step.
const LOOK: Duration = Duration::from_millis(1);
/// How long nobody may come into step until it is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// 100 rooms of 20, of whom five write
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    against: Against,
    #[arg(long, default_value_t = 100)]
    rooms: usize,
    /// Clients in a room
    #[arg(long, default_value_t = 20)]
    clients: usize,
    /// How many of those in a room write
    #[arg(long, default_value_t = 5)]
    writers: usize,
    /// Edits of one who writes while there is no connection
    #[arg(long, default_value_t = 3)]
    offline: usize,
}

pub(crate) async fn run(programs: &Programs, options: &Options) -> Result<Run, Failure> {
    let Options { against, rooms, clients, writers, offline } = options;
    let (target, dialect) = against.start(programs).await?;
    let size = Size { rooms: *rooms, clients_per_room: *clients, writers_per_room: *writers };
    let crowd = Crowd::enter(&target, dialect, size).await?;
    crowd.listen().await?;
    pace::steadily(&crowd, RATE, 1, WARM_UP).await?;
    crowd.settle().await;
    for (nth, client) in crowd.clients.iter().enumerate() {
        crowd.stop_listening(nth);
        client.hang_up();
        client.has_content.set(false);
        client.unsaved.borrow_mut().clear();
        for _ in 0..if client.number < *writers { *offline } else { 0 } {
            crowd.write_offline(nth);
        }
    }
    sleep(GONE).await;

    let watch = Watch::begin(&target, &crowd)?;
    let began = Instant::now();
    let in_step = tokio::task::spawn_local(times_to_step(Rc::clone(&crowd), began));
    let back = stream::iter(0..crowd.clients.len()).map(Ok::<_, Failure>);
    back.try_for_each_concurrent(OPENING, |nth| crowd.reconnect(&target, nth)).await?;
    let mut times = in_step.await?;
    let seen = watch.look(&target, &crowd)?;
    crowd.settle().await;
    let settled = began.elapsed();

    let mut run = Run::of("reconnect-storm", &target, &crowd, &watch, &seen);
    run.parameter("rooms", *rooms);
    run.parameter("clients", *clients);
    run.parameter("writers", *writers);
    run.parameter("offline", *offline);
    let came_back = times.len();
    let expected = crowd.clients.len();
    run.require(came_back == expected, || format!("{} did not come back", expected - came_back));
    // What is measured here is how long it takes to come back, not to be told of an edit.
    run.latency = Latency::of(&mut times);
    run.figure("in_step_99_percent_s", run.latency.p99_ms / 1000.0);
    run.figure("settled_s", settled.as_secs_f64());
    run.figure("server_cpu_ms_per_connection", 1000.0 * seen.server_cpu_s / expected as f64);
    run.conclude(&target, &crowd).await?;
    target.stop().await?;
    Ok(run)
}

/// When each had the content of its room and everything that was written in it, in microseconds.
async fn times_to_step(crowd: Rc<Crowd>, began: Instant) -> Vec<u32> {
    let waiting = RefCell::new((0..crowd.clients.len()).collect::<Vec<_>>());
    let mut times = Vec::new();
    while !waiting.borrow().is_empty() && began.elapsed() < PATIENCE {
        waiting.borrow_mut().retain(|nth| !crowd.is_in_step(*nth));
        let now_us = began.elapsed().as_micros() as u32;
        times.resize(crowd.clients.len() - waiting.borrow().len(), now_us);
        sleep(LOOK).await;
    }
    times
}
