//! What was erased stays erased, whoever still has a copy.

use reqwest::Method;
use serde_json::{Value, json};
use yrs::{Doc, ReadTxn, StateVector, Transact};

use super::{of_room, write};
use crate::{
    app::{Answer, TestApp, nobody},
    engines::on_both,
    people::each,
    process::{Gala, free_port},
    signed_in::SignedIn,
    yjs_client::{Dialect, Heard, YjsClient, new_doc},
};

/// The code with which sockets are closed whose client has what was erased.
const ERASED: u16 = 4410;
/// The code of a room that goes on in another life.
const RESTARTING: u16 = 4500;

on_both! {
    async fn nothing_is_left_of_what_was_erased(database) {
        let app = TestApp::on(database).await;
        let page = app.create_page("Secret", "one").await;
        write(&app.owner, &page, "two").await;
        app.post(&of_room(&page, "/versions"), json!({ "name": "a", "at": 1 })).await.expect(201);

        let erased = app.post(&of_room(&page, "/erase"), json!({})).await.expect(200).json();

        assert_eq!(erased, json!({ "generation": 2 }));
        assert_eq!((app.markdown(&page).await.as_str(), app.outline().await.as_str()), ("", ""));
        for at in [0, 1] {
            let gone = app.get(&of_room(&page, &format!("/history?at={at}"))).await;
            assert_eq!(gone.expect(404).refusal(), "not_found");
        }
        assert_eq!(app.moment(&page, 2).await["content"], json!({ "type": "doc" }));
        for list in ["/versions", "/history/edits"] {
            assert_eq!(app.get(&of_room(&page, list)).await.expect(200).json()["items"], json!([]), "{list}");
        }
        for table in ["room_log", "room_history", "room_version"] {
            assert_eq!(app.query(database, &format!("SELECT count(*) FROM {table}")).await, ["0"], "{table}");
        }
        let room = app.get(&of_room(&page, "")).await.expect(200).json();
        assert_eq!((&room["generation"], &room["head_seq"]), (&json!(2), &json!(2)));
        let audit = app.get(&app.of_workspace("/audit?limit=1")).await.expect(200);
        assert_eq!((each(&audit, "action"), each(&audit, "object")), (vec!["room.erased".to_owned()], vec![page]));
    }

    async fn a_room_that_was_erased_takes_new_content_and_has_a_past_again(database) {
        let app = TestApp::on(database).await;
        let page = app.create_page("Secret", "one").await;
        app.post(&of_room(&page, "/erase"), json!({})).await.expect(200);

        let second = write(&app.owner, &page, "two").await;
        write(&app.owner, &page, "three").await;

        assert_eq!((second, app.said(&page, 2).await.as_str(), app.said(&page, 3).await.as_str()), (2, "two\n", "three\n"));
        app.post(&of_room(&page, "/restore"), json!({ "at": 2 })).await.expect(200);
        assert_eq!(app.markdown(&page).await, "two\n");
        let again = app.post(&of_room(&page, "/erase"), json!({})).await.expect(200).json();
        assert_eq!(again, json!({ "generation": 3 }));
        assert_eq!(app.markdown(&page).await, "");
    }

    async fn no_copy_brings_back_what_was_erased(database) {
        let (port, directory) = (free_port(), tempfile::tempdir().unwrap());
        let gala = Gala::start(port, directory.path(), database.url()).await;
        let page = gala.create_page("Secret").await;
        let (online, offline) = (copy(&gala.owner, &page).await, copy(&gala.owner, &page).await.doc);

        gala.owner.post(&of_room(&page, "/erase"), json!({})).await.expect(200);

        let mut online = online;
        // Whichever is first: the erasure, or the log that tells of another life of the room.
        let closed = online.hear_until_closed().await;
        assert!(matches!(closed, Some(ERASED | RESTARTING)), "{closed:?}");
        check_refused(&gala.owner, &page, &online.doc).await;
        gala.kill();
        let gala = Gala::start(port, directory.path(), database.url()).await;
        check_refused(&gala.owner, &page, &offline).await;
        check_new_content(&gala.owner, &page).await;
        check_refused(&gala.owner, &page, &offline).await;
    }
}

/// Somebody in the room who has all of it, and has written something.
async fn copy(who: &SignedIn, page: &str) -> YjsClient {
    let mut client = YjsClient::connect(who, page, None, Dialect::YWebsocket, new_doc()).await.unwrap();
    client.hear_until_synced().await;
    client.append("secret ").await.unwrap();
    let mut reader = YjsClient::connect(who, page, None, Dialect::YWebsocket, new_doc()).await.unwrap();
    while reader.text().matches("secret ").count() < client.text().matches("secret ").count() {
        reader.hear().await.unwrap();
    }
    client
}

/// A client with a copy tries to bring it back in every way clients have.
async fn check_refused(who: &SignedIn, page: &str, copy: &Doc) {
    let mut asking = YjsClient::connect(who, page, None, Dialect::YWebsocket, copy.clone()).await.unwrap();
    assert_eq!(asking.hear_until_closed().await, Some(ERASED));

    let mut typing = YjsClient::open(who, page, None, Dialect::YWebsocket, copy.clone()).await.unwrap();
    typing.append("more").await.unwrap();
    assert_eq!(typing.hear_until_closed().await, Some(ERASED));

    let mut sending = YjsClient::open(who, page, None, Dialect::YWebsocket, copy.clone()).await.unwrap();
    let everything = copy.transact().encode_state_as_update_v1(&StateVector::default());
    sending.update(&everything).await.unwrap();
    assert_eq!(sending.hear_until_closed().await, Some(ERASED));

    let mut shared = YjsClient::connect(who, page, None, Dialect::Hocuspocus, copy.clone()).await.unwrap();
    let denied = shared.hear_until(|heard| matches!(heard, Heard::Denied(_))).await;
    assert_eq!(denied, Heard::Denied("this content was erased; drop your copy".to_owned()));

    let patch = who.request(Method::PATCH, &format!("/api/v1/pages/{page}/content"));
    let patch = patch.header("content-type", "application/octet-stream").body(everything);
    assert_eq!(Answer::to(patch).await.expect(409).refusal(), "conflict");
    assert!(!state(who, page).await.contains("secret"));
}

/// Somebody who begins with nothing writes something, and others see it.
async fn check_new_content(who: &SignedIn, page: &str) {
    let mut writer = YjsClient::connect(who, page, None, Dialect::Hocuspocus, new_doc()).await.unwrap();
    writer.append("new").await.unwrap();
    writer.hear_until_saved().await;

    let mut reader = YjsClient::connect(who, page, None, Dialect::YWebsocket, new_doc()).await.unwrap();
    reader.hear_until_length(3).await;
    assert_eq!(reader.text(), "new");
}

/// The bytes of what a page holds; texts can be read in them.
async fn state(who: &SignedIn, page: &str) -> String {
    let request = who.request(Method::GET, &format!("/api/v1/pages/{page}/content"));
    Answer::to(request.header("accept", "application/octet-stream")).await.expect(200).text()
}

#[tokio::test]
async fn readers_with_a_copy_are_told_to_drop_it() {
    let app = TestApp::new().await;
    let page = app.create_page("", "one").await;
    let viewer = app.member("Viewer", "viewer").await;
    let mut reading = YjsClient::connect(&viewer, &page, None, Dialect::YWebsocket, new_doc()).await.unwrap();
    reading.hear_until_synced().await;
    let old = reading.doc.clone();

    app.post(&of_room(&page, "/erase"), json!({})).await.expect(200);

    assert_eq!(reading.hear_until_closed().await, Some(ERASED));
    let mut again = YjsClient::connect(&viewer, &page, None, Dialect::YWebsocket, old).await.unwrap();
    assert_eq!(again.hear_until_closed().await, Some(ERASED));
}

#[tokio::test]
async fn what_is_not_there_is_not_erased_and_what_is_not_ones_own_neither() {
    let app = TestApp::new().await;
    let page = app.create_page("", "one").await;
    let (editor, stranger) = (app.member("Editor", "editor").await, app.stranger("Eve").await);
    let erase = of_room(&page, "/erase");

    assert_eq!(app.post(&of_room(&nobody(), "/erase"), json!({})).await.expect(404).refusal(), "not_found");
    assert_eq!(stranger.post(&erase, json!({})).await.expect(404).refusal(), "not_found");
    assert_eq!(editor.post(&erase, json!({})).await.expect(403).refusal(), "forbidden");
    assert_eq!(app.post(&erase, json!({ "all": true })).await.expect(422).refusal(), "invalid /all unknown");
    let audit = app.get(&app.of_workspace("/audit?limit=1")).await.expect(200);
    assert_eq!(
        (each(&audit, "action"), each(&audit, "actor_id")),
        (vec!["room.erase_refused".to_owned()], vec![editor.id])
    );
    assert_eq!(audit.json()["items"][0]["object"], Value::from(page.as_str()));
    app.delete(&format!("/api/v1/pages/{page}")).await.expect(204);
    assert_eq!(app.post(&erase, json!({})).await.expect(404).refusal(), "not_found");
}
