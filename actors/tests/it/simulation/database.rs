//! The database all nodes share: the truth.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use actors::room::log::{LogError, Since, Snapshot, Stored};
use protocol::{
    ids::{PrincipalId, RoomId},
    nodes::Head,
    rooms::Seq,
};
use tokio::time::Instant;
use yrs::StateVector;

use super::{
    fate::Fate,
    table::{Segment, Table},
};

/// How long a lease holds.
const LEASE: Duration = Duration::from_secs(2);
/// How long nobody writes to a database that was restored. Whoever does not look at it in that time
/// could not tell what he knows of it from what is written in its place.
const RESTORING: Duration = Duration::from_secs(10);

/// A clone is the same one.
#[derive(Clone)]
pub(super) struct Database {
    tables: Arc<Mutex<BTreeMap<RoomId, Table>>>,
    takes_writes_from: Arc<Mutex<Instant>>,
    fate: Fate,
}

/// What became of a segment.
#[derive(Clone, Copy, Debug)]
pub(super) enum Outcome {
    Committed(Seq),
    Gone,
    Rewound,
}

/// The right to compact a room, until somebody else has it.
#[derive(Clone, Copy)]
pub(super) struct Lease {
    epoch: u64,
}

/// Who may compact a room, and until when.
#[derive(Default)]
pub(super) struct Duty {
    epoch: u64,
    until: Option<Instant>,
}

impl Database {
    pub(super) fn new(rooms: &[RoomId], fate: &Fate) -> Self {
        let tables = rooms.iter().enumerate().map(|(number, room)| (*room, Table::new(number)));
        let takes_writes_from = Arc::new(Mutex::new(Instant::now()));
        Self { tables: Arc::new(Mutex::new(tables.collect())), takes_writes_from, fate: fate.clone() }
    }

    /// One transaction: each segment is written once, however often this is tried. `None` while
    /// nothing can be written.
    pub(super) fn commit(&self, segments: &[Segment]) -> Option<Vec<Outcome>> {
        if Instant::now() < *self.takes_writes_from.lock().unwrap() {
            return None;
        }
        let mut tables = self.tables();
        let outcomes = segments.iter().map(|segment| match tables.get_mut(&segment.room) {
            Some(table) => table.commit(segment, &self.fate),
            None => Outcome::Gone,
        });
        Some(outcomes.collect())
    }

    pub(super) fn load(&self, room: RoomId) -> Result<Stored, LogError> {
        self.existing(room, |table| table.stored())
    }

    pub(super) fn read_after(&self, room: RoomId, after: Seq) -> Result<Since, LogError> {
        // An answer holds only so much.
        let most = self.fate.within(1..5) as usize;
        self.existing(room, |table| table.since(after, most))
    }

    pub(super) fn heads(&self, rooms: &[RoomId]) -> Vec<Head> {
        let tables = self.tables();
        let found = rooms.iter().filter_map(|room| Some((*room, tables.get(room).filter(|table| !table.is_deleted)?)));
        found.map(|(room, table)| Head { room, generation: table.generation, head: table.head() }).collect()
    }

    /// The right to compact the room; `None` while somebody has it. By the clock of the database.
    pub(super) fn lease(&self, room: RoomId) -> Option<Lease> {
        let mut tables = self.tables();
        let duty = &mut tables.get_mut(&room)?.duty;
        if duty.until.is_some_and(|until| Instant::now() < until) {
            return None;
        }
        *duty = Duty { epoch: duty.epoch + 1, until: Some(Instant::now() + LEASE) };
        Some(Lease { epoch: duty.epoch })
    }

    /// Writes a snapshot, unless somebody else has taken the lease meanwhile.
    pub(super) fn write_snapshot(&self, room: RoomId, lease: Lease, snapshot: Snapshot) -> bool {
        let mut tables = self.tables();
        let Some(table) = tables.get_mut(&room).filter(|table| !table.is_deleted) else { return false };
        if table.duty.epoch != lease.epoch {
            self.fate.note(|| format!("room {}: a compaction is fenced off", table.number));
            return false;
        }
        table.duty.until = None;
        table.write_snapshot(snapshot, &self.fate)
    }

    /// Loses the end of every log, as a database does that is restored from an old copy.
    pub(super) fn rewind(&self) {
        *self.takes_writes_from.lock().unwrap() = Instant::now() + RESTORING;
        for table in self.tables().values_mut() {
            let kept = self.fate.below(table.head() + 1);
            table.rewind(kept);
            self.fate.note(|| format!("room {}: the log is back at {}", table.number, table.head()));
        }
    }

    /// Whether something was ever lost by that.
    pub(super) fn was_rewound(&self) -> bool {
        self.tables().values().any(|table| table.was_rewound)
    }

    /// Puts a room in the trash, or takes it out.
    pub(super) fn trash(&self, room: RoomId, is_deleted: bool) {
        self.with(room, |table| table.is_deleted = is_deleted);
    }

    /// Whether everything up to these clocks has been committed. What builds on something that is lost
    /// with the end of the log is not counted before that is there again; then nothing is said.
    pub(super) fn holds(&self, room: RoomId, clocks: &StateVector) -> bool {
        let holds = |table: &mut Table| clocks.iter().all(|(client, clock)| table.durable.get(client) >= *clock);
        self.with(room, |table| table.was_rewound || holds(table))
    }

    /// Whether the update of a caller has been committed.
    pub(super) fn has_from(&self, room: RoomId, author: PrincipalId) -> bool {
        self.with(room, |table| table.authors.contains(&author))
    }

    pub(super) fn with<T>(&self, room: RoomId, look: impl FnOnce(&mut Table) -> T) -> T {
        look(self.tables().get_mut(&room).unwrap())
    }

    fn existing<T>(&self, room: RoomId, read: impl FnOnce(&Table) -> T) -> Result<T, LogError> {
        self.tables().get(&room).filter(|table| !table.is_deleted).map(read).ok_or(LogError::Gone)
    }

    fn tables(&self) -> MutexGuard<'_, BTreeMap<RoomId, Table>> {
        self.tables.lock().unwrap()
    }
}
