//! What the server says of itself: log lines on standard error, metrics at `/metrics`.

use std::{
    io::{self, IsTerminal},
    panic,
    sync::{Mutex, PoisonError},
};

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::util::TryInitError;

use crate::config::{LogConfig, LogFormat};

/// Upper bounds of the buckets of every duration, in seconds.
const DURATION_BUCKETS_S: [f64; 12] = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// Why the server cannot tell anything of itself.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// Something else in the process logs already.
    #[error("the log cannot be set up")]
    Log(#[source] TryInitError),
    /// Something else in the process measures already.
    #[error("the metrics cannot be set up")]
    Metrics(#[source] BuildError),
}

/// Starts the log and the metrics of the process. Both are the process's, so whoever comes second,
/// as tests do, gets what the first has set up.
///
/// # Errors
///
/// [`TelemetryError`].
pub fn start(config: &LogConfig) -> Result<PrometheusHandle, TelemetryError> {
    static STARTED: Mutex<Option<PrometheusHandle>> = Mutex::new(None);

    let mut started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(metrics) = &*started {
        return Ok(metrics.clone());
    }
    start_log(config).map_err(TelemetryError::Log)?;
    let buckets = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &DURATION_BUCKETS_S)
        .and_then(PrometheusBuilder::install_recorder);
    let metrics = buckets.map_err(TelemetryError::Metrics)?;
    *started = Some(metrics.clone());
    Ok(metrics)
}

/// Logs every panic once, instead of printing it. For the process that serves; tests print theirs.
pub fn log_panics() {
    panic::set_hook(Box::new(|info| {
        let thread = std::thread::current();
        tracing::error!(
            panic.message = info.payload_as_str().unwrap_or("not a text"),
            panic.location = info.location().map(tracing::field::display),
            thread = thread.name().unwrap_or("unnamed"),
            "a thread panicked"
        );
    }));
}

fn start_log(config: &LogConfig) -> Result<(), TryInitError> {
    use tracing_subscriber::{fmt, layer::SubscriberExt, util::SubscriberInitExt};

    let registry = tracing_subscriber::registry().with(config.log_level.filter());
    match config.log_format {
        LogFormat::Pretty => {
            let lines = fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
            registry.with(lines).try_init()
        }
        LogFormat::Json => registry.with(fmt::layer().json().with_span_list(false).with_writer(io::stderr)).try_init(),
    }
}
