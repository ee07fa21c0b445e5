//! New passwords and verified addresses, by mail.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    app::{Answer, TestApp},
    engines::{TestDatabase, on_both},
    mail_server::MailServer,
    signed_in::{PASSWORD, SignedIn, email},
};

const NEW_PASSWORD: &str = "a quite different one";

/// A server whose owner has been mailed a link to verify their address; the token in it.
async fn with_mail(database: &TestDatabase) -> (TestApp, MailServer, String) {
    let mails = MailServer::start().await;
    let app = TestApp::with(database.url(), |config| mails.serve(config)).await;
    let token = mails.token(&email("Owner"), "verify-email").await;
    (app, mails, token)
}

async fn post(app: &TestApp, what: &str, body: Value) -> Answer {
    app.send(app.anonymously(Method::POST, &format!("/api/v1/auth/{what}")).json(&body)).await
}

async fn verify(app: &TestApp, token: &str) -> Answer {
    app.post("/api/v1/auth/verify-email", json!({ "token": token })).await
}

async fn ask(app: &TestApp, email: &str) -> Answer {
    post(app, "password-reset", json!({ "email": email })).await
}

async fn choose(app: &TestApp, token: &str, password: &str) -> Answer {
    post(app, "password-reset/confirm", json!({ "token": token, "password": password })).await
}

async fn login(app: &TestApp, password: &str) -> u16 {
    let credentials = json!({ "email": email("Owner"), "password": password });
    post(app, "login", credentials).await.status.as_u16()
}

on_both! {
    async fn whoever_reads_the_mail_chooses_a_new_password(database) {
        let (app, mails, _) = with_mail(database).await;
        let phone = SignedIn::login(&app.url, "Owner").await;
        app.post("/api/v1/me/api-keys", json!({ "name": "Script", "scopes": ["read"] })).await.expect(201);

        ask(&app, &email("Owner")).await.expect(202);
        let token = mails.token(&email("Owner"), "reset-password").await;
        assert_eq!(choose(&app, &token, "short").await.expect(422).refusal(), "invalid /password weak");
        choose(&app, &token, NEW_PASSWORD).await.expect(204);

        assert_eq!((login(&app, PASSWORD).await, login(&app, NEW_PASSWORD).await), (401, 200));
        for device in [&app.owner, &phone] {
            app.send(device.request(Method::GET, "/api/v1/me")).await.expect(401);
        }
        assert_eq!(choose(&app, &token, PASSWORD).await.expect(422).refusal(), "invalid /token not_found");
        let keys = app.query(database, "SELECT name FROM api_key").await;
        assert!(keys.is_empty(), "{keys:?}");
        let verified = app.query(database, "SELECT 1 FROM account WHERE email_verified_at IS NOT NULL").await;
        assert_eq!(verified.len(), 1, "a mail has arrived");
    }

    async fn one_reset_uses_up_the_others(database) {
        let (app, mails, _) = with_mail(database).await;
        ask(&app, &email("Owner")).await.expect(202);
        let first = mails.token(&email("Owner"), "reset-password").await;
        ask(&app, &email("Owner")).await.expect(202);
        let second = mails.token(&email("Owner"), "reset-password").await;

        choose(&app, &first, NEW_PASSWORD).await.expect(204);

        choose(&app, &second, PASSWORD).await.expect(422);
    }

    async fn an_expired_link_is_no_good(database) {
        let (app, mails, verification) = with_mail(database).await;
        ask(&app, &email("Owner")).await.expect(202);
        let reset = mails.token(&email("Owner"), "reset-password").await;

        app.query(database, "UPDATE mail_token SET expires_at = created_at").await;

        assert_eq!(choose(&app, &reset, NEW_PASSWORD).await.expect(422).refusal(), "invalid /token not_found");
        verify(&app, &verification).await.expect(422);
        assert_eq!(login(&app, PASSWORD).await, 200);
    }

    async fn whoever_reads_the_mail_has_the_address(database) {
        let (app, mails, first) = with_mail(database).await;
        assert_eq!(app.get("/api/v1/me").await.json()["email_verified"], false);

        app.post("/api/v1/me/verification", json!({})).await.expect(202);
        let second = mails.token(&email("Owner"), "verify-email").await;
        verify(&app, &first).await.expect(204);

        assert_eq!(app.get("/api/v1/me").await.json()["email_verified"], true);
        verify(&app, &second).await.expect(422);
        app.post("/api/v1/me/verification", json!({})).await.expect(202);
        assert!(!mails.has_more().await, "there is nothing left to verify");
    }

    async fn whoever_reads_the_mail_but_is_not_signed_in_verifies_nobody_elses_account(database) {
        let (app, _mails, token) = with_mail(database).await;
        let victim = app.stranger("Victim").await;
        let body = json!({ "token": token });

        assert_eq!(post(&app, "verify-email", body.clone()).await.expect(401).refusal(), "unauthorized");
        let refused = victim.post("/api/v1/auth/verify-email", body).await.expect(422);

        assert_eq!(refused.refusal(), "invalid /token not_found");
        assert_eq!(app.get("/api/v1/me").await.json()["email_verified"], false);
        verify(&app, &token).await.expect(204);
    }
}

#[tokio::test]
async fn a_token_is_good_for_what_it_was_mailed_for() {
    let database = TestDatabase::sqlite();
    let (app, mails, verification) = with_mail(&database).await;
    ask(&app, &email("Owner")).await.expect(202);
    let reset = mails.token(&email("Owner"), "reset-password").await;

    choose(&app, &verification, NEW_PASSWORD).await.expect(422);
    verify(&app, &reset).await.expect(422);
}

#[tokio::test]
async fn asking_for_a_new_password_does_not_say_whether_the_account_exists() {
    let database = TestDatabase::sqlite();
    let (app, mails, _) = with_mail(&database).await;

    let (unknown, known) = (ask(&app, "nobody@example.org").await, ask(&app, &email("Owner")).await);

    assert_eq!((unknown.status, &unknown.body), (known.status, &known.body));
    mails.token(&email("Owner"), "reset-password").await;
    assert!(!mails.has_more().await);
}

#[tokio::test]
async fn one_account_is_mailed_a_few_times_at_once_only() {
    let app = TestApp::new().await;

    for account in ["owner@example.org", "nobody@example.org"] {
        for _ in 0..3 {
            ask(&app, account).await.expect(202);
        }
        let refused = ask(&app, account).await.expect(429);
        assert_eq!(refused.refusal(), "rate_limited");
        assert!((1..=301).contains(&refused.header("retry-after").parse().unwrap()));
    }
}
