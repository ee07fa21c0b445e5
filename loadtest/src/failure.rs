//! Why a run could not be carried out. What a run finds wrong stands in its report instead.

use std::io;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{what}: {source}")]
    Program { what: String, source: io::Error },
    #[error("{what} ended with {status}")]
    Ended { what: String, status: std::process::ExitStatus },
    #[error("{0} is not ready in time")]
    Unready(String),
    #[error("a node answered {status} to {path}")]
    Refused { path: String, status: u16 },
    #[error("the handshake at {path} was answered with: {answer}")]
    Handshake { path: String, answer: String },
    #[error("the server closed a connection: {0}")]
    Closed(String),
    #[error("the server sent what is no message: {0}")]
    Unreadable(#[from] protocol::wire::WireError),
    #[error("the system refused: {0}")]
    System(#[from] nix::Error),
    #[error("there is no scenario called {0}")]
    Unknown(String),
    #[error(transparent)]
    Options(#[from] clap::Error),
    #[error("an answer has no {0}")]
    Incomplete(&'static str),
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error(transparent)]
    Database(#[from] tokio_postgres::Error),
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("the editing trace {0}")]
    Trace(&'static str),
    #[error("a task panicked")]
    Task(#[from] tokio::task::JoinError),
}
