//! What things cost, and how well that explains what was measured.

use super::super::{
    costs::Costs,
    derive::Prediction,
    tables::{Table, percent, shown},
};

/// All costs with their units.
pub(super) fn table(costs: &Costs) -> Table {
    let mut table = Table::new("What things cost", &["", "cost", "measured by"]);
    let mut row = |what: &str, cost: f64, unit: &str, by: &str| {
        table.row([what.to_owned(), format!("{} {unit}", shown(cost)), by.to_owned()]);
    };
    let (cpu, memory, database, redis) = (&costs.cpu_us, &costs.memory, &costs.database, &costs.redis);
    let (fitted, database_fitted) = ("fan-out, big-room", "the same, gala-postgres");
    row("CPU of a node: an edit that comes alone", cpu.edit, "µs", fitted);
    row("an edit among many that wait", cpu.edit_busy, "µs", "replay");
    row("a frame to one client", cpu.frame, "µs", fitted);
    row("an edit told to one client among many that wait", cpu.delivery_busy, "µs", "saturation");
    row("a commit to SQLite", cpu.commit_sqlite, "µs", fitted);
    row("a commit to PostgreSQL, the node's part", cpu.commit_postgres, "µs", database_fitted);
    row("a cursor that moves", cpu.state_in, "µs", "presence-storm");
    row("a cursor told to one client, in a frame with others", cpu.state_out, "µs", "presence-storm");
    row("somebody who enters, with SQLite", cpu.enter_sqlite, "µs", "reconnect-storm");
    row("– with PostgreSQL, the node's part", cpu.enter_postgres, "µs", "the same, gala-postgres");
    row("a room that is opened", cpu.open, "µs", "idle-rooms");
    row("a request over HTTP, with SQLite", cpu.request_sqlite, "µs", "rest-mix");
    row("– with PostgreSQL, the node's part", cpu.request_postgres, "µs", "the same, gala-postgres");
    row("an idle connection, each second", cpu.idle, "µs", "idle-rooms");
    row("a message to or from Redis", cpu.message, "µs", "–");
    row("of an edit, on the room's thread", cpu.edit_room_share * 100.0, "%", "threads of a node");
    row("of a frame, on the room's thread", cpu.frame_room_share * 100.0, "%", "threads of a node");
    row("Memory of a node: at its start", memory.node_mib, "MiB", "fan-out");
    row("a connection", memory.connection_kib, "KiB", "–");
    row("an idle room", memory.room_idle_kib, "KiB", "idle-rooms");
    row("a room that is edited, its document aside", memory.room_live_kib, "KiB", "fan-out, 100 rooms and more");
    row("a document in memory, by its bytes", memory.document_factor, "×", "replay");
    row("CPU of PostgreSQL: a commit", database.commit_us, "µs", database_fitted);
    row("an edit in it", database.edit_us, "µs", database_fitted);
    row("somebody who enters", database.enter_us, "µs", "reconnect-storm");
    row("a request over HTTP", database.request_us, "µs", "rest-mix");
    row("How long a commit takes", database.commit_ms, "ms", "gala_commit_seconds");
    row("Disk: an edit, for ever", database.disk_bytes_per_edit, "B", "size of the database");
    row("write-ahead log: a commit", database.wal_bytes_per_commit, "B", "pg_current_wal_insert_lsn");
    row("an edit in it", database.wal_bytes_per_edit, "B", "pg_current_wal_insert_lsn");
    row("CPU of Redis: a message that is published", redis.publish_us, "µs", "redis-benchmark");
    row("a message to one node that listens", redis.deliver_us, "µs", "redis-benchmark");
    row("bytes of a message", redis.message_bytes, "B", "–");
    table
}

/// What was measured and what these costs say.
pub(super) fn predictions(predictions: &[Prediction]) -> Table {
    let head = ["CPU seconds a second", "measured", "predicted", "off by", ""];
    let mut table = Table::new("How well costs explain what was measured", &head);
    for prediction in predictions {
        let what = format!("{}, {}: {}", prediction.scenario, prediction.target.label(), prediction.described);
        let off = prediction.predicted / prediction.measured - 1.0;
        let fitted = if prediction.is_fitted { "fitted" } else { "not fitted" };
        table.row([what, shown(prediction.measured), shown(prediction.predicted), percent(off), fitted.to_owned()]);
    }
    table
}
