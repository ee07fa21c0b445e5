//! Postgres, which is the truth: cut off, down, replaced by a standby, or put back to an older state.

use std::time::Duration;

use super::{
    SOON, at_work,
    crew::Crew,
    nodes::Cluster,
    proxy::{Link, Proxy},
    typist::Typist,
};
use crate::engines::query_postgres;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_cut_off_from_postgres_acknowledges_nothing_and_says_that_it_is_not_ready() {
    let Some(mut cluster) = Cluster::start(2).await else { return };
    let mut ada = at_work(&mut cluster).await;
    // Both have only this node to go to.
    let door = vec![cluster.nodes[0].url()];
    let mut bob = cluster.typist_by(&ada.room, door);
    assert!(bob.live_until(SOON, |bob| bob.sees(3)).await);

    cluster.nodes[0].postgres.set(Link::Cut);
    bob.type_token().await;
    cluster.nodes[0].gala().wait_until_not_ready().await;
    assert_eq!(bob.saved, 0);
    // She goes to a node that works, and is told there what he cannot be told here.
    ada.leave();
    ada.go_to(cluster.nodes[1].url());
    ada.type_token().await;
    assert!(ada.live_until(SOON, Typist::is_saved).await);
    bob.live_for(Duration::from_millis(500)).await;
    assert_eq!(bob.saved, 0);

    cluster.nodes[0].postgres.set(Link::Open);
    cluster.nodes[0].gala().wait_until_ready().await;
    cluster.check(vec![ada, bob]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_hears_nothing_from_postgres_is_left_and_what_it_held_is_not_doubled() {
    let Some(mut cluster) = Cluster::start(2).await else { return };
    let crew = Crew::start(&mut cluster, 3).await;
    tokio::time::sleep(Duration::from_secs(1)).await;

    cluster.nodes[0].postgres.set(Link::Deaf);
    tokio::time::sleep(Duration::from_secs(5)).await;
    // Its commits have happened; the answers come now, or never.
    cluster.nodes[0].postgres.set(Link::Open);
    tokio::time::sleep(Duration::from_millis(500)).await;
    cluster.nodes[1].postgres.set(Link::Silent);
    tokio::time::sleep(Duration::from_millis(500)).await;
    cluster.nodes[1].postgres.set(Link::Open);
    cluster.nodes[1].postgres.reset();

    cluster.check(crew.stop().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_postgres_and_redis_are_down_edits_are_seen_on_their_node_and_saved_afterwards() {
    let Some(mut cluster) = Cluster::start(2).await else { return };
    let mut ada = at_work(&mut cluster).await;
    let door = vec![cluster.nodes[0].url()];
    let mut bob = cluster.typist_by(&ada.room, door);
    assert!(bob.live_until(SOON, |bob| bob.sees(3)).await);

    cluster.redis.kill();
    cluster.postgres.crash().await;
    ada.type_token().await;
    assert!(bob.live_until(SOON, |bob| bob.sees(4)).await);
    assert_eq!((ada.typed, ada.saved), (4, 3));
    cluster.postgres.recover().await;
    cluster.redis.restart().await;

    cluster.check(vec![ada, bob]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_that_crashes_and_stands_still_while_everybody_types_loses_and_doubles_nothing() {
    let Some(mut cluster) = Cluster::start(3).await else { return };
    let crew = Crew::start(&mut cluster, 2).await;

    for _ in 0..2 {
        tokio::time::sleep(Duration::from_millis(700)).await;
        cluster.postgres.crash().await;
        cluster.postgres.recover().await;
    }
    tokio::time::sleep(Duration::from_millis(700)).await;
    cluster.postgres.pause();
    tokio::time::sleep(Duration::from_secs(1)).await;
    cluster.postgres.resume();

    cluster.check(crew.stop().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_synchronous_standby_takes_over_with_everything_that_was_acknowledged() {
    let Some(mut cluster) = Cluster::start(2).await else { return };
    let standby = cluster.postgres.standby(cluster.postgres.port()).await;
    for change in ["ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"] {
        query_postgres(&cluster.postgres.url(), change).await.unwrap();
    }
    let crew = Crew::start(&mut cluster, 3).await;
    tokio::time::sleep(Duration::from_secs(1)).await;

    cluster.postgres.crash().await;
    standby.promote().await;
    cluster.fail_over(standby);
    tokio::time::sleep(Duration::from_secs(1)).await;

    cluster.check(crew.stop().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_asynchronous_standby_lacks_is_given_back_by_the_nodes() {
    let Some(mut cluster) = Cluster::start(2).await else { return };
    let to_primary = Proxy::to(cluster.postgres.port()).await;
    let standby = cluster.postgres.standby(to_primary.port).await;
    let mut ada = at_work(&mut cluster).await;
    let mut bob = cluster.typist(&ada.room, 1);
    assert!(bob.live_until(SOON, |bob| bob.sees(3)).await);

    // From here on the standby falls behind.
    to_primary.set(Link::Silent);
    for _ in 0..10 {
        ada.type_token().await;
        assert!(ada.live_until(SOON, Typist::is_saved).await);
    }
    // Nobody is there who could give it back, but for the nodes.
    ada.leave();
    cluster.postgres.crash().await;
    to_primary.set(Link::Cut);
    standby.promote().await;
    cluster.fail_over(standby);

    assert!(bob.live_until(SOON, |bob| bob.sees(13)).await);
    bob.type_token().await;
    cluster.check(vec![bob]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_put_back_to_a_backup_is_refilled_by_nodes_and_clients() {
    let Some(mut cluster) = Cluster::start(2).await else { return };
    let crew = Crew::start(&mut cluster, 2).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let backup = cluster.postgres.back_up().await;
    tokio::time::sleep(Duration::from_secs(1)).await;

    cluster.postgres.restore(&backup).await;
    tokio::time::sleep(Duration::from_secs(1)).await;

    cluster.check(crew.stop().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_slept_while_an_older_log_grew_past_it_says_the_same_as_the_others() {
    let Some(mut cluster) = Cluster::start(2).await else { return };
    let mut ada = at_work(&mut cluster).await;
    let door = vec![cluster.nodes[1].url()];
    let mut bob = cluster.typist_by(&ada.room, door);
    let backup = cluster.postgres.back_up().await;
    for _ in 0..5 {
        ada.type_token().await;
        bob.type_token().await;
        assert!(ada.live_until(SOON, Typist::is_saved).await);
        assert!(bob.live_until(SOON, Typist::is_saved).await);
    }
    assert!(ada.live_until(SOON, |ada| ada.sees(13)).await && bob.live_until(SOON, |bob| bob.sees(13)).await);

    cluster.nodes[1].gala().pause();
    cluster.postgres.restore(&backup).await;
    for _ in 0..30 {
        ada.type_token().await;
        ada.live_for(Duration::from_millis(20)).await;
    }
    assert!(ada.live_until(SOON * 2, Typist::is_saved).await);
    cluster.nodes[1].gala().resume();

    cluster.check(vec![ada, bob]).await;
}
