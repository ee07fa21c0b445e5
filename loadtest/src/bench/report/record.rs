//! All that was measured, as it is kept: `bench.json`.

use std::{collections::BTreeMap, fmt, fs, io, path::Path};

use serde::{Deserialize, Serialize};

use super::{machine::Machine, markdown, plot, table};
use crate::{bench::run::Run, failure::Failure, target::Kind};

/// Names of what is written.
const JSON: &str = "bench.json";
const PLOT: &str = "bench.svg";

/// Runs, and what is needed to read them years later.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    /// When it began, RFC 3339.
    pub(super) date: String,
    /// The command that measured it.
    pub(super) command: Vec<String>,
    pub(super) machine: Machine,
    /// Of every program that was measured.
    pub(super) versions: BTreeMap<String, String>,
    pub(super) runs: Vec<Run>,
    pub(super) failed: Vec<Failed>,
}

/// A run that did not come to its end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Failed {
    pub(crate) scenario: String,
    pub(crate) target: Kind,
    pub(crate) why: String,
}

impl Record {
    /// Nothing yet, measured here from now on.
    pub(crate) fn begin(versions: BTreeMap<String, String>) -> Self {
        Self {
            date: jiff::Timestamp::now().round(jiff::Unit::Second).unwrap_or_default().to_string(),
            command: std::env::args().collect(),
            machine: Machine::here(),
            versions,
            runs: Vec::new(),
            failed: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, run: Run) {
        self.runs.push(run);
    }

    /// What was measured.
    pub(crate) fn into_runs(self) -> Vec<Run> {
        self.runs
    }

    pub(crate) fn add_failed(&mut self, failed: Failed) {
        self.failed.push(failed);
    }

    /// Whether Gala did all that was asked of it: every run came to its end, converged and lost
    /// nothing. What peers lose is shown and does not count.
    pub(crate) fn is_good(&self) -> bool {
        let is_good = |run: &Run| !run.target.is_gala() || run.is_good();
        self.runs.iter().all(is_good) && self.failed.iter().all(|failed| !failed.target.is_gala())
    }

    /// Reads what [`Record::write`] has written.
    ///
    /// # Errors
    ///
    /// [`Failure::Io`].
    pub(crate) fn read(file: &Path) -> Result<Self, Failure> {
        Ok(serde_json::from_slice(&fs::read(file)?).map_err(io::Error::from)?)
    }

    /// Writes the record and its picture into a directory, which is made.
    ///
    /// # Errors
    ///
    /// [`Failure::Io`].
    pub(crate) fn write(&self, directory: &Path) -> Result<(), Failure> {
        fs::create_dir_all(directory)?;
        fs::write(directory.join(JSON), serde_json::to_vec_pretty(self).map_err(io::Error::from)?)?;
        self.draw(&directory.join(PLOT))
    }

    /// Writes the picture.
    ///
    /// # Errors
    ///
    /// [`Failure::Io`].
    pub(crate) fn draw(&self, file: &Path) -> Result<(), Failure> {
        Ok(fs::write(file, plot::of(self))?)
    }

    /// As tables for a terminal.
    ///
    /// # Errors
    ///
    /// [`Failure::Io`] never, but for a figure that cannot be printed.
    pub(crate) fn table(&self) -> Result<String, Failure> {
        Ok(table::of(self).map_err(io::Error::other)?)
    }

    /// As tables for a document.
    ///
    /// # Errors
    ///
    /// As [`Record::table`].
    pub(crate) fn markdown(&self) -> Result<String, Failure> {
        Ok(markdown::of(self).map_err(io::Error::other)?)
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "! {}, {}: {}", self.scenario, self.target.label(), self.why)
    }
}
