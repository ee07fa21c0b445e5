//! A node's way to write: one batch after the other, each until its outcome is known, as the lanes of
//! `server/src/store/lane.rs` do it.

use std::{
    collections::BTreeMap,
    mem,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use actix::spawn;
use actors::room::log::{Append, LogError};
use protocol::{ids::RoomId, rooms::Seq};
use tokio::{
    sync::{mpsc, oneshot},
    time::sleep,
};

use super::{
    database::{Database, Outcome},
    fate::Fate,
    life::Life,
    plan,
    table::Segment,
};

/// How long to wait before a batch is tried again.
const PAUSE: Duration = Duration::from_millis(20);
/// Appends in one batch.
const MAX_APPENDS: usize = 8;

pub(super) type Answer = oneshot::Sender<Result<Seq, LogError>>;

pub(super) enum Order {
    Append(Append, Answer),
    Settle(oneshot::Sender<()>),
}

/// Takes orders and carries them out, in their order.
pub(super) struct Committer {
    pub(super) life: Life,
    pub(super) database: Database,
    pub(super) fate: Fate,
    pub(super) plan: plan::Database,
}

/// The orders of one transaction.
#[derive(Default)]
struct Batch {
    segments: BTreeMap<RoomId, Segment>,
    /// Who waits for the update at this place of the room's segment.
    answers: Vec<(RoomId, u64, Answer)>,
    settled: Vec<oneshot::Sender<()>>,
}

impl Committer {
    /// Where to hand over orders. It works until its node dies.
    pub(super) fn start(self) -> mpsc::UnboundedSender<Order> {
        let (orders, waiting) = mpsc::unbounded_channel();
        let life = self.life.clone();
        spawn(async move {
            tokio::select! {
                biased;
                () = life.death() => (),
                () = self.work(waiting) => (),
            }
        });
        orders
    }

    async fn work(self, mut orders: mpsc::UnboundedReceiver<Order>) {
        while let Some(first) = orders.recv().await {
            let mut batch = Batch::default();
            batch.take(first);
            while batch.answers.len() < MAX_APPENDS
                && let Ok(next) = orders.try_recv()
            {
                batch.take(next);
            }
            self.commit(batch).await;
        }
    }

    async fn commit(&self, mut batch: Batch) {
        let segments: Arc<[Segment]> = mem::take(&mut batch.segments).into_values().collect();
        let outcomes = loop {
            if segments.is_empty() {
                break Vec::new();
            }
            match self.attempt(&segments).await {
                Some(outcomes) => break outcomes,
                None => sleep(PAUSE).await,
            }
        };
        let outcomes: BTreeMap<RoomId, Outcome> = segments.iter().map(|segment| segment.room).zip(outcomes).collect();
        for (room, offset, answer) in batch.answers {
            // Whoever has gone does not want to know.
            let outcome = match outcomes[&room] {
                Outcome::Committed(first) => Ok(first + offset),
                Outcome::Gone => Err(LogError::Gone),
                Outcome::Rewound => Err(LogError::Rewound),
            };
            answer.send(outcome).ok();
        }
        for settled in batch.settled {
            settled.send(()).ok();
        }
    }

    /// `None` when it is not known what became of it.
    async fn attempt(&self, segments: &Arc<[Segment]>) -> Option<Vec<Outcome>> {
        self.life.passage().await;
        if self.fate.strikes(self.plan.fails) {
            sleep(self.latency()).await;
            return None;
        }
        let (tell, told) = oneshot::channel();
        let (life, database, fate) = (self.life.clone(), self.database.clone(), self.fate.clone());
        let (segments, latency) = (Arc::clone(segments), self.latency());
        // It is on its way now: it may arrive even if its node has died.
        spawn(async move {
            sleep(latency).await;
            if life.is_dead() && fate.coin() {
                return;
            }
            drop(tell.send(database.commit(&segments)));
        });
        let outcomes = told.await.ok()??;
        if self.fate.strikes(self.plan.kills) {
            self.fate.note(|| "a node dies between a commit and its answer".to_owned());
            self.life.end();
        }
        sleep(self.latency()).await;
        self.life.passage().await;
        (!self.fate.strikes(self.plan.falls_silent)).then_some(outcomes)
    }

    fn latency(&self) -> Duration {
        self.fate.millis(0..self.plan.slow_ms + 1)
    }
}

impl Batch {
    fn take(&mut self, order: Order) {
        static SEGMENTS: AtomicU64 = AtomicU64::new(0);
        let (append, answer) = match order {
            Order::Settle(settled) => return self.settled.push(settled),
            Order::Append(append, answer) => (append, answer),
        };
        let Append { room, generation, known, entries, title } = append;
        let segment = self.segments.entry(room).or_insert_with(|| {
            let number = SEGMENTS.fetch_add(1, Ordering::Relaxed);
            Segment { number, room, generation, known, title: None, entries: Vec::new() }
        });
        self.answers.push((room, segment.entries.len() as u64, answer));
        segment.known = segment.known.max(known);
        segment.entries.extend(entries);
        segment.title = title.or(segment.title.take());
    }
}
