//! How much is needed for how many people, computed from what things cost.
//!
//! ```text
//! costs.rs      what things cost, measured          workload.rs   what people do
//! derive.rs     costs from runs, by fit.rs          sizes.rs      rooms by size
//! calibration.rs the runs                           price.rs      what a room costs
//! model.rs      the closed form, with lane.rs       node.rs       what one node carries
//! simulation/   an hour, step by step               ring.rs       which node a room is at
//! show/         what is printed, by tables.rs       chance.rs     chance with a seed
//! ```
//!
//! `docs/capacity.md` explains the model. All of it but this file and `calibration.rs` is pure.

mod calibration;
mod chance;
mod costs;
mod derive;
mod fit;
mod lane;
mod model;
mod node;
mod price;
mod ring;
mod show;
mod simulation;
mod sizes;
mod tables;
mod workload;

use std::{
    fs,
    io::{self, Write, stdout},
    path::{Path, PathBuf},
};

use clap::Args;
use serde::Serialize;

use self::{
    costs::Costs,
    derive::Prediction,
    model::{Engine, Load, Setting},
    node::{Carried, Limits},
    simulation::{Outcome, Seen},
    tables::Form,
    workload::{Preset, Workload},
};
use crate::{
    bench::{report::Record, run::Run},
    cluster::Programs,
    failure::Failure,
};

/// Nodes that are tried at most.
const MAX_NODES: usize = 4_096;
/// Cores of the nodes that are compared.
const SIZES: [usize; 3] = [2, 8, 32];

/// How many nodes how many people need, and what each of them does then
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// What things cost, as costs.json; by default as measured when this was built
    #[arg(long, value_name = "FILE")]
    costs: Option<PathBuf>,
    /// Measures what things cost first, here and now: about eight minutes
    #[arg(long, conflicts_with = "from")]
    measure: bool,
    /// Where the runs are written that were measured
    #[arg(long, value_name = "DIRECTORY", default_value = "target/capacity")]
    out: PathBuf,
    /// Takes costs from runs, as far as they tell: bench.json, or a scenario's own JSON
    #[arg(long, value_name = "FILE", num_args = 1..)]
    from: Vec<PathBuf>,
    /// Where the costs are written that were measured or taken from runs
    #[arg(long, value_name = "FILE")]
    write_costs: Option<PathBuf>,
    /// What people do
    #[arg(long, value_enum, default_value = "office-day")]
    workload: Preset,
    /// The same with other values: users=50000,typing=0.1
    #[arg(long, value_name = "NAME=VALUE", value_delimiter = ',')]
    set: Vec<String>,
    /// Cores of a node
    #[arg(long, default_value_t = 8, value_parser = cores)]
    cores: usize,
    /// How many nodes; by default as many as are needed
    #[arg(long)]
    nodes: Option<usize>,
    /// The share of a core that may be busy, at the core that is among the busiest 1 %
    #[arg(long, default_value_t = 0.7)]
    target: f64,
    /// Memory of a node for each of its cores
    #[arg(long, default_value_t = 4.0)]
    gib_per_core: f64,
    /// The weight of a node at the proxy, which hashes consistently: more even out
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..=256))]
    weight: u64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only the closed form
    #[arg(long)]
    no_simulation: bool,
    /// Print tables as Markdown
    #[arg(long)]
    markdown: bool,
    /// Write the tables into a document instead, between its marks
    #[arg(long, value_name = "FILE")]
    into: Option<PathBuf>,
}

/// All that was found out.
#[derive(Serialize)]
struct Findings {
    costs: Costs,
    /// How well they explain the runs they were taken from.
    predictions: Vec<Prediction>,
    workload: Workload,
    target: f64,
    weight: u64,
    carried: Vec<Carried>,
    /// People in the largest room one core carries, and when all that can leaves together.
    largest_rooms: (f64, f64),
    /// Nodes that are needed, from the closed form and from the simulation.
    needed: usize,
    load: Load,
    /// The same with the weight a proxy gives by itself.
    needed_with_weight_1: usize,
    trials: Vec<(usize, Seen)>,
    hour: Option<Outcome>,
}

/// Computes, and prints.
///
/// # Errors
///
/// [`Failure`] if a file cannot be read, or a value has no such name.
pub(crate) fn run(programs: &Programs, options: &Options, json: bool) -> Result<bool, Failure> {
    let findings = find(programs, options)?;
    if let Some(file) = &options.into {
        let figures = show::all(&findings, Form::Markdown).map_err(io::Error::other)?;
        let document = show::between_marks(&fs::read_to_string(file)?, &figures).ok_or(Failure::Incomplete("marks"))?;
        fs::write(file, document)?;
        return Ok(true);
    }
    let text = if json {
        serde_json::to_string_pretty(&findings).map_err(io::Error::from)?
    } else {
        let form = if options.markdown { Form::Markdown } else { Form::Text };
        show::all(&findings, form).map_err(io::Error::other)?
    };
    writeln!(stdout(), "{}", text.trim_end())?;
    Ok(true)
}

fn find(programs: &Programs, options: &Options) -> Result<Findings, Failure> {
    let (costs, predictions) = costs(programs, options)?;
    let workload = options.workload.workload().with(&options.set)?;
    let limits = Limits { core: options.target, gib_per_core: options.gib_per_core };
    let carries = |engine, cores| node::carried(&costs, &workload, engine, cores, limits);
    let carried = SIZES.map(|cores| [carries(Engine::Sqlite, cores), carries(Engine::Postgres, cores)]);
    let points = options.weight as usize * ring::POINTS_PER_WEIGHT;
    let of = |nodes, points| Setting {
        costs: &costs,
        workload: &workload,
        engine: Engine::Postgres,
        nodes,
        cores: options.cores,
        points,
    };
    let setting = of(1, points);
    let closed = options.nodes.unwrap_or_else(|| node::needed(&setting, limits, MAX_NODES));
    let mut trials = Vec::new();
    let mut needed = closed;
    if !options.no_simulation {
        needed = options.nodes.unwrap_or_else(|| search(&setting, closed, limits, options.seed, &mut trials));
    }
    let hour = (!options.no_simulation).then(|| simulation::hour(&of(needed, points), options.seed));
    Ok(Findings {
        predictions,
        target: options.target,
        weight: options.weight,
        carried: carried.concat(),
        largest_rooms: node::largest_rooms(&setting, limits),
        needed,
        load: of(needed, points).load(),
        needed_with_weight_1: node::needed(&of(1, ring::POINTS_PER_WEIGHT), limits, MAX_NODES),
        trials,
        hour,
        workload: workload.clone(),
        costs: costs.clone(),
    })
}

/// The fewest nodes of which the simulation says that they carry it, looked for around what the closed form says.
fn search(setting: &Setting, around: usize, limits: Limits, seed: u64, trials: &mut Vec<(usize, Seen)>) -> usize {
    let mut carry = |nodes: usize| {
        let seen = simulation::trial(&Setting { nodes, ..*setting }, seed);
        let is_enough = seen.core_p99 <= limits.core;
        trials.push((nodes, seen));
        is_enough
    };
    let mut nodes = around;
    if carry(nodes) {
        while nodes > 1 && carry(nodes - 1) {
            nodes -= 1;
        }
    } else {
        nodes += 1;
        while nodes < MAX_NODES && !carry(nodes) {
            nodes += 1;
        }
    }
    trials.sort_by_key(|(nodes, _)| *nodes);
    nodes
}

fn costs(programs: &Programs, options: &Options) -> Result<(Costs, Vec<Prediction>), Failure> {
    let costs = options.costs.as_deref().map_or_else(Costs::measured, Costs::read)?;
    let mut runs = Vec::new();
    for file in &options.from {
        runs.extend(runs_in(file)?);
    }
    if options.measure {
        runs = calibration::measure(programs, &options.out)?;
    }
    if runs.is_empty() {
        return Ok((costs, Vec::new()));
    }
    let derived = derive::derive(&costs, &runs);
    if let Some(file) = &options.write_costs {
        derived.write(file)?;
    }
    let predictions = derive::predictions(&derived, &runs);
    Ok((derived, predictions))
}

/// The runs of a benchmark, or the one of a scenario.
fn runs_in(file: &Path) -> Result<Vec<Run>, Failure> {
    if let Ok(record) = Record::read(file) {
        return Ok(record.into_runs());
    }
    Ok(vec![serde_json::from_slice(&fs::read(file)?).map_err(io::Error::from)?])
}

fn cores(text: &str) -> Result<usize, String> {
    let cores = text.parse::<usize>().map_err(|error| error.to_string())?;
    (1..=1_024).contains(&cores).then_some(cores).ok_or_else(|| "is not between 1 and 1024".to_owned())
}
