//! `gala secret`: what the server has to read again, sealed in the database.

use std::{
    error::Error,
    io::{self, Write},
};

use protocol::audit::Audited;

use super::{Installation, read_secret};
use crate::{
    config::{SecretCommand, SecretName},
    services::vault::SERVER,
    store::NewEvent,
};

pub(super) async fn run(command: SecretCommand) -> Result<(), Box<dyn Error>> {
    match command {
        SecretCommand::Set { name, installation } => set(name, &Installation::open(&installation).await?).await,
        SecretCommand::List(installation) => list(&Installation::open(&installation).await?).await,
        SecretCommand::Delete { name, installation } => delete(name, &Installation::open(&installation).await?).await,
    }
}

async fn set(name: SecretName, Installation { clock, vault, .. }: &Installation) -> Result<(), Box<dyn Error>> {
    let secret = read_secret()?;
    let event = NewEvent::of_operator(clock.now(), Audited::SecretSet, name.name(), "");
    vault.set_secret(SERVER, name.name(), secret.as_bytes(), &event).await?;
    Ok(writeln!(io::stdout(), "{} is kept; servers use it from their next start on", name.name())?)
}

async fn list(Installation { vault, .. }: &Installation) -> Result<(), Box<dyn Error>> {
    for name in vault.names(SERVER).await? {
        writeln!(io::stdout(), "{name}")?;
    }
    Ok(())
}

async fn delete(name: SecretName, Installation { clock, vault, .. }: &Installation) -> Result<(), Box<dyn Error>> {
    let event = NewEvent::of_operator(clock.now(), Audited::SecretDeleted, name.name(), "");
    if !vault.delete_secret(SERVER, name.name(), &event).await? {
        return Err(format!("there is no {}", name.name()).into());
    }
    Ok(writeln!(io::stdout(), "{} is forgotten; servers use it until they stop", name.name())?)
}
