//! The runs costs are measured by: a few, short, each with more of one thing than the others.

use std::{
    io::{Write, stderr},
    path::Path,
};

use clap::Parser;

use crate::{
    bench::{machine, report::Record, run::Run, versions},
    cluster::Programs,
    failure::Failure,
    scenario::Measured,
    target::Kind,
};

/// What is run on Gala with SQLite and with PostgreSQL. Few and many edits a commit tell commits from
/// edits; few and many readers edits from frames; slow and fast cursors what comes from what is told.
const LINES: [&str; 12] = [
    "fan-out --rooms 1 --clients 2 --writers 1 --rate 100 --seconds 10",
    "fan-out --rooms 100 --clients 2 --writers 1 --seconds 10",
    "fan-out --rooms 300 --clients 2 --writers 1 --seconds 10",
    "fan-out --seconds 10",
    "big-room --seconds 10",
    "presence-storm --seconds 10",
    "presence-storm --rate 1 --seconds 10",
    "agents-typing --seconds 10",
    "reconnect-storm",
    "rest-mix --seconds 10",
    "idle-rooms --connections 10000 --idle-seconds 90",
    "replay --keystrokes 100000",
];
/// What is run on Gala with SQLite alone.
const ALONE: [&str; 1] = ["saturation --seconds 3"];

/// A line of the command line.
#[derive(Parser)]
#[command(no_binary_name = true)]
struct Line {
    #[command(subcommand)]
    scenario: Measured,
}

/// Runs all of it, and writes it into a directory; what fails is said and left out.
///
/// # Errors
///
/// [`Failure`] if nothing can be run or written.
pub(super) fn measure(programs: &Programs, out: &Path) -> Result<Vec<Run>, Failure> {
    machine::take_place()?;
    let mut record = Record::begin(versions::of(programs, &[Kind::Gala, Kind::GalaPostgres]));
    for kind in [Kind::Gala, Kind::GalaPostgres] {
        if programs.missing(kind).is_some() {
            writeln!(stderr(), "{} is not installed", kind.label())?;
            continue;
        }
        for line in lines(kind) {
            let words = line.split_whitespace().chain(["--target", kind.name()]);
            let scenario = Line::try_parse_from(words)?.scenario;
            write!(stderr(), "{line}, {}: ", kind.label())?;
            match machine::block_on(scenario.run(programs))? {
                Ok(run) => {
                    writeln!(stderr(), "{:.2} s of CPU in {:.1} s", run.server_cpu_s, run.seconds)?;
                    record.add(run);
                    record.write(out)?;
                }
                Err(failure) => writeln!(stderr(), "failed: {failure}")?,
            }
        }
    }
    Ok(record.into_runs())
}

fn lines(kind: Kind) -> impl Iterator<Item = &'static str> {
    let alone: &[&str] = if kind == Kind::Gala { &ALONE } else { &[] };
    LINES.iter().chain(alone).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_takes_its_options() {
        for line in lines(Kind::Gala) {
            let words = line.split_whitespace().chain(["--target", "gala"]);

            assert!(Line::try_parse_from(words).is_ok(), "{line}");
        }
    }
}
