//! The benchmark: scenario by scenario, one server after the other on the same core, so that what the
//! machine does meanwhile befalls all of them.

use std::{
    io::{Write, stderr, stdout},
    path::PathBuf,
    time::Duration,
};

use clap::Args;

use super::{
    machine,
    report::{Failed, Record},
    run::Run,
    suite::{ENTRIES, Entry, Length},
    versions,
};
use crate::{cluster::Programs, failure::Failure, scenario::Measured, target::Kind};

/// How long one run may take: some servers never come to the end of some of them.
const RUN_TIMEOUT: Duration = Duration::from_secs(600);
/// For how long it is looked what else the machine does before a run.
const LOOK_AROUND: Duration = Duration::from_millis(300);
/// The share of the machine that something else uses, above which a run is hardly worth anything.
const BUSY: f64 = 0.2;

/// Gala beside its peers
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// As long as the figures in the documentation, instead of a few seconds each
    #[arg(long)]
    full: bool,
    /// Only these scenarios
    #[arg(long = "scenario", value_name = "NAME", value_delimiter = ',')]
    scenarios: Vec<String>,
    /// Only these servers; by default all that are installed
    #[arg(long = "target", value_enum, value_delimiter = ',')]
    targets: Vec<Kind>,
    /// Where bench.json and bench.svg are written
    #[arg(long, value_name = "DIRECTORY", default_value = "target/bench")]
    out: PathBuf,
    /// How often everything is run; medians are shown
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// Print tables as Markdown
    #[arg(long)]
    markdown: bool,
}

/// Runs and compares; answers whether Gala lost nothing. What was measured so far is written after
/// every run.
///
/// # Errors
///
/// [`Failure`] if there is nothing to run. A run that fails is part of the record.
pub(crate) fn run(programs: &Programs, options: &Options) -> Result<bool, Failure> {
    machine::take_place()?;
    let entries = options.entries()?;
    let targets = options.targets(programs)?;
    let length = if options.full { Length::Full } else { Length::Short };
    let mut record = Record::begin(versions::of(programs, &targets));
    for entry in &entries {
        for turn in 1..=options.repeat {
            for (target, scenario) in entry.lines(length, &targets)? {
                write!(stderr(), "{}, {}, {turn} of {}: ", entry.scenario, target.label(), options.repeat)?;
                let outcome = measure(programs, scenario);
                writeln!(stderr(), "{}", in_short(&outcome))?;
                match outcome {
                    Ok(run) => record.add(run),
                    Err(failure) => {
                        let (scenario, why) = (entry.scenario.to_owned(), failure.to_string());
                        record.add_failed(Failed { scenario, target, why });
                    }
                }
                record.write(&options.out)?;
            }
        }
    }
    writeln!(stderr())?;
    let tables = if options.markdown { record.markdown()? } else { record.table()? };
    write!(stdout(), "{tables}")?;
    writeln!(stderr(), "written: {}", options.out.display())?;
    Ok(record.is_good())
}

fn measure(programs: &Programs, scenario: Measured) -> Result<Run, Failure> {
    // Whatever else the machine does is in the figures, too.
    let busy = machine::busy_share(LOOK_AROUND);
    let run = async { tokio::time::timeout(RUN_TIMEOUT, scenario.run(programs)).await };
    if busy > BUSY {
        write!(stderr(), "(something else uses {:.0} % of the machine) ", busy * 100.0)?;
    }
    let mut run = machine::block_on(run)?.map_err(|_elapsed| Failure::Unready("the end of the run".to_owned()))??;
    run.figure("busy_before_percent", busy * 100.0);
    Ok(run)
}

fn in_short(outcome: &Result<Run, Failure>) -> String {
    match outcome {
        Ok(run) if run.is_good() && run.latency.count == 0 => "good".to_owned(),
        Ok(run) if run.is_good() => format!("{:.0} delivered/s, p99 {:.1} ms", run.delivered_per_s, run.latency.p99_ms),
        Ok(run) => format!("bad: {}", run.wrong.join("; ")),
        Err(failure) => format!("failed: {failure}"),
    }
}

impl Options {
    fn entries(&self) -> Result<Vec<Entry>, Failure> {
        let is_known = |name: &&String| ENTRIES.iter().any(|entry| entry.scenario == name.as_str());
        if let Some(unknown) = self.scenarios.iter().find(|name| !is_known(name)) {
            return Err(Failure::Unknown(unknown.clone()));
        }
        let is_wanted =
            |entry: &Entry| self.scenarios.is_empty() || self.scenarios.iter().any(|name| name == entry.scenario);
        Ok(ENTRIES.into_iter().filter(is_wanted).collect())
    }

    /// Those that were asked for, which must be installed, or all that are.
    fn targets(&self, programs: &Programs) -> Result<Vec<Kind>, Failure> {
        let wanted = if self.targets.is_empty() { Kind::ALL.to_vec() } else { self.targets.clone() };
        let mut installed = Vec::new();
        for target in wanted {
            match programs.missing(target) {
                None => installed.push(target),
                Some(file) if self.targets.is_empty() => {
                    writeln!(stderr(), "{} is not installed: {} is missing", target.label(), file.display())?;
                }
                Some(file) => {
                    let source = std::io::ErrorKind::NotFound.into();
                    return Err(Failure::Program { what: file.display().to_string(), source });
                }
            }
        }
        Ok(installed)
    }
}
