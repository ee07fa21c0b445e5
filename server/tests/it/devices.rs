//! Where somebody is signed in.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    app::TestApp,
    engines::on_both,
    signed_in::{PASSWORD, SignedIn},
};

const ME: &str = "/api/v1/me";
const SESSIONS: &str = "/api/v1/me/sessions";

async fn devices(app: &TestApp) -> Vec<Value> {
    let list = app.get(SESSIONS).await.expect(200).json();
    assert_eq!(list["next_cursor"], Value::Null);
    list["items"].as_array().unwrap().clone()
}

/// What somebody is answered who asks who they are.
async fn status(app: &TestApp, somebody: &SignedIn) -> u16 {
    app.send(somebody.request(Method::GET, ME)).await.status.as_u16()
}

on_both! {
    async fn every_sign_in_is_a_device(database) {
        let app = TestApp::on(database).await;
        let phone = SignedIn::login(&app.url, "Owner").await;
        SignedIn::register(&app.url, "Bob").await;

        let devices = devices(&app).await;

        let current: Vec<_> = devices.iter().map(|device| device["is_current"].as_bool().unwrap()).collect();
        assert_eq!(current, [false, true], "the newest is first, and nobody else's is among them");
        assert_eq!(devices[0]["address"], "127.0.0.1");
        let one = app.get(&format!("{SESSIONS}?limit=1")).await.expect(200).json();
        assert_eq!((one["items"].as_array().unwrap().len(), &one["next_cursor"]), (1, &devices[0]["id"]));
        let next = app.get(&format!("{SESSIONS}?limit=1&cursor={}", devices[0]["id"].as_str().unwrap())).await;
        assert_eq!(next.expect(200).json()["items"][0], devices[1]);
        assert_eq!(status(&app, &phone).await, 200);
    }

    async fn a_device_that_is_signed_out_is_nobody(database) {
        let app = TestApp::on(database).await;
        let phone = SignedIn::login(&app.url, "Owner").await;
        let id = devices(&app).await[0]["id"].as_str().unwrap().to_owned();

        app.delete(&format!("{SESSIONS}/{id}")).await.expect(204);

        assert_eq!(status(&app, &phone).await, 401);
        assert_eq!(app.delete(&format!("{SESSIONS}/{id}")).await.expect(404).refusal(), "not_found");
        let told = format!("SELECT action FROM audit_event WHERE object = '{id}' ORDER BY seq");
        assert_eq!(app.query(database, &told).await, ["account.signed_in", "account.signed_out"]);
    }

    async fn nobody_signs_out_the_devices_of_others(database) {
        let app = TestApp::on(database).await;
        let bob = SignedIn::register(&app.url, "Bob").await;
        let theirs = app.send(bob.request(Method::GET, SESSIONS)).await.expect(200).json();
        let theirs = theirs["items"][0]["id"].as_str().unwrap();

        assert_eq!(app.delete(&format!("{SESSIONS}/{theirs}")).await.expect(404).refusal(), "not_found");

        assert_eq!(status(&app, &bob).await, 200);
    }

    async fn all_other_devices_are_signed_out_at_once(database) {
        let app = TestApp::on(database).await;
        let (phone, bob) = (SignedIn::login(&app.url, "Owner").await, SignedIn::register(&app.url, "Bob").await);

        app.delete(SESSIONS).await.expect(204);

        assert_eq!((status(&app, &phone).await, status(&app, &bob).await), (401, 200));
        assert_eq!(devices(&app).await.len(), 1);
    }

    async fn a_new_password_signs_every_other_device_out(database) {
        let app = TestApp::on(database).await;
        let phone = SignedIn::login(&app.url, "Owner").await;
        let change = |current: &str, new: &str| json!({ "current_password": current, "new_password": new });
        let new = "a quite different one";

        let wrong = app.post("/api/v1/me/password", change("wrong password", new)).await.expect(422);
        let weak = app.post("/api/v1/me/password", change(PASSWORD, "short")).await.expect(422);
        let missing = app.post("/api/v1/me/password", json!({ "new_password": new })).await.expect(422);
        app.post("/api/v1/me/api-keys", json!({ "name": "Script", "scopes": ["read"] })).await.expect(201);
        app.post("/api/v1/me/password", change(PASSWORD, new)).await.expect(204);

        assert_eq!(wrong.refusal(), "invalid /current_password wrong");
        assert_eq!(weak.refusal(), "invalid /new_password weak");
        assert_eq!(missing.refusal(), "invalid /current_password wrong");
        assert_eq!((status(&app, &phone).await, status(&app, &app.owner).await), (401, 200));
        assert_eq!(app.query(database, "SELECT name FROM api_key").await, ["Script"], "keys stay");
        let login = |password: &str| {
            let body = json!({ "email": "owner@example.org", "password": password });
            app.send(app.anonymously(Method::POST, "/api/v1/auth/login").json(&body))
        };
        login(PASSWORD).await.expect(401);
        login(new).await.expect(200);
    }
}

#[tokio::test]
async fn nobody_has_no_devices() {
    let app = TestApp::new().await;

    for (method, path) in [(Method::GET, SESSIONS), (Method::DELETE, SESSIONS), (Method::POST, "/api/v1/me/password")] {
        let body = json!({ "new_password": "a quite different one" });
        let answer = app.send(app.anonymously(method, path).json(&body)).await;
        assert_eq!(answer.expect(401).refusal(), "unauthorized", "{path}");
    }
}
