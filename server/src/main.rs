//! The `gala` binary.

use std::{error::Error, process::ExitCode};

use clap::Parser;
use server::{
    commands,
    config::{Cli, Command},
};

#[actix_web::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    match commands::run(cli.command.unwrap_or(Command::Serve(cli.config))).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gala: {}", in_one_line(error.as_ref()));
            ExitCode::FAILURE
        }
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
