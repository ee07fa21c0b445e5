//! One of those who read stops doing so for a while, as a laptop does that is closed: nobody else may
//! notice, the server must not keep all of it for that one, and that one gets it all in the end.

use std::{rc::Rc, time::Duration};

use clap::Args;
use tokio::{
    task::{JoinHandle, spawn_local},
    time::{Instant, sleep},
};

use super::against::Against;
use crate::{
    bench::{
        crowd::{Crowd, Size},
        pace,
        run::{Run, Watch},
    },
    cluster::Programs,
    failure::Failure,
    target::Target,
};

/// How long it goes on before somebody stalls.
const WARM_UP: Duration = Duration::from_secs(1);
/// How often the server's memory is looked at.
const LOOK: Duration = Duration::from_millis(250);
const MIB: f64 = 1024.0 * 1024.0;

/// Four who write a megabyte a second together, one who reads it, and one who does not for 6 s
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    against: Against,
    /// Clients who write
    #[arg(long, default_value_t = 4)]
    writers: usize,
    /// Edits a second of each
    #[arg(long, default_value_t = 250.0)]
    rate: f64,
    /// Letters of an edit
    #[arg(long, default_value_t = 1000)]
    letters: u32,
    /// Seconds for which the one does not read
    #[arg(long, default_value_t = 6)]
    seconds: u64,
}

pub(crate) async fn run(programs: &Programs, options: &Options) -> Result<Run, Failure> {
    let Options { against, writers, rate, letters, seconds } = options;
    let (target, dialect) = against.start(programs).await?;
    let target = Rc::new(target);
    let size = Size { rooms: 1, clients_per_room: writers + 2, writers_per_room: *writers };
    let crowd = Crowd::enter(&target, dialect, size).await?;
    crowd.listen().await?;
    // The last one watches nobody.
    crowd.measures_all.set(false);
    let stalled = writers + 1;
    pace::steadily(&crowd, *rate, *letters, WARM_UP).await?;

    crowd.stop_listening(stalled);
    let watch = Watch::begin(&target, &crowd)?;
    let largest = largest_until(&target, Instant::now() + Duration::from_secs(*seconds) + LOOK);
    pace::steadily(&crowd, *rate, *letters, Duration::from_secs(*seconds)).await?;
    let seen = watch.look(&target, &crowd)?;
    crowd.end_span();
    let largest = largest.await??;
    let again = Instant::now();
    crowd.listen_one(stalled);
    crowd.settle().await;
    let caught_up = again.elapsed();

    let mut run = Run::of("stalled-reader", &target, &crowd, &watch, &seen);
    run.parameter("writers", *writers);
    run.parameter("rate", *rate);
    run.parameter("letters", *letters);
    run.parameter("seconds", *seconds);
    run.figure("resident_mib_at_most", largest as f64 / MIB);
    run.figure("caught_up_s", caught_up.as_secs_f64());
    run.conclude(&target, &crowd).await?;
    Ok(run)
}

/// The most memory the server has until then, in bytes.
fn largest_until(target: &Rc<Target>, until: Instant) -> JoinHandle<Result<u64, Failure>> {
    let target = Rc::clone(target);
    spawn_local(async move {
        let mut largest = 0;
        while Instant::now() < until {
            largest = target.usage()?.resident_bytes.max(largest);
            sleep(LOOK).await;
        }
        Ok(largest)
    })
}
