//! A Redis of its own, to be killed, emptied and stopped.

use std::{path::PathBuf, process::Stdio};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    process::Command,
};

use super::{free_port, process::Process, until};
use crate::failure::Failure;

pub(crate) struct Redis {
    program: PathBuf,
    port: u16,
    process: Option<Process>,
}

impl Redis {
    pub(super) async fn start(program: &std::path::Path) -> Result<Self, Failure> {
        let mut redis = Self { program: program.to_owned(), port: free_port()?, process: None };
        redis.restart().await?;
        Ok(redis)
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Starts it again, with nothing in it.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub(crate) async fn restart(&mut self) -> Result<(), Failure> {
        let mut command = Command::new(&self.program);
        command.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        self.process = Some(Process::start(command.stdout(Stdio::null()))?);
        until("Redis", async || self.tell("PING").await.is_ok()).await
    }

    /// Ends it as a power cut would.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub(crate) async fn kill(&mut self) -> Result<(), Failure> {
        match self.process.take() {
            Some(process) => process.kill().await,
            None => Ok(()),
        }
    }

    /// Stops it where it is, or has it go on.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub(crate) async fn signal(&self, name: &str) -> Result<(), Failure> {
        match &self.process {
            Some(process) => process.signal(name).await,
            None => Ok(()),
        }
    }

    /// Removes whatever is in it, and ends everybody's connections.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub(crate) async fn flush(&self) -> Result<(), Failure> {
        for command in ["FLUSHALL", "CLIENT KILL TYPE normal", "CLIENT KILL TYPE pubsub"] {
            self.tell(command).await?;
        }
        Ok(())
    }

    async fn tell(&self, command: &str) -> Result<(), Failure> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
        stream.write_all(format!("{command}\r\n").as_bytes()).await?;
        // Whatever it answers: any answer has a byte.
        stream.read_u8().await?;
        Ok(())
    }
}
