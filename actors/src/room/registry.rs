//! Finds the actor of a room, starting it from its log when there is none.
//!
//! A room has one slot, and the slot is one of: *loading* (whoever opens it waits), *live*, or
//! *draining* (idle, writing its snapshot; whoever opens it keeps it live). Then the slot is gone.
//! All of it is decided under one lock: a room leaves only when nobody holds or waits for its
//! handle, so no join can reach a room that has gone, and no second actor can start before the
//! first has left.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, DefaultHasher, Hash, Hasher, RandomState},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use actix::prelude::{Actor, Addr, ArbiterHandle};
use futures_util::future::join_all;
use protocol::{ids::RoomId, rooms::Seq, wire::close::CloseCode};
use tokio::sync::{Semaphore, SetOnce};

use super::{
    actor::RoomActor,
    document::Document,
    handle::RoomHandle,
    log::{LogError, RoomLog},
    messages::Close,
    state::RoomState,
};
use crate::{bus::Bus, clock::Clock, threads::Threads};

/// Rooms that may be loading at once.
const MAX_LOADING: usize = 64;
/// Times a room that stopped while it was being opened is opened again.
const MAX_REOPENS: usize = 3;
/// How long ending all rooms may take.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
/// What sockets may hand to one room before it is committed, in units of 1 KiB: 8 MiB.
pub(super) const ROOM_BUDGET_UNITS: u32 = 8 * 1024;

/// Why a room could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// There is no such room, or it is in the trash.
    #[error("there is no such room")]
    NotFound,
    /// Its log cannot be reached now.
    #[error("the room cannot be opened at present")]
    Unavailable,
    /// What is stored of it cannot be right; a person has to look.
    #[error("the room is damaged")]
    Damaged,
    /// The server is stopping and opens no more rooms.
    #[error("the server is stopping")]
    Stopping,
}

/// Every room open on this node. Cheap to clone.
#[derive(Clone)]
pub struct Rooms {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) log: Arc<dyn RoomLog>,
    pub(super) bus: Arc<dyn Bus>,
    clock: Arc<dyn Clock>,
    threads: Threads,
    idle_timeout: Duration,
    loading: Semaphore,
    open: Mutex<Open>,
}

#[derive(Default)]
pub(super) struct Open {
    pub(super) slots: BTreeMap<RoomId, Arc<Slot>>,
    stopping: bool,
}

/// The one place of a room. Whoever holds it keeps the room in memory.
pub(super) struct Slot {
    phase: Arc<SetOnce<Phase>>,
    pub(super) budget: Arc<Semaphore>,
    /// One more than the furthest position the room knows of in its log; 0 before it has read it.
    pub(super) head: AtomicU64,
    pub(super) generation: AtomicU64,
}

/// What a room asks for what it needs.
pub(super) struct Ports {
    pub(super) log: Arc<dyn RoomLog>,
    pub(super) bus: Arc<dyn Bus>,
    pub(super) clock: Arc<dyn Clock>,
}

/// What has come of opening a room. Not known while it loads.
#[derive(Clone)]
pub(super) enum Phase {
    Live(Addr<RoomActor>),
    Failed(OpenError),
}

/// Opens a room. Those who wait for it are told, even if it panics or never runs.
struct Opening(Arc<SetOnce<Phase>>);

/// A room's own hold on its slot; gives it up when the room ends, however it ends.
pub(super) struct Registration {
    room: RoomId,
    slot: Arc<Slot>,
    shared: Arc<Shared>,
}

impl Rooms {
    /// Rooms live on the given threads, and leave memory when nobody has used them for `idle_timeout`.
    pub fn new(
        log: Arc<dyn RoomLog>,
        bus: Arc<dyn Bus>,
        clock: Arc<dyn Clock>,
        threads: Threads,
        idle_timeout: Duration,
    ) -> Self {
        let (loading, open) = (Semaphore::new(MAX_LOADING), Mutex::default());
        Self { shared: Arc::new(Shared { log, bus, clock, threads, idle_timeout, loading, open }) }
    }

    /// The handle of a room, opened from its log if it is not open.
    ///
    /// # Errors
    ///
    /// [`OpenError`]; a failed load is never an empty room.
    pub async fn open(&self, room: RoomId) -> Result<RoomHandle, OpenError> {
        for _ in 0..MAX_REOPENS {
            let slot = self.slot_of(room)?;
            match slot.phase.wait().await.clone() {
                Phase::Live(address) if address.connected() => return Ok(RoomHandle::new(address, slot)),
                Phase::Failed(error) => return Err(error),
                // It stopped while we waited for it.
                Phase::Live(_) => self.shared.remove(room, &slot),
            }
        }
        Err(OpenError::Unavailable)
    }

    /// Closes every session of a room with a code and ends the room, if it is open.
    pub async fn close(&self, room: RoomId, code: CloseCode) {
        let slot = self.shared.lock().slots.get(&room).cloned();
        let Some(slot) = slot else { return };
        if let Phase::Live(address) = slot.phase.wait().await
            && address.send(Close(code)).await.is_err()
        {
            tracing::debug!(room.id = %room, "the room had stopped by itself, and closed its sessions");
        }
    }

    /// Ends every room and opens no more. Sessions are closed with a code that brings them back. A
    /// room that does not end within 5 s is left to itself.
    pub async fn stop(&self) {
        let rooms: Vec<RoomId> = {
            let mut open = self.shared.lock();
            open.stopping = true;
            open.slots.keys().copied().collect()
        };
        let ended = join_all(rooms.into_iter().map(|room| self.close(room, CloseCode::Unavailable)));
        if tokio::time::timeout(STOP_TIMEOUT, ended).await.is_err() {
            tracing::warn!(rooms = self.count(), "stopped before every room had ended");
        }
    }

    /// Rooms in memory, those that are loading included.
    pub fn count(&self) -> usize {
        self.shared.lock().slots.len()
    }

    fn slot_of(&self, room: RoomId) -> Result<Arc<Slot>, OpenError> {
        let mut open = self.shared.lock();
        if open.stopping {
            return Err(OpenError::Stopping);
        }
        if let Some(slot) = open.slots.get(&room) {
            return Ok(Arc::clone(slot));
        }
        let opening = Opening(Arc::default());
        let slot = Arc::new(Slot {
            phase: Arc::clone(&opening.0),
            budget: Arc::new(Semaphore::new(ROOM_BUDGET_UNITS as usize)),
            head: AtomicU64::new(0),
            generation: AtomicU64::new(0),
        });
        open.slots.insert(room, Arc::clone(&slot));
        metrics::gauge!("gala_rooms").set(open.slots.len() as f64);
        drop(open);
        // Before it is loaded, so that nothing committed after that goes unheard.
        self.shared.bus.enter(room);
        let registration = Registration { room, slot: Arc::clone(&slot), shared: Arc::clone(&self.shared) };
        let thread = self.shared.thread_of(room);
        let loading = async move {
            let phase = match load(&registration).await {
                Ok(state) => Phase::Live(registration.start(state)),
                Err(error) => {
                    registration.remove();
                    Phase::Failed(error)
                }
            };
            opening.ends(phase);
        };
        if !thread.is_some_and(|thread| thread.spawn(loading)) {
            self.shared.remove(room, &slot);
            return Err(OpenError::Stopping);
        }
        Ok(slot)
    }
}

async fn load(registration: &Registration) -> Result<RoomState, OpenError> {
    let Registration { room, shared, .. } = registration;
    let _turn = shared.loading.acquire().await.map_err(|_closed| OpenError::Stopping)?;
    let stored = shared.log.load(*room).await.map_err(|error| open_error(*room, error))?;
    let (generation, head) = (stored.generation, stored.head);
    let document = Document::stored(stored).map_err(|error| {
        tracing::error!(room.id = %room, error = &error as &dyn std::error::Error, "room cannot be opened");
        OpenError::Damaged
    })?;
    let opening = RandomState::new().hash_one(room) as u32;
    registration.slot.generation.store(generation, Ordering::Release);
    registration.knows(head);
    Ok(RoomState::new(generation, opening, head, document))
}

fn open_error(room: RoomId, error: LogError) -> OpenError {
    match error {
        LogError::Gone | LogError::Erased => OpenError::NotFound,
        LogError::Unavailable(_) | LogError::Rewound => {
            tracing::warn!(room.id = %room, error = &error as &dyn std::error::Error, "room cannot be opened");
            OpenError::Unavailable
        }
        LogError::Corrupt(_) => {
            tracing::error!(room.id = %room, error = &error as &dyn std::error::Error, "room cannot be opened");
            OpenError::Damaged
        }
    }
}

impl Shared {
    /// Nothing panics while the lock is held that could leave the map half-changed.
    pub(super) fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None` before the first thread is there.
    fn thread_of(&self, room: RoomId) -> Option<ArbiterHandle> {
        let mut hasher = DefaultHasher::new();
        room.hash(&mut hasher);
        self.threads.pick(hasher.finish())
    }

    fn remove(&self, room: RoomId, slot: &Arc<Slot>) {
        let mut open = self.lock();
        if open.slots.get(&room).is_some_and(|present| Arc::ptr_eq(present, slot)) {
            open.slots.remove(&room);
        }
        metrics::gauge!("gala_rooms").set(open.slots.len() as f64);
    }
}

impl Registration {
    fn start(self, state: RoomState) -> Addr<RoomActor> {
        RoomActor::new(state, self).start()
    }

    pub(super) fn room(&self) -> RoomId {
        self.room
    }

    /// What the room asks for what it needs.
    pub(super) fn ports(&self) -> Ports {
        let Shared { log, bus, clock, .. } = &*self.shared;
        Ports { log: Arc::clone(log), bus: Arc::clone(bus), clock: Arc::clone(clock) }
    }

    /// The room knows that its log reaches this far.
    pub(super) fn knows(&self, head: Seq) {
        self.slot.head.store(head + 1, Ordering::Release);
    }

    pub(super) fn idle_timeout(&self) -> Duration {
        self.shared.idle_timeout
    }

    /// Gives up the slot unless somebody holds or waits for the room; answers whether it did.
    pub(super) fn release(&self) -> bool {
        let mut open = self.shared.lock();
        // The map and this registration hold it; every handle and everyone who waits holds it, too.
        let unused = Arc::strong_count(&self.slot) == 2;
        if unused {
            open.slots.remove(&self.room);
            metrics::gauge!("gala_rooms").set(open.slots.len() as f64);
        }
        unused
    }

    /// Gives up the slot: the next one to open the room starts it anew.
    pub(super) fn remove(&self) {
        self.shared.remove(self.room, &self.slot);
    }
}

impl Opening {
    /// The first end is the one that counts.
    fn ends(&self, phase: Phase) {
        self.0.set(phase).ok();
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        self.ends(Phase::Failed(OpenError::Unavailable));
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.remove();
        self.shared.bus.leave(self.room);
    }
}

impl Slot {
    /// Where the room is reached, if it is open.
    pub(super) fn address(&self) -> Option<&Addr<RoomActor>> {
        match self.phase.get()? {
            Phase::Live(address) => Some(address),
            Phase::Failed(_) => None,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use bytes::Bytes;
    use futures_util::future::BoxFuture;
    use protocol::{nodes::Head, rooms::RoomKind};

    use super::*;
    use crate::{
        bus::Alone,
        clock::SystemClock,
        room::log::{Append, Since, Snapshot, Stored},
    };

    /// A log that answers as often as it is given permits. Every room in it is empty.
    #[derive(Clone)]
    pub(in crate::room) struct HeldLog(pub(in crate::room) Arc<Semaphore>);

    impl HeldLog {
        pub(in crate::room) fn new(answers: usize) -> Self {
            Self(Arc::new(Semaphore::new(answers)))
        }

        pub(in crate::room) fn rooms(&self) -> Rooms {
            let log = Arc::new(self.clone());
            let threads = Threads::default();
            threads.join();
            Rooms::new(log, Arc::new(Alone), Arc::new(SystemClock), threads, Duration::from_secs(600))
        }

        fn answer<T: Send + 'static>(&self, answer: T) -> BoxFuture<'static, Result<T, LogError>> {
            let permits = Arc::clone(&self.0);
            Box::pin(async move {
                permits.acquire().await.unwrap().forget();
                Ok(answer)
            })
        }
    }

    impl RoomLog for HeldLog {
        fn load(&self, _: RoomId) -> BoxFuture<'static, Result<Stored, LogError>> {
            self.answer(Stored {
                kind: RoomKind::Page,
                generation: 1,
                head: 0,
                snapshot: None,
                tail: vec![],
                left_out: vec![],
                erased: Bytes::new(),
            })
        }

        fn append(&self, _: Append) -> BoxFuture<'static, Result<Seq, LogError>> {
            self.answer(1)
        }

        fn read_after(&self, _: RoomId, after: Seq) -> BoxFuture<'static, Result<Since, LogError>> {
            self.answer(Since { generation: 1, head: after, commits: Vec::new() })
        }

        fn heads(&self, _: Vec<RoomId>) -> BoxFuture<'static, Result<Vec<Head>, LogError>> {
            self.answer(Vec::new())
        }

        fn compact(&self, _: RoomId) -> BoxFuture<'static, Result<Option<Snapshot>, LogError>> {
            self.answer(None)
        }
    }

    #[actix::test]
    async fn a_room_that_does_not_end_holds_up_neither_the_others_nor_the_end() {
        tokio::time::pause();
        let rooms = HeldLog::new(1).rooms();
        let sound = rooms.open(RoomId::new()).await.unwrap();
        let stuck = [rooms.slot_of(RoomId::new()).unwrap(), rooms.slot_of(RoomId::new()).unwrap()];
        let before = tokio::time::Instant::now();

        rooms.stop().await;

        assert_eq!(before.elapsed().as_secs(), STOP_TIMEOUT.as_secs());
        assert_eq!(rooms.count(), stuck.len());
        assert!(sound.read().await.is_err(), "it has ended");
    }
}
