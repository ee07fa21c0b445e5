//! Whether everything the server needs is there.

use super::Services;

/// One thing the server needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its name.
    pub name: &'static str,
    /// Whether it is there.
    pub is_ok: bool,
}

/// Asks every dependency; answers within a few seconds.
pub async fn check(services: &Services) -> Vec<Check> {
    let database = services.store.health().await;
    if let Err(error) = &database {
        tracing::warn!(error = error as &dyn std::error::Error, "the database is not available");
    }
    vec![Check { name: "database", is_ok: database.is_ok() }]
}
