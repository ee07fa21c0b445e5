//! Everybody writes as fast as the server keeps up: each is some edits ahead of somebody who reads
//! them, and writes the next when those have arrived. The further ahead, the more a server can do at
//! once and the longer each edit takes; the best rate of which 99 in 100 take at most 200 ms counts.

use std::{rc::Rc, time::Duration};

use clap::Args;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::against::Against;
use crate::{
    bench::{
        crowd::{Crowd, Size},
        run::{Run, Watch},
    },
    cluster::Programs,
    failure::Failure,
    target::Target,
};

/// How long a window is tried before it is measured.
const WARM_UP: Duration = Duration::from_secs(1);
/// How many windows that are no better are tried before it is given up.
const MAX_WORSE: usize = 2;

/// Ten in each of ten rooms, all of them writing as fast as they are read
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    against: Against,
    #[arg(long, default_value_t = 10)]
    rooms: usize,
    /// Clients in a room, all of whom write
    #[arg(long, default_value_t = 10)]
    clients: usize,
    /// Edits ahead of the reader, one after the other, as long as it gets better
    #[arg(long, value_delimiter = ',', default_values_t = [1, 4, 8, 16, 32, 48, 64, 96, 128, 192, 256, 512, 1024])]
    windows: Vec<usize>,
    /// Seconds of each window
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// Milliseconds 99 in 100 edits may take
    #[arg(long, default_value_t = 200.0)]
    limit_ms: f64,
}

pub(crate) async fn run(programs: &Programs, options: &Options) -> Result<Run, Failure> {
    let Options { against, rooms, clients, windows, seconds, limit_ms } = options;
    let (target, dialect) = against.start(programs).await?;
    let size = Size { rooms: *rooms, clients_per_room: *clients, writers_per_room: *clients };
    let crowd = Crowd::enter(&target, dialect, size).await?;
    crowd.listen().await?;
    crowd.measures_all.set(false);
    let mut best: Option<(Run, usize)> = None;
    let (mut tried, mut worse) = (Vec::new(), 0);
    for window in windows {
        let run = try_window(&target, &crowd, *window, Duration::from_secs(*seconds)).await?;
        tried.push(json!({
            "window": window, "delivered_per_s": run.delivered_per_s, "cpu_per_100k": run.cpu_per_100k,
            "p50_ms": run.latency.p50_ms, "p99_ms": run.latency.p99_ms, "own_cpu_share": run.own_cpu_share,
        }));
        let too_slow = run.latency.p99_ms > *limit_ms;
        let is_better = best.as_ref().is_none_or(|(best, _)| run.delivered_per_s > best.delivered_per_s);
        if best.is_none() || !too_slow && is_better {
            best = Some((run, *window));
            worse = 0;
        } else {
            worse += 1;
        }
        if too_slow || worse > MAX_WORSE || !crowd.ended.borrow().is_empty() {
            break;
        }
    }
    let (mut run, window) = best.ok_or(Failure::Incomplete("window"))?;
    run.parameter("rooms", *rooms);
    run.parameter("clients", *clients);
    run.parameter("seconds", *seconds);
    run.parameter("limit_ms", *limit_ms);
    run.figure("window", window);
    run.figure("windows", Value::Array(tried));
    let p99_ms = run.latency.p99_ms;
    run.require(p99_ms <= *limit_ms, || format!("one edit in 100 takes {p99_ms} ms or longer at any rate"));
    run.conclude(&target, &crowd).await?;
    target.stop().await?;
    Ok(run)
}

async fn try_window(target: &Target, crowd: &Rc<Crowd>, window: usize, time: Duration) -> Result<Run, Failure> {
    crowd.write_ahead(Some(window))?;
    sleep(WARM_UP).await;
    let watch = Watch::begin(target, crowd)?;
    sleep(time).await;
    let seen = watch.look(target, crowd)?;
    crowd.end_span();
    crowd.write_ahead(None)?;
    crowd.settle().await;
    Ok(Run::of("saturation", target, crowd, &watch, &seen))
}
