//! `gala audit`: whether the audit is as it was written.

use std::{
    error::Error,
    io::{self, Write},
    sync::Arc,
};

use actors::clock::SystemClock;

use super::require_database;
use crate::{config::DatabaseConfig, startup::open_store, store::ChainReport};

/// Prints a line for each audit; fails when one is not as it was written.
pub(super) async fn verify(database: &DatabaseConfig) -> Result<(), Box<dyn Error>> {
    require_database(database)?;
    let reports = open_store(database, Arc::new(SystemClock)).await?.verify_audit().await?;
    for ChainReport { workspace, good, fault } in &reports {
        let whose = workspace.map_or_else(|| "server".to_owned(), |id| format!("workspace {id}"));
        match fault {
            None => writeln!(io::stdout(), "{whose}: {good} events, all as they were written")?,
            Some(fault) => writeln!(io::stdout(), "{whose}: {good} events are as they were written, but {fault}")?,
        }
    }
    if reports.iter().all(|report| report.fault.is_none()) { Ok(()) } else { Err("the audit was changed".into()) }
}
