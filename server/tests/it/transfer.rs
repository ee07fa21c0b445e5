//! A workspace in a file: out of one engine, into another one, and back.

use std::{
    fs,
    path::{Path, PathBuf},
};

use actors::room::log::RoomLog;
use proptest::prelude::*;
use reqwest::Method;
use serde_json::json;
use server::store::{Engine, Store, verify};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::{
    app::{Answer, TestApp, nobody, outline},
    engines::{ManualClock, TestDatabase, query_sqlite},
    process::{Gala, command, command_told, free_port},
    signed_in::PASSWORD,
};

/// A server with a workspace in which there is something of everything, and its file.
struct Moving {
    app: TestApp,
    page: String,
    directory: TempDir,
}

impl Moving {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let bob = app.member("Bob", "editor").await;
        let page = app.create_page("Plan", "# one\n\ntwo").await;
        app.create_page_under(&page, "Below").await;
        let trashed = app.create_page("Gone", "").await;
        app.delete(&format!("/api/v1/pages/{trashed}")).await.expect(204);
        for text in ["three", "three and four", "five"] {
            app.put_content(&page, "text/markdown", text).await.expect(204);
        }
        app.post(&format!("/api/v1/rooms/{page}/versions"), json!({ "name": "Before" })).await.expect(201);
        compact(&app, &page).await;
        app.put_content(&page, "text/markdown", "six").await.expect(204);
        // One that was made later stands above one that was made earlier.
        let above = app.create_page("Above", "").await;
        app.post(&format!("/api/v1/pages/{page}/move"), json!({ "parent_id": above })).await.expect(200);
        app.share_link(&page, "read").await;
        app.invitation("viewer").await;
        let grant = app.request(Method::PUT, &format!("/api/v1/rooms/{page}/grants/{}", bob.id));
        app.send(grant.json(&json!({ "level": "read" }))).await.expect(200);
        app.post(&app.of_workspace("/api-keys"), json!({ "name": "Bot", "scopes": ["read"], "role": "viewer" }))
            .await
            .expect(201);
        Self { app, page, directory: tempfile::tempdir().unwrap() }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Exports the workspace from the server's own database.
    fn export(&self, name: &str, database_url: Option<&str>) -> PathBuf {
        export(self.app.data_dir(), database_url, &self.app.workspace, self.file(name))
    }
}

/// Has the room compacted, and all of its log moved to its history.
async fn compact(app: &TestApp, room: &str) {
    let clock = ManualClock::new();
    clock.advance_seconds(100 * 365 * 24 * 60 * 60);
    let store = Store::open(&Engine::Sqlite(app.data_dir().join("gala.db")), clock).await.unwrap();
    store.compact(room.parse().unwrap()).await.unwrap().unwrap();
}

#[track_caller]
fn export(data_dir: &Path, database_url: Option<&str>, workspace: &str, file: PathBuf) -> PathBuf {
    succeed(command(data_dir, database_url, &["export", workspace, file.to_str().unwrap()]));
    file
}

#[track_caller]
fn import(data_dir: &Path, database_url: Option<&str>, file: &Path) -> String {
    succeed(command(data_dir, database_url, &["import", file.to_str().unwrap()]))
}

#[track_caller]
fn refused(data_dir: &Path, arguments: &[&str]) -> String {
    let (code, said) = command(data_dir, None, arguments);
    assert_eq!(code, Some(1), "{said}");
    said
}

#[track_caller]
fn succeed((code, said): (Option<i32>, String)) -> String {
    assert_eq!(code, Some(0), "{said}");
    said
}

fn count(data_dir: &Path, table: &str) -> String {
    query_sqlite(&data_dir.join("gala.db"), &format!("SELECT count(*) FROM {table}")).unwrap().remove(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workspace_moves_from_sqlite_to_postgres_and_back_byte_for_byte() {
    let Some(database) = TestDatabase::postgres().await else { return };
    database
        .run(async |database| {
            let moving = Moving::new().await;
            let (postgres, sqlite) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
            let first = moving.export("first", None);

            let said = import(postgres.path(), database.url(), &first);
            let second = export(postgres.path(), database.url(), &moving.app.workspace, moving.file("second"));
            let said_again = import(sqlite.path(), None, &second);
            let third = export(sqlite.path(), None, &moving.app.workspace, moving.file("third"));

            for said in [said, said_again] {
                assert!(said.contains("4 rooms have the state and the content they had"), "{said}");
                assert!(said.contains("the same file, byte for byte"), "{said}");
            }
            let bytes = fs::read(&first).unwrap();
            assert!(bytes == fs::read(&second).unwrap() && bytes == fs::read(&third).unwrap());
            for (table, rows) in [("member", "3"), ("page_grant", "1"), ("share_link", "1"), ("invitation", "2")] {
                assert_eq!((table, count(sqlite.path(), table).as_str()), (table, rows));
            }
            for table in ["room_log", "room_history", "room_snapshot", "room_version", "room_attribution", "api_key"] {
                assert_ne!((table, count(sqlite.path(), table).as_str()), (table, "0"));
            }
            assert_eq!(command(sqlite.path(), None, &["doctor"]).0, Some(0));
            assert_eq!(command(sqlite.path(), None, &["audit", "verify"]).0, Some(0));
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_moves_finds_everything_where_it_was() {
    let moving = Moving::new().await;
    let before = (moving.app.outline().await, moving.app.markdown(&moving.page).await);
    let file = moving.export("file", None);
    let there = tempfile::tempdir().unwrap();

    let said = import(there.path(), None, &file);
    assert!(said.contains("0 people had an account, 2 have got one without a password:"), "{said}");
    let reset = ["user", "reset-password", "--email", "owner@example.org", "--password-stdin"];
    succeed(command_told(there.path(), None, &reset, PASSWORD));
    let gala = Gala::start(free_port(), there.path(), None).await;
    let get = async |path: String, accept: &str| {
        let request = gala.owner.request(Method::GET, &path).header("accept", accept);
        Answer::to(request).await.expect(200)
    };
    let pages = get(moving.app.of_workspace("/pages"), "application/json").await.json();
    let content = get(format!("/api/v1/pages/{}/content", moving.page), "text/markdown").await.text();

    assert_eq!((outline(&pages["items"]), content), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_are_known_by_their_addresses() {
    let moving = Moving::new().await;
    let file = moving.export("file", None);
    let there = TestApp::new().await;

    let said = import(there.data_dir(), None, &file);

    assert!(said.contains("1 people had an account, 1 have got one without a password:\n  bob@example.org"), "{said}");
    assert!(said.contains("differs in nothing but how people are called on this server"), "{said}");
    let workspaces = there.get("/api/v1/workspaces").await.expect(200).text();
    assert!(workspaces.contains(&moving.app.workspace), "{workspaces}");
    assert_eq!(there.markdown(&moving.page).await, moving.app.markdown(&moving.page).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_not_taken_changes_nothing_and_says_why() {
    let moving = Moving::new().await;
    let file = moving.export("file", None);
    let bytes = fs::read(&file).unwrap();
    let there = tempfile::tempdir().unwrap();
    succeed(command(there.path(), None, &["migrate"]));
    let attempt = |bytes: &[u8]| {
        let damaged = moving.file("damaged");
        fs::write(&damaged, bytes).unwrap();
        let said = refused(there.path(), &["import", damaged.to_str().unwrap()]);
        for table in ["workspace", "account", "room", "audit_head"] {
            assert_eq!(count(there.path(), table), "0", "{table}: {said}");
        }
        said
    };

    let mut newer = bytes.clone();
    newer[18] = 2;
    assert!(attempt(&newer).contains("version 2, this program reads 1 at most"));
    assert!(attempt(b"something else").contains("this is no export of a workspace"));
    assert!(attempt(&bytes[..bytes.len() - 1]).contains(", at byte "));
    assert!(attempt(&[&bytes[..], b"x"].concat()).contains("follows the end"));
    let records = Records::of(&bytes);
    let (number, row) = (1..).zip(&records.0).find(|(_, record)| record.kind == 3).unwrap();
    let mut flipped = bytes.clone();
    flipped[row.offset + 9] ^= 1;
    let said = attempt(&flipped);
    let expected = format!("gala: record {number} (row of account, at byte {}) has a wrong checksum\n", row.offset);
    assert_eq!(said, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workspace_that_is_here_is_not_imported_again() {
    let moving = Moving::new().await;
    let file = moving.export("file", None);

    let said = refused(moving.app.data_dir(), &["import", file.to_str().unwrap()]);

    assert_eq!(said, format!("gala: the workspace {} is here already\n", moving.app.workspace));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_says_what_an_import_would_and_writes_nothing() {
    let moving = Moving::new().await;
    let file = moving.export("file", None);
    let there = tempfile::tempdir().unwrap();

    let said = succeed(command(there.path(), None, &["import", "--check", file.to_str().unwrap()]));
    let verified = succeed(command(there.path(), None, &["export", "--verify", file.to_str().unwrap()]));

    assert!(said.contains("the file is whole and can be imported; nothing was written"), "{said}");
    assert!(verified.contains("is whole"), "{verified}");
    assert_eq!((count(there.path(), "workspace"), count(there.path(), "account")), ("0".into(), "0".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_takes_the_place_of_no_file_and_leaves_none_of_nothing() {
    let moving = Moving::new().await;
    let file = moving.export("file", None);
    let name = file.to_str().unwrap();

    let again = refused(moving.app.data_dir(), &["export", &moving.app.workspace, name]);
    let nothing = moving.file("nothing");
    let said = refused(moving.app.data_dir(), &["export", &nobody(), nothing.to_str().unwrap()]);

    assert!(again.contains("exists"), "{again}");
    assert_eq!(said, "gala: there is no such workspace\n");
    assert_eq!(fs::read_dir(moving.directory.path()).unwrap().count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_speaks_of_nothing_but_its_workspace() {
    let moving = Moving::new().await;
    let records = Records::of(&fs::read(moving.export("file", None)).unwrap());
    let there = tempfile::tempdir().unwrap();
    let attempt = |table: &str, change: fn(&mut Vec<u8>)| {
        let mut records = records.clone();
        let table = records.rows_of(table);
        change(&mut records.0[table].payload);
        let forged = moving.file("forged");
        fs::write(&forged, records.bytes()).unwrap();
        refused(there.path(), &["import", forged.to_str().unwrap()])
    };

    // The ids in these rows begin at byte 1, and at byte 18 the second one.
    for (table, id) in [("member", 18), ("member", 1), ("page", 1), ("room_log", 1), ("audit_head", 1)] {
        let change: fn(&mut Vec<u8>) = if id == 1 { |row| row[5] ^= 1 } else { |row| row[20] ^= 1 };
        let said = attempt(table, change);
        assert!(said.contains(&format!("(row of {table}, at byte ")), "{said}");
        assert!(said.contains("speaks of something that is not in the file"), "{said}");
    }
    let said = attempt("room", |row| row[17] = 3);
    assert!(said.contains("(row of room, at byte "), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_byte_of_a_file_can_be_another_one() {
    let moving = Moving::new().await;
    let bytes = fs::read(moving.export("file", None)).unwrap();
    verify(&bytes[..]).unwrap();

    for index in (0..bytes.len()).step_by(bytes.len() / 500 + 1) {
        let mut damaged = bytes.clone();
        damaged[index] ^= 0x10;
        assert!(verify(&damaged[..]).is_err(), "byte {index}");
        assert!(verify(&bytes[..index]).is_err(), "cut at {index}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_reading_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), begins in any::<bool>()) {
        let front: &[u8] = if begins { b"gala workspace\n\0\0\0\x01" } else { b"" };
        prop_assert!(verify(&[front, &bytes].concat()[..]).is_err());
    }

    #[test]
    fn records_with_right_checksums_make_nothing_panic(
        records in proptest::collection::vec((1_u8..5, proptest::collection::vec(any::<u8>(), 0..60)), 0..10),
    ) {
        let records = records.into_iter().map(|(kind, payload)| Record { kind, payload, offset: 0 });
        let head = Record { kind: 1, payload: vec![7; 16], offset: 0 };
        let file = Records(std::iter::once(head).chain(records).collect());
        prop_assert!(verify(&file.bytes()[..]).is_err());
    }
}

/// The records of a file, to be changed by somebody who knows the format.
#[derive(Clone)]
struct Records(Vec<Record>);

#[derive(Clone)]
struct Record {
    kind: u8,
    payload: Vec<u8>,
    offset: usize,
}

impl Records {
    fn of(file: &[u8]) -> Self {
        let mut records = Vec::new();
        let mut offset = 19;
        while offset < file.len() {
            let length = u32::from_be_bytes(file[offset + 1..offset + 5].try_into().unwrap()) as usize;
            let payload = file[offset + 5..offset + 5 + length].to_vec();
            records.push(Record { kind: file[offset], payload, offset });
            offset += length + 9;
        }
        Self(records)
    }

    /// Where the first row of a table is.
    fn rows_of(&self, table: &str) -> usize {
        let name = [&(table.len() as u32).to_be_bytes()[..], table.as_bytes()].concat();
        self.0.iter().position(|record| record.kind == 2 && record.payload.starts_with(&name)).unwrap() + 1
    }

    /// The file, with the checksums and the end it should have.
    fn bytes(&self) -> Vec<u8> {
        let mut file = b"gala workspace\n\0\0\0\x01".to_vec();
        for (number, record) in self.0.iter().enumerate() {
            let payload = match record.kind {
                4 => [&(number as u64).to_be_bytes()[..], &Sha256::digest(&file)].concat(),
                _ => record.payload.clone(),
            };
            let mut bytes = vec![record.kind];
            bytes.extend_from_slice(&(payload.len() as u32).to_be_bytes());
            bytes.extend_from_slice(&payload);
            bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
            file.extend_from_slice(&bytes);
        }
        file
    }
}
