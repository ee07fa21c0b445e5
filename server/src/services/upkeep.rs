//! What has to be done from time to time, whoever asks for what.

use std::{error::Error, time::Duration};

use tokio::time::MissedTickBehavior;

use super::{Outage, Services};

/// How often. A node hears of a new signing key within it, sooner than keys that are retired are
/// forgotten.
const EVERY: Duration = Duration::from_secs(5 * 60);

/// Keeps things up until it is dropped.
pub async fn keep_up(services: Services) {
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(error) = keep(&services).await {
            tracing::warn!(error = &error as &dyn Error, "upkeep has to wait");
        }
    }
}

async fn keep(services: &Services) -> Result<(), Outage> {
    services.signing.keep().await?;
    Ok(services.store.forget_expired(services.clock.now()).await?)
}
