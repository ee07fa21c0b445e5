//! Group commit: appends of all rooms, many to a transaction.
//!
//! A lane commits one batch at a time and gathers the next one meanwhile: the busier, the larger
//! the batches. A room always uses the same lane, which keeps its appends in order.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actors::{
    clock::Clock,
    room::log::{Append, LogError},
};
use protocol::{ids::RoomId, rooms::Seq};
use tokio::sync::{mpsc, oneshot};

use super::{
    batch::Order,
    database::Database,
    error::{Silence, StoreError},
    lane::{Lane, UNSAVED},
};

/// Orders that wait at one lane; more wait at the door, in their order.
const MAX_WAITING_ORDERS: usize = 4096;
/// How long somebody who reads waits for the appends before him.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(5);

/// Where appends are handed over.
pub(super) struct Committer {
    lanes: Vec<Door>,
}

/// The door of a lane.
struct Door {
    orders: mpsc::Sender<Order>,
    is_failing: Arc<AtomicBool>,
}

impl Committer {
    /// Starts a lane on each of these databases, on the runtime this is called on. A lane ends
    /// when this is dropped and everything handed over to it is settled.
    pub(super) fn start(databases: Vec<Database>, clock: &Arc<dyn Clock>) -> Self {
        let lanes = databases.into_iter().map(|database| {
            let (orders, waiting) = mpsc::channel(MAX_WAITING_ORDERS);
            let lane = Lane::new(database, Arc::clone(clock), waiting);
            let is_failing = lane.is_failing();
            tokio::spawn(lane.run());
            Door { orders, is_failing }
        });
        Self { lanes: lanes.collect() }
    }

    /// Appends; answers once the updates are durable. Appends of one room are written in the order
    /// in which their futures were first polled.
    pub(super) async fn append(&self, append: Append) -> Result<Seq, LogError> {
        let updates = append.entries.len() as f64;
        let (answer, answered) = oneshot::channel();
        self.lane(append.room).order(Order::Append(append, answer)).await?;
        metrics::gauge!(UNSAVED).increment(updates);
        answered.await.unwrap_or_else(|_lane_ended| Err(StoreError::from(Silence::Stopping).into()))
    }

    /// Waits until everything appended to this room before is settled.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] if that takes longer than a few seconds.
    pub(super) async fn settle(&self, room: RoomId) -> Result<(), StoreError> {
        self.lane(room).settle(SETTLE_TIMEOUT).await
    }

    /// Waits until everything appended before is settled, for as long as `timeout`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] if it takes longer.
    pub(super) async fn settle_all(&self, timeout: Duration) -> Result<(), StoreError> {
        let lanes = self.lanes.iter().map(|lane| lane.settle(timeout));
        futures_util::future::try_join_all(lanes).await.map(drop)
    }

    /// Whether the database has taken what it was last given.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] while a lane tries again and again.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        if self.lanes.iter().any(|lane| lane.is_failing.load(Ordering::Relaxed)) {
            return Err(Silence::Unsettled.into());
        }
        Ok(())
    }

    fn lane(&self, room: RoomId) -> &Door {
        // The low bits of a UUIDv7 are random (RFC 9562 §5.7).
        let lane = room.as_uuid().as_u128() % self.lanes.len() as u128;
        &self.lanes[lane as usize]
    }
}

impl Door {
    async fn order(&self, order: Order) -> Result<(), StoreError> {
        Ok(self.orders.send(order).await.map_err(|_lane_ended| Silence::Stopping)?)
    }

    async fn settle(&self, timeout: Duration) -> Result<(), StoreError> {
        let (settled, wait) = oneshot::channel();
        let settle = async {
            self.order(Order::Settle(settled)).await?;
            wait.await.map_err(|_lane_ended| Silence::Stopping.into())
        };
        tokio::time::timeout(timeout, settle).await.unwrap_or_else(|_elapsed| Err(Silence::Unsettled.into()))
    }
}
