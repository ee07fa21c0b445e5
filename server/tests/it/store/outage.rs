//! Databases that go away: whatever was acknowledged is there afterwards, exactly once.

use std::sync::Arc;

use actors::room::log::{LogError, RoomLog};
use bytes::Bytes;
use futures_util::future::join_all;
use protocol::ids::RoomId;
use server::store::Store;
use tokio::sync::Semaphore;

use super::{new_room, new_rooms, positions, updates};
use crate::{
    engines::TestDatabase,
    postgres_server::PostgresServer,
    process::{Gala, free_port},
    yjs_client::{Dialect, YjsClient, new_doc},
};

const ROOMS: usize = 20;
const UPDATES_PER_ROOM: usize = 150;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_cut_again_and_again_lose_and_double_nothing() {
    let Some(database) = TestDatabase::postgres().await else { return };
    database
        .run(async |database| {
            let store = database.store().await;
            let writers = Writers::of(&store).await;
            let cutting = async {
                for _ in 0..ROOMS * UPDATES_PER_ROOM / 50 {
                    writers.wait_for(50).await;
                    database
                        .query(
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                             WHERE datname = current_database() AND pid <> pg_backend_pid()",
                        )
                        .await;
                }
            };

            tokio::join!(writers.write(), cutting);

            writers.check().await;
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_crashes_again_and_again_loses_and_doubles_nothing() {
    let Some(server) = PostgresServer::start().await else { return };
    TestDatabase::postgres_at(&server.url())
        .await
        .run(async |database| {
            let store = database.store().await;
            let writers = Writers::of(&store).await;
            let crashing = async {
                for _ in 0..4 {
                    writers.wait_for(ROOMS * UPDATES_PER_ROOM / 5).await;
                    server.crash().await;
                    server.recover().await;
                }
            };

            tokio::join!(writers.write(), crashing);

            writers.check().await;
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn edits_made_while_the_database_is_away_are_seen_at_once_and_saved_when_it_returns() {
    let Some(server) = PostgresServer::start().await else { return };
    TestDatabase::postgres_at(&server.url())
        .await
        .run(async |database| {
            let (port, directory) = (free_port(), tempfile::tempdir().unwrap());
            let gala = Gala::start(port, directory.path(), database.url()).await;
            let room = gala.create_page("Outage").await;
            let connect = |dialect| YjsClient::connect(&gala.owner, &room, None, dialect, new_doc());
            let mut ada = connect(Dialect::Hocuspocus).await.unwrap();
            let mut bob = connect(Dialect::YWebsocket).await.unwrap();
            ada.hear_until_synced().await;
            ada.hear_until_saved().await;
            bob.hear_until_synced().await;

            server.crash().await;
            ada.append("while it was away").await.unwrap();
            bob.hear_until_length(17).await;
            gala.wait_until_not_ready().await;
            server.recover().await;
            ada.hear_until_saved().await;
            gala.kill();

            let gala = Gala::start(port, directory.path(), database.url()).await;
            let mut late = YjsClient::connect(&gala.owner, &room, None, Dialect::YWebsocket, new_doc()).await.unwrap();
            late.hear_until_length(17).await;
            assert_eq!(late.text(), "while it was away");
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_server_is_down_reads_fail_in_time_and_appends_wait() {
    let Some(server) = PostgresServer::start().await else { return };
    TestDatabase::postgres_at(&server.url())
        .await
        .run(async |database| {
            let store = database.store().await;
            let room = new_room(&store).await;
            server.crash().await;

            let appended = tokio::spawn(store.append(updates(room, ["a"])));
            assert!(matches!(store.load(room).await, Err(LogError::Unavailable(_))));
            assert!(store.health().await.is_err());
            assert!(!appended.is_finished());
            server.recover().await;

            assert_eq!(appended.await.unwrap().unwrap(), 2);
            assert_eq!(store.load(room).await.unwrap().tail, ["first", "a"]);
            store.health().await.unwrap();
        })
        .await;
}

/// One writer for each of some rooms.
struct Writers {
    store: Store,
    rooms: Vec<RoomId>,
    /// A permit for every update that was acknowledged and not waited for.
    acknowledged: Arc<Semaphore>,
}

impl Writers {
    async fn of(store: &Store) -> Self {
        let rooms = new_rooms(store, ROOMS).await;
        Self { store: store.clone(), rooms, acknowledged: Arc::new(Semaphore::new(0)) }
    }

    /// Appends to all rooms at once, to each one update after the other.
    async fn write(&self) {
        join_all(self.rooms.iter().map(|&room| async move {
            for n in 0..UPDATES_PER_ROOM {
                let seq = self.store.append(updates(room, [n.to_string()])).await.unwrap();
                assert_eq!(seq, n as u64 + 2);
                self.acknowledged.add_permits(1);
            }
        }))
        .await;
    }

    /// Waits until this many more updates are acknowledged.
    async fn wait_for(&self, updates: usize) {
        self.acknowledged.acquire_many(updates.try_into().unwrap()).await.unwrap().forget();
    }

    /// Every room holds its updates once, in their order.
    async fn check(&self) {
        let expected: Vec<Bytes> =
            [Bytes::from("first")].into_iter().chain((0..UPDATES_PER_ROOM).map(|n| n.to_string().into())).collect();
        for &room in &self.rooms {
            let stored = self.store.load(room).await.unwrap();
            assert_eq!(stored.tail, expected);
            assert_eq!(stored.head, *positions(1, expected.len() as u64).last().unwrap());
        }
    }
}
