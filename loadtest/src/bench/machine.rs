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
