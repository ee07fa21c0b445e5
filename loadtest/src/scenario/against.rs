//! Which server a scenario is run against.

use clap::Args;

use crate::{
    cluster::Programs,
    failure::Failure,
    target::{Dialect, Kind, Target},
};

#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Against {
    /// The server that is measured
    #[arg(long, value_enum, default_value = "gala")]
    pub(crate) target: Kind,
    /// How clients speak; by default as the server's own do
    #[arg(long, value_enum)]
    pub(crate) dialect: Option<Dialect>,
}

impl Against {
    /// Starts the server; answers with it and how to speak with it.
    ///
    /// # Errors
    ///
    /// [`Failure`] if it does not start.
    pub(crate) async fn start(&self, programs: &Programs) -> Result<(Target, Dialect), Failure> {
        let target = Target::start(self.target, programs).await?;
        let dialect = self.dialect.unwrap_or_else(|| target.dialect());
        Ok((target, dialect))
    }
}
