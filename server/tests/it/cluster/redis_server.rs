//! A Redis that belongs to one test, which may kill it and empty it.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    process::{free_port, signal},
    yjs_client::PATIENCE,
};

pub(crate) struct RedisServer {
    pub(crate) port: u16,
    directory: TempDir,
    child: Option<Child>,
}

impl RedisServer {
    pub(crate) async fn start() -> Self {
        let mut server = Self { port: free_port(), directory: tempfile::tempdir().unwrap(), child: None };
        server.restart().await;
        server
    }

    /// Starts it again, with nothing in it.
    pub(crate) async fn restart(&mut self) {
        let mut redis = Command::new("redis-server");
        redis.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        redis.arg("--dir").arg(self.directory.path()).stdin(Stdio::null()).stdout(Stdio::null());
        self.child = Some(redis.spawn().expect("redis-server starts"));
        let answering = tokio::time::timeout(PATIENCE, async {
            while self.tell("PING").await.as_deref() != Some("+PONG") {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        answering.await.expect("it answers");
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("it is running");
            child.wait().expect("it has ended");
        }
    }

    /// Removes whatever is in it, and ends everybody's connections.
    pub(crate) async fn flush(&self) {
        assert_eq!(self.tell("FLUSHALL").await.as_deref(), Some("+OK"));
        self.tell("CLIENT KILL TYPE normal").await;
        self.tell("CLIENT KILL TYPE pubsub").await;
    }

    pub(crate) fn pause(&self) {
        signal(self.child.as_ref().expect("it is running").id(), "STOP");
    }

    pub(crate) fn resume(&self) {
        signal(self.child.as_ref().expect("it is running").id(), "CONT");
    }

    /// The first line of what it answers to a command.
    async fn tell(&self, command: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.ok()?;
        stream.write_all(format!("{command}\r\n").as_bytes()).await.ok()?;
        let mut answer = [0; 256];
        let read = stream.read(&mut answer).await.ok()?;
        String::from_utf8_lossy(&answer[..read]).lines().next().map(str::to_owned)
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}
