//! What things cost: measured figures the model is made of, `loadtest/capacity/costs.json`.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::failure::Failure;

/// The figures that are used unless others are named.
const MEASURED: &str = include_str!("../../capacity/costs.json");

/// Measured figures of one server on one kind of machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Costs {
    /// Where and when they were measured, and which of them are taken from elsewhere.
    pub(crate) source: String,
    pub(crate) cpu_us: Cpu,
    pub(crate) memory: Memory,
    pub(crate) database: Database,
    pub(crate) redis: Redis,
}

/// Time of a node's processors, in microseconds of user and system time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cpu {
    /// One edit that comes alone, until it is handed to the log: read, checked, applied, acknowledged.
    /// `fan-out`, `big-room`.
    pub(crate) edit: f64,
    /// The same where many wait and are taken in together. `replay`.
    pub(crate) edit_busy: f64,
    /// One frame to one socket: a write of its own. `big-room`.
    pub(crate) frame: f64,
    /// One edit told to one client where many leave in one write. `saturation`.
    pub(crate) delivery_busy: f64,
    /// The share of `edit` that is spent on the room's thread; the rest is its writer's socket.
    /// Threads of a node on two cores during `fan-out`.
    pub(crate) edit_room_share: f64,
    /// The share of `frame` that is spent on the room's thread; the rest is the reader's socket.
    /// Threads of a node on two cores during `big-room`.
    pub(crate) frame_room_share: f64,
    /// One commit to SQLite, however many edits it holds. `fan-out` with few and many edits a commit.
    pub(crate) commit_sqlite: f64,
    /// The node's part of one commit to PostgreSQL. The same with `--target gala-postgres`.
    pub(crate) commit_postgres: f64,
    /// One cursor that moves, until it is told. `presence-storm` at two rates.
    pub(crate) state_in: f64,
    /// One cursor told to one client, in a frame with others. `presence-storm` at two rates.
    pub(crate) state_out: f64,
    /// Entering a room that is in memory, from the connection to the content, with SQLite; and the node's
    /// part of it with PostgreSQL. `reconnect-storm`.
    pub(crate) enter_sqlite: f64,
    pub(crate) enter_postgres: f64,
    /// What it costs more where the room is not in memory. `idle-rooms` less `reconnect-storm`.
    pub(crate) open: f64,
    /// One request over HTTP with SQLite, and the node's part of it with PostgreSQL. `rest-mix`.
    pub(crate) request_sqlite: f64,
    pub(crate) request_postgres: f64,
    /// One connection on which nothing happens, for a second. `idle-rooms`.
    pub(crate) idle: f64,
    /// One message told to or heard from Redis. Publishing by the program's own client.
    pub(crate) message: f64,
}

/// Memory of a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Memory {
    /// A node that has done nothing yet, MiB. `fan-out`, before.
    pub(crate) node_mib: f64,
    /// A connection, in a room that is in memory already, KiB. `reconnect-storm`.
    pub(crate) connection_kib: f64,
    /// A room in which nothing happens, whose document has left memory, KiB. `idle-rooms`, after
    /// idling, less a connection.
    pub(crate) room_idle_kib: f64,
    /// A room whose document is in memory, without the document, KiB. `fan-out` of many rooms, what it grows, less its connections.
    pub(crate) room_live_kib: f64,
    /// Memory of a document for each byte of it. `replay`, in the end.
    pub(crate) document_factor: f64,
}

/// What PostgreSQL does; disk of SQLite is much the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Database {
    /// Its CPU for one commit, microseconds. `fan-out --target gala-postgres` with few and many edits a commit.
    pub(crate) commit_us: f64,
    /// Its CPU for one edit in a commit, microseconds. The same.
    pub(crate) edit_us: f64,
    /// Its CPU for a room that is opened, and for somebody who is let in, microseconds. `reconnect-storm`.
    pub(crate) enter_us: f64,
    /// Its CPU for one request over HTTP, microseconds. `rest-mix`.
    pub(crate) request_us: f64,
    /// How long a commit takes, milliseconds. `gala_commit_seconds`.
    pub(crate) commit_ms: f64,
    /// What an edit takes on disk for ever, bytes. Size of the database after `replay`, by updates.
    pub(crate) disk_bytes_per_edit: f64,
    /// Write-ahead log of a commit and of an edit in it, bytes. `pg_current_wal_lsn` around `fan-out`.
    pub(crate) wal_bytes_per_commit: f64,
    pub(crate) wal_bytes_per_edit: f64,
}

/// What Redis does; it has one thread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Redis {
    /// Its CPU for one message that is published, microseconds, some in one round trip: the more wait, the
    /// more there are. `redis-benchmark` with a channel for each room.
    pub(crate) publish_us: f64,
    /// Its CPU for handing a message to one node that listens, microseconds.
    pub(crate) deliver_us: f64,
    /// Bytes of a message with one edit or cursor, its channel and seal included.
    pub(crate) message_bytes: f64,
}

impl Costs {
    /// Those this program was built with.
    ///
    /// # Errors
    ///
    /// [`Failure::Io`] never: a test reads them.
    pub(crate) fn measured() -> Result<Self, Failure> {
        Ok(serde_json::from_str(MEASURED).map_err(io::Error::from)?)
    }

    /// Writes them, with the digits that count.
    ///
    /// # Errors
    ///
    /// [`Failure::Io`].
    pub(crate) fn write(&self, file: &Path) -> Result<(), Failure> {
        let mut all = serde_json::to_value(self).map_err(io::Error::from)?;
        let groups = all.as_object_mut().into_iter().flatten().filter_map(|(_, group)| group.as_object_mut());
        for cost in groups.flatten().map(|(_, cost)| cost) {
            *cost = cost.as_f64().map_or(Value::Null, |cost| rounded(cost).into());
        }
        Ok(fs::write(file, serde_json::to_string_pretty(&all).map_err(io::Error::from)? + "\n")?)
    }

    /// Those in a file.
    ///
    /// # Errors
    ///
    /// [`Failure::Io`] if it is not there or lacks one.
    pub(crate) fn read(file: &Path) -> Result<Self, Failure> {
        Ok(serde_json::from_slice(&fs::read(file)?).map_err(io::Error::from)?)
    }
}

/// With three digits that count.
fn rounded(cost: f64) -> f64 {
    if cost == 0.0 {
        return 0.0;
    }
    let places = 2 - cost.abs().log10().floor() as i32;
    format!("{cost:.0$}", places.max(0) as usize).parse().unwrap_or(cost)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_measured_costs_can_be_read_and_none_is_negative() {
        let costs = Costs::measured().unwrap();

        let all = serde_json::to_value(&costs).unwrap();
        let groups = all.as_object().unwrap().values().filter_map(|group| group.as_object());
        assert!(groups.flat_map(|group| group.values()).all(|cost| cost.as_f64().unwrap() >= 0.0));
        assert!(costs.cpu_us.edit_busy <= costs.cpu_us.edit && costs.cpu_us.delivery_busy <= costs.cpu_us.frame);
    }

    #[test]
    fn costs_that_are_written_can_be_read_again() {
        let (mut costs, file) = (Costs::measured().unwrap(), tempfile::NamedTempFile::new().unwrap());
        costs.cpu_us.edit = 67.296_040;
        costs.cpu_us.idle = 0.012_345;

        costs.write(file.path()).unwrap();

        let read = Costs::read(file.path()).unwrap();
        assert_eq!((read.cpu_us.edit, read.cpu_us.idle), (67.3, 0.0123));
    }
}
