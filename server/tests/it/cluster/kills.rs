//! Nodes that are killed at every point of an edit's way.

use std::time::Duration;

use super::{SOON, at_work, conversation::Moment, crew::Crew, nodes::Cluster, proxy::Link, typist::Typist};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_killed_before_the_commit_has_acknowledged_nothing_and_the_next_takes_the_edit() {
    let Some(mut cluster) = Cluster::start(2).await else { return };
    let mut ada = at_work(&mut cluster).await;

    let held = cluster.nodes[0].postgres.hold(Moment::BeforeCommit);
    ada.type_token().await;
    held.await;
    cluster.kill(0);
    let saved = ada.saved;
    cluster.restart(0).await;

    assert_eq!((ada.typed, saved), (4, 3));
    cluster.check(vec![ada]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_killed_after_the_commit_and_before_the_answer_costs_no_second_row() {
    let Some(mut cluster) = Cluster::start(2).await else { return };
    let mut ada = at_work(&mut cluster).await;
    let before = cluster.log(&ada.room).await.updates.len();

    let held = cluster.nodes[0].postgres.hold(Moment::AfterCommit);
    ada.type_token().await;
    held.await;
    cluster.kill(0);
    assert_eq!((ada.typed, ada.saved), (4, 3));
    assert!(ada.live_until(SOON, Typist::is_saved).await);

    assert_eq!(cluster.log(&ada.room).await.updates.len(), before + 1);
    cluster.restart(0).await;
    cluster.check(vec![ada]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_killed_after_the_answer_and_before_it_told_the_others_keeps_nothing_from_them() {
    let Some(mut cluster) = Cluster::start(2).await else { return };
    let mut ada = at_work(&mut cluster).await;
    let mut bob = cluster.typist(&ada.room, 1);
    assert!(bob.live_until(SOON, |bob| bob.sees(3)).await);

    cluster.nodes[0].redis.set(Link::Mute);
    ada.type_token().await;
    assert!(ada.live_until(SOON, Typist::is_saved).await);
    cluster.kill(0);

    assert!(bob.live_until(SOON, |bob| bob.sees(4)).await);
    cluster.restart(0).await;
    cluster.check(vec![ada, bob]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_paused_returns_to_a_log_that_has_gone_on_and_both_are_right() {
    let Some(mut cluster) = Cluster::start(2).await else { return };
    let crew = Crew::start(&mut cluster, 3).await;
    tokio::time::sleep(Duration::from_secs(1)).await;

    // Longer than its clients wait for it: they type on at the other one.
    cluster.nodes[0].gala().pause();
    tokio::time::sleep(Duration::from_secs(4)).await;
    cluster.nodes[0].gala().resume();
    tokio::time::sleep(Duration::from_secs(1)).await;

    let crew = crew.stop().await;
    assert!(crew.iter().any(|typist| typist.interruptions > 0));
    cluster.check(crew).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_killed_one_after_the_other_while_everybody_types_lose_and_double_nothing() {
    let Some(mut cluster) = Cluster::start(3).await else { return };
    let crew = Crew::start(&mut cluster, 3).await;

    for node in [0, 1, 2, 0] {
        tokio::time::sleep(Duration::from_millis(700)).await;
        cluster.kill(node);
        tokio::time::sleep(Duration::from_millis(300)).await;
        cluster.restart(node).await;
    }

    let crew = crew.stop().await;
    cluster.check(crew).await;
}
