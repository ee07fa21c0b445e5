//! What a commit costs, and how much of it rooms that write at once share. SQLite, on the disk of the
//! temporary directory, durable as it is in service.
//!
//! `cargo bench -p server`
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to measure")]

use std::sync::Arc;

use actors::{
    clock::{Clock, SystemClock},
    room::log::{Append, Entry, RoomLog},
};
use bytes::Bytes;
use divan::{Bencher, counter::ItemsCount};
use futures_util::future::join_all;
use protocol::{
    audit::Audited,
    ids::{PrincipalId, RoomId, WorkspaceId},
};
use server::store::{Engine, NewEvent, NewPage, Store};
use tokio::runtime::{Builder, Runtime};

/// A keystroke, about.
const UPDATE_BYTES: usize = 30;
/// Rooms that write at once.
const ROOMS: [usize; 3] = [1, 10, 100];

fn main() {
    divan::main();
}

/// Every room appends one keystroke; over once all of them are durable.
#[divan::bench(args = ROOMS)]
fn one_update_each(bencher: Bencher<'_, '_>, rooms: usize) {
    commit(bencher, rooms, 1);
}

/// Every room appends what gathers in one that is busy.
#[divan::bench(args = ROOMS)]
fn twenty_updates_each(bencher: Bencher<'_, '_>, rooms: usize) {
    commit(bencher, rooms, 20);
}

fn commit(bencher: Bencher<'_, '_>, rooms: usize, updates_per_room: usize) {
    let directory = tempfile::tempdir().unwrap();
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let engine = Engine::Sqlite(directory.path().join("gala.db"));
    let store = runtime.block_on(Store::open(&engine, Arc::new(SystemClock))).unwrap();
    let rooms = new_rooms(&runtime, &store, rooms);
    let author = PrincipalId::new();
    let entry = Entry { author, update: Bytes::from_static(&[7; UPDATE_BYTES]) };
    let append =
        |room| Append { room, generation: 1, known: 0, entries: vec![entry.clone(); updates_per_room], title: None };
    bencher
        .counter(ItemsCount::new(rooms.len() * updates_per_room))
        .with_inputs(|| rooms.iter().map(|&room| append(room)).collect::<Vec<_>>())
        .bench_local_values(|appends| {
            let appended = join_all(appends.into_iter().map(|append| store.append(append)));
            runtime.block_on(appended).into_iter().map(Result::unwrap).collect::<Vec<_>>()
        });
}

fn new_rooms(runtime: &Runtime, store: &Store, count: usize) -> Vec<RoomId> {
    let at = SystemClock.now();
    let event = || {
        let (object, detail, address) = ("object".to_owned(), String::new(), String::new());
        NewEvent { at, actor: None, action: Audited::PageCreated, object, detail, address }
    };
    let workspace = WorkspaceId::new();
    runtime.block_on(async {
        store.create_workspace(workspace, "Workspace", PrincipalId::nil(), &event()).await.unwrap();
        let pages = store.of(workspace);
        let mut rooms = Vec::new();
        for _ in 0..count {
            let initial_update = Bytes::from_static(b"first");
            let (id, created_by) = (RoomId::new(), PrincipalId::new());
            let page = NewPage { id, parent: None, title: "", created_by, initial_update, at };
            rooms.push(pages.create_page(page, &event()).await.unwrap().id);
        }
        rooms
    })
}
