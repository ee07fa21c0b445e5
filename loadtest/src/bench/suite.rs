//! What the benchmark runs: scenarios with their options, as on the command line.

use clap::Parser;

use crate::{failure::Failure, scenario::Measured, target::Kind};

/// A scenario of the benchmark.
pub(super) struct Entry {
    /// Its name, which is its command.
    pub(super) scenario: &'static str,
    /// Options of the short comparison, and of the long one.
    short: &'static [&'static str],
    full: &'static [&'static str],
    /// Servers that cannot do it.
    without: &'static [Kind],
}

/// All of them, in the order of the report.
pub(super) const ENTRIES: [Entry; 3] = [
    Entry { scenario: "fan-out", short: &["--seconds=5"], full: &["--seconds=20"], without: &[] },
    Entry { scenario: "big-room", short: &["--seconds=5"], full: &["--seconds=20"], without: &[] },
    Entry {
        scenario: "saturation",
        short: &["--seconds=2", "--windows=4,64,512"],
        full: &["--seconds=5"],
        without: &[],
    },
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
    /// Whether a server can do it.
    pub(super) fn is_for(&self, target: Kind) -> bool {
        !self.without.contains(&target)
    }

    /// The scenario with its options, against this server.
    ///
    /// # Errors
    ///
    /// [`Failure::Options`] if it does not take them.
    pub(super) fn measured(&self, length: Length, target: Kind) -> Result<Measured, Failure> {
        let options = if length == Length::Full { self.full } else { self.short };
        let line = [self.scenario, "--target", target.name()].into_iter().chain(options.iter().copied());
        Ok(Line::try_parse_from(line)?.scenario)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_takes_its_options() {
        for entry in ENTRIES {
            for length in [Length::Short, Length::Full] {
                let measured = entry.measured(length, Kind::Gala);

                assert!(measured.is_ok(), "{}: {}", entry.scenario, measured.unwrap_err());
            }
        }
    }
}
