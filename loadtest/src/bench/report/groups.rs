//! Runs that may be compared, side by side: the same scenario with the same parameters.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    figures::{self, Better, Figure},
    number::shown,
};
use crate::{
    bench::run::Run,
    target::{Dialect, Kind},
};

/// A scenario with its parameters, and what it measured of each server.
pub(super) struct Group {
    pub(super) scenario: String,
    pub(super) parameters: BTreeMap<String, Value>,
    /// In the order of [`Kind::ALL`].
    pub(super) columns: Vec<Column>,
}

/// The medians of all runs of one server.
pub(super) struct Column {
    pub(super) target: Kind,
    pub(super) dialect: Dialect,
    figures: Vec<Figure>,
    /// Why its figures do not count, or what is to be known about them.
    pub(super) faults: Vec<String>,
    /// Whether its figures count.
    pub(super) is_good: bool,
    /// Whether the load generator may have been the limit.
    pub(super) is_own_limit: bool,
}

/// A figure of a server, by another one's.
pub(super) struct Ratio {
    pub(super) value: f64,
    /// The best of the peers.
    pub(super) peer: Kind,
    /// Whether it is the better one.
    pub(super) is_ahead: bool,
    /// Whether the next run might say the opposite.
    pub(super) is_even: bool,
}

/// How close to each other figures are even.
const EVEN: f64 = 0.03;

/// Brings together what may be compared, in the order in which it was first measured.
pub(super) fn of(runs: &[Run]) -> Vec<Group> {
    let mut groups: Vec<(Group, Vec<&Run>)> = Vec::new();
    for run in runs {
        let is_same = |group: &Group| group.scenario == run.scenario && group.parameters == run.parameters;
        match groups.iter_mut().find(|(group, _)| is_same(group)) {
            Some((_, members)) => members.push(run),
            None => {
                let (scenario, parameters) = (run.scenario.clone(), run.parameters.clone());
                groups.push((Group { scenario, parameters, columns: Vec::new() }, vec![run]));
            }
        }
    }
    let with_columns = |(group, members): (Group, Vec<&Run>)| Group { columns: columns(&members), ..group };
    groups.into_iter().map(with_columns).collect()
}

fn columns(runs: &[&Run]) -> Vec<Column> {
    let mut by_server: BTreeMap<(Kind, bool), Vec<&Run>> = BTreeMap::new();
    for run in runs {
        by_server.entry((run.target, run.dialect != run.target.dialect())).or_default().push(run);
    }
    by_server.into_values().map(|runs| Column::of(&runs)).collect()
}

impl Group {
    /// The names of all figures, in their order, and what is wanted of them.
    pub(super) fn rows(&self) -> Vec<(&str, Better)> {
        let mut rows: Vec<(&str, Better)> = Vec::new();
        for figure in self.columns.iter().flat_map(|column| &column.figures) {
            if !rows.iter().any(|(name, _)| *name == figure.name) {
                rows.push((&figure.name, figure.better));
            }
        }
        rows
    }

    /// Gala's figure by that of the best peer whose figures count; none if there is nothing to compare.
    pub(super) fn ratio(&self, name: &str, better: Better) -> Option<Ratio> {
        let of = |column: &Column| Some((column.target, column.figure(name)?));
        let good = || self.columns.iter().filter(|column| column.is_good);
        let (_, gala) = good().find(|column| column.target == Kind::Gala).and_then(of)?;
        let peers = good().filter(|column| column.target.is_peer()).filter_map(of);
        let (peer, best) = match better {
            Better::Less => peers.min_by(|a, b| a.1.total_cmp(&b.1)),
            Better::More => peers.max_by(|a, b| a.1.total_cmp(&b.1)),
            Better::Neither => None,
        }?;
        let is_ahead = if better == Better::Less { gala < best } else { gala > best };
        let value = gala / best;
        (best > 0.0).then_some(Ratio { value, peer, is_ahead, is_even: (value - 1.0).abs() < EVEN })
    }

    /// The parameters in words.
    pub(super) fn described(&self) -> String {
        let shown = |value: &Value| value.as_f64().map_or_else(|| in_words(value), shown);
        let parameters =
            self.parameters.iter().map(|(name, value)| format!("{} {}", name.replace('_', " "), shown(value)));
        parameters.collect::<Vec<_>>().join(", ")
    }
}

impl Column {
    fn of(runs: &[&Run]) -> Self {
        let (target, dialect) = (runs[0].target, runs[0].dialect);
        let measured: Vec<Vec<Figure>> = runs.iter().map(|run| figures::of(run)).collect();
        let median = |figure: &Figure| {
            let same = measured.iter().flatten().filter(|other| other.name == figure.name);
            Figure { value: median(same.map(|figure| figure.value).collect()), ..figure.clone() }
        };
        let figures = measured[0].iter().map(median).collect();
        let faults = runs.iter().flat_map(|run| run.wrong.iter().cloned()).collect();
        let is_good = runs.iter().all(|run| run.is_good());
        Self { target, dialect, figures, faults, is_good, is_own_limit: runs.iter().any(|run| run.own_bottleneck) }
    }

    pub(super) fn figure(&self, name: &str) -> Option<f64> {
        self.figures.iter().find(|figure| figure.name == name).map(|figure| figure.value)
    }

    /// What stands above it.
    pub(super) fn label(&self) -> String {
        let label = self.target.label();
        match self.dialect {
            dialect if dialect == self.target.dialect() => label.to_owned(),
            Dialect::Hocuspocus => format!("{label} (acknowledging)"),
            Dialect::YWebsocket => format!("{label} (y-websocket)"),
        }
    }
}

fn in_words(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The one in the middle; of two, what lies between them. 0 of none.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let (Some(low), Some(high)) = (values.get(values.len().saturating_sub(1) / 2), values.get(values.len() / 2)) else {
        return 0.0;
    };
    low.midpoint(*high)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::bench::run::Latency;

    /// A good run in which this many edits were delivered in a second for this much time.
    pub(in super::super) fn run(target: Kind, delivered: u64, server_cpu_s: f64) -> Run {
        Run {
            scenario: "fan-out".to_owned(),
            target,
            dialect: target.dialect(),
            parameters: [("rooms".to_owned(), Value::from(10))].into(),
            seconds: 1.0,
            delivered,
            delivered_per_s: delivered as f64,
            server_cpu_s,
            cpu_per_100k: server_cpu_s * 100_000.0 / delivered as f64,
            latency: Latency { count: 1, p50_ms: 0.1, p90_ms: 0.2, p99_ms: 0.3, max_ms: 0.4 },
            acknowledgement: None,
            resident_mib_before: 10.0,
            resident_mib_after: 20.0,
            own_cpu_share: 0.5,
            own_bottleneck: false,
            converged: true,
            lost: 0,
            doubled: 0,
            figures: BTreeMap::new(),
            wrong: Vec::new(),
        }
    }

    #[test]
    fn gala_is_compared_with_the_best_peer_and_not_with_the_floor() {
        let runs = [
            run(Kind::Relay, 9_000_000, 0.01),
            run(Kind::Gala, 400_000, 0.4),
            run(Kind::YSweet, 100_000, 0.3),
            run(Kind::Hocuspocus, 200_000, 0.4),
        ];

        let groups = of(&runs);

        let ratio = groups[0].ratio(figures::DELIVERED, Better::More).unwrap();
        assert_eq!((ratio.value, ratio.peer, ratio.is_ahead), (2.0, Kind::Hocuspocus, true));
        let ratio = groups[0].ratio(figures::CPU, Better::Less).unwrap();
        assert_eq!((ratio.value, ratio.peer, ratio.is_ahead), (0.5, Kind::Hocuspocus, true));
    }

    #[test]
    fn a_peer_that_loses_edits_is_no_measure() {
        let runs = [
            run(Kind::Gala, 100, 1.0),
            Run { lost: 1, wrong: vec!["1 deliveries are lost".to_owned()], ..run(Kind::YSweet, 300, 1.0) },
            run(Kind::YWebsocket, 50, 1.0),
        ];

        let ratio = of(&runs)[0].ratio(figures::DELIVERED, Better::More).unwrap();

        assert_eq!((ratio.value, ratio.peer), (2.0, Kind::YWebsocket));
    }

    #[test]
    fn repeated_runs_count_by_their_median() {
        let runs = [100, 900, 300].map(|delivered| run(Kind::Gala, delivered, 1.0));

        let groups = of(&runs);

        assert_eq!(groups[0].columns[0].figure(figures::DELIVERED), Some(300.0));
        assert_eq!(median(vec![1.0, 2.0]), 1.5);
        assert_eq!(median(Vec::new()), 0.0);
    }

    #[test]
    fn other_parameters_are_another_group() {
        let mut other = run(Kind::Gala, 1, 1.0);
        other.parameters.insert("rooms".to_owned(), Value::from(11));

        assert_eq!(of(&[run(Kind::Gala, 1, 1.0), other]).len(), 2);
    }
}
