//! Leases: what one node at a time may do, and the fence that holds off whoever only thinks it may.
//!
//! A lease ends by the clock of the database; no clock of a node is asked. It may end while its holder
//! is paused and another takes it over, so the lease alone allows nothing: whoever works under one runs
//! its [`Lease::fence`] in the transaction of the work, and commits only if that has written a row. The
//! fence holds the lease's row until the transaction ends: whoever wants to take it over waits, or has
//! taken it over before and the fence writes nothing.
//!
//! To add a duty: a variant of [`Duty`].

use std::{convert::Infallible, error::Error, time::Duration};

use protocol::ids::{NodeId, RoomId};
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use uuid::Uuid;

use super::{
    Store,
    database::Scope,
    error::StoreError,
    sql::{Statement, sql},
};

/// How long a lease lasts that is not renewed: what a node had when it died, another may do after it.
const LIFETIME: Duration = Duration::from_secs(30);
/// How often a lease is renewed while there is work under it.
const RENEW_EVERY: Duration = Duration::from_secs(10);

/// What is done by one node at a time, and to what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Duty {
    /// Writing the snapshots of a room and its history.
    Compaction(RoomId),
}

impl Duty {
    /// The duty as it is stored.
    const fn name(self) -> &'static str {
        match self {
            Self::Compaction(_) => "compaction",
        }
    }

    const fn subject(self) -> Uuid {
        match self {
            Self::Compaction(room) => room.as_uuid(),
        }
    }
}

/// A duty that a node has got, until another gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    duty: Duty,
    node: NodeId,
    epoch: u64,
}

impl Lease {
    /// What it allows.
    pub const fn duty(&self) -> Duty {
        self.duty
    }

    /// How many have got this duty so far, this node included.
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// To be run in the transaction of the work, before it: writes one row, or nothing when another
    /// node has got the duty. Then the work must not be committed.
    pub(super) fn fence(&self) -> Statement {
        self.bind(sql("UPDATE lease SET epoch = epoch WHERE subject = $1 AND duty = $2 AND node = $3 AND epoch = $4"))
    }

    fn bind(&self, statement: Statement) -> Statement {
        statement.bind(self.duty.subject()).bind(self.duty.name()).bind(self.node).bind(self.epoch)
    }
}

impl Store {
    /// Gets a duty for this node, for as long as `lifetime`; `None` while somebody has it, be it this
    /// node itself.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn lease(&self, duty: Duty, lifetime: Duration) -> Result<Option<Lease>, StoreError> {
        let get = sql("INSERT INTO lease (subject, duty, node, epoch, expires_at) \
                       VALUES ($1, $2, $3, 1, clock_timestamp() + CAST($4 AS BIGINT) * INTERVAL '1 microsecond') \
                       ON CONFLICT (subject, duty) DO UPDATE \
                       SET node = excluded.node, epoch = lease.epoch + 1, expires_at = excluded.expires_at \
                       WHERE lease.expires_at <= clock_timestamp() RETURNING epoch");
        let get = get.bind(duty.subject()).bind(duty.name()).bind(self.node).bind(micros(lifetime));
        let answers = self.database.write(Scope::Server).await?.commit_after(vec![get]).await?;
        let Some(row) = answers.first().and_then(|answer| answer.rows.first()) else { return Ok(None) };
        Ok(Some(Lease { duty, node: self.node, epoch: row.get(0)? }))
    }

    /// Lets a lease last for `lifetime` from now on; answers whether it is still this one that counts.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn renew(&self, lease: &Lease, lifetime: Duration) -> Result<bool, StoreError> {
        let renew =
            sql("UPDATE lease SET expires_at = clock_timestamp() + CAST($5 AS BIGINT) * INTERVAL '1 microsecond' \
                         WHERE subject = $1 AND duty = $2 AND node = $3 AND epoch = $4");
        let renewed = self.database.execute(Scope::Server, lease.bind(renew).bind(micros(lifetime))).await?;
        Ok(renewed == 1)
    }

    /// Leaves a duty to whoever wants it next.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says. The lease ends by itself then.
    pub async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        let release = sql("UPDATE lease SET expires_at = clock_timestamp() \
                           WHERE subject = $1 AND duty = $2 AND node = $3 AND epoch = $4");
        self.database.execute(Scope::Server, lease.bind(release)).await.map(drop)
    }

    /// Leaves every duty of this node to the others: to be called when it stops.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says. The leases end by themselves then.
    pub async fn release_all(&self) -> Result<(), StoreError> {
        let release = sql("UPDATE lease SET expires_at = clock_timestamp() \
                           WHERE node = $1 AND expires_at > clock_timestamp()");
        self.database.execute(Scope::Server, release.bind(self.node)).await.map(drop)
    }

    /// Does a duty, if this node gets it: `None` if another has it. The lease is renewed while the work
    /// lasts and released after it. What the work commits it has to fence.
    pub(super) async fn under_lease<T>(
        &self,
        duty: Duty,
        work: impl AsyncFnOnce(Lease) -> T,
    ) -> Result<Option<T>, StoreError> {
        let Some(lease) = self.lease(duty, LIFETIME).await? else { return Ok(None) };
        let done = tokio::select! {
            done = work(lease) => done,
            never = self.keep(&lease) => match never {},
        };
        if let Err(error) = self.release(&lease).await {
            tracing::debug!(error = &error as &dyn Error, "a lease is left to end by itself");
        }
        Ok(Some(done))
    }

    async fn keep(&self, lease: &Lease) -> Infallible {
        let mut tick = interval_at(Instant::now() + RENEW_EVERY, RENEW_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            if let Err(error) = self.renew(lease, LIFETIME).await {
                tracing::debug!(error = &error as &dyn Error, "a lease could not be renewed");
            }
        }
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
