//! Who may enter single pages, through HTTP.

use serde_json::{Value, json};

use crate::{
    app::{TestApp, nobody, outline},
    engines::on_both,
    signed_in::SignedIn,
};

async fn say(app: &TestApp, page: &str, members: Value) -> Value {
    let path = format!("/api/v1/rooms/{page}/sharing");
    app.owner.put(&path, json!({ "members": members })).await.expect(200).json()
}

async fn grant(app: &TestApp, page: &str, who: &SignedIn, level: &str) -> Value {
    let path = format!("/api/v1/rooms/{page}/grants/{}", who.id);
    app.owner.put(&path, json!({ "level": level })).await.expect(200).json()
}

/// What somebody may do with a page; `not_found` if they may not know of it.
async fn access(who: &SignedIn, page: &str) -> String {
    let answer = who.get(&format!("/api/v1/pages/{page}")).await;
    if answer.status == 200 { answer.json()["access"].as_str().unwrap().to_owned() } else { answer.refusal() }
}

on_both! {
    async fn a_restricted_page_is_hidden_with_what_is_below_it(database) {
        let app = TestApp::on(database).await;
        let (ada, admin) = (app.member("Ada", "editor").await, app.member("Admin", "admin").await);
        let a = app.create_page("a", "").await;
        let b = app.create_page_under(&a, "b").await;
        app.create_page("c", "").await;

        let said = say(&app, &a, json!("none")).await;

        assert_eq!(said["members"], "none");
        for page in [&a, &b] {
            assert_eq!(access(&ada, page).await, "not_found");
            assert_eq!(access(&admin, page).await, "write");
        }
        let pages = ada.get(&app.of_workspace("/pages")).await.expect(200).json();
        assert_eq!(outline(&pages["items"]), "c");
        say(&app, &b, json!("read")).await;
        assert_eq!((access(&ada, &a).await, access(&ada, &b).await), ("not_found".to_owned(), "read".to_owned()));
        let pages = ada.get(&app.of_workspace("/pages")).await.expect(200).json();
        assert_eq!(outline(&pages["items"]), "b c");
        say(&app, &a, Value::Null).await;
        assert_eq!((access(&ada, &a).await, access(&ada, &b).await), ("write".to_owned(), "read".to_owned()));
    }

    async fn a_grant_raises_and_lowers_one_member(database) {
        let app = TestApp::on(database).await;
        let (viewer, editor) = (app.member("Ada", "viewer").await, app.member("Eve", "editor").await);
        let a = app.create_page("a", "").await;
        let b = app.create_page_under(&a, "b").await;

        let granted = grant(&app, &a, &viewer, "write").await;
        grant(&app, &b, &editor, "comment").await;

        assert_eq!(granted, json!({ "principal_id": viewer.id, "name": "Ada", "level": "write", "page_id": a }));
        assert_eq!((access(&viewer, &a).await, access(&viewer, &b).await), ("write".to_owned(), "write".to_owned()));
        assert_eq!((access(&editor, &a).await, access(&editor, &b).await), ("write".to_owned(), "comment".to_owned()));
        let sharing = app.get(&format!("/api/v1/rooms/{b}/sharing")).await.expect(200).json();
        assert_eq!((&sharing["members"], &sharing["inherited_from"]), (&Value::Null, &Value::Null));
        let grants: Vec<_> = sharing["grants"].as_array().unwrap().iter().map(|grant| &grant["page_id"]).collect();
        assert_eq!(grants, [&json!(b), &json!(a)]);
        let path = format!("/api/v1/rooms/{a}/grants/{}", viewer.id);
        app.delete(&path).await.expect(204);
        assert_eq!(access(&viewer, &a).await, "read");
        assert_eq!(app.delete(&path).await.expect(404).refusal(), "not_found");
    }

    async fn whoever_restricts_a_page_does_not_lock_themselves_out(database) {
        let app = TestApp::on(database).await;
        let (ada, eve) = (app.member("Ada", "editor").await, app.member("Eve", "editor").await);
        let page = app.create_page("a", "").await;
        let path = format!("/api/v1/rooms/{page}/sharing");

        let said = ada.put(&path, json!({ "members": "none" })).await.expect(200).json();

        assert_eq!(said["grants"][0]["principal_id"], ada.id.as_str());
        assert_eq!((access(&ada, &page).await, access(&eve, &page).await), ("write".to_owned(), "not_found".to_owned()));
        assert_eq!(eve.get(&path).await.expect(404).refusal(), "not_found");
        ada.put(&path, json!({ "members": null })).await.expect(200);
        assert_eq!(access(&eve, &page).await, "write");
    }

    async fn only_who_may_write_in_a_room_shares_it(database) {
        let app = TestApp::on(database).await;
        let (viewer, editor) = (app.member("Ada", "viewer").await, app.member("Eve", "editor").await);
        let page = app.create_page("a", "").await;
        let path = format!("/api/v1/rooms/{page}/sharing");
        grant(&app, &page, &editor, "comment").await;

        for who in [&viewer, &editor] {
            assert_eq!(who.get(&path).await.expect(403).refusal(), "forbidden");
            assert_eq!(who.put(&path, json!({ "members": "write" })).await.expect(403).refusal(), "forbidden");
        }
        grant(&app, &page, &viewer, "write").await;
        viewer.get(&path).await.expect(200);
    }

    async fn what_was_granted_to_a_member_goes_with_them(database) {
        let app = TestApp::on(database).await;
        let ada = app.member("Ada", "viewer").await;
        let page = app.create_page("a", "").await;
        grant(&app, &page, &ada, "write").await;

        app.delete(&app.of_workspace(&format!("/members/{}", ada.id))).await.expect(204);

        assert_eq!(access(&ada, &page).await, "not_found");
        let sharing = app.get(&format!("/api/v1/rooms/{page}/sharing")).await.expect(200).json();
        assert_eq!(sharing["grants"], json!([]));
        let path = format!("/api/v1/rooms/{page}/grants/{}", ada.id);
        assert_eq!(app.owner.put(&path, json!({ "level": "read" })).await.expect(404).refusal(), "not_found");
    }

    async fn a_page_does_not_come_out_of_the_trash_into_the_open(database) {
        let app = TestApp::on(database).await;
        let (ada, eve) = (app.member("Ada", "editor").await, app.member("Eve", "viewer").await);
        let a = app.create_page("a", "").await;
        let b = app.create_page_under(&a, "b").await;
        let c = app.create_page("c", "").await;
        let d = app.create_page_under(&c, "d").await;
        say(&app, &a, json!("none")).await;
        grant(&app, &d, &eve, "write").await;
        for page in [&b, &a, &d, &c] {
            app.delete(&format!("/api/v1/pages/{page}")).await.expect(204);
        }
        let restore = |page: &str| format!("/api/v1/pages/{page}/restore");

        assert_eq!(app.post(&restore(&b), json!({})).await.expect(409).refusal(), "conflict");
        assert_eq!(access(&ada, &b).await, "not_found");
        assert_eq!(eve.post(&restore(&d), json!({})).await.expect(403).refusal(), "forbidden");
        assert_eq!(ada.post(&restore(&d), json!({})).await.expect(200).json()["parent_id"], Value::Null);
        app.post(&restore(&a), json!({})).await.expect(200);
        assert_eq!(app.post(&restore(&b), json!({})).await.expect(200).json()["parent_id"], a.as_str());
    }

    async fn a_page_in_the_trash_is_not_shared(database) {
        let app = TestApp::on(database).await;
        let page = app.create_page("a", "").await;
        app.delete(&format!("/api/v1/pages/{page}")).await.expect(204);
        let room = format!("/api/v1/rooms/{page}");

        app.get(&format!("{room}/sharing")).await.expect(404);
        app.owner.put(&format!("{room}/sharing"), json!({ "members": "none" })).await.expect(404);
        app.owner.put(&format!("{room}/grants/{}", app.owner.id), json!({ "level": "read" })).await.expect(404);
        app.post(&format!("{room}/share-links"), json!({ "access": "read" })).await.expect(404);
    }
}

#[tokio::test]
async fn what_all_members_may_do_has_to_be_said() {
    let app = TestApp::new().await;
    let path = format!("/api/v1/rooms/{}/sharing", app.create_page("a", "").await);

    assert_eq!(app.owner.put(&path, json!({})).await.expect(422).refusal(), "invalid /members missing");
    let refused = app.owner.put(&path, json!({ "members": "own" })).await.expect(422);
    assert_eq!(refused.refusal(), "invalid /members wrong_type");
    let unknown = format!("/api/v1/rooms/{}/sharing", nobody());
    assert_eq!(app.get(&unknown).await.expect(404).refusal(), "not_found");
}
