//! Costs from the runs of a benchmark, and how well they predict runs.

use serde::Serialize;

use super::{
    costs::Costs,
    fit::{Row, explained, fit},
};
use crate::{
    bench::run::{DATABASE_CPU, Run, UPDATES_PER_COMMIT},
    target::Kind,
};

/// Scenarios costs are fitted to.
const FITTED: [&str; 3] = ["fan-out", "big-room", "presence-storm"];
/// One that nothing is derived from: how well it is predicted says how good the model is.
const HELD_OUT: &str = "agents-typing";
/// Rooms of a run by which its memory can be divided.
const MANY_ROOMS: f64 = 100.0;
const US: f64 = 1e-6;

/// What a run took and what was predicted.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Prediction {
    pub(crate) scenario: String,
    pub(crate) target: Kind,
    pub(crate) described: String,
    /// CPU seconds a second, database included.
    pub(crate) measured: f64,
    pub(crate) predicted: f64,
    /// Whether costs were fitted to it, or only tried on it.
    pub(crate) is_fitted: bool,
}

/// What happened in a paced run, and what it took of the node and of its database, in microseconds.
struct Paced<'a> {
    run: &'a Run,
    edits: f64,
    frames: f64,
    commits: f64,
    states_in: f64,
    states_out: f64,
    node_us: f64,
    database_us: f64,
}

/// The same costs, with those that these runs tell. What no run tells stays.
pub(crate) fn derive(costs: &Costs, runs: &[Run]) -> Costs {
    let mut costs = costs.clone();
    let runs: Vec<&Run> = runs.iter().filter(|run| run.is_good() && run.dialect == run.target.dialect()).collect();
    busy(&mut costs, &runs);
    paced(&mut costs, &runs);
    coming(&mut costs, &runs);
    costs
}

/// How well costs predict the paced runs.
pub(crate) fn predictions(costs: &Costs, runs: &[Run]) -> Vec<Prediction> {
    let paced = runs.iter().filter(|run| run.target.is_gala()).filter_map(Paced::of);
    let predict = |paced: Paced| {
        let (node, database) = paced.predicted_us(costs);
        let described = paced.run.parameters.iter().filter(|(name, _)| *name != "seconds");
        Prediction {
            scenario: paced.run.scenario.clone(),
            target: paced.run.target,
            described: described.map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(", "),
            measured: US * (paced.node_us + paced.database_us) / paced.run.seconds,
            predicted: US * (node + database) / paced.run.seconds,
            is_fitted: paced.run.scenario != HELD_OUT,
        }
    };
    paced.map(predict).collect()
}

/// Where there is always more to do.
fn busy(costs: &mut Costs, runs: &[&Run]) {
    let cpu = &mut costs.cpu_us;
    let in_the_end = |run: &Run| figure(run, "cpu_us_per_update_in_the_end");
    put(&mut cpu.edit_busy, mean(runs, ("replay", Kind::Gala), in_the_end));
    // All of it is laid to what is told; what is taken in was merged before.
    put(&mut cpu.delivery_busy, mean(runs, ("saturation", Kind::Gala), |run| Some(run.cpu_per_100k * 10.0)));
}

/// Where writers keep a pace.
fn paced(costs: &mut Costs, runs: &[&Run]) {
    let fitted = |run: &&&Run| FITTED.contains(&run.scenario.as_str());
    let paced: Vec<Paced> = runs.iter().filter(fitted).filter_map(|run| Paced::of(run)).collect();
    // Where nothing is committed, it is the same with either database.
    let is_alone = |paced: &&Paced| paced.run.target == Kind::Gala || paced.commits == 0.0;
    let sqlite: Vec<Row> = paced.iter().filter(is_alone).map(Paced::row).collect();
    let cpu = &mut costs.cpu_us;
    if sqlite.len() >= sqlite.first().map_or(usize::MAX, |row| row.counts.len()) {
        let least = [cpu.edit_busy, cpu.delivery_busy, 0.0, 0.0, 0.0];
        let found = fit(&sqlite, &least);
        [cpu.edit, cpu.frame, cpu.commit_sqlite, cpu.state_in, cpu.state_out] = std::array::from_fn(|nth| found[nth]);
    }
    let postgres: Vec<&Paced> = paced.iter().filter(|paced| paced.run.target == Kind::GalaPostgres).collect();
    if postgres.len() < 2 {
        return;
    }
    let node = postgres.iter().map(|paced| {
        let known = paced.predicted_us(&without_commits(costs)).0;
        Row { counts: vec![paced.commits], total: (paced.node_us - known).max(0.0) }
    });
    let node: Vec<Row> = node.collect();
    let database =
        postgres.iter().map(|paced| Row { counts: vec![paced.commits, paced.edits], total: paced.database_us });
    let database = fit(&database.collect::<Vec<_>>(), &[0.0, 0.0]);
    costs.cpu_us.commit_postgres = fit(&node, &[0.0])[0];
    (costs.database.commit_us, costs.database.edit_us) = (database[0], database[1]);
}

fn without_commits(costs: &Costs) -> Costs {
    let mut costs = costs.clone();
    costs.cpu_us.commit_postgres = 0.0;
    costs
}

/// Where people come in, and where programs ask.
fn coming(costs: &mut Costs, runs: &[&Run]) {
    let (cpu, memory, database) = (&mut costs.cpu_us, &mut costs.memory, &mut costs.database);
    let came = |run: &Run| Some(parameter(run, "rooms")? * parameter(run, "clients")?);
    let asked = |run: &Run| figure(run, "requests");
    let (storm, rest, idle) = ("reconnect-storm", "rest-mix", ("idle-rooms", Kind::Gala));
    let each = |run: &Run, count: Option<f64>| {
        Some((run.server_cpu_s - figure(run, DATABASE_CPU).unwrap_or_default()) / US / count?)
    };
    put(&mut cpu.enter_sqlite, mean(runs, (storm, Kind::Gala), |run| each(run, came(run))));
    put(&mut cpu.enter_postgres, mean(runs, (storm, Kind::GalaPostgres), |run| each(run, came(run))));
    put(&mut cpu.request_sqlite, mean(runs, (rest, Kind::Gala), |run| each(run, asked(run))));
    put(&mut cpu.request_postgres, mean(runs, (rest, Kind::GalaPostgres), |run| each(run, asked(run))));
    let connect = mean(runs, idle, |run| Some(1e3 * figure(run, "server_cpu_ms_per_connect")?));
    put(&mut cpu.open, connect.map(|connect| (connect - cpu.enter_sqlite).max(0.0)));
    put(&mut cpu.idle, mean(runs, idle, |run| each(run, Some(run.seconds * parameter(run, "connections")?))));
    let in_database = |run: &Run, count: Option<f64>| Some(figure(run, DATABASE_CPU)? / US / count?);
    put(&mut database.enter_us, mean(runs, (storm, Kind::GalaPostgres), |run| in_database(run, came(run))));
    put(&mut database.request_us, mean(runs, (rest, Kind::GalaPostgres), |run| in_database(run, asked(run))));
    put(&mut memory.node_mib, mean(runs, ("fan-out", Kind::Gala), |run| Some(run.resident_mib_before)));
    let idle_kib = mean(runs, idle, |run| figure(run, "kib_per_connection_idle"));
    put(&mut memory.room_idle_kib, idle_kib.map(|kib| (kib - memory.connection_kib).max(0.0)));
    let live = |run: &Run| {
        let (rooms, clients) = (parameter(run, "rooms")?, parameter(run, "clients")?);
        let grown_kib = (run.resident_mib_after - run.resident_mib_before) * 1024.0;
        (rooms >= MANY_ROOMS).then_some((grown_kib / rooms - clients * memory.connection_kib).max(0.0))
    };
    put(&mut memory.room_live_kib, mean(runs, ("fan-out", Kind::Gala), live));
}

impl<'a> Paced<'a> {
    /// `None` if it is not one of those that are explained.
    fn of(run: &'a Run) -> Option<Self> {
        let is_explained = FITTED.contains(&run.scenario.as_str()) || run.scenario == HELD_OUT;
        let clients = match run.scenario.as_str() {
            HELD_OUT => parameter(run, "agents")? + parameter(run, "people")?,
            _ => parameter(run, "clients")?,
        };
        // Of an agent's token letters are counted; its edits are the tokens.
        let edits = match run.scenario.as_str() {
            HELD_OUT => parameter(run, "rooms")? * parameter(run, "agents")? * parameter(run, "rate")? * run.seconds,
            // What is delivered there are cursors.
            "presence-storm" => 0.0,
            _ => run.delivered as f64 / (clients - 1.0),
        };
        let states_in = match run.scenario.as_str() {
            "presence-storm" => clients * parameter(run, "rate")? * run.seconds,
            _ => 0.0,
        };
        let database_us = figure(run, DATABASE_CPU).unwrap_or_default() / US;
        let commits = if edits > 0.0 { edits / figure(run, UPDATES_PER_COMMIT)? } else { 0.0 };
        (is_explained && run.seconds > 1.0).then_some(Self {
            run,
            edits,
            frames: figure(run, "frames")?,
            commits,
            states_in,
            states_out: figure(run, "states_told").unwrap_or_default(),
            node_us: run.server_cpu_s / US - database_us,
            database_us,
        })
    }

    fn row(&self) -> Row {
        Row {
            counts: vec![self.edits, self.frames, self.commits, self.states_in, self.states_out],
            total: self.node_us,
        }
    }

    /// What it takes of the node and of its database.
    fn predicted_us(&self, costs: &Costs) -> (f64, f64) {
        let (cpu, database) = (&costs.cpu_us, &costs.database);
        let is_alone = self.run.target == Kind::Gala;
        let commit = if is_alone { cpu.commit_sqlite } else { cpu.commit_postgres };
        let node = explained(&self.row(), &[cpu.edit, cpu.frame, commit, cpu.state_in, cpu.state_out]);
        let in_database = self.commits * database.commit_us + self.edits * database.edit_us;
        (node, if is_alone { 0.0 } else { in_database })
    }
}

/// The mean of what the runs of a scenario say; `None` if none says it.
fn mean(runs: &[&Run], (scenario, target): (&str, Kind), of: impl Fn(&Run) -> Option<f64>) -> Option<f64> {
    let same = runs.iter().filter(|run| run.scenario == scenario && run.target == target);
    let told: Vec<f64> = same.filter_map(|run| of(run)).collect();
    (!told.is_empty()).then(|| told.iter().sum::<f64>() / told.len() as f64)
}

fn put(cost: &mut f64, measured: Option<f64>) {
    *cost = measured.unwrap_or(*cost);
}

fn figure(run: &Run, name: &str) -> Option<f64> {
    run.figures.get(name)?.as_f64()
}

fn parameter(run: &Run, name: &str) -> Option<f64> {
    run.parameters.get(name)?.as_f64()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::bench::run::Latency;

    /// Ten seconds of so many rooms in which so many write ten edits a second, as these costs say they would be.
    fn typing(costs: &Costs, rooms: f64, clients: f64, writers: f64, updates_per_commit: f64) -> Run {
        let edits = rooms * writers * 100.0;
        let frames = edits * (clients - 1.0);
        let (cpu, commits) = (&costs.cpu_us, edits / updates_per_commit);
        let used_us = edits * cpu.edit + frames * cpu.frame + commits * cpu.commit_sqlite;
        let figures = [("frames", json!(frames)), (UPDATES_PER_COMMIT, json!(updates_per_commit))];
        Run {
            scenario: "fan-out".to_owned(),
            target: Kind::Gala,
            dialect: Kind::Gala.dialect(),
            parameters: [("clients".to_owned(), json!(clients))].into(),
            seconds: 10.0,
            delivered: frames as u64,
            delivered_per_s: frames / 10.0,
            server_cpu_s: US * used_us,
            cpu_per_100k: 0.0,
            latency: Latency::default(),
            acknowledgement: None,
            resident_mib_before: 12.0,
            resident_mib_after: 0.0,
            own_cpu_share: 0.0,
            own_bottleneck: false,
            converged: true,
            lost: 0,
            doubled: 0,
            figures: BTreeMap::from(figures.map(|(name, value)| (name.to_owned(), value))),
            wrong: Vec::new(),
        }
    }

    #[test]
    fn costs_are_found_again_in_runs_that_are_made_of_them() {
        let measured = Costs::measured().unwrap();
        let mut made_of = measured.clone();
        let cpu = &mut made_of.cpu_us;
        (cpu.edit, cpu.frame, cpu.commit_sqlite) = (33.0, 4.0, 222.0);
        let sizes = [
            (1.0, 2.0, 1.0, 1.0),
            (100.0, 2.0, 1.0, 7.0),
            (300.0, 2.0, 1.0, 20.0),
            (10.0, 10.0, 10.0, 7.0),
            (1.0, 500.0, 5.0, 1.1),
        ];
        let runs = sizes.map(|(rooms, clients, writers, together)| typing(&made_of, rooms, clients, writers, together));

        let found = derive(&measured, &runs);

        for (found, cost) in [(found.cpu_us.edit, 33.0), (found.cpu_us.frame, 4.0), (found.cpu_us.commit_sqlite, 222.0)]
        {
            assert!((found / cost - 1.0).abs() < 0.01, "{found} is not {cost}");
        }
        assert_eq!(found.memory.node_mib, 12.0);
        assert!(predictions(&found, &runs).iter().all(|run| (run.predicted / run.measured - 1.0).abs() < 0.01));
    }

    #[test]
    fn runs_that_went_wrong_are_not_believed() {
        let costs = Costs::measured().unwrap();
        let wrong = Run { wrong: vec!["1 deliveries are lost".to_owned()], ..typing(&costs, 1.0, 2.0, 1.0, 1.0) };

        assert_eq!(derive(&costs, &[wrong]), costs);
    }
}
