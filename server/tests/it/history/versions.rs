//! Versions of rooms, and going back.

use serde_json::{Value, json};

use super::{of_room, write};
use crate::{
    app::{TestApp, nobody},
    engines::on_both,
    people::each,
    yjs_client::{Dialect, YjsClient, new_doc},
};

on_both! {
    async fn points_have_names_which_can_be_changed_and_taken_away(database) {
        let app = TestApp::on(database).await;
        let page = app.create_page("", "one").await;
        let second = write(&app.owner, &page, "two").await;
        let versions = of_room(&page, "/versions");

        let now = app.post(&versions, json!({ "name": " now " })).await.expect(201).json();
        app.post(&versions, json!({ "name": "first", "at": 1 })).await.expect(201);

        assert_eq!((&now["seq"], &now["name"], &now["kind"]), (&json!(second), &json!("now"), &json!("named")));
        assert_eq!((&now["author"]["name"], &now["at"]), (&json!("Owner"), &app.moment(&page, second).await["at"]));
        assert_eq!(each(&app.get(&versions).await.expect(200), "name"), ["now", "first"]);
        let again = app.post(&versions, json!({ "name": "again", "at": 1 })).await;
        assert_eq!(again.expect(409).refusal(), "conflict");
        let renamed = app.patch(&of_room(&page, "/versions/1"), json!({ "name": "begin" })).await.expect(200);
        assert_eq!(renamed.json()["name"], "begin");
        app.delete(&of_room(&page, &format!("/versions/{second}"))).await.expect(204);
        assert_eq!(each(&app.get(&versions).await.expect(200), "name"), ["begin"]);
        assert_eq!(app.said(&page, second).await, "two\n", "a version is a name only");
    }

    async fn restoring_brings_back_what_was_and_can_be_taken_back(database) {
        let app = TestApp::on(database).await;
        let ada = app.member("Ada", "editor").await;
        let page = app.create_page("Before", "one\n\ntwo").await;
        app.patch(&format!("/api/v1/pages/{page}"), json!({ "title": "After" })).await.expect(200);
        let last = write(&app.owner, &page, "three").await;

        let restored = ada.post(&of_room(&page, "/restore"), json!({ "at": 1 })).await.expect(200).json();

        let version = &restored["version"];
        assert_eq!((&version["kind"], &version["author"]["name"]), (&json!("restore"), &json!("Ada")));
        assert_eq!(version["seq"], last + 1, "title and content are one edit");
        assert_eq!((app.markdown(&page).await.as_str(), app.outline().await.as_str()), ("one\n\ntwo\n", "Before"));
        let run = app.get(&of_room(&page, "/history/edits?limit=1")).await.expect(200).json();
        assert_eq!(run["items"][0]["author"]["name"], "Ada");

        app.post(&of_room(&page, "/restore"), json!({ "at": last })).await.expect(200);

        assert_eq!((app.markdown(&page).await.as_str(), app.outline().await.as_str()), ("three\n", "After"));
        let listed = app.get(&of_room(&page, "/versions")).await.expect(200);
        assert_eq!(each(&listed, "kind"), ["restore", "restore"]);
        let audit = app.get(&app.of_workspace("/audit?limit=2")).await.expect(200);
        assert_eq!(each(&audit, "action"), ["room.restored", "room.restored"]);
        assert_eq!(each(&audit, "detail"), [format!("{last} as {}", last + 2), format!("1 as {}", last + 1)]);
    }
}

#[tokio::test]
async fn a_restore_is_seen_by_everybody_in_the_room() {
    let app = TestApp::new().await;
    let page = app.create_page("", "one").await;
    let mut client = YjsClient::connect(&app.owner, &page, None, Dialect::YWebsocket, new_doc()).await.unwrap();
    client.append("more").await.unwrap();
    client.hear_until_synced().await;
    write(&app.owner, &page, "two").await;

    app.post(&of_room(&page, "/restore"), json!({ "at": 1 })).await.expect(200);

    while fragment(&client) != "<paragraph>one</paragraph>" {
        client.hear().await.unwrap();
    }
    assert_eq!(client.text(), "more", "what is no content of the page stays");
}

/// The blocks, as the client has them.
fn fragment(client: &YjsClient) -> String {
    use yrs::{GetString, Transact};
    client.doc.get_or_insert_xml_fragment("content").get_string(&client.doc.transact())
}

#[tokio::test]
async fn versions_of_what_is_not_there_are_not_found() {
    let app = TestApp::new().await;
    let page = app.create_page("", "one").await;
    let refusals = [
        app.post(&of_room(&page, "/versions"), json!({ "name": "a", "at": 7 })).await,
        app.patch(&of_room(&page, "/versions/1"), json!({ "name": "a" })).await,
        app.delete(&of_room(&page, "/versions/1")).await,
        app.post(&of_room(&page, "/restore"), json!({ "at": 7 })).await,
        app.post(&of_room(&page, "/restore"), json!({ "at": "1999-01-01T00:00:00Z" })).await,
        app.post(&of_room(&nobody(), "/restore"), json!({ "at": 1 })).await,
        app.post(&of_room(&nobody(), "/versions"), json!({ "name": "a" })).await,
    ];

    for refused in refusals {
        assert_eq!(refused.expect(404).refusal(), "not_found");
    }
}

#[tokio::test]
async fn what_cannot_be_a_version_is_refused_with_its_place() {
    let app = TestApp::new().await;
    let page = app.create_page("", "one").await;
    let refusal = async |path: &str, body: Value| app.post(&of_room(&page, path), body).await.expect(422).refusal();

    for name in ["", "  ", "a\nb", &"a".repeat(101)] {
        assert_eq!(refusal("/versions", json!({ "name": name })).await, "invalid /name out_of_range");
    }
    assert_eq!(refusal("/versions", json!({})).await, "invalid /name missing");
    assert_eq!(refusal("/versions", json!({ "name": "a", "at": -1 })).await, "invalid /at wrong_type");
    assert_eq!(refusal("/restore", json!({ "at": "yesterday" })).await, "invalid /at wrong_type");
    assert_eq!(refusal("/restore", json!({})).await, "invalid /at missing");
}

#[tokio::test]
async fn a_restore_that_is_refused_is_told_to_the_audit() {
    let app = TestApp::new().await;
    let page = app.create_page("", "one").await;
    let eve = app.member("Eve", "viewer").await;

    eve.post(&of_room(&page, "/restore"), json!({ "at": 1 })).await.expect(403);
    app.post(&of_room(&page, "/restore"), json!({ "at": 7 })).await.expect(404);

    let audit = app.get(&app.of_workspace("/audit?limit=2")).await.expect(200);
    assert_eq!(each(&audit, "action"), ["room.restore_refused", "room.restore_refused"]);
    assert_eq!(each(&audit, "actor_id"), [app.owner.id.as_str(), eve.id.as_str()]);
    assert_eq!(each(&audit, "object"), [page.as_str(), page.as_str()]);
}
