//! What `gala` does, one file per command. What they print goes to standard output.
//!
//! To add a command: its arguments in `config/command_line.rs`, a file here, and a line in [`run`].

mod audit;
mod backup;
mod doctor;
mod health;
mod keys;
mod secrets;
mod serve;
mod transfer;
mod users;
mod vault;

use std::{
    error::Error,
    io::{self, Write},
    process::ExitCode,
    sync::Arc,
};

use actors::clock::{Clock, SystemClock};

use crate::{
    api,
    config::{AuditCommand, Command, DatabaseConfig, InstallationConfig},
    secret::Secret,
    services::vault::Vault,
    startup::{SQLITE_FILE, open_store},
    store::Store,
    vault::MasterKey,
};

/// Does what the command line says; answers with what the shell is told.
///
/// # Errors
///
/// Whatever made it impossible, to be shown to the operator.
pub async fn run(command: Command) -> Result<ExitCode, Box<dyn Error>> {
    let done: Result<(), Box<dyn Error>> = match command {
        Command::Doctor(args) => return Ok(doctor::run(&args).await),
        Command::Serve(config) => serve::run(*config).await,
        Command::Migrate(database) => Ok(open_store(&database, Arc::new(SystemClock)).await.map(drop)?),
        Command::User(command) => users::run(command).await,
        Command::Keys(command) => keys::run(command).await,
        Command::Vault(command) => vault::run(command).await,
        Command::Secret(command) => secrets::run(command).await,
        Command::Audit(AuditCommand::Verify(database)) => audit::verify(&database).await,
        Command::Backup { file, database } => backup::run(&database, &file).await,
        Command::Export(args) => transfer::export(&args).await,
        Command::Import(args) => transfer::import(&args).await,
        Command::Health(http) => health::run(&http).await,
        Command::Openapi => Ok(write!(io::stdout(), "{}", api::document_json()?)?),
        Command::Version => Ok(writeln!(io::stdout(), "gala {}", env!("CARGO_PKG_VERSION"))?),
    };
    done.map(|()| ExitCode::SUCCESS)
}

/// An error with everything that led to it.
pub fn in_one_line(error: &dyn Error) -> String {
    let causes = std::iter::successors(Some(error), |error| Error::source(*error));
    let mut line = String::new();
    for message in causes.map(|error| error.to_string().replace('\n', " ")) {
        // Some errors say their cause themselves.
        if !line.ends_with(&message) {
            line.push_str(if line.is_empty() { "" } else { ": " });
            line.push_str(&message);
        }
    }
    line
}

/// What commands work with, beside or instead of a running server.
struct Installation {
    clock: Arc<dyn Clock>,
    store: Store,
    vault: Vault,
}

impl Installation {
    /// Opens the database, and the vault with its secret.
    async fn open(config: &InstallationConfig) -> Result<Self, Box<dyn Error>> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let store = open_store(&config.database, Arc::clone(&clock)).await?;
        let secret = Secret::load(&config.secret, &config.database.data_dir)?;
        let vault = Vault::new(store.clone(), MasterKey::derive(&secret)?, Arc::clone(&clock));
        vault.check().await?;
        Ok(Self { clock, store, vault })
    }
}

/// Refuses to work on nothing: a command that made a database, because it was called in another
/// directory, would say that all is well.
fn require_database(config: &DatabaseConfig) -> Result<(), Box<dyn Error>> {
    let file = config.data_dir.join(SQLITE_FILE);
    if config.database_url.is_some() || file.exists() {
        return Ok(());
    }
    Err(format!("there is no database at {}: --data-dir says where it is", file.display()).into())
}

/// What stands on standard input, without the line break at its end.
fn read_secret() -> Result<String, Box<dyn Error>> {
    let text = io::read_to_string(io::stdin())?;
    let text = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
    if text.is_empty() { Err("nothing stands on standard input".into()) } else { Ok(text.to_owned()) }
}
