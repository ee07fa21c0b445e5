//! What an operator does from the command line.

use std::{
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
    time::Instant,
};

use reqwest::Method;
use serde_json::json;

use crate::{
    app::TestApp,
    engines::TestDatabase,
    revocation::all_put_out,
    signed_in::PASSWORD,
    yjs_client::{Dialect, YjsClient, new_doc},
};

/// Runs a command on a data directory, with this on its standard input.
fn gala(data_dir: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gala"));
    command.args(arguments).arg("--data-dir").arg(data_dir);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("gala runs");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[track_caller]
fn succeed(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn fail(output: Output) -> String {
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test]
async fn an_operator_makes_the_first_owner_and_resets_passwords() {
    let directory = tempfile::tempdir().unwrap();
    let create = ["user", "create", "--email", "ada@example.org", "--name", "Ada"];
    let reset = ["user", "reset-password", "--email", "ada@example.org"];

    let created = succeed(gala(directory.path(), &create, ""));
    let again = fail(gala(directory.path(), &create, ""));
    let weak = fail(gala(directory.path(), &[&reset[..], &["--password-stdin"]].concat(), "short\n"));
    let set = succeed(gala(directory.path(), &[&reset[..], &["--password-stdin"]].concat(), &format!("{PASSWORD}\n")));
    let link = succeed(gala(directory.path(), &[&reset[..], &["--public-url", "https://gala.example"]].concat(), ""));
    let nobody = fail(gala(directory.path(), &["user", "reset-password", "--email", "bob@example.org"], ""));

    assert!(created.contains("\nhttp://127.0.0.1:8080/reset-password/"), "{created}");
    assert_eq!(again, "gala: there is an account with this address\n");
    assert_eq!(weak, "gala: a password has at least 10 characters\n");
    assert_eq!(set, "ada@example.org has the new password, and is signed out everywhere\n");
    assert!(link.contains("\nhttps://gala.example/reset-password/"), "{link}");
    assert_eq!(nobody, "gala: there is no account with this address\n");
}

#[tokio::test]
async fn a_password_that_an_operator_resets_ends_every_other_way_in() {
    let database = TestDatabase::sqlite();
    let app = TestApp::on(&database).await;
    app.post("/api/v1/me/api-keys", json!({ "name": "Script", "scopes": ["read"] })).await.expect(201);
    let page = app.create_page("Plan", "").await;
    let reset = ["user", "reset-password", "--email", "owner@example.org", "--password-stdin"];
    let mut sockets = Vec::new();
    for dialect in [Dialect::YWebsocket, Dialect::Hocuspocus] {
        let mut socket = YjsClient::connect(&app.owner, &page, None, dialect, new_doc()).await.unwrap();
        socket.hear_until_synced().await;
        sockets.push(socket);
    }
    let since = Instant::now();

    succeed(gala(app.data_dir(), &reset, "a quite different one\n"));

    let expected = ["4401", "not signed in, or the token is not valid"];
    all_put_out(&mut sockets, "reset on the command line, which takes its time", since, expected).await;
    app.get("/api/v1/me").await.expect(401);
    let keys = app.query(&database, "SELECT name FROM api_key").await;
    assert!(keys.is_empty(), "{keys:?}");
}

#[tokio::test]
async fn a_rotated_key_signs_and_the_one_before_still_verifies() {
    let database = TestDatabase::sqlite();
    let app = TestApp::on(&database).await;
    let login = json!({ "email": "owner@example.org", "password": PASSWORD });
    let login = || app.send(app.anonymously(Method::POST, "/api/v1/auth/login").json(&login));
    let before = login().await.expect(200).json();

    let said = succeed(gala(app.data_dir(), &["keys", "rotate"], ""));

    let keys = "SELECT id FROM signing_key ORDER BY retired_at IS NOT NULL";
    let keys = app.query(&database, keys).await;
    assert_eq!(keys.len(), 2);
    assert!(said.contains(&keys[0]), "{said}");
    let me = app.anonymously(Method::GET, "/api/v1/me").bearer_auth(before["access_token"].as_str().unwrap());
    app.send(me).await.expect(200);
}

#[tokio::test]
async fn secrets_are_kept_listed_and_forgotten_but_never_shown() {
    let directory = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str], input: &str| gala(directory.path(), arguments, input);

    succeed(run(&["secret", "set", "smtp-password"], "hunter2\n"));
    succeed(run(&["secret", "set", "github-client-secret"], "hunter3"));
    let listed = succeed(run(&["secret", "list"], ""));
    succeed(run(&["secret", "delete", "github-client-secret"], ""));
    let missing = fail(run(&["secret", "delete", "github-client-secret"], ""));
    let empty = fail(run(&["secret", "set", "smtp-password"], ""));
    let unknown = run(&["secret", "set", "x"], "hunter2");

    assert_eq!(listed, "github-client-secret\nsmtp-password\n");
    assert_eq!(missing, "gala: there is no github-client-secret\n");
    assert_eq!(empty, "gala: nothing stands on standard input\n");
    assert_eq!(unknown.status.code(), Some(2));
    let database = std::fs::read(directory.path().join("gala.db")).unwrap();
    assert!(!database.windows(7).any(|bytes| bytes == b"hunter2"));
}

#[test]
fn another_secret_key_opens_the_database_after_the_vault_is_rotated_and_only_then() {
    let directory = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| gala(directory.path(), arguments, "hunter2");
    succeed(run(&["secret", "set", "smtp-password"]));
    let file = directory.path().join("new.key");
    std::fs::write(&file, format!("{}=\n", "A".repeat(43))).unwrap();
    let file = file.to_str().unwrap();
    let other = "gala: the secret key is not the one this database was made with: \
                 every node and every command needs the same GALA_SECRET_KEY\n";

    let too_early = fail(run(&["serve", "--listen", "127.0.0.1:0", "--secret-key-file", file]));
    let said = succeed(run(&["vault", "rotate", "--new-secret-key-file", file]));

    assert_eq!(too_early, other);
    assert!(said.starts_with("1 data keys are locked with the new secret key: "), "{said}");
    assert!(said.contains(&format!("--secret-key-file {file}")), "{said}");
    assert_eq!(fail(run(&["secret", "list"])), other);
    assert_eq!(succeed(run(&["secret", "list", "--secret-key-file", file])), "smtp-password\n");
}

#[test]
fn a_command_in_the_wrong_directory_says_so_and_makes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let elsewhere = directory.path().join("data");

    for command in
        [&["audit", "verify"][..], &["keys", "rotate"], &["user", "reset-password", "--email", "ada@example.org"]]
    {
        let refused = fail(gala(&elsewhere, command, ""));
        assert!(refused.starts_with("gala: there is no database at "), "{refused}");
    }
    assert!(!elsewhere.exists());
}

#[tokio::test]
async fn the_vault_of_a_running_server_is_not_rotated() {
    let app = TestApp::new().await;
    let file = app.data_dir().join("new.key");
    std::fs::write(&file, format!("{}=\n", "A".repeat(43))).unwrap();

    let refused = fail(gala(app.data_dir(), &["vault", "rotate", "--new-secret-key-file", file.to_str().unwrap()], ""));

    assert!(refused.contains("is used by another gala"), "{refused}");
}
