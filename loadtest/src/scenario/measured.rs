//! The scenarios that are run against Gala and its peers alike, and answer with figures to compare.

use clap::Subcommand;

use super::{fan_out, saturation};
use crate::{bench::run::Run, cluster::Programs, failure::Failure};

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Measured {
    /// Many rooms in which everybody types: how soon the others read it, and what that costs
    FanOut(fan_out::Options),
    /// One large room in which few type: how soon the others read it, and what that costs
    BigRoom(fan_out::BigRoom),
    /// Many rooms in which everybody types as fast as the server keeps up: how much it delivers
    Saturation(saturation::Options),
}

impl Measured {
    /// Runs it to its end.
    ///
    /// # Errors
    ///
    /// [`Failure`] if it could not be carried out; what it finds wrong stands in the answer.
    pub(crate) async fn run(&self, programs: &Programs) -> Result<Run, Failure> {
        match self {
            Self::FanOut(options) => fan_out::run(programs, options).await,
            Self::BigRoom(options) => fan_out::run_big_room(programs, options).await,
            Self::Saturation(options) => saturation::run(programs, options).await,
        }
    }
}
