//! The store, on both engines.

use std::{os::unix::fs::PermissionsExt, sync::Arc};

use actors::{
    clock::SystemClock,
    room::log::{Append, Entry, RoomLog},
};
use bytes::Bytes;
use futures_util::future::join_all;
use protocol::{
    audit::Audited,
    ids::{PrincipalId, RoomId, WorkspaceId},
    rooms::Seq,
    time::Timestamp,
};
use server::store::{Engine, NewEvent, NewPage, OpenError, Store, Tenant};

use crate::engines::{TestDatabase, on_both};

mod audit;
mod compaction;
mod isolation;
mod leases;
mod log;
mod outage;
mod pages;
mod past;
mod throughput;
mod tls;

on_both! {
    async fn a_database_of_a_newer_version_is_refused(database) {
        drop(database.store().await);
        database.query("UPDATE migration SET version = 9999 WHERE version = 1").await;

        let opened = Store::open(database.engine(), Arc::new(SystemClock)).await;

        assert!(matches!(opened.err(), Some(OpenError::NewerSchema { found: 9999, .. })));
    }

    async fn a_store_that_answers_is_healthy(database) {
        database.store().await.health().await.unwrap();
    }
}

#[tokio::test]
async fn only_its_owner_may_read_the_database() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("gala.db");

    let _store = Store::open(&Engine::Sqlite(file), Arc::new(SystemClock)).await.unwrap();

    for file in ["gala.db", "gala.db-wal", "gala.db-shm"] {
        let mode = std::fs::metadata(directory.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[tokio::test]
async fn a_database_that_is_not_there_is_an_error_in_time() {
    let nobody = Engine::Postgres("postgres://gala@127.0.0.1:1/gala".to_owned());

    let opened = Store::open(&nobody, Arc::new(SystemClock)).await;

    assert!(matches!(opened.err(), Some(OpenError::Store(_))));
}

/// Any time will do.
const AT: Timestamp = Timestamp::from_micros(1_763_632_735_000_000);

/// A page at the top whose log begins with the update `first`.
async fn new_room(store: &Store) -> RoomId {
    new_rooms(store, 1).await[0]
}

/// As many of these as are wanted.
async fn new_rooms(store: &Store, count: usize) -> Vec<RoomId> {
    let pages = workspace(store).await;
    let room = async || pages.create_page(new_page(None, ""), &event()).await.unwrap().id;
    join_all((0..count).map(|_| room())).await
}

/// The one workspace of a test; made when it is first asked for.
async fn workspace(store: &Store) -> Tenant {
    let owner = PrincipalId::nil();
    let present = store.workspaces_of(owner, 1, None).await.unwrap();
    match present.items.first() {
        Some(workspace) => store.of(workspace.id),
        None => new_workspace(store, owner).await,
    }
}

/// A workspace of somebody's.
async fn new_workspace(store: &Store, owner: PrincipalId) -> Tenant {
    let id = WorkspaceId::new();
    store.create_workspace(id, "Workspace", owner, &event()).await.unwrap();
    store.of(id)
}

/// Something for the audit.
fn event() -> NewEvent {
    event_at(AT)
}

fn event_at(at: Timestamp) -> NewEvent {
    let (object, detail, address) = ("object".to_owned(), String::new(), String::new());
    NewEvent { at, actor: None, action: Audited::PageCreated, object, detail, address }
}

/// A page under `parent` that could be made.
fn new_page(parent: Option<RoomId>, title: &str) -> NewPage<'_> {
    NewPage {
        id: RoomId::new(),
        parent,
        title,
        created_by: PrincipalId::new(),
        initial_update: Bytes::from_static(b"first"),
        at: AT,
    }
}

/// Updates by somebody, to be appended to a room of the first generation.
fn updates(room: RoomId, updates: impl IntoIterator<Item = impl Into<Bytes>>) -> Append {
    let author = PrincipalId::new();
    let entries = updates.into_iter().map(|update| Entry { author, update: update.into() }).collect();
    Append { room, generation: 1, known: 0, entries, title: None }
}

/// Every update of a room that is not in its snapshot, from the first after it.
async fn tail(store: &Store, room: RoomId) -> Vec<Bytes> {
    store.load(room).await.unwrap().tail
}

/// The only segment's row of `room_log` of a room: a condition for SQL.
fn of_room(database: &TestDatabase, room: RoomId) -> String {
    let id = room.as_uuid();
    match database.engine() {
        Engine::Sqlite(_) => format!("room_id = x'{}'", id.simple()),
        Engine::Postgres(_) => format!("room_id = '{id}'"),
    }
}

/// Positions one after the other, from `first` on.
fn positions(first: Seq, count: u64) -> Vec<Seq> {
    (first..first + count).collect()
}
