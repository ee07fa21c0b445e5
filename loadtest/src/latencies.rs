//! How long things took, by the phase in which they began.

use std::{collections::BTreeMap, fmt, time::Duration};

use serde::Serialize;

/// Measurements of one kind.
#[derive(Debug, Default)]
pub(crate) struct Latencies(BTreeMap<&'static str, Vec<u32>>);

/// What measurements of one phase come to, in milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Percentiles {
    pub(crate) count: usize,
    pub(crate) p50_ms: f64,
    pub(crate) p90_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) max_ms: f64,
}

impl Latencies {
    pub(crate) fn add(&mut self, phase: &'static str, took: Duration) {
        let micros = u32::try_from(took.as_micros()).unwrap_or(u32::MAX);
        self.0.entry(phase).or_default().push(micros);
    }

    /// What was measured, phase by phase.
    pub(crate) fn percentiles(&self) -> BTreeMap<&'static str, Percentiles> {
        self.0.iter().map(|(phase, micros)| (*phase, Percentiles::of(micros.clone()))).collect()
    }
}

impl Percentiles {
    /// Of these times in microseconds.
    pub(crate) fn of(mut micros: Vec<u32>) -> Self {
        micros.sort_unstable();
        let at = |share: f64| {
            let index = (micros.len() as f64 * share).ceil() as usize;
            micros.get(index.saturating_sub(1)).map_or(0.0, |micros| f64::from(*micros) / 1000.0)
        };
        Self { count: micros.len(), p50_ms: at(0.5), p90_ms: at(0.9), p99_ms: at(0.99), max_ms: at(1.0) }
    }
}

impl fmt::Display for Percentiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, p50_ms, p90_ms, p99_ms, max_ms } = self;
        write!(f, "p50 {p50_ms:.1} ms, p90 {p90_ms:.1} ms, p99 {p99_ms:.1} ms, max {max_ms:.1} ms of {count}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_measurement_that_many_do_not_exceed() {
        let percentiles = Percentiles::of((1..=100).rev().map(|ms| ms * 1000).collect());

        assert_eq!((percentiles.p50_ms, percentiles.p99_ms, percentiles.max_ms), (50.0, 99.0, 100.0));
        assert_eq!(Percentiles::of(Vec::new()).max_ms, 0.0);
    }
}
