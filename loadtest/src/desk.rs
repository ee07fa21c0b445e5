//! What everybody who types shares: who they are, the ledger, and the measurements.

use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

use crate::{latencies::Latencies, ledger::Ledger, token::Token};

pub(crate) struct Desk {
    /// The `Cookie` header of everybody.
    pub(crate) cookie: String,
    pub(crate) ledger: Ledger,
    /// How long to wait for an acknowledgement before a connection is taken for dead.
    pub(crate) patience: Duration,
    typed: AtomicU64,
    acknowledged: AtomicU64,
    measured: Mutex<Measured>,
}

#[derive(Default)]
struct Measured {
    phase: &'static str,
    /// From typing a token to its acknowledgement.
    saved: Latencies,
    /// From typing a token to its sight somewhere else.
    seen: Latencies,
    /// Tokens that nobody has seen yet, when sights are measured.
    unseen: Option<HashMap<Token, (Instant, &'static str)>>,
    /// When somebody came back, and how long it took until they were in step again.
    returns: Vec<(Instant, Duration)>,
    /// When a connection was made.
    connections: Vec<Instant>,
}

impl Desk {
    pub(crate) fn new(cookie: String, ledger: Ledger, patience: Duration) -> Self {
        let (typed, acknowledged, measured) = (AtomicU64::new(0), AtomicU64::new(0), Mutex::default());
        Self { cookie, ledger, patience, typed, acknowledged, measured }
    }

    /// From now on it is also measured when tokens are seen elsewhere.
    pub(crate) fn watch_sights(&self) {
        self.measured().unseen.get_or_insert_default();
    }

    /// What is measured from now on belongs to this phase.
    pub(crate) fn enter(&self, phase: &'static str) {
        self.measured().phase = phase;
    }

    /// Takes note of a token; answers with what is to be said when it is saved.
    pub(crate) fn typed(&self, token: Token) -> (Instant, &'static str) {
        self.typed.fetch_add(1, Ordering::Relaxed);
        let mut measured = self.measured();
        let typed = (Instant::now(), measured.phase);
        if let Some(unseen) = &mut measured.unseen {
            unseen.insert(token, typed);
        }
        typed
    }

    /// A token is acknowledged.
    pub(crate) fn saved(&self, room: &str, token: Token, (typed_at, phase): (Instant, &'static str)) {
        self.acknowledged.fetch_add(1, Ordering::Relaxed);
        self.ledger.saved(room, token);
        self.measured().saved.add(phase, typed_at.elapsed());
    }

    /// A token is seen somewhere else.
    pub(crate) fn seen(&self, token: Token) {
        let mut measured = self.measured();
        let unseen = measured.unseen.as_mut().and_then(|unseen| unseen.remove(&token));
        if let Some((typed_at, phase)) = unseen {
            measured.seen.add(phase, typed_at.elapsed());
        }
    }

    pub(crate) fn connected(&self) {
        self.measured().connections.push(Instant::now());
    }

    /// Somebody is in step again who had lost their connection then.
    pub(crate) fn returned(&self, lost_at: Instant) {
        self.measured().returns.push((Instant::now(), lost_at.elapsed()));
    }

    pub(crate) fn typed_tokens(&self) -> u64 {
        self.typed.load(Ordering::Relaxed)
    }

    pub(crate) fn acknowledged_tokens(&self) -> u64 {
        self.acknowledged.load(Ordering::Relaxed)
    }

    /// Tokens nobody has seen elsewhere.
    pub(crate) fn unseen(&self) -> usize {
        self.measured().unseen.as_ref().map_or(0, HashMap::len)
    }

    /// From typing to the acknowledgement, by phase.
    pub(crate) fn time_to_saved(&self) -> impl serde::Serialize {
        self.measured().saved.percentiles()
    }

    /// From typing to the sight elsewhere, by phase.
    pub(crate) fn time_to_seen(&self) -> impl serde::Serialize {
        self.measured().seen.percentiles()
    }

    /// When somebody was in step again, and how long they had not been.
    pub(crate) fn returns(&self) -> Vec<(Instant, Duration)> {
        self.measured().returns.clone()
    }

    /// When connections were made.
    pub(crate) fn connections(&self) -> Vec<Instant> {
        self.measured().connections.clone()
    }

    fn measured(&self) -> MutexGuard<'_, Measured> {
        self.measured.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
