//! Very many rooms with somebody in each who does nothing: how soon they are in, and what memory that takes.

use std::time::{Duration, Instant};

use clap::Args;
use tokio::time::sleep;

use super::against::Against;
use crate::{
    bench::{
        crowd::{Crowd, Size},
        machine,
        run::{Run, Watch, per},
    },
    cluster::Programs,
    failure::Failure,
};

/// Connections that are timed; those after them only take memory.
const TIMED: usize = 5_000;
const KIB: f64 = 1024.0;

/// 19,000 connections, each in a room of its own
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    against: Against,
    #[arg(long, default_value_t = 19_000)]
    connections: usize,
    /// How long they then do nothing
    #[arg(long, default_value_t = 100)]
    idle_seconds: u64,
}

pub(crate) async fn run(programs: &Programs, options: &Options) -> Result<Run, Failure> {
    let Options { against, connections, idle_seconds } = options;
    let (target, dialect) = against.start(programs).await?;
    let mut first = target.rooms(*connections).await?;
    let rest = first.split_off(TIMED.min(*connections));
    let size = Size { rooms: *connections, clients_per_room: 1, writers_per_room: 0 };
    // Making rooms is done with; what it has left behind must not count as that of connections.
    let before = target.usage()?;
    let (began, own) = (Instant::now(), machine::own_cpu()?);
    let timed = first.len();
    let crowd = Crowd::enter_rooms(&target, dialect, first, size).await?;
    crowd.listen().await?;
    let (took, own) = (began.elapsed().as_secs_f64(), machine::own_cpu()?.saturating_sub(own));
    let cpu = target.usage()?.cpu.saturating_sub(before.cpu);
    let others = Crowd::enter_rooms(&target, dialect, rest, size).await?;
    others.listen().await?;
    let connected = target.usage()?;

    let watch = Watch::begin(&target, &crowd)?;
    sleep(Duration::from_secs(*idle_seconds)).await;
    let seen = watch.look(&target, &crowd)?;
    let mut run = Run::of("idle-rooms", &target, &crowd, &watch, &seen);
    run.parameter("connections", *connections);
    run.parameter("idle_seconds", *idle_seconds);
    let per_connection = |bytes: u64| per(bytes as f64 - before.resident_bytes as f64, *connections as f64) / KIB;
    run.resident_mib_before = before.resident_bytes as f64 / KIB / KIB;
    run.figure("connects_per_s", per(timed as f64, took));
    run.figure("connects_own_cpu_share", per(own.as_secs_f64(), took));
    run.figure("server_cpu_ms_per_connect", per(1000.0 * cpu.as_secs_f64(), timed as f64));
    run.figure("kib_per_connection", per_connection(connected.resident_bytes));
    run.figure("kib_per_connection_idle", per_connection(seen.resident_bytes));
    let ended = others.ended.borrow().len() + crowd.ended.borrow().len();
    run.require(ended == 0, || format!("{ended} connections ended by themselves"));
    run.converged = ended == 0;
    target.stop().await?;
    Ok(run)
}
