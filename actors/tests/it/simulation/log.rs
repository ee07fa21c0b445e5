//! The log as one node reaches it: over a network, by its own committer.

use std::time::Duration;

use actors::room::{
    compact,
    log::{Append, LogError, RoomLog, Since, Snapshot, Stored},
};
use futures_util::future::BoxFuture;
use protocol::{ids::RoomId, nodes::Head, rooms::Seq};
use tokio::{
    sync::{mpsc, oneshot},
    time::{sleep, timeout},
};

use super::{
    committer::{Committer, Order},
    database::Database,
    fate::Fate,
    life::Life,
    plan,
};

/// How long somebody who reads waits for the appends before him.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(5);

/// A clone is the same one.
#[derive(Clone)]
pub(super) struct NodeLog {
    life: Life,
    database: Database,
    fate: Fate,
    plan: plan::Database,
    orders: mpsc::UnboundedSender<Order>,
}

impl NodeLog {
    pub(super) fn new(life: &Life, database: &Database, fate: &Fate, plan: &plan::Database) -> Self {
        let (life, database, fate, plan) = (life.clone(), database.clone(), fate.clone(), plan.clone());
        let committer =
            Committer { life: life.clone(), database: database.clone(), fate: fate.clone(), plan: plan.clone() };
        Self { life, database, fate, plan, orders: committer.start() }
    }

    /// Asks the database, which may fail to answer.
    async fn ask<T>(&self, ask: impl FnOnce(&Database) -> Result<T, LogError>) -> Result<T, LogError> {
        self.travel().await;
        let answer = ask(&self.database);
        self.travel().await;
        if self.fate.strikes(self.plan.fails) { Err(unavailable()) } else { answer }
    }

    async fn travel(&self) {
        self.life.passage().await;
        sleep(self.fate.millis(0..self.plan.slow_ms + 1)).await;
        self.life.passage().await;
    }

    async fn settle(&self) -> Result<(), LogError> {
        let (settled, wait) = oneshot::channel();
        drop(self.orders.send(Order::Settle(settled)));
        timeout(SETTLE_TIMEOUT, wait).await.map_err(|_elapsed| unavailable())?.map_err(|_dead| unavailable())
    }

    async fn make_snapshot(&self, room: RoomId) -> Result<Option<Snapshot>, LogError> {
        let Some(lease) = self.ask(|database| Ok(database.lease(room))).await? else { return Ok(None) };
        let stored = self.ask(|database| database.load(room)).await?;
        let made = compact(&stored).map_err(|error| LogError::Corrupt(error.into()))?;
        let Some(snapshot) = made else { return Ok(None) };
        let written = snapshot.clone();
        let is_written = self.ask(|database| Ok(database.write_snapshot(room, lease, written))).await?;
        Ok(is_written.then_some(snapshot))
    }
}

impl RoomLog for NodeLog {
    fn load(&self, room: RoomId) -> BoxFuture<'static, Result<Stored, LogError>> {
        let log = self.clone();
        Box::pin(async move {
            log.settle().await?;
            log.ask(|database| database.load(room)).await
        })
    }

    fn append(&self, append: Append) -> BoxFuture<'static, Result<Seq, LogError>> {
        let log = self.clone();
        Box::pin(async move {
            let (answer, answered) = oneshot::channel();
            drop(log.orders.send(Order::Append(append, answer)));
            match answered.await {
                Ok(answer) => answer,
                Err(_dead) => std::future::pending().await,
            }
        })
    }

    fn read_after(&self, room: RoomId, after: Seq) -> BoxFuture<'static, Result<Since, LogError>> {
        let log = self.clone();
        Box::pin(async move { log.ask(|database| database.read_after(room, after)).await })
    }

    fn heads(&self, rooms: Vec<RoomId>) -> BoxFuture<'static, Result<Vec<Head>, LogError>> {
        let log = self.clone();
        Box::pin(async move { log.ask(|database| Ok(database.heads(&rooms))).await })
    }

    fn compact(&self, room: RoomId) -> BoxFuture<'static, Result<Option<Snapshot>, LogError>> {
        let log = self.clone();
        Box::pin(async move { log.make_snapshot(room).await })
    }
}

fn unavailable() -> LogError {
    LogError::Unavailable("the database does not answer".into())
}
