//! Rooms and their tokens through HTTP.

use serde_json::{Value, json};

use crate::{app::TestApp, engines::on_both};

on_both! {
    async fn a_token_says_when_it_expires(database) {
        let app = TestApp::on(database).await;
        let room = app.create_page("a", "").await;
        let path = format!("/api/v1/rooms/{room}/tokens");

        let token = app.post(&path, json!({ "access": "read" })).await.expect(201).json();
        let short = app.post(&path, json!({ "access": "write", "expires_in_s": 1 })).await.expect(201).json();

        assert!(!token["token"].as_str().unwrap().is_empty());
        assert!(expires_at(&short) < expires_at(&token));
    }
}

#[tokio::test]
async fn a_token_lives_a_day_at_most() {
    let app = TestApp::new().await;
    let path = format!("/api/v1/rooms/{}/tokens", app.create_page("a", "").await);

    app.post(&path, json!({ "access": "comment", "expires_in_s": 86_400 })).await.expect(201);
    for expires_in_s in [0, 86_401] {
        let refused = app.post(&path, json!({ "access": "read", "expires_in_s": expires_in_s })).await.expect(422);
        assert_eq!(refused.refusal(), "invalid /expires_in_s out_of_range");
    }
    let refused = app.post(&path, json!({ "access": "own" })).await.expect(422);
    assert_eq!(refused.refusal(), "invalid /access wrong_type");
}

fn expires_at(token: &Value) -> jiff::Timestamp {
    token["expires_at"].as_str().unwrap().parse().unwrap()
}
