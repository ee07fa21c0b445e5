//! The program from the outside: what it prints, and how it ends.

use std::{
    fs::File,
    path::Path,
    process::{Command, Output},
};

use protocol::{
    audit::Audited,
    ids::{PrincipalId, WorkspaceId},
    time::Timestamp,
};
use server::store::{Engine, NewEvent};

use crate::{
    engines::{TestDatabase, on_both},
    process::{Gala, free_port},
    yjs_client::{Dialect, YjsClient, new_doc},
};

fn gala(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gala")).args(arguments).output().expect("gala runs")
}

/// Runs it so that it cannot start; answers with how it ended and what it said.
fn refused(arguments: &[&str]) -> (Option<i32>, String) {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().to_str().unwrap();
    let output = gala(&[arguments, &["--data-dir", data_dir]].concat());
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_database_that_cannot_be_reached_is_named_without_its_password() {
    let url = format!("postgres://me:hush@127.0.0.1:{}/gala", free_port());

    let (code, said) = refused(&["serve", "--listen", "127.0.0.1:0", "--database-url", &url]);

    assert_eq!((code, said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.starts_with("gala: the database postgres://127.0.0.1:") && !said.contains("hush"), "{said}");
}

#[tokio::test]
async fn a_data_directory_serves_one_process_at_a_time() {
    let directory = tempfile::tempdir().unwrap();
    let first = Gala::start(free_port(), directory.path(), None).await;
    let second = ["--listen", "127.0.0.1:0", "--data-dir", directory.path().to_str().unwrap()];

    let refused = gala(&second);
    first.kill();
    let third = Gala::start(free_port(), directory.path(), None).await;

    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("is used by another gala"));
    third.kill();
}

on_both! {
    async fn a_database_of_a_newer_version_is_left_alone(database) {
        drop(database.store().await);
        let known = database.query("SELECT max(version) FROM migration").await.remove(0);
        database.query("UPDATE migration SET version = 9999 WHERE version = 1").await;
        let create = ["user", "create", "--email", "ada@example.org", "--name", "Ada"];

        for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["migrate"], &create] {
            let (code, said) = ended_on(database, command);

            let why = format!(
                "cannot be used: the database has schema version 9999, this program knows {known} at most: \
                 start the newer version\n"
            );
            assert!(code == Some(1) && said.starts_with("gala: the database ") && said.ends_with(&why), "{said}");
        }
        assert_eq!(database.query("SELECT count(*) FROM account").await, ["0"]);
    }

    async fn a_node_with_another_secret_does_not_start(database) {
        let secrets = ["A", "E"].map(|letter| format!("{}=", letter.repeat(43)));
        let create = ["user", "create", "--email", "ada@example.org", "--name", "Ada", "--secret-key", &secrets[0]];
        let serve = ["serve", "--listen", "127.0.0.1:0", "--secret-key", &secrets[1]];
        assert_eq!(ended_on(database, &create), (Some(0), String::new()));

        let (code, said) = ended_on(database, &serve);

        let why = "gala: the secret key is not the one this database was made with: \
                   every node and every command needs the same GALA_SECRET_KEY\n";
        assert_eq!((code, said.as_str()), (Some(1), why));
    }
}

/// Runs it on a database; answers with how it ended and what it said of it.
fn ended_on(database: &TestDatabase, arguments: &[&str]) -> (Option<i32>, String) {
    let directory = tempfile::tempdir().unwrap();
    let mut arguments = arguments.to_vec();
    match database.engine() {
        Engine::Sqlite(file) => arguments.extend(["--data-dir", file.parent().and_then(Path::to_str).unwrap()]),
        Engine::Postgres(url) => {
            arguments.extend(["--data-dir", directory.path().to_str().unwrap(), "--database-url", url]);
        }
    }
    let output = gala(&arguments);
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[tokio::test]
async fn room_tokens_of_servers_with_another_secret_are_refused_and_the_log_says_why_once() {
    let directories = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let log = directories[1].path().join("log");
    let data_dir = ["--data-dir", directories[1].path().to_str().unwrap()];
    let one = Gala::start(free_port(), directories[0].path(), None).await;
    let other = Gala::start_beside(None, free_port(), (&data_dir, &[]), File::create(&log).unwrap()).await;
    let page = one.create_page("Plan").await;
    let token = one.owner.room_token(&page, "write").await;

    for _ in 0..3 {
        let client = YjsClient::connect(&other.owner, &page, Some(&token), Dialect::YWebsocket, new_doc()).await;
        assert_eq!(client.unwrap().hear_until_closed().await, Some(4401));
    }

    let said = std::fs::read_to_string(log).unwrap();
    assert_eq!(said.matches("signed with another secret").count(), 1, "{said}");
    assert!(said.contains("every node needs the same GALA_SECRET_KEY"), "{said}");
}

#[test]
fn an_address_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();

    let (code, said) = refused(&["--listen", &address]);

    assert_eq!((code, said.lines().last().unwrap().starts_with("gala: cannot listen on")), (Some(1), true), "{said}");
}

#[test]
fn a_setting_that_makes_no_sense_is_a_mistake_in_usage() {
    for wrong in [["--listen", "x"], ["--database-url", "mysql://a"], ["--public-url", "a"], ["--log-level", "=="]] {
        assert_eq!(refused(&wrong).0, Some(2), "{wrong:?}");
    }
    assert_eq!(refused(&["--secret-key", "c2hvcnQ="]).0, Some(1));
}

#[test]
fn it_says_its_version() {
    let output = gala(&["version"]);

    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("gala {}\n", env!("CARGO_PKG_VERSION")));
}

#[tokio::test]
async fn it_ends_well_when_it_is_told_to() {
    let directory = tempfile::tempdir().unwrap();
    let gala = Gala::start(free_port(), directory.path(), None).await;

    gala.terminate();

    assert_eq!(gala.wait().await.code(), Some(0));
}

#[tokio::test]
async fn it_says_that_it_stops_and_serves_on_for_as_long_as_a_proxy_needs_to_notice() {
    let directory = tempfile::tempdir().unwrap();
    let gala = Gala::start_with(free_port(), directory.path(), None, &["--drain-delay-s", "2"]).await;
    let page = gala.create_page("Plan").await;
    let client = YjsClient::connect(&gala.owner, &page, None, Dialect::Hocuspocus, new_doc()).await;
    let mut client = client.unwrap();
    client.hear_until_synced().await;

    gala.terminate();
    gala.wait_until_not_ready().await;
    client.append("x").await.unwrap();
    client.hear_until_saved().await;

    assert_eq!(client.hear_until_closed().await, Some(4503));
    assert_eq!(gala.wait().await.code(), Some(0));
}

#[tokio::test]
async fn it_can_be_asked_whether_it_lives() {
    let (port, directory) = (free_port(), tempfile::tempdir().unwrap());
    let address = format!("127.0.0.1:{port}");
    let server = Gala::start(port, directory.path(), None).await;

    let living = gala(&["health", "--listen", &address]);
    server.kill();
    let dead = gala(&["health", "--listen", &address]);

    assert_eq!((living.status.code(), dead.status.code()), (Some(0), Some(1)));
    let said = String::from_utf8(dead.stderr).unwrap();
    assert!(said.starts_with("gala: ") && said.lines().count() == 1, "{said}");
}

#[test]
fn a_migrated_database_is_there() {
    let directory = tempfile::tempdir().unwrap();

    let output = gala(&["migrate", "--data-dir", directory.path().to_str().unwrap()]);

    assert_eq!(output.status.code(), Some(0));
    assert!(directory.path().join("gala.db").exists());
}

#[tokio::test]
async fn an_audit_that_was_changed_ends_its_verification_badly() {
    let database = TestDatabase::sqlite();
    let Engine::Sqlite(file) = database.engine() else { unreachable!("it is SQLite") };
    let verify = ["audit", "verify", "--data-dir", file.parent().unwrap().to_str().unwrap()];
    let event = NewEvent {
        at: Timestamp::from_seconds(0),
        actor: None,
        action: Audited::WorkspaceCreated,
        object: String::new(),
        detail: String::new(),
        address: String::new(),
    };
    let workspace = WorkspaceId::new();
    database.store().await.create_workspace(workspace, "a", PrincipalId::nil(), &event).await.unwrap();

    let good = gala(&verify);
    database.query("DROP TRIGGER audit_event_is_never_updated").await;
    database.query("UPDATE audit_event SET detail = 'b'").await;
    let bad = gala(&verify);

    assert_eq!((good.status.code(), bad.status.code()), (Some(0), Some(1)));
    let said = |output: Output| String::from_utf8(output.stdout).unwrap();
    assert_eq!(said(good), format!("workspace {workspace}: 1 events, all as they were written\n"));
    assert_eq!(
        said(bad),
        format!("workspace {workspace}: 0 events are as they were written, but event 1 was changed\n")
    );
}
