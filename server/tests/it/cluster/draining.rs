//! Nodes that are stopped and started again, one after the other, as a new version is rolled out.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;

use super::{crew::Crew, nodes::Cluster, typist::Typist};

const CLIENTS: usize = 100;
const ROOMS: usize = 10;
/// Within which nearly everybody is to be in step again after a node has gone (issue 4).
const SYNCED_WITHIN: Duration = Duration::from_secs(15);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_restart_is_hardly_noticed_and_loses_and_doubles_nothing() {
    let Some(mut cluster) = Cluster::start(3).await else { return };
    let mut rooms = Vec::new();
    for number in 0..ROOMS {
        rooms.push(cluster.nodes[0].gala().create_page(&format!("Room {number}")).await);
    }
    let typists: Vec<Typist> = (0..CLIENTS).map(|number| cluster.typist(&rooms[number % ROOMS], number % 3)).collect();
    let crew = Crew::of(typists, Duration::from_millis(500));
    tokio::time::sleep(Duration::from_secs(1)).await;

    for node in 0..3 {
        let began = Instant::now();
        cluster.stop(node).await;
        cluster.restart(node).await;
        assert!(began.elapsed() < SYNCED_WITHIN, "node {node} took {:?}", began.elapsed());
    }
    let mut typists = crew.stop().await;

    let began = Instant::now();
    join_all(typists.iter_mut().map(|typist| typist.live_until(SYNCED_WITHIN, Typist::is_saved))).await;
    let synced = typists.iter().filter(|typist| typist.is_saved()).count();
    assert!(synced >= CLIENTS * 99 / 100, "{synced} of {CLIENTS} in step after {:?}", began.elapsed());
    for room in rooms {
        let (here, elsewhere) = typists.into_iter().partition(|typist| typist.room == room);
        typists = elsewhere;
        cluster.check(here).await;
    }
}
