//! Rows that are not what was written.

use std::time::Duration;

use super::{SOON, at_work, nodes::Cluster, typist::Typist};
use crate::engines::query_postgres;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_that_is_damaged_is_passed_over() {
    let Some(mut cluster) = Cluster::start(2).await else { return };
    let url = cluster.postgres.url();
    let mut ada = at_work(&mut cluster).await;
    let snapshots = format!("SELECT COUNT(*) FROM room_snapshot WHERE room_id = '{}' AND seq > 1", ada.room);
    // As many as are made into a snapshot.
    while query_postgres(&url, &snapshots).await.unwrap() == ["0"] {
        for _ in 0..100 {
            ada.type_token().await;
            ada.live_for(Duration::from_millis(1)).await;
        }
        assert!(ada.live_until(SOON, Typist::is_saved).await);
    }

    cluster.kill(0);
    cluster.kill(1);
    let damaged = "UPDATE room_snapshot SET payload = payload || '\\x00'::bytea RETURNING 1";
    assert!(!query_postgres(&url, damaged).await.unwrap().is_empty());
    cluster.restart(0).await;
    cluster.restart(1).await;

    let reader = cluster.typist(&ada.room, 1);
    cluster.check(vec![ada, reader]).await;
}
