//! What processes have used: read from `/proc`, see proc(5).

use std::{fs, path::Path, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{cluster::children, failure::Failure};

/// The unit of times in `/proc/PID/stat`: `USER_HZ`, 100 a second on every Linux of today.
const TICK: Duration = Duration::from_millis(10);
/// `utime`, `stime`, `cutime`, `cstime`: fields 14 to 17 of `stat`, counted from after the name, which is the second.
const TIMES: std::ops::Range<usize> = 11..15;

/// What a server has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Usage {
    /// User and system time of all its processes, without its database.
    pub(crate) cpu: Duration,
    /// The same of the database beside it; zero where there is none.
    pub(crate) database_cpu: Duration,
    /// Proportional set size of all its processes, without its database: memory in user space.
    pub(crate) resident_bytes: u64,
}

/// What this process and those it has started have used, and the same of its database.
pub(super) fn of(process: u32, database: Option<u32>) -> Result<Usage, Failure> {
    let processes = tree(process);
    let database_cpu = database.map_or(Ok(Duration::ZERO), |postmaster| sum(&tree(postmaster), cpu))?;
    Ok(Usage { cpu: sum(&processes, cpu)?, database_cpu, resident_bytes: sum(&processes, resident_bytes)? })
}

/// A process and all below it.
fn tree(root: u32) -> Vec<u32> {
    let mut found = vec![root];
    let mut next = 0;
    while let Some(process) = found.get(next).copied() {
        found.extend(children(process));
        next += 1;
    }
    found
}

/// Of the first, which must be there, and of those below it that have not ended meanwhile.
fn sum<T: std::iter::Sum>(processes: &[u32], of: impl Fn(u32) -> Result<T, Failure>) -> Result<T, Failure> {
    let (root, below) = processes.split_first().ok_or(Failure::Incomplete("process"))?;
    Ok(std::iter::once(of(*root)?).chain(below.iter().filter_map(|process| of(*process).ok())).sum())
}

/// Its time, and that of those it has started and seen end.
fn cpu(process: u32) -> Result<Duration, Failure> {
    let stat = fs::read_to_string(Path::new("/proc").join(process.to_string()).join("stat"))?;
    ticks(&stat).map(|ticks| TICK * ticks).ok_or(Failure::Incomplete("time in stat"))
}

fn ticks(stat: &str) -> Option<u32> {
    // The name stands in parentheses and may hold anything.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    fields.get(TIMES)?.iter().map(|field| field.parse::<u32>().ok()).sum()
}

fn resident_bytes(process: u32) -> Result<u64, Failure> {
    let rollup = fs::read_to_string(Path::new("/proc").join(process.to_string()).join("smaps_rollup"))?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kib: Option<u64> = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    kib.map(|kib| kib * 1024).ok_or(Failure::Incomplete("Pss in smaps_rollup"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_spaces_and_parentheses_does_not_shift_the_times() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194304 100 200 0 0 30 4 500 6000 20 0 1 0 99 1 2";

        assert_eq!(ticks(stat), Some(6534));
    }

    #[test]
    fn this_process_has_used_something() {
        let usage = of(std::process::id(), None).unwrap();

        assert!(usage.resident_bytes > 100_000, "{usage:?}");
        assert_eq!(usage.database_cpu, Duration::ZERO);
    }
}
