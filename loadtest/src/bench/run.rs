//! What a run came to, the same for every scenario and every server.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{crowd::Crowd, joiner, machine};
use crate::{
    failure::Failure,
    latencies::Percentiles,
    target::{Dialect, Kind, Target, Usage},
};

/// The share of its core above which the load generator may have been what was slow.
const MAX_OWN_SHARE: f64 = 0.9;
/// Deliveries CPU is divided by.
const PER: f64 = 100_000.0;
pub(crate) const MIB: f64 = 1024.0 * 1024.0;
/// Figures of Gala's runs that say what its database had to do.
pub(crate) const UPDATES_PER_COMMIT: &str = "updates_per_commit";
pub(crate) const DATABASE_CPU: &str = "database_cpu_s";

/// One scenario against one server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) scenario: String,
    pub(crate) target: Kind,
    pub(crate) dialect: Dialect,
    /// What was asked for, by the name of the option.
    pub(crate) parameters: BTreeMap<String, Value>,
    /// Length of the span that was measured.
    pub(crate) seconds: f64,
    /// Edits told to others than their writers in that span.
    pub(crate) delivered: u64,
    pub(crate) delivered_per_s: f64,
    /// What the server used in that span, its database included.
    pub(crate) server_cpu_s: f64,
    /// CPU seconds of the server for 100,000 deliveries.
    pub(crate) cpu_per_100k: f64,
    /// How long deliveries took, from the moment an edit was handed to the socket.
    pub(crate) latency: Latency,
    /// How long acknowledgements took, where there are some.
    pub(crate) acknowledgement: Option<Latency>,
    pub(crate) resident_mib_before: f64,
    pub(crate) resident_mib_after: f64,
    /// What the load generator used of its own core.
    pub(crate) own_cpu_share: f64,
    /// Whether the load generator may have been what was slow.
    pub(crate) own_bottleneck: bool,
    /// Whether whoever enters a room afterwards is given what its writers have written.
    pub(crate) converged: bool,
    /// Deliveries that were owed and never came.
    pub(crate) lost: u64,
    /// Letters that were told to somebody more than once.
    pub(crate) doubled: u64,
    /// What only this scenario measures, by name with its unit.
    pub(crate) figures: BTreeMap<String, Value>,
    /// What must not be; nothing if all was well.
    pub(crate) wrong: Vec<String>,
}

/// Percentiles in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Latency {
    pub(crate) count: usize,
    pub(crate) p50_ms: f64,
    pub(crate) p90_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) max_ms: f64,
}

impl Latency {
    /// Of these times in microseconds, which are left empty.
    pub(crate) fn of(micros: &mut Vec<u32>) -> Self {
        let Percentiles { count, p50_ms, p90_ms, p99_ms, max_ms } = Percentiles::of(std::mem::take(micros));
        Self { count, p50_ms, p90_ms, p99_ms, max_ms }
    }
}

/// A span of time in which server and load generator are watched.
pub(crate) struct Watch {
    began: Instant,
    server: Usage,
    own: Duration,
    delivered: u64,
    frames: u64,
}

/// What a span came to.
pub(crate) struct Seen {
    pub(crate) seconds: f64,
    pub(crate) delivered: u64,
    pub(crate) frames: u64,
    pub(crate) server_cpu_s: f64,
    /// The part of it that its database used, where that is a program of its own.
    pub(crate) database_cpu_s: f64,
    pub(crate) own_cpu_s: f64,
    pub(crate) resident_bytes: u64,
}

impl Watch {
    /// Begins; edits that are written from now on are measured.
    ///
    /// # Errors
    ///
    /// [`Failure`] if the server does not run.
    pub(crate) fn begin(target: &Target, crowd: &Crowd) -> Result<Self, Failure> {
        let (server, own) = (target.usage()?, machine::own_cpu()?);
        crowd.begin_span();
        let (delivered, frames) = (crowd.delivered.get(), crowd.frames.get());
        Ok(Self { began: Instant::now(), server, own, delivered, frames })
    }

    /// What has happened so far.
    ///
    /// # Errors
    ///
    /// [`Failure`] if the server does not run any more.
    pub(crate) fn look(&self, target: &Target, crowd: &Crowd) -> Result<Seen, Failure> {
        let seconds = self.began.elapsed().as_secs_f64();
        let (delivered, frames) = (crowd.delivered.get() - self.delivered, crowd.frames.get() - self.frames);
        let own = machine::own_cpu()?.saturating_sub(self.own);
        let server = target.usage()?;
        let cpu = |usage: &Usage| usage.cpu + usage.database_cpu;
        Ok(Seen {
            seconds,
            delivered,
            frames,
            server_cpu_s: cpu(&server).saturating_sub(cpu(&self.server)).as_secs_f64(),
            database_cpu_s: server.database_cpu.saturating_sub(self.server.database_cpu).as_secs_f64(),
            own_cpu_s: own.as_secs_f64(),
            resident_bytes: server.resident_bytes,
        })
    }

    pub(crate) fn resident_bytes_before(&self) -> u64 {
        self.server.resident_bytes
    }
}

impl Seen {
    /// Deliveries a second.
    pub(crate) fn rate(&self) -> f64 {
        per(self.delivered as f64, self.seconds)
    }

    /// CPU seconds of the server for 100,000 of these.
    pub(crate) fn cpu_per_100k(&self, deliveries: u64) -> f64 {
        per(self.server_cpu_s * PER, deliveries as f64)
    }
}

impl Run {
    /// What a span came to; the crowd's measurements are taken from it.
    pub(crate) fn of(scenario: &str, target: &Target, crowd: &Crowd, watch: &Watch, seen: &Seen) -> Self {
        let acknowledgement = Latency::of(&mut crowd.acknowledgements.borrow_mut());
        let mut run = Self {
            latency: Latency::of(&mut crowd.latencies.borrow_mut()),
            acknowledgement: (acknowledgement.count > 0).then_some(acknowledgement),
            ..Self::without_latencies(scenario, (target.kind(), crowd.dialect), watch.resident_bytes_before(), seen)
        };
        run.figure("frames", seen.frames);
        if seen.database_cpu_s > 0.0 {
            run.figure(DATABASE_CPU, seen.database_cpu_s);
        }
        run
    }

    /// What a span came to in which no latencies were measured.
    pub(crate) fn without_latencies(
        scenario: &str,
        (target, dialect): (Kind, Dialect),
        resident_bytes_before: u64,
        seen: &Seen,
    ) -> Self {
        let own_cpu_share = per(seen.own_cpu_s, seen.seconds);
        Self {
            scenario: scenario.to_owned(),
            target,
            dialect,
            parameters: BTreeMap::new(),
            seconds: seen.seconds,
            delivered: seen.delivered,
            delivered_per_s: seen.rate(),
            server_cpu_s: seen.server_cpu_s,
            cpu_per_100k: seen.cpu_per_100k(seen.delivered),
            latency: Latency::default(),
            acknowledgement: None,
            resident_mib_before: resident_bytes_before as f64 / MIB,
            resident_mib_after: seen.resident_bytes as f64 / MIB,
            own_cpu_share,
            own_bottleneck: own_cpu_share > MAX_OWN_SHARE,
            converged: false,
            lost: 0,
            doubled: 0,
            figures: BTreeMap::new(),
            wrong: Vec::new(),
        }
    }

    pub(crate) fn parameter(&mut self, name: &str, value: impl Into<Value>) {
        self.parameters.insert(name.to_owned(), value.into());
    }

    pub(crate) fn figure(&mut self, name: &str, value: impl Into<Value>) {
        self.figures.insert(name.to_owned(), value.into());
    }

    /// Says that something is wrong if it is not so.
    pub(crate) fn require(&mut self, is_so: bool, otherwise: impl FnOnce() -> String) {
        if !is_so {
            self.wrong.push(otherwise());
        }
    }

    pub(crate) fn is_good(&self) -> bool {
        self.wrong.is_empty()
    }

    /// Waits until everything has been told, and looks for what has not, at everybody and at whoever
    /// enters the rooms now.
    ///
    /// # Errors
    ///
    /// [`Failure`] if a room cannot be entered.
    pub(crate) async fn conclude(&mut self, target: &Target, crowd: &Crowd) -> Result<(), Failure> {
        crowd.settle().await;
        if let Some(updates) = target.updates_per_commit().await? {
            self.figure(UPDATES_PER_COMMIT, updates);
        }
        self.lost = crowd.owed().saturating_sub(crowd.delivered.get());
        self.doubled = crowd.doubled();
        let keeps = target.kind().keeps_documents();
        let different = if keeps { joiner::look_at_rooms(target, crowd).await? } else { Vec::new() };
        self.converged = self.lost == 0 && different.is_empty();
        let (lost, refused) = (self.lost, crowd.refused.get());
        self.require(lost == 0, || format!("{lost} deliveries are lost"));
        self.require(refused == 0, || format!("{refused} edits were refused"));
        self.wrong.extend(different);
        self.wrong.extend(crowd.ended.borrow().iter().cloned());
        Ok(())
    }
}

/// A share; zero of nothing.
pub(crate) fn per(amount: f64, of: f64) -> f64 {
    if of > 0.0 { amount / of } else { 0.0 }
}
