//! Redis, which is only a bell: gone, emptied, cut off or deaf, it costs time and nothing else.

use std::time::Duration;

use super::{SOON, at_work, crew::Crew, nodes::Cluster, proxy::Link, typist::Typist};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_cut_off_from_redis_acknowledges_and_sees_the_others_a_little_later() {
    let Some(mut cluster) = Cluster::start(2).await else { return };
    let mut ada = at_work(&mut cluster).await;
    let mut bob = cluster.typist(&ada.room, 1);
    assert!(bob.live_until(SOON, |bob| bob.sees(3)).await);

    for link in [Link::Cut, Link::Silent] {
        cluster.nodes[0].redis.set(link);
        let seen = ada.typed + bob.typed;
        ada.type_token().await;
        bob.type_token().await;
        assert!(ada.live_until(SOON, |ada| ada.is_saved() && ada.sees(seen as usize + 2)).await, "{link:?}");
        assert!(bob.live_until(SOON, |bob| bob.is_saved() && bob.sees(seen as usize + 2)).await, "{link:?}");
    }

    cluster.nodes[0].redis.set(Link::Open);
    let crew = cluster.check(vec![ada, bob]).await;
    assert_eq!(crew.iter().map(|typist| typist.interruptions).sum::<u32>(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_that_has_gone_deaf_costs_a_moment() {
    let Some(mut cluster) = Cluster::start(2).await else { return };
    let mut ada = at_work(&mut cluster).await;
    let mut bob = cluster.typist(&ada.room, 1);
    assert!(bob.live_until(SOON, |bob| bob.sees(3)).await);

    // The connection stays, and nothing comes: what a lost subscription looks like from inside.
    cluster.nodes[1].redis.set(Link::Deaf);
    ada.type_token().await;
    assert!(ada.live_until(SOON, Typist::is_saved).await);

    assert!(bob.live_until(SOON, |bob| bob.sees(4)).await);
    cluster.nodes[1].redis.set(Link::Open);
    cluster.check(vec![ada, bob]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_dies_is_flushed_or_stands_still_interrupts_nobody() {
    let Some(mut cluster) = Cluster::start(2).await else { return };
    let crew = Crew::start(&mut cluster, 3).await;
    let moment = || tokio::time::sleep(Duration::from_millis(700));

    moment().await;
    cluster.redis.kill();
    moment().await;
    cluster.redis.restart().await;
    moment().await;
    cluster.redis.flush().await;
    moment().await;
    cluster.redis.pause();
    moment().await;
    cluster.redis.resume();
    moment().await;

    let crew = cluster.check(crew.stop().await).await;
    assert_eq!(crew.iter().map(|typist| typist.interruptions).sum::<u32>(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_edits_reach_the_other_node_by_the_log() {
    let Some(mut cluster) = Cluster::start(2).await else { return };
    cluster.redis.kill();
    let mut ada = at_work(&mut cluster).await;
    let mut bob = cluster.typist(&ada.room, 1);
    assert!(bob.live_until(SOON, |bob| bob.sees(3)).await);

    for seen in 4..8 {
        ada.type_token().await;
        assert!(ada.live_until(SOON, Typist::is_saved).await);
        assert!(bob.live_until(SOON, |bob| bob.sees(seen)).await);
    }

    cluster.check(vec![ada, bob]).await;
}
