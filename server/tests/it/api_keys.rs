//! API keys through HTTP.

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::{
    app::{Answer, TestApp},
    engines::on_both,
    people::each,
    signed_in::SignedIn,
    yjs_client::PATIENCE,
};

/// A program that shows a key.
struct Program {
    http: Client,
    url: String,
    key: String,
}

impl Program {
    fn new(app: &TestApp, created: &Value) -> Self {
        let http = Client::builder().timeout(PATIENCE).build().unwrap();
        Self { http, url: app.url.clone(), key: created["key"].as_str().unwrap().to_owned() }
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> Answer {
        let request = self.http.request(method, format!("{}{path}", self.url)).bearer_auth(&self.key);
        Answer::to(request.json(&body)).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, Value::Null).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, body).await
    }
}

async fn key(who: &SignedIn, key: Value) -> Value {
    who.post("/api/v1/me/api-keys", key).await.expect(201).json()
}

async fn service(app: &TestApp, key: Value) -> Value {
    app.post(&app.of_workspace("/api-keys"), key).await.expect(201).json()
}

on_both! {
    async fn a_key_acts_for_its_person_within_its_scopes(database) {
        let app = TestApp::on(database).await;
        let ada = app.member("Ada", "editor").await;
        let created = key(&ada, json!({ "name": "Script", "scopes": ["read", "read"] })).await;
        let reader = Program::new(&app, &created);
        let writer = Program::new(&app, &key(&ada, json!({ "name": "Script", "scopes": ["write", "read"] })).await);
        let (pages, page) = (app.of_workspace("/pages"), json!({ "title": "a" }));

        assert!(reader.key.starts_with("gala_") && reader.key.len() == 48);
        assert_eq!(created["prefix"], reader.key[..12]);
        assert_eq!(created["scopes"], json!(["read"]));
        assert_eq!(reader.get("/api/v1/me").await.expect(200).json()["id"], ada.id.as_str());
        reader.get(&pages).await.expect(200);
        assert_eq!(reader.post(&pages, page.clone()).await.expect(403).refusal(), "forbidden");
        writer.post(&pages, page).await.expect(201);
        let listed = ada.get("/api/v1/me/api-keys").await.expect(200);
        assert_eq!(each(&listed, "name"), ["Script", "Script"]);
        assert!(!listed.text().contains(&reader.key) && listed.json()["items"][0]["last_used_at"].is_string());
        assert!(each(&app.get("/api/v1/me/api-keys").await.expect(200), "id").is_empty());
    }

    async fn a_revoked_key_is_good_no_more(database) {
        let app = TestApp::on(database).await;
        let created = key(&app.owner, json!({ "name": "Script", "scopes": ["read"] })).await;
        let program = Program::new(&app, &created);
        let path = format!("/api/v1/me/api-keys/{}", created["id"].as_str().unwrap());
        let stranger = app.stranger("Eve").await;
        program.get("/api/v1/me").await.expect(200);

        assert_eq!(stranger.delete(&path).await.expect(404).refusal(), "not_found");
        app.delete(&path).await.expect(204);

        assert_eq!(program.get("/api/v1/me").await.expect(401).refusal(), "unauthorized");
        assert_eq!(app.delete(&path).await.expect(404).refusal(), "not_found");
    }

    async fn keys_make_no_keys_and_touch_no_account(database) {
        let app = TestApp::on(database).await;
        let all = json!({ "name": "Script", "scopes": ["read", "write", "manage"] });
        let program = Program::new(&app, &key(&app.owner, all.clone()).await);

        assert_eq!(program.post("/api/v1/me/api-keys", all.clone()).await.expect(403).refusal(), "forbidden");
        assert_eq!(program.get("/api/v1/me/api-keys").await.expect(403).refusal(), "forbidden");
        let for_service = json!({ "name": "Bot", "scopes": ["read"], "role": "viewer" });
        let keys = app.of_workspace("/api-keys");
        assert_eq!(program.post(&keys, for_service).await.expect(403).refusal(), "forbidden");
        assert_eq!(program.post("/api/v1/workspaces", json!({ "name": "x" })).await.expect(403).refusal(), "forbidden");
    }

    async fn a_service_is_a_member_with_a_role_of_its_own(database) {
        let app = TestApp::on(database).await;
        let created = service(&app, json!({ "name": "Bot", "scopes": ["read", "write"], "role": "commenter" })).await;
        let bot = Program::new(&app, &created);
        let page = app.create_page("a", "").await;

        let me = bot.get("/api/v1/me").await.expect(200).json();
        assert_eq!((&me["kind"], &me["name"]), (&json!("service"), &json!("Bot")));
        assert_eq!(bot.get(&app.of_workspace("")).await.expect(200).json()["role"], "commenter");
        let path = format!("/api/v1/pages/{page}");
        let renamed = bot.call(Method::PATCH, &path, json!({ "title": "b" })).await.expect(403);
        assert_eq!(renamed.refusal(), "forbidden");
        let grant = format!("/api/v1/rooms/{page}/grants/{}", me["id"].as_str().unwrap());
        let granted = app.owner.put(&grant, json!({ "level": "write" })).await.expect(200).json();
        assert_eq!(granted["name"], "Bot");
        bot.call(Method::PATCH, &path, json!({ "title": "b" })).await.expect(200);
        assert_eq!(each(&app.get(&app.of_workspace("/members")).await.expect(200), "name"), ["Owner"]);
        assert_eq!(each(&app.get(&app.of_workspace("/api-keys")).await.expect(200), "role"), ["commenter"]);

        app.delete(&app.of_workspace(&format!("/api-keys/{}", created["id"].as_str().unwrap()))).await.expect(204);

        assert_eq!(bot.get("/api/v1/me").await.expect(401).refusal(), "unauthorized");
        let sharing = app.get(&format!("/api/v1/rooms/{page}/sharing")).await.expect(200).json();
        assert_eq!(sharing["grants"], json!([]));
    }

    async fn a_service_that_is_revoked_leaves_no_way_back(database) {
        let app = TestApp::on(database).await;
        let created = service(&app, json!({ "name": "Bot", "scopes": ["read", "manage"], "role": "admin" })).await;
        let bot = Program::new(&app, &created);
        let (page, invitations) = (app.create_page("a", "").await, app.of_workspace("/invitations"));
        let links = format!("/api/v1/rooms/{page}/share-links");
        bot.post(&invitations, json!({ "role": "admin", "email": "ada@example.org" })).await.expect(201);
        bot.post(&links, json!({ "access": "write" })).await.expect(201);
        app.post(&invitations, json!({ "role": "viewer" })).await.expect(201);

        app.delete(&app.of_workspace(&format!("/api-keys/{}", created["id"].as_str().unwrap()))).await.expect(204);

        for path in [&invitations, &links] {
            assert!(each(&app.get(path).await.expect(200), "id").is_empty(), "{path}");
        }
    }

    async fn only_admins_see_and_make_services(database) {
        let app = TestApp::on(database).await;
        let (admin, editor) = (app.member("Admin", "admin").await, app.member("Ada", "editor").await);
        let (keys, bot) = (app.of_workspace("/api-keys"), json!({ "name": "Bot", "scopes": ["read"], "role": "admin" }));

        admin.post(&keys, bot.clone()).await.expect(201);
        assert_eq!(editor.post(&keys, bot).await.expect(403).refusal(), "forbidden");
        assert_eq!(editor.get(&keys).await.expect(403).refusal(), "forbidden");
        let owner = json!({ "name": "Bot", "scopes": ["read"], "role": "owner" });
        assert_eq!(app.post(&keys, owner).await.expect(422).refusal(), "invalid /role not_allowed");
    }

    async fn a_key_that_has_expired_is_good_no_more(database) {
        let app = TestApp::on(database).await;
        let far = json!({ "name": "Script", "scopes": ["read"], "expires_at": "9999-01-01T00:00:00Z" });
        let program = Program::new(&app, &key(&app.owner, far).await);
        program.get("/api/v1/me").await.expect(200);

        let expired = if database.url().is_some() { "'2000-01-01Z'" } else { "0" };
        app.query(database, &format!("UPDATE api_key SET expires_at = {expired}")).await;

        assert_eq!(program.get("/api/v1/me").await.expect(401).refusal(), "unauthorized");
    }
}

#[tokio::test]
async fn a_key_has_a_name_a_scope_and_a_future() {
    let app = TestApp::new().await;

    for (wrong, refusal) in [
        (json!({ "name": " ", "scopes": ["read"] }), "invalid /name out_of_range"),
        (json!({ "name": "a", "scopes": [] }), "invalid /scopes empty"),
        (json!({ "name": "a", "scopes": ["own"] }), "invalid /scopes/0 wrong_type"),
        (
            json!({ "name": "a", "scopes": ["read"], "expires_at": "2000-01-01T00:00:00Z" }),
            "invalid /expires_at out_of_range",
        ),
    ] {
        assert_eq!(app.post("/api/v1/me/api-keys", wrong).await.expect(422).refusal(), refusal);
    }
}

#[tokio::test]
async fn one_person_has_only_so_many_keys() {
    let app = TestApp::new().await;
    for _ in 0..protocol::api_keys::MAX_KEYS {
        key(&app.owner, json!({ "name": "a", "scopes": ["read"] })).await;
    }

    let refused = app.post("/api/v1/me/api-keys", json!({ "name": "a", "scopes": ["read"] })).await.expect(409);

    assert_eq!(refused.refusal(), "conflict");
}
