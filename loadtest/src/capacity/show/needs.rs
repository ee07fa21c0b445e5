//! What one node carries, and what many people need.

use super::super::{
    Findings,
    model::{Engine, Load},
    tables::{Table, percent, shown},
    workload::Workload,
};

/// What people do, by the names `--set` takes.
pub(super) fn workload(workload: &Workload) -> Table {
    let mut table = Table::new("What people do", &["name", "value"]);
    if let Ok(serde_json::Value::Object(all)) = serde_json::to_value(workload) {
        for (name, value) in all {
            table.row([name, value.as_f64().map(shown).unwrap_or_default()]);
        }
    }
    table
}

/// What one node of several sizes carries.
pub(super) fn carried(findings: &Findings) -> Table {
    let target = percent(findings.target);
    let title = format!("What one node carries, {target} of a core at its busiest cores");
    let head =
        ["node", "users", "connections", "edits/s", "deliveries/s", "commits/s", "memory", "mean core", "bound by"];
    let mut table = Table::new(&title, &head);
    for carried in &findings.carried {
        let engine = if carried.engine == Engine::Sqlite { "alone, SQLite" } else { "one of several, PostgreSQL" };
        let load = &carried.load;
        table.row([
            format!("{} cores, {engine}", carried.cores),
            shown(carried.users),
            shown(load.connections),
            shown(load.edits_per_s),
            shown(load.deliveries_per_s),
            shown(load.commits_per_s),
            format!("{} GiB", shown(load.memory_gib)),
            percent(load.core_mean),
            carried.bound.label().to_owned(),
        ]);
    }
    table
}

/// What all of it takes together.
pub(super) fn load(findings: &Findings) -> Table {
    let Load { nodes, cores_each, cores, database, redis, .. } = findings.load;
    let load = &findings.load;
    let users = shown(findings.workload.users);
    let mut table =
        Table::new(&format!("{users} users on {nodes} nodes of {cores_each} cores: the closed form"), &["", ""]);
    let mut row = |what: &str, value: String| table.row([what.to_owned(), value]);
    row("connections, in so many rooms", format!("{} in {}", shown(load.connections), shown(load.rooms)));
    row("edits a second, told to others", format!("{}, {}", shown(load.edits_per_s), shown(load.deliveries_per_s)));
    row("entering, requests a second", format!("{}, {}", shown(load.enters_per_s), shown(load.requests_per_s)));
    row("busy cores", shown(cores.sum()));
    for (what, busy) in [
        ("– rooms", cores.rooms),
        ("– sockets", cores.sockets),
        ("– commits", cores.commits),
        ("– entering", cores.entering),
        ("– requests", cores.requests),
        ("– idle connections", cores.idle),
    ] {
        row(what, format!("{} ({})", shown(busy), percent(busy / cores.sum())));
    }
    row("a core: mean, p99", format!("{}, {}", percent(load.core_mean), percent(load.core_p99)));
    row("memory of a node", format!("{} GiB", shown(load.memory_gib)));
    row("PostgreSQL: commits a second", shown(load.commits_per_s));
    row("– busy cores", shown(database.cores));
    row("– write-ahead log", format!("{} MB/s", shown(database.wal_mb_per_s)));
    row("– disk for a day of 8 hours", format!("{} GB", shown(database.disk_gb_per_day_of_8_h)));
    row("– connections", shown(database.connections));
    let messages = format!("{}, {}", shown(redis.published_per_s), shown(redis.delivered_per_s));
    row("Redis: messages published, delivered a second", messages);
    row("– its one thread", percent(redis.thread));
    row("– traffic to nodes", format!("{} MB/s", shown(redis.out_mb_per_s)));
    table
}

/// What is to be known besides.
pub(super) fn remarks(findings: &Findings) -> String {
    let (alone, together) = findings.largest_rooms;
    let redis = findings.load.redis.thread;
    let mut remarks = String::new();
    if redis > findings.target {
        remarks += &format!("- Redis has one thread, and is asked for {} of it.\n", percent(redis));
    }
    remarks += &format!(
        "- The largest room one core carries at {}: {} people where every edit leaves alone, {} where all that can leaves together.\n\
         - With weight 1 at the proxy instead of {}, the closed form asks for {} nodes instead of {}.\n\
         - Costs: {}\n",
        percent(findings.target),
        shown(alone),
        shown(together),
        findings.weight,
        findings.needed_with_weight_1,
        findings.needed,
        findings.costs.source,
    );
    remarks
}
