//! The `gala` binary.

use std::process::ExitCode;

use clap::Parser;
use server::{
    commands,
    config::{Cli, Command},
};

#[actix_web::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    match commands::run(cli.command.unwrap_or(Command::Serve(cli.config))).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("gala: {}", commands::in_one_line(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}
