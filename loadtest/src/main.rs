//! Puts load on running servers, breaks things under them, and checks that nothing was lost.
//!
//! ```text
//! scenario/*   what is done, one file each; each answers with a Report
//! cluster/     nodes, Postgres, Redis and the ways between them, started here and broken here
//! client.rs    somebody who types, as a Yjs provider does        desk.rs   what all of them share
//! checker.rs   what must be true in the end                      report.rs what is printed
//! target/      Gala and its peers, one at a time, to be measured
//! bench/       many clients on one core, counted: what measured scenarios are made of
//! capacity/    how many nodes how many people need, from what was measured
//! ```
//!
//! To add a scenario: a file in `scenario/` with its options and a `run`, and an arm in [`Scenario`],
//! or in [`Measured`] if it can be run against the peers as well and answers with a `Run`.
//! It shares nothing with the server but `protocol`, so that a mistake is not made twice.

mod account;
mod bench;
mod capacity;
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
mod trace;
mod wire;

use std::{io::Write, process::ExitCode};

use clap::{Parser, Subcommand};

use self::{
    bench::{comparison, machine, run::Run},
    cluster::Programs,
    failure::Failure,
    report::Report,
    scenario::{Measured, nemesis, redis_outage, rolling_restart, two_nodes},
    target::relay,
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
    #[command(flatten)]
    Measured(Measured),
    /// Runs the measured scenarios on Gala and on all peers that are installed, and compares them
    Bench(comparison::Options),
    /// Shows what `bench` has measured once more
    Report(bench::report::Options),
    /// Computes how many nodes how many people need, from what things were measured to cost
    Capacity(capacity::Options),
    #[command(hide = true)]
    Relay(relay::Options),
}

fn main() -> ExitCode {
    let Cli { programs, json, scenario } = Cli::parse();
    // A process has one of these; that it is set already is what is wanted.
    drop(rustls::crypto::ring::default_provider().install_default());
    let outcome = match scenario {
        Scenario::Measured(scenario) => measure(&programs, scenario).and_then(|run| print_run(&run)),
        Scenario::Bench(options) => comparison::run(&programs, &options),
        Scenario::Report(options) => bench::report::show(&options),
        Scenario::Capacity(options) => capacity::run(&programs, &options, json),
        Scenario::Relay(options) => relay::run(&options).map(|()| true),
        scenario => break_things(&programs, scenario).and_then(|report| print(&report, json)),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            drop(writeln!(std::io::stderr(), "loadtest: {failure}"));
            ExitCode::from(2)
        }
    }
}

#[tokio::main]
async fn break_things(programs: &Programs, scenario: Scenario) -> Result<Report, Failure> {
    match scenario {
        Scenario::Nemesis(options) => nemesis::run(programs, &options).await,
        Scenario::RedisOutage(options) => redis_outage::run(programs, &options).await,
        Scenario::TwoNodes(options) => two_nodes::run(programs, &options).await,
        Scenario::RollingRestart(options) => rolling_restart::run(programs, &options).await,
        _ => Err(Failure::Incomplete("report")),
    }
}

/// Runs a scenario on the load generator's core, which it has to itself.
fn measure(programs: &Programs, scenario: Measured) -> Result<Run, Failure> {
    machine::take_place()?;
    machine::block_on(scenario.run(programs))?
}

/// Prints a run as JSON; answers whether all was well.
fn print_run(run: &Run) -> Result<bool, Failure> {
    writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(run).map_err(std::io::Error::from)?)?;
    Ok(run.is_good())
}

/// Prints the report; answers whether all was well.
fn print(report: &Report, json: bool) -> Result<bool, Failure> {
    let text = if json { report.json() } else { report.to_string() };
    writeln!(std::io::stdout(), "{text}")?;
    Ok(report.is_good())
}
