//! Puts load on running servers, breaks things under them, and checks that nothing was lost.
//!
//! ```text
//! scenario/*   what is done, one file each; each answers with a Report
//! cluster/     nodes, Postgres, Redis and the ways between them, started here and broken here
//! client.rs    somebody who types, as a Yjs provider does        desk.rs   what all of them share
//! checker.rs   what must be true in the end                      report.rs what is printed
//! ```
//!
//! To add a scenario: a file in `scenario/` with its options and a `run`, and an arm in [`Scenario`].
//! It shares nothing with the server but `protocol`, so that a mistake is not made twice.

mod account;
mod checker;
mod client;
mod cluster;
mod crew;
mod desk;
mod failure;
mod latencies;
mod ledger;
mod log;
mod page;
mod random;
mod report;
mod scenario;
mod target;
mod token;
mod wire;

use std::{io::Write, process::ExitCode};

use clap::{Parser, Subcommand};

use self::{
    cluster::Programs,
    failure::Failure,
    report::Report,
    scenario::{nemesis, redis_outage, rolling_restart, two_nodes},
};

/// Puts load on Gala, breaks things under it, and checks that nothing was lost
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    programs: Programs,
    /// Print the report as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    scenario: Scenario,
}

#[derive(Subcommand)]
enum Scenario {
    /// Breaks things at random under constant typing, and looks for every acknowledged token
    Nemesis(nemesis::Options),
    /// Kills Redis for a while under load: how soon other nodes see an edit before, during and after
    RedisOutage(redis_outage::Options),
    /// Edits on one node, seen on another: how soon, with Redis and without
    TwoNodes(two_nodes::Options),
    /// Restarts a node while many clients type: how soon they are in step again
    RollingRestart(rolling_restart::Options),
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    // A process has one of these; that it is set already is what is wanted.
    drop(rustls::crypto::ring::default_provider().install_default());
    let report = match cli.scenario {
        Scenario::Nemesis(options) => nemesis::run(&cli.programs, &options).await,
        Scenario::RedisOutage(options) => redis_outage::run(&cli.programs, &options).await,
        Scenario::TwoNodes(options) => two_nodes::run(&cli.programs, &options).await,
        Scenario::RollingRestart(options) => rolling_restart::run(&cli.programs, &options).await,
    };
    match report.and_then(|report| print(&report, cli.json)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            drop(writeln!(std::io::stderr(), "loadtest: {failure}"));
            ExitCode::from(2)
        }
    }
}

/// Prints the report; answers whether all was well.
fn print(report: &Report, json: bool) -> Result<bool, Failure> {
    let text = if json { report.json() } else { report.to_string() };
    writeln!(std::io::stdout(), "{text}")?;
    Ok(report.is_good())
}
