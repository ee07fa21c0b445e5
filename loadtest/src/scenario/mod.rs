//! What is done, one scenario a file.

pub(crate) mod acknowledged;
pub(crate) mod agents_typing;
pub(crate) mod fan_out;
pub(crate) mod idle_rooms;
pub(crate) mod join;
pub(crate) mod nemesis;
pub(crate) mod presence_storm;
pub(crate) mod reconnect_storm;
pub(crate) mod redis_outage;
pub(crate) mod replay;
pub(crate) mod rest_mix;
pub(crate) mod rolling_restart;
pub(crate) mod saturation;
pub(crate) mod stalled_reader;
pub(crate) mod two_nodes;

mod against;
mod faults;
mod measured;

pub(crate) use self::measured::Measured;

use std::{sync::Arc, time::Duration};

use crate::{
    checker::{self, Findings},
    client::{Client, Keeps},
    cluster::Cluster,
    desk::Desk,
    failure::Failure,
    ledger::Ledger,
    report::Report,
};

/// What everybody on this cluster shares.
fn desk(cluster: &Cluster, patience: Duration) -> Result<Arc<Desk>, Failure> {
    let ledger = Ledger::in_directory(cluster.directory())?;
    Ok(Arc::new(Desk::new(cluster.account.cookie.clone(), ledger, patience)))
}

/// A client whose first door is that of this node.
fn client(cluster: &Cluster, desk: &Arc<Desk>, number: u32, room: &str, (node, keeps): (usize, Keeps)) -> Client {
    let nodes = cluster.nodes.len();
    let doors = (node..node + nodes).map(|node| cluster.nodes[node % nodes].address()).collect();
    Client::new(number, room, doors, keeps, desk)
}

/// Checks everything, and puts it into the report.
async fn conclude(cluster: &Cluster, desk: &Desk, clients: &mut [Client], report: &mut Report) -> Result<(), Failure> {
    let findings = checker::check(cluster, desk, clients).await?;
    report.set("operations", desk.typed_tokens());
    report.set("acknowledged", desk.acknowledged_tokens());
    note(&findings, report);
    Ok(())
}

fn note(findings: &Findings, report: &mut Report) {
    report.set("rooms looked at", findings.rooms);
    report.set("replicas looked at", findings.replicas);
    report.set("lost", findings.lost);
    report.set("doubled", findings.doubled);
    for wrong in &findings.wrong {
        report.wrong(wrong.clone());
    }
}
