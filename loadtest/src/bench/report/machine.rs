//! Where it was measured.

use std::fs;

use serde::{Deserialize, Serialize};

/// What the figures depend on beside the programs.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Machine {
    /// The model of the processor.
    pub(super) cpu: String,
    pub(super) cores: usize,
    pub(super) memory_bytes: u64,
    /// The release of Linux.
    pub(super) kernel: String,
    /// What the distribution calls itself.
    pub(super) system: String,
}

impl Machine {
    /// This one; what it does not tell stays empty.
    pub(super) fn here() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let cpuinfo = read("/proc/cpuinfo");
        let cores = cpuinfo.lines().filter(|line| line.starts_with("processor")).count();
        let memory_kib = value(&read("/proc/meminfo"), "MemTotal", ':').trim_end_matches(" kB").parse::<u64>();
        Self {
            cpu: value(&cpuinfo, "model name", ':'),
            cores,
            memory_bytes: memory_kib.map_or(0, |kib| kib * 1024),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            system: value(&read("/etc/os-release"), "PRETTY_NAME", '=').trim_matches('"').to_owned(),
        }
    }
}

/// The value on the first line with this name.
fn value(text: &str, name: &str, separator: char) -> String {
    let of = |line: &str| {
        let (found, value) = line.split_once(separator)?;
        (found.trim() == name).then(|| value.trim().to_owned())
    };
    text.lines().find_map(of).unwrap_or_default()
}
