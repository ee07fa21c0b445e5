//! The failure matrix (docs/operating.md), row by row, with real processes: several nodes on a
//! Postgres and a Redis of their own, people who type into real Yjs documents, a ledger of what they
//! were told is saved, and a checker that looks for it everywhere.
//!
//! To add a row: a test that breaks something between two calls of [`typist::Typist::type_token`] and
//! ends with [`nodes::Cluster::check`]. What can be broken are the processes (`nodes.rs`,
//! `redis_server.rs`, `crate::postgres_server`) and the ways between them (`proxy.rs`).

mod checker;
mod conversation;
mod crew;
mod ledger;
mod log;
mod nodes;
mod page;
mod proxy;
mod redis_server;
mod typist;

mod bell;
mod clients;
mod clocks;
mod damage;
mod database;
mod disk;
mod draining;
mod kills;

use std::time::Duration;

use self::{nodes::Cluster, typist::Typist};

/// How long may pass for what is said to happen at once, or within a poll or two.
const SOON: Duration = Duration::from_secs(8);

/// Somebody at the first node who has typed three tokens and been told that they are saved.
async fn at_work(cluster: &mut Cluster) -> Typist {
    let room = cluster.nodes[0].gala().create_page("Typed").await;
    let mut typist = cluster.typist(&room, 0);
    assert!(typist.live_until(SOON, Typist::is_saved).await);
    for _ in 0..3 {
        typist.type_token().await;
    }
    assert!(typist.live_until(SOON, Typist::is_saved).await);
    typist
}
