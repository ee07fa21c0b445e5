//! The `gala` binary.

use std::{
    error::Error,
    io::{self, Write},
    process::ExitCode,
    sync::Arc,
};

use actors::clock::SystemClock;
use clap::Parser;
use server::{
    api,
    config::{AuditCommand, Cli, Command, Config, DatabaseConfig},
    startup::{Application, open_store},
    store::ChainReport,
    telemetry,
};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a process that a signal has ended answers to a shell: 128 and the number of `SIGINT`.
const INTERRUPTED: i32 = 130;

#[actix_web::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli.command.unwrap_or(Command::Serve(cli.config))).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gala: {}", in_one_line(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<(), Box<dyn Error>> {
    match command {
        Command::Serve(config) => serve(*config).await,
        Command::Migrate(database) => {
            open_store(&database, Arc::new(SystemClock)).await?;
            Ok(())
        }
        Command::Audit(AuditCommand::Verify(database)) => verify_audit(&database).await,
        Command::Openapi => Ok(write!(io::stdout(), "{}", api::document_json()?)?),
        Command::Version => Ok(writeln!(io::stdout(), "gala {}", env!("CARGO_PKG_VERSION"))?),
    }
}

/// Prints a line for each audit; fails when one is not as it was written.
async fn verify_audit(database: &DatabaseConfig) -> Result<(), Box<dyn Error>> {
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

async fn serve(config: Config) -> Result<(), Box<dyn Error>> {
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

/// An error with everything that led to it.
fn in_one_line(error: &dyn Error) -> String {
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
