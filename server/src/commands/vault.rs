//! `gala vault`: what keeps secrets secret.

use std::{
    error::Error,
    io::{self, Write},
};

use protocol::audit::Audited;

use super::{Installation, require_database};
use crate::{config::VaultCommand, secret::Secret, startup::lock, store::NewEvent, vault::MasterKey};

pub(super) async fn run(command: VaultCommand) -> Result<(), Box<dyn Error>> {
    let VaultCommand::Rotate { installation: config, new_secret_key_file } = command;
    require_database(&config.database)?;
    let next = MasterKey::derive(&Secret::of_file(&new_secret_key_file)?)?;
    // A server that runs meanwhile could open nothing any more.
    let _alone = lock(&config.database)?;
    let Installation { clock, vault, .. } = Installation::open(&config).await?;
    let event = NewEvent::of_operator(clock.now(), Audited::MasterKeyReplaced, "", "");
    let count = vault.rotate(&next, &event).await?;
    let file = new_secret_key_file.display();
    let how = format!("start the server with --secret-key-file {file}, or put it in the place of the old one");
    Ok(writeln!(io::stdout(), "{count} data keys are locked with the new secret key: {how}")?)
}
