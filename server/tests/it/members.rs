//! The members of a workspace through HTTP.

use serde_json::json;

use crate::{
    app::{TestApp, nobody},
    engines::on_both,
    people::each,
    signed_in::SignedIn,
};

fn path(app: &TestApp, who: &SignedIn) -> String {
    app.of_workspace(&format!("/members/{}", who.id))
}

on_both! {
    async fn members_are_listed_to_each_other(database) {
        let app = TestApp::on(database).await;
        let viewer = app.member("Ada", "viewer").await;
        app.stranger("Eve").await;

        let listed = viewer.get(&app.of_workspace("/members")).await.expect(200);

        assert_eq!(each(&listed, "name"), ["Owner", "Ada"]);
        assert_eq!(each(&listed, "role"), ["owner", "viewer"]);
        assert_eq!(each(&listed, "email"), ["owner@example.org", "ada@example.org"]);
        let first = viewer.get(&app.of_workspace("/members?limit=1")).await.expect(200);
        let cursor = first.json()["next_cursor"].as_str().unwrap().to_owned();
        let second = viewer.get(&app.of_workspace(&format!("/members?limit=1&cursor={cursor}"))).await.expect(200);
        assert_eq!((each(&first, "name"), each(&second, "name")), (vec!["Owner".to_owned()], vec!["Ada".to_owned()]));
        assert!(second.json()["next_cursor"].is_null());
    }

    async fn a_member_becomes_what_an_admin_says(database) {
        let app = TestApp::on(database).await;
        let (admin, ada) = (app.member("Admin", "admin").await, app.member("Ada", "editor").await);

        let changed = admin.patch(&path(&app, &ada), json!({ "role": "viewer" })).await.expect(200).json();

        assert_eq!((&changed["id"], &changed["role"]), (&json!(ada.id), &json!("viewer")));
        assert_eq!(ada.get(&app.of_workspace("")).await.expect(200).json()["role"], "viewer");
        assert_eq!(ada.patch(&path(&app, &ada), json!({ "role": "editor" })).await.expect(403).refusal(), "forbidden");
        let pages = app.of_workspace("/pages");
        assert_eq!(ada.post(&pages, json!({ "title": "a" })).await.expect(403).refusal(), "forbidden");
    }

    async fn what_is_done_to_owners_only_owners_do(database) {
        let app = TestApp::on(database).await;
        let (admin, ada) = (app.member("Admin", "admin").await, app.member("Ada", "editor").await);

        assert_eq!(admin.patch(&path(&app, &ada), json!({ "role": "owner" })).await.expect(403).refusal(), "forbidden");
        let owner = path(&app, &app.owner);
        assert_eq!(admin.patch(&owner, json!({ "role": "viewer" })).await.expect(403).refusal(), "forbidden");
        assert_eq!(admin.delete(&owner).await.expect(403).refusal(), "forbidden");
        app.patch(&path(&app, &ada), json!({ "role": "owner" })).await.expect(200);
        ada.patch(&owner, json!({ "role": "viewer" })).await.expect(200);
        ada.delete(&owner).await.expect(204);
    }

    async fn a_workspace_never_loses_its_last_owner(database) {
        let app = TestApp::on(database).await;
        let ada = app.member("Ada", "editor").await;
        let owner = path(&app, &app.owner);

        assert_eq!(app.delete(&owner).await.expect(409).refusal(), "conflict");
        assert_eq!(app.patch(&owner, json!({ "role": "admin" })).await.expect(409).refusal(), "conflict");
        app.patch(&owner, json!({ "role": "owner" })).await.expect(200);
        app.patch(&path(&app, &ada), json!({ "role": "owner" })).await.expect(200);
        app.delete(&owner).await.expect(204);
        assert_eq!(app.get(&app.of_workspace("")).await.expect(404).refusal(), "not_found");
    }

    async fn everybody_may_leave_and_only_admins_remove_others(database) {
        let app = TestApp::on(database).await;
        let (ada, eve) = (app.member("Ada", "viewer").await, app.member("Eve", "editor").await);

        assert_eq!(eve.delete(&path(&app, &ada)).await.expect(403).refusal(), "forbidden");
        ada.delete(&path(&app, &ada)).await.expect(204);
        app.delete(&path(&app, &eve)).await.expect(204);

        for gone in [ada, eve] {
            assert_eq!(gone.get(&app.of_workspace("")).await.expect(404).refusal(), "not_found");
            assert_eq!(gone.delete(&path(&app, &gone)).await.expect(404).refusal(), "not_found");
            assert_eq!(app.delete(&path(&app, &gone)).await.expect(404).refusal(), "not_found");
        }
        assert_eq!(each(&app.get(&app.of_workspace("/members")).await.expect(200), "name"), ["Owner"]);
    }
}

#[tokio::test]
async fn strangers_learn_nothing_of_members() {
    let app = TestApp::new().await;
    let stranger = app.stranger("Eve").await;

    assert_eq!(stranger.get(&app.of_workspace("/members")).await.expect(404).refusal(), "not_found");
    let owner = path(&app, &app.owner);
    assert_eq!(stranger.patch(&owner, json!({ "role": "viewer" })).await.expect(404).refusal(), "not_found");
    assert_eq!(stranger.delete(&owner).await.expect(404).refusal(), "not_found");
    let missing = app.of_workspace(&format!("/members/{}", nobody()));
    assert_eq!(app.patch(&missing, json!({ "role": "viewer" })).await.expect(404).refusal(), "not_found");
}
