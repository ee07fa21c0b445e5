//! Two nodes on one Postgres, with Redis between them and without.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use protocol::{
    ids::{NodeId, RoomId},
    nodes::{News, Said},
    wire::nodes,
};
use redis::AsyncTypedCommands;
use reqwest::Method;
use serde_json::json;
use tempfile::TempDir;

use crate::{
    engines::TestDatabase,
    process::{Gala, free_port},
    signed_in::SignedIn,
    yjs_client::{Dialect, Heard, PATIENCE, YjsClient, new_doc},
};

/// What all nodes of the installation know.
const SECRET: &str = "Z2FsYSBub2RlcyBhbGwga25vdyB0aGlzIHNlY3JldCE=";

/// Two nodes of one installation.
struct Nodes {
    here: Gala,
    there: Gala,
    page: String,
    _directories: [TempDir; 2],
}

impl Nodes {
    async fn start(database: &TestDatabase, redis: Option<&str>) -> Self {
        let directories = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let mut arguments = vec!["--secret-key", SECRET, "--registration", "open"];
        arguments.extend(redis.into_iter().flat_map(|url| ["--redis-url", url]));
        let here = Gala::start_with(free_port(), directories[0].path(), database.url(), &arguments).await;
        let there = Gala::start_with(free_port(), directories[1].path(), database.url(), &arguments).await;
        let page = here.create_page("Plan").await;
        let nodes = Self { here, there, page, _directories: directories };
        if redis.is_some() {
            for node in [&nodes.here, &nodes.there] {
                wait_until(async || node.metric("gala_bus_connected").await == 1.0).await;
            }
        }
        nodes
    }

    /// A client of the owner on each node.
    async fn clients(&self, dialect: Dialect) -> [YjsClient; 2] {
        let mut clients = Vec::new();
        for node in [&self.here, &self.there] {
            let client = YjsClient::connect(&node.owner, &self.page, None, dialect, new_doc()).await;
            let mut client = client.unwrap();
            client.hear_until_synced().await;
            clients.push(client);
        }
        clients.try_into().ok().unwrap()
    }
}

/// Waits until it is so.
async fn wait_until(mut so: impl AsyncFnMut() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    waited.await.expect("it becomes so");
}

#[expect(clippy::disallowed_methods, reason = "the server for tests is no setting of the program")]
fn redis_url() -> Option<String> {
    std::env::var("GALA_TEST_REDIS_URL").ok()
}

/// Types on either node and measures how long the other takes to see it.
async fn measure(nodes: &Nodes, edits: usize) -> Vec<Duration> {
    let [mut ada, mut bob] = nodes.clients(Dialect::Hocuspocus).await;
    let mut taken = Vec::new();
    for number in 0..edits {
        let (writer, reader) = if number % 2 == 0 { (&mut ada, &mut bob) } else { (&mut bob, &mut ada) };
        let began = Instant::now();
        writer.append("x").await.unwrap();
        reader.hear_until_length(number + 1).await;
        taken.push(began.elapsed());
        writer.hear_until_saved().await;
    }
    assert_eq!(ada.text(), bob.text());
    taken.sort();
    taken
}

fn told(name: &str, taken: &[Duration]) {
    let at = |part: usize| taken[(taken.len() * part / 100).min(taken.len() - 1)];
    println!("{name}: p50 {:?}, p99 {:?}, {} edits", at(50), at(99), taken.len());
}

#[tokio::test]
async fn an_edit_on_one_node_is_seen_on_the_other_with_redis_and_without() {
    let (Some(database), Some(redis)) = (TestDatabase::postgres().await, redis_url()) else { return };
    let edits = crate::setting("GALA_TEST_CROSS_EDITS", 20) as usize;
    let test = async |database: &TestDatabase| {
        told("with Redis", &measure(&Nodes::start(database, Some(&redis)).await, edits).await);
    };
    database.run(test).await;
    let Some(database) = TestDatabase::postgres().await else { return };
    let test = async |database: &TestDatabase| {
        told("without Redis", &measure(&Nodes::start(database, None).await, edits).await);
    };
    database.run(test).await;
}

#[tokio::test]
async fn who_is_on_one_node_is_seen_on_the_other() {
    let (Some(database), Some(redis)) = (TestDatabase::postgres().await, redis_url()) else { return };
    let test = async |database: &TestDatabase| {
        let nodes = Nodes::start(database, Some(&redis)).await;
        let [mut ada, mut bob] = nodes.clients(Dialect::YWebsocket).await;

        ada.announce(7, 1, r#"{"cursor":3}"#).await.unwrap();

        let shown = |entries: &[u8]| String::from_utf8_lossy(entries).contains(r#""cursor":3"#);
        bob.hear_until(|heard| matches!(heard, Heard::Presence(entries) if shown(entries))).await;
    };
    database.run(test).await;
}

#[tokio::test]
async fn what_is_taken_away_on_one_node_ends_sockets_on_the_other() {
    let (Some(database), Some(redis)) = (TestDatabase::postgres().await, redis_url()) else { return };
    let test = async |database: &TestDatabase| {
        let nodes = Nodes::start(database, Some(&redis)).await;
        let [_, mut there] = nodes.clients(Dialect::YWebsocket).await;
        let device = SignedIn::login(&nodes.there.url, "Owner").await;
        let socket = YjsClient::connect(&device, &nodes.page, None, Dialect::YWebsocket, new_doc()).await;
        let mut socket = socket.unwrap();
        socket.hear_until_synced().await;

        let began = Instant::now();
        let elsewhere = SignedIn { url: nodes.here.url.clone(), ..device };
        let answer = elsewhere.request(Method::POST, "/api/v1/auth/logout").send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
        assert_eq!(socket.hear_until_closed().await, Some(4401));
        println!("signed out on the other node: {:?}", began.elapsed());

        let began = Instant::now();

        let path = format!("/api/v1/pages/{}", nodes.page);
        let answer = nodes.here.owner.request(Method::DELETE, &path).json(&json!({})).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());

        assert_eq!(there.hear_until_closed().await, Some(4404));
        println!("a page deleted on the other node: {:?}", began.elapsed());
    };
    database.run(test).await;
}

#[tokio::test]
async fn what_makes_no_sense_on_the_bus_is_counted_and_ignored() {
    let (Some(database), Some(redis)) = (TestDatabase::postgres().await, redis_url()) else { return };
    let test = async |database: &TestDatabase| {
        let nodes = Nodes::start(database, Some(&redis)).await;
        let [mut ada, mut bob] = nodes.clients(Dialect::Hocuspocus).await;
        let client = redis::Client::open(redis.as_str()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let channel = format!("gala:room:{}", nodes.page);
        let (mut sink, mut stream) = client.get_async_pubsub().await.unwrap().split();
        sink.subscribe(&channel).await.unwrap();
        ada.append("x").await.unwrap();
        let true_one = stream.next().await.unwrap().get_payload_bytes().to_vec();
        bob.hear_until_length(1).await;

        let room: RoomId = nodes.page.parse().unwrap();
        let lie = Said::Room(room, News::Reaches { generation: 1, head: 1_000_000 });
        let unsealed = nodes::encode(NodeId::new(), &lie);
        let mut broken = true_one.clone();
        broken[20] ^= 1;
        for message in [b"nonsense".to_vec(), vec![], unsealed.to_vec(), broken, true_one.clone(), true_one] {
            connection.publish(&channel, message).await.unwrap();
        }

        let ignored = async |why: &str| nodes.there.metric(&format!("gala_bus_ignored_total{{why=\"{why}\"}}")).await;
        wait_until(async || ignored("foreign").await >= 4.0 && ignored("doubled").await >= 2.0).await;
        bob.append("y").await.unwrap();
        ada.hear_until_length(2).await;
        assert_eq!(ada.text(), bob.text());
    };
    database.run(test).await;
}
