//! How each server is started. All of them have their defaults, but for where they listen and store.

use std::{fs::File, net::SocketAddr, path::Path, process::Stdio};

use tokio::process::Command;

use super::kind::Kind;
use crate::{
    cluster::{Process, Programs},
    failure::Failure,
};

/// Lets a server open as many sockets as it may, keeps it on its cores, and becomes it.
const PINNED: &str = r#"ulimit -S -n "$(ulimit -H -n)" && exec taskset -c "$0" "$@""#;
/// Requests a second: as many as come. They all come from one address here.
const UNLIMITED: &str = "0";

/// Where a server listens, and where it stores.
pub(super) struct Place<'a> {
    pub(super) address: SocketAddr,
    pub(super) directory: &'a Path,
    /// The URL of its Postgres, if it has one.
    pub(super) database: Option<String>,
}

/// Starts a server; what it says goes to `log` in its directory.
pub(super) fn launch(kind: Kind, programs: &Programs, place: Place<'_>) -> Result<Process, Failure> {
    let Place { address, directory, database } = place;
    let log = File::options().create(true).append(true).open(directory.join("log"))?;
    let mut command = Command::new("sh");
    command.args(["-c", PINNED, &programs.server_cores]);
    command.env("HOST", address.ip().to_string()).env("PORT", address.port().to_string());
    command.env("NODE_ENV", "production");
    match kind {
        Kind::Gala | Kind::GalaPostgres => {
            command.arg(programs.gala()?).args(["serve", "--listen", &address.to_string()]);
            command.args(["--requests-per-address-s", UNLIMITED, "--requests-per-principal-s", UNLIMITED]);
            command.arg("--data-dir").arg(directory.join("data"));
            command.args(database.iter().flat_map(|url| ["--database-url", url]));
        }
        Kind::Hocuspocus => {
            command.arg(programs.node()).arg(programs.hocuspocus());
            command.env("DATABASE", directory.join("db.sqlite"));
        }
        Kind::YWebsocket => {
            command.arg(programs.node()).arg(programs.y_websocket());
        }
        Kind::YWebsocketLeveldb => {
            command.arg(programs.node()).arg(programs.y_websocket());
            command.env("YPERSISTENCE", directory.join("leveldb"));
        }
        Kind::YSweet => {
            command.arg(programs.y_sweet()).args(["serve", "--host", &address.ip().to_string()]);
            command.args(["--port", &address.port().to_string()]).arg(directory.join("store"));
        }
        Kind::Relay => {
            command.arg(std::env::current_exe()?).args(["relay", "--listen", &address.to_string()]);
        }
    }
    Process::start(command.stdout(Stdio::from(log.try_clone()?)).stderr(log))
}
