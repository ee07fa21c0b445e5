//! What the simulation saw.

use super::super::{
    Findings,
    simulation::{Outcome, Part, Seen},
    tables::{Table, percent, shown},
};

const HEAD: [&str; 12] = [
    "",
    "core mean",
    "p50",
    "p99",
    "max",
    "busiest node",
    "wait p50",
    "wait p99",
    "wait max",
    "commits/s",
    "published/s",
    "memory",
];

/// Some minutes of an ordinary hour on several numbers of nodes.
pub(super) fn trials(findings: &Findings) -> Table {
    let mut table = Table::new("Two ordinary minutes, simulated", &HEAD);
    for (nodes, seen) in &findings.trials {
        let needed = if *nodes == findings.needed { ": enough" } else { "" };
        table.row(row(format!("{nodes} nodes{needed}"), seen));
    }
    table
}

/// The hour, part by part.
pub(super) fn hour(outcome: &Outcome) -> Table {
    let Outcome { nodes, lost_connections, back_99_s, split_rooms, restarted, .. } = outcome;
    let title = format!(
        "An hour on {nodes} nodes, simulated: one dies with {} connections, 99 % of which are back after {} s; {restarted} are \
         restarted one after the other; at most {} rooms are open at two nodes",
        shown(*lost_connections as f64),
        shown(*back_99_s),
        shown(*split_rooms as f64),
    );
    let mut table = Table::new(&title, &HEAD);
    for seen in &outcome.parts {
        let what = match seen.part {
            Part::Coming => "everybody comes within ten minutes",
            Part::Ordinary => "twenty ordinary minutes",
            Part::Storm => "half a minute after a node died",
            Part::OneLess => "nine minutes without it",
            Part::Restarts => "fifteen minutes of restarts",
        };
        table.row(row(what.to_owned(), seen));
    }
    table
}

fn row(what: String, seen: &Seen) -> [String; 12] {
    let ms = |wait: f64| format!("{} ms", shown(wait));
    [
        what,
        percent(seen.core_mean),
        percent(seen.core_p50),
        percent(seen.core_p99),
        percent(seen.core_max),
        percent(seen.busiest_node),
        ms(seen.wait_p50_ms),
        ms(seen.wait_p99_ms),
        ms(seen.wait_max_ms),
        shown(seen.commits_per_s),
        shown(seen.published_per_s),
        format!("{} GiB", shown(seen.memory_gib_max)),
    ]
}
