//! What the benchmark runs: scenarios with their options, as on the command line.

use clap::Parser;

use crate::{failure::Failure, scenario::Measured, target::Kind};

/// A scenario of the benchmark.
pub(super) struct Entry {
    /// Its name, which is its command.
    pub(super) scenario: &'static str,
    /// Options of the short comparison, and of the long one; none where it is left out.
    short: Option<&'static [&'static str]>,
    full: Option<&'static [&'static str]>,
    /// Servers that cannot do it.
    without: &'static [Kind],
    /// Whether Gala does it once more in the long comparison, acknowledging every edit.
    acknowledged: bool,
}

/// Servers that cannot tell a client what was written before it came.
const FORGETFUL: &[Kind] = &[Kind::Relay];
/// The same, and one that takes hours for a long document.
const QUADRATIC: &[Kind] = &[Kind::YSweet, Kind::Relay];
/// Those that have no document any more after a restart.
const NOT_STORING: &[Kind] = &[Kind::YWebsocket, Kind::Relay];
/// Servers that have no pages.
const PEERS: &[Kind] = &[Kind::Hocuspocus, Kind::YWebsocket, Kind::YWebsocketLeveldb, Kind::YSweet, Kind::Relay];

/// All of them, in the order of the report.
pub(super) const ENTRIES: [Entry; 13] = [
    Entry {
        scenario: "fan-out",
        short: Some(&["--seconds=4"]),
        full: Some(&["--seconds=20"]),
        without: &[],
        acknowledged: true,
    },
    Entry {
        scenario: "saturation",
        short: Some(&["--seconds=2", "--windows=8,32,128"]),
        full: Some(&["--seconds=5"]),
        without: &[],
        acknowledged: true,
    },
    Entry {
        scenario: "big-room",
        short: Some(&["--seconds=4"]),
        full: Some(&["--seconds=20"]),
        without: &[],
        acknowledged: false,
    },
    Entry {
        scenario: "presence-storm",
        short: Some(&["--seconds=4"]),
        full: Some(&["--seconds=20"]),
        without: &[],
        acknowledged: false,
    },
    Entry {
        scenario: "stalled-reader",
        short: Some(&["--seconds=4"]),
        full: Some(&["--seconds=6"]),
        without: &[],
        acknowledged: false,
    },
    Entry {
        scenario: "acknowledged",
        short: Some(&["--edits=200"]),
        full: Some(&["--edits=500"]),
        without: FORGETFUL,
        acknowledged: false,
    },
    Entry {
        scenario: "idle-rooms",
        short: Some(&["--connections=2000", "--idle-seconds=2"]),
        full: Some(&["--connections=19000"]),
        without: &[],
        acknowledged: false,
    },
    Entry {
        scenario: "reconnect-storm",
        short: Some(&["--rooms=20"]),
        full: Some(&["--rooms=100"]),
        without: FORGETFUL,
        acknowledged: false,
    },
    Entry {
        scenario: "replay",
        short: Some(&["--keystrokes=5000"]),
        full: Some(&["--keystrokes=5000"]),
        without: FORGETFUL,
        acknowledged: false,
    },
    Entry { scenario: "replay", short: None, full: Some(&[]), without: QUADRATIC, acknowledged: false },
    Entry {
        scenario: "join",
        short: Some(&["--keystrokes=20000", "--per-update=20", "--rounds=2"]),
        full: Some(&["--per-update=100"]),
        without: NOT_STORING,
        acknowledged: false,
    },
    Entry {
        scenario: "rest-mix",
        short: Some(&["--seconds=4"]),
        full: Some(&["--seconds=20"]),
        without: PEERS,
        acknowledged: false,
    },
    Entry { scenario: "agents-typing", short: None, full: Some(&["--seconds=20"]), without: &[], acknowledged: false },
];

/// Which half of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    Short,
    Full,
}

/// A line of the command line.
#[derive(Parser)]
#[command(no_binary_name = true)]
struct Line {
    #[command(subcommand)]
    scenario: Measured,
}

impl Entry {
    /// What is run on these servers, one after the other: the scenario with its options.
    ///
    /// # Errors
    ///
    /// [`Failure::Options`] if it does not take them.
    pub(super) fn lines(&self, length: Length, targets: &[Kind]) -> Result<Vec<(Kind, Measured)>, Failure> {
        let Some(options) = (if length == Length::Full { self.full } else { self.short }) else {
            return Ok(Vec::new());
        };
        let mut lines = Vec::new();
        for target in targets.iter().copied().filter(|target| !self.without.contains(target)) {
            let line = || [self.scenario, "--target", target.name()].into_iter().chain(options.iter().copied());
            lines.push((target, Line::try_parse_from(line())?.scenario));
            if self.acknowledged && length == Length::Full && target.is_gala() {
                let line = line().chain(["--dialect", "hocuspocus"]);
                lines.push((target, Line::try_parse_from(line)?.scenario));
            }
        }
        Ok(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_takes_its_options() {
        for entry in ENTRIES {
            for length in [Length::Short, Length::Full] {
                let lines = entry.lines(length, &Kind::ALL);

                assert!(lines.is_ok(), "{}: {}", entry.scenario, lines.unwrap_err());
            }
        }
    }
}
