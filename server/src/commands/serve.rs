//! `gala serve`: the server itself.

use std::error::Error;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{config::Config, startup::Application, telemetry};

/// What a process that a signal has ended answers to a shell: 128 and the number of `SIGINT`.
const INTERRUPTED: i32 = 130;

/// Serves until a signal says to stop.
pub(super) async fn run(config: Config) -> Result<(), Box<dyn Error>> {
    let mut signals = [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?];
    let application = Application::build(config).await?;
    telemetry::log_panics();
    let shutdown = async move {
        received(&mut signals).await;
        actix_web::rt::spawn(async move {
            received(&mut signals).await;
            // Draining only makes stopping smooth: nothing that was acknowledged depends on it.
            tracing::warn!("told to stop a second time: stopping at once");
            std::process::exit(INTERRUPTED);
        });
    };
    application.run_until(shutdown).await?;
    Ok(())
}

/// Waits for any of the signals.
async fn received(signals: &mut [Signal; 2]) {
    let [terminate, interrupt] = signals;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
