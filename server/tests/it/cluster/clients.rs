//! Clients that crash, go offline, or whose connection dies without a word.

use super::{
    SOON, at_work,
    nodes::Cluster,
    proxy::{Link, Proxy},
    typist::Typist,
};
use crate::yjs_client::{Dialect, Heard, YjsClient, new_doc};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_crashes_leaves_what_was_acknowledged_and_its_cursor_goes() {
    let Some(mut cluster) = Cluster::start(2).await else { return };
    let mut ada = at_work(&mut cluster).await;
    let room = ada.room.clone();
    let connect = |node: usize| {
        YjsClient::connect(&cluster.nodes[node].gala().owner, &room, None, Dialect::Hocuspocus, new_doc())
    };
    let mut cursor = connect(0).await.unwrap();
    let mut bob = connect(1).await.unwrap();
    bob.hear_until_synced().await;
    cursor.announce(7, 1, r#"{"at":1}"#).await.unwrap();
    bob.hear_until(|heard| announces(heard, r#""at":1"#)).await;

    ada.type_token().await;
    assert!(ada.live_until(SOON, Typist::is_saved).await);
    ada.leave();
    drop(cursor);

    bob.hear_until(|heard| announces(heard, "null")).await;
    let eve = cluster.typist(&room, 1);
    cluster.check(vec![eve]).await;
}

fn announces(heard: &Heard, state: &str) -> bool {
    matches!(heard, Heard::Presence(payload) if String::from_utf8_lossy(payload).contains(state))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_typed_offline_is_taken_by_any_node_on_return() {
    let Some(mut cluster) = Cluster::start(2).await else { return };
    let mut ada = at_work(&mut cluster).await;
    let mut bob = cluster.typist(&ada.room, 1);
    assert!(bob.live_until(SOON, |bob| bob.sees(3)).await);

    ada.leave();
    for _ in 0..5 {
        ada.type_token().await;
        bob.type_token().await;
    }
    cluster.kill(0);

    assert_eq!(ada.saved, 3);
    assert!(ada.live_until(SOON, Typist::is_saved).await);
    assert!(bob.live_until(SOON, |bob| bob.sees(13)).await);
    cluster.restart(0).await;
    cluster.check(vec![ada, bob]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_half_open_is_left_for_another_node_and_nothing_is_doubled() {
    let Some(mut cluster) = Cluster::start(2).await else { return };
    let room = cluster.nodes[0].gala().create_page("Half open").await;
    for dead in [Link::Silent, Link::Deaf, Link::Mute] {
        let way = Proxy::to(cluster.nodes[0].port()).await;
        let doors = vec![format!("http://127.0.0.1:{}", way.port), cluster.nodes[1].url()];
        let mut ada = cluster.typist_by(&room, doors);
        ada.type_token().await;
        assert!(ada.live_until(SOON, Typist::is_saved).await);

        way.set(dead);
        ada.type_token().await;
        assert!(ada.live_until(SOON, Typist::is_saved).await, "{dead:?}");

        assert_eq!(ada.interruptions, 1, "{dead:?}");
        // What was under way arrives after all.
        way.set(Link::Open);
        cluster.check(vec![ada]).await;
    }
}
