//! What the load generator takes of the machine: one core, and as many sockets as it may have.

use std::time::Duration;

use nix::{
    sched::{CpuSet, sched_getaffinity, sched_setaffinity},
    sys::{
        resource::{Resource, UsageWho, getrlimit, getrusage, setrlimit},
        time::TimeValLike,
    },
    unistd::Pid,
};

use crate::failure::Failure;

/// The core of the load generator; the server has another.
const OWN_CORE: usize = 1;

/// Fields of `/proc/stat` that add up to all time; the guests' time behind them is in the first already.
const STAT_FIELDS: usize = 8;

/// Binds this thread, and those it starts from here on, to the core of the load generator, if there
/// is such a core; and raises the limit of open files as far as it goes.
///
/// # Errors
///
/// [`Failure::System`].
pub(crate) fn take_place() -> Result<(), Failure> {
    let (_soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    if sched_getaffinity(Pid::from_raw(0))?.is_set(OWN_CORE)? {
        let mut cores = CpuSet::new();
        cores.set(OWN_CORE)?;
        sched_setaffinity(Pid::from_raw(0), &cores)?;
    }
    Ok(())
}

/// The share of all cores that is in use, in user space, in the system or by another machine on the same
/// hardware, while this thread does nothing for some time. 0 where `/proc/stat` does not tell.
pub(crate) fn busy_share(time: Duration) -> f64 {
    let before = ticks();
    std::thread::sleep(time);
    let (Some((idle_before, all_before)), Some((idle, all))) = (before, ticks()) else { return 0.0 };
    let passed = all.saturating_sub(all_before).max(1);
    1.0 - idle.saturating_sub(idle_before) as f64 / passed as f64
}

/// Time that was idle, and all time, of all cores since the start: see proc(5).
fn ticks() -> Option<(u64, u64)> {
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    let times: Vec<u64> = stat.lines().next()?.split_whitespace().filter_map(|field| field.parse().ok()).collect();
    let [_user, _nice, _system, idle, waiting, ..] = times[..] else { return None };
    Some((idle + waiting, times.iter().take(STAT_FIELDS).sum()))
}

/// Does something on this thread, with whatever it starts here, which ends with it.
///
/// # Errors
///
/// [`Failure::Io`].
pub(crate) fn block_on<T>(task: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(tokio::task::LocalSet::new().block_on(&runtime, task))
}

/// What this process has used of its core so far, in the system as well.
///
/// # Errors
///
/// [`Failure::System`].
pub(crate) fn own_cpu() -> Result<Duration, Failure> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(Duration::from_micros(micros.unsigned_abs()))
}
