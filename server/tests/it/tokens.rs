//! Access tokens and refresh tokens: what programs sign in with.

use jsonwebtoken::{DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    app::{Answer, TestApp},
    engines::on_both,
    signed_in::{PASSWORD, email},
    yjs_client::{Dialect, YjsClient, new_doc},
};

/// Signs in with tokens.
async fn sign_in(app: &TestApp, name: &str) -> Value {
    let credentials = json!({ "email": email(name), "password": PASSWORD });
    app.send(app.anonymously(Method::POST, "/api/v1/auth/login").json(&credentials)).await.expect(200).json()
}

async fn refresh(app: &TestApp, tokens: &Value) -> Answer {
    let body = json!({ "refresh_token": tokens["refresh_token"] });
    app.send(app.anonymously(Method::POST, "/api/v1/auth/refresh").json(&body)).await
}

/// Asks who somebody is by their access token.
async fn me(app: &TestApp, tokens: &Value) -> Answer {
    let token = tokens["access_token"].as_str().unwrap();
    app.send(app.anonymously(Method::GET, "/api/v1/me").bearer_auth(token)).await
}

async fn public_keys(app: &TestApp) -> JwkSet {
    serde_json::from_value(app.get("/.well-known/jwks.json").await.expect(200).json()).unwrap()
}

on_both! {
    async fn an_access_token_shows_who_somebody_is(database) {
        let app = TestApp::on(database).await;

        let tokens = sign_in(&app, "Owner").await;

        assert_eq!((tokens["token_type"].as_str(), tokens["expires_in_s"].as_u64()), (Some("Bearer"), Some(900)));
        assert_eq!(tokens["csrf_token"], Value::Null);
        let me = me(&app, &tokens).await.expect(200).json();
        assert_eq!((me["id"].as_str(), me["kind"].as_str()), (Some(app.owner.id.as_str()), Some("user")));
        // Who shows a token needs no CSRF token.
        let token = tokens["access_token"].as_str().unwrap();
        let rename = app.anonymously(Method::PATCH, "/api/v1/me").bearer_auth(token).json(&json!({ "name": "Ada" }));
        assert_eq!(app.send(rename).await.expect(200).json()["name"], "Ada");
    }

    async fn a_socket_leaves_the_address_of_a_device_alone(database) {
        let app = TestApp::on(database).await;
        let page = app.create_page("a", "").await;
        let tokens = sign_in(&app, "Owner").await;
        let long_ago = if database.url().is_some() { "'2000-01-01Z'" } else { "0" };
        app.query(database, &format!("UPDATE device SET last_used_at = {long_ago}")).await;

        let (token, dialect) = (tokens["access_token"].as_str(), Dialect::Hocuspocus);
        let mut socket = YjsClient::connect(&app.owner, &page, token, dialect, new_doc()).await.unwrap();
        socket.hear_until_synced().await;

        let addresses = app.query(database, "SELECT DISTINCT address FROM device").await;
        assert_eq!(addresses, ["127.0.0.1"]);
        let untouched = format!("SELECT id FROM device WHERE last_used_at = {long_ago}");
        assert!(app.query(database, &untouched).await.is_empty(), "both are in use");
    }

    async fn a_refresh_token_is_good_once_and_its_successor_too(database) {
        let app = TestApp::on(database).await;
        let first = sign_in(&app, "Owner").await;

        let second = refresh(&app, &first).await.expect(200).json();
        let third = refresh(&app, &second).await.expect(200).json();

        assert_ne!(second["refresh_token"], first["refresh_token"]);
        assert_ne!(third["refresh_token"], second["refresh_token"]);
        me(&app, &third).await.expect(200);
        let devices = app.get("/api/v1/me/sessions").await.expect(200).json();
        assert_eq!(devices["items"].as_array().unwrap().len(), 2, "it is one device all the time");
    }

    async fn a_refresh_token_that_comes_back_ends_the_sign_in(database) {
        let app = TestApp::on(database).await;
        let stolen = sign_in(&app, "Owner").await;
        let owned = refresh(&app, &stolen).await.expect(200).json();

        let reused = refresh(&app, &stolen).await.expect(401);

        assert_eq!(reused.refusal(), "unauthorized");
        refresh(&app, &owned).await.expect(401);
        me(&app, &owned).await.expect(401);
        let told = app.query(database, "SELECT object FROM audit_event WHERE action = 'account.refresh_reused'").await;
        assert_eq!(told.len(), 1);
        app.get("/api/v1/me").await.expect(200);
    }

    async fn two_refreshes_at_once_do_not_both_succeed(database) {
        let app = TestApp::on(database).await;
        let tokens = sign_in(&app, "Owner").await;

        let (one, other) = tokio::join!(refresh(&app, &tokens), refresh(&app, &tokens));

        let mut statuses = [one.status.as_u16(), other.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401]);
    }

    async fn signing_out_ends_access_tokens_at_once(database) {
        let app = TestApp::on(database).await;
        let tokens = sign_in(&app, "Owner").await;
        let token = tokens["access_token"].as_str().unwrap();

        app.send(app.anonymously(Method::POST, "/api/v1/auth/logout").bearer_auth(token)).await.expect(204);

        assert_eq!(me(&app, &tokens).await.expect(401).refusal(), "unauthorized");
        refresh(&app, &tokens).await.expect(401);
    }

    async fn nodes_of_one_server_know_each_others_tokens(database) {
        if database.url().is_none() {
            return;
        }
        let one = TestApp::with(database.url(), |config| config.secret.secret_key = Some(secret_key())).await;
        let other = one.another_node(database.url(), |config| config.secret.secret_key = Some(secret_key())).await;

        let tokens = sign_in(&one, "Owner").await;

        assert_eq!(public_keys(&other).await.keys.len(), 1);
        me(&other, &tokens).await.expect(200);
        refresh(&other, &tokens).await.expect(200);
    }
}

/// The secret of nodes that belong together.
pub(crate) fn secret_key() -> server::config::SecretText {
    format!("{}=", "A".repeat(43)).into()
}

#[tokio::test]
async fn others_verify_access_tokens_with_the_public_keys() {
    let app = TestApp::new().await;
    assert_eq!(public_keys(&app).await.keys.len(), 0, "a key is made when it is needed");

    let token = sign_in(&app, "Owner").await["access_token"].as_str().unwrap().to_owned();

    let answer = app.get("/.well-known/jwks.json").await.expect(200);
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
    let keys: JwkSet = serde_json::from_value(answer.json()).unwrap();
    let header = decode_header(&token).unwrap();
    let key = keys.find(&header.kid.unwrap()).unwrap();
    let claims = decode::<Value>(&token, &DecodingKey::from_jwk(key).unwrap(), &Validation::new(header.alg));
    assert_eq!(claims.unwrap().claims["sub"], app.owner.id.as_str());
}

#[tokio::test]
async fn what_is_no_token_of_ours_shows_nobody() {
    let app = TestApp::new().await;

    for token in ["", "x", "a.b.c", "gala_x", "eyJhbGciOiJub25lIn0.e30."] {
        let answer = app.send(app.anonymously(Method::GET, "/api/v1/workspaces").bearer_auth(token)).await;
        assert_eq!(answer.expect(401).refusal(), "unauthorized", "{token}");
    }
    let body = json!({ "refresh_token": "x" });
    let answer = app.send(app.anonymously(Method::POST, "/api/v1/auth/refresh").json(&body)).await;
    assert_eq!(answer.expect(401).refusal(), "unauthorized");
}
