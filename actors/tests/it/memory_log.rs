//! A log in memory whose commits can be held back, refused or made to panic.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use actors::room::{
    LeftOut, Why, compact,
    log::{Append, Commit, Entry, LogError, RoomLog, Since, Snapshot, Stored},
};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use protocol::{
    ids::RoomId,
    nodes::Head,
    rooms::{RoomKind, Seq},
};
use tokio::sync::Semaphore;

#[derive(Clone)]
pub(crate) struct MemoryLog {
    state: Arc<Mutex<State>>,
    /// One permit is one commit.
    pub(crate) commits: Arc<Semaphore>,
    /// One permit is one load.
    pub(crate) loads: Arc<Semaphore>,
}

#[derive(Default)]
struct State {
    rooms: HashMap<RoomId, Room>,
    loads: usize,
    fault: Fault,
}

#[derive(Default)]
struct Room {
    snapshot: Option<Snapshot>,
    entries: Vec<Entry>,
    title: Option<String>,
    unreadable: Vec<Seq>,
}

impl Room {
    /// Every update, an empty one where it cannot be read.
    fn readable(&self) -> impl Iterator<Item = Bytes> {
        let entries = (1..).zip(&self.entries);
        entries.map(
            |(seq, entry)| {
                if self.unreadable.contains(&seq) { Bytes::from_static(&[0, 0]) } else { entry.update.clone() }
            },
        )
    }
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Fault {
    #[default]
    None,
    LoadFails,
    AppendPanics,
    AppendIsGone,
}

impl MemoryLog {
    /// A log that commits at once.
    pub(crate) fn new() -> Self {
        let log = Self::held();
        log.commits.add_permits(Semaphore::MAX_PERMITS / 2);
        log.loads.add_permits(Semaphore::MAX_PERMITS / 2);
        log
    }

    /// A log that loads and commits only as often as it is given permits.
    pub(crate) fn held() -> Self {
        let semaphore = || Arc::new(Semaphore::new(0));
        Self { state: Arc::default(), commits: semaphore(), loads: semaphore() }
    }

    pub(crate) fn add_room(&self) -> RoomId {
        let room = RoomId::new();
        self.state.lock().unwrap().rooms.insert(room, Room::default());
        room
    }

    pub(crate) fn fail_with(&self, fault: Fault) {
        self.state.lock().unwrap().fault = fault;
    }

    pub(crate) fn loads(&self) -> usize {
        self.state.lock().unwrap().loads
    }

    pub(crate) fn updates(&self, room: RoomId) -> Vec<Bytes> {
        self.state.lock().unwrap().rooms[&room].entries.iter().map(|entry| entry.update.clone()).collect()
    }

    /// Loses the end of the log, as a database does that was restored from an old copy.
    pub(crate) fn truncate(&self, room: RoomId, head: usize) {
        self.state.lock().unwrap().rooms.get_mut(&room).unwrap().entries.truncate(head);
    }

    /// Has this update stored in the place of what is stored there.
    pub(crate) fn replace(&self, room: RoomId, seq: Seq, update: Bytes) {
        let mut state = self.state.lock().unwrap();
        state.rooms.get_mut(&room).unwrap().entries[seq as usize - 1].update = update;
    }

    /// Loses what is stored there, from the next load on; what was lost before is there again.
    pub(crate) fn lose(&self, room: RoomId, seqs: &[Seq]) {
        self.state.lock().unwrap().rooms.get_mut(&room).unwrap().unreadable = seqs.to_vec();
    }

    pub(crate) fn title(&self, room: RoomId) -> Option<String> {
        self.state.lock().unwrap().rooms[&room].title.clone()
    }

    pub(crate) fn snapshot(&self, room: RoomId) -> Option<Snapshot> {
        self.state.lock().unwrap().rooms[&room].snapshot.clone()
    }

    fn stored(&self, room: RoomId) -> Result<Stored, LogError> {
        let state = self.state.lock().unwrap();
        if state.fault == Fault::LoadFails {
            return Err(LogError::Unavailable("the disk is away".into()));
        }
        let found = state.rooms.get(&room).ok_or(LogError::Gone)?;
        let covered = found.snapshot.as_ref().map_or(0, |snapshot| snapshot.seq as usize);
        Ok(Stored {
            kind: RoomKind::Page,
            generation: 1,
            head: found.entries.len() as Seq,
            snapshot: found.snapshot.clone(),
            tail: found.readable().skip(covered).collect(),
            left_out: found
                .unreadable
                .iter()
                .map(|&seq| LeftOut { first: seq, last: seq, why: Why::Unreadable })
                .collect(),
            erased: Bytes::new(),
        })
    }
}

impl RoomLog for MemoryLog {
    fn load(&self, room: RoomId) -> BoxFuture<'static, Result<Stored, LogError>> {
        let log = self.clone();
        Box::pin(async move {
            log.loads.acquire().await.unwrap().forget();
            log.state.lock().unwrap().loads += 1;
            log.stored(room)
        })
    }

    fn append(&self, append: Append) -> BoxFuture<'static, Result<Seq, LogError>> {
        let log = self.clone();
        Box::pin(async move {
            log.commits.acquire().await.unwrap().forget();
            let mut state = log.state.lock().unwrap();
            let fault = state.fault;
            let room = state.rooms.get_mut(&append.room).ok_or(LogError::Gone)?;
            let first = room.entries.len() as Seq + 1;
            if first <= append.known {
                return Err(LogError::Rewound);
            }
            match fault {
                Fault::AppendPanics => {
                    drop(state);
                    panic!("on purpose");
                }
                Fault::AppendIsGone => return Err(LogError::Gone),
                Fault::None | Fault::LoadFails => (),
            }
            room.entries.extend(append.entries);
            room.title = append.title.or(room.title.take());
            Ok(first)
        })
    }

    fn read_after(&self, room: RoomId, after: Seq) -> BoxFuture<'static, Result<Since, LogError>> {
        let log = self.clone();
        Box::pin(async move {
            let state = log.state.lock().unwrap();
            let entries = &state.rooms.get(&room).ok_or(LogError::Gone)?.entries;
            let updates = entries.iter().skip(after as usize).map(|entry| entry.update.clone());
            let commits = vec![Commit { first: after + 1, updates: updates.collect() }];
            Ok(Since { generation: 1, head: entries.len() as Seq, commits })
        })
    }

    fn heads(&self, rooms: Vec<RoomId>) -> BoxFuture<'static, Result<Vec<Head>, LogError>> {
        let log = self.clone();
        Box::pin(async move {
            let state = log.state.lock().unwrap();
            let found = rooms.into_iter().filter_map(|room| Some((room, state.rooms.get(&room)?)));
            Ok(found.map(|(room, found)| Head { room, generation: 1, head: found.entries.len() as Seq }).collect())
        })
    }

    fn compact(&self, room: RoomId) -> BoxFuture<'static, Result<Option<Snapshot>, LogError>> {
        let log = self.clone();
        Box::pin(async move {
            let stored = log.stored(room)?;
            let snapshot = compact(&stored).map_err(|error| LogError::Corrupt(error.into()))?;
            if let (Some(snapshot), Some(room)) = (&snapshot, log.state.lock().unwrap().rooms.get_mut(&room)) {
                room.snapshot = Some(snapshot.clone());
            }
            Ok(snapshot)
        })
    }
}
