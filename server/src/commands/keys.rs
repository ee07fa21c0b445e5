//! `gala keys`: what access tokens are signed with.

use std::{
    error::Error,
    io::{self, Write},
};

use super::{Installation, require_database};
use crate::{config::KeysCommand, services::signing::Signing};

pub(super) async fn run(command: KeysCommand) -> Result<(), Box<dyn Error>> {
    let KeysCommand::Rotate(config) = command;
    require_database(&config.database)?;
    let Installation { clock, store, vault, .. } = Installation::open(&config).await?;
    // Nothing is signed here, so that nobody reads who signs it.
    let key = Signing::new(store, vault, clock, String::new()).rotate().await?;
    Ok(writeln!(io::stdout(), "access tokens are signed with {key}; running servers follow within five minutes")?)
}
