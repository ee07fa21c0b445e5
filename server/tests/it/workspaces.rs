//! Workspaces through HTTP.

use serde_json::json;

use crate::{
    app::{TestApp, nobody},
    engines::on_both,
    people::each,
};

on_both! {
    async fn whoever_makes_a_workspace_owns_it(database) {
        let app = TestApp::on(database).await;
        let ada = app.stranger("Ada").await;

        let made = ada.post("/api/v1/workspaces", json!({ "name": " Engines " })).await.expect(201).json();

        assert_eq!((&made["name"], &made["role"]), (&json!("Engines"), &json!("owner")));
        let path = format!("/api/v1/workspaces/{}", made["id"].as_str().unwrap());
        assert_eq!(ada.get(&path).await.expect(200).json(), made);
        assert_eq!(each(&ada.get("/api/v1/workspaces").await.expect(200), "name"), ["Engines"]);
        assert_eq!(app.get(&path).await.expect(404).refusal(), "not_found");
    }

    async fn a_workspace_is_renamed_by_its_admins(database) {
        let app = TestApp::on(database).await;
        let (admin, editor) = (app.member("Ada", "admin").await, app.member("Eve", "editor").await);
        let path = app.of_workspace("");

        assert_eq!(editor.patch(&path, json!({ "name": "Mine" })).await.expect(403).refusal(), "forbidden");
        let renamed = admin.patch(&path, json!({ "name": "Ours" })).await.expect(200).json();

        assert_eq!((&renamed["name"], &renamed["role"]), (&json!("Ours"), &json!("admin")));
        assert_eq!(editor.get(&path).await.expect(200).json()["name"], "Ours");
        assert_eq!(admin.patch(&path, json!({})).await.expect(200).json()["name"], "Ours");
    }

    async fn of_a_deleted_workspace_nothing_is_found(database) {
        let app = TestApp::on(database).await;
        let admin = app.member("Ada", "admin").await;
        let (page, invitation) = (app.create_page("a", "").await, app.invitation("viewer").await);
        let path = app.of_workspace("");
        assert_eq!(admin.delete(&path).await.expect(403).refusal(), "forbidden");

        app.delete(&path).await.expect(204);

        for gone in [&path, &format!("{path}/pages"), &format!("{path}/members"), &format!("/api/v1/pages/{page}"),
            &format!("/api/v1/rooms/{page}"), &format!("/api/v1/pages/{page}/content")]
        {
            assert_eq!(app.get(gone).await.expect(404).refusal(), "not_found", "{gone}");
        }
        assert!(each(&app.get("/api/v1/workspaces").await.expect(200), "id").is_empty());
        app.delete(&path).await.expect(404);
        app.post("/api/v1/invitations/look", json!({ "token": invitation })).await.expect(404);
    }

    async fn one_person_owns_only_so_many_workspaces(database) {
        let app = TestApp::on(database).await;
        // The first one is the hundredth.
        for number in 1..protocol::workspaces::MAX_WORKSPACES {
            app.post("/api/v1/workspaces", json!({ "name": number.to_string() })).await.expect(201);
        }

        let refused = app.post("/api/v1/workspaces", json!({ "name": "more" })).await.expect(409);

        assert_eq!(refused.refusal(), "conflict");
        app.delete(&app.of_workspace("")).await.expect(204);
        app.post("/api/v1/workspaces", json!({ "name": "more" })).await.expect(201);
    }
}

#[tokio::test]
async fn a_workspace_has_a_name_of_a_hundred_characters_at_most() {
    let app = TestApp::new().await;

    app.post("/api/v1/workspaces", json!({ "name": "ü".repeat(100) })).await.expect(201);
    for name in [String::new(), " ".to_owned(), "a".repeat(101), "a\0".to_owned()] {
        let refused = app.post("/api/v1/workspaces", json!({ "name": name })).await.expect(422);
        assert_eq!(refused.refusal(), "invalid /name out_of_range");
        let refused = app.patch(&app.of_workspace(""), json!({ "name": name })).await.expect(422);
        assert_eq!(refused.refusal(), "invalid /name out_of_range");
    }
    let missing = app.get(&format!("/api/v1/workspaces/{}", nobody())).await.expect(404);
    assert_eq!(missing.refusal(), "not_found");
}
