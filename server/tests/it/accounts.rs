//! Making accounts and signing in to them.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use protocol::accounts::Registration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    app::{Answer, TestApp},
    engines::on_both,
    signed_in::{PASSWORD, SignedIn, email},
};

async fn register(app: &TestApp, account: Value) -> Answer {
    app.send(app.anonymously(Method::POST, "/api/v1/auth/register").json(&account)).await
}

async fn login(app: &TestApp, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password, "mode": "cookie" });
    app.send(app.anonymously(Method::POST, "/api/v1/auth/login").json(&body)).await
}

async fn options(app: &TestApp) -> Value {
    app.send(app.anonymously(Method::GET, "/api/v1/auth/providers")).await.expect(200).json()
}

on_both! {
    async fn the_first_account_owns_the_first_workspace(database) {
        let app = TestApp::on(database).await;

        let workspaces = app.get("/api/v1/workspaces").await.expect(200).json();

        assert_eq!(workspaces["items"].as_array().unwrap().len(), 1);
        assert_eq!(workspaces["items"][0]["role"], "owner");
        let bob = SignedIn::register(&app.url, "Bob").await;
        let theirs = app.send(bob.request(Method::GET, "/api/v1/workspaces")).await.expect(200).json();
        assert_eq!(theirs["items"], json!([]));
    }

    async fn an_address_has_one_account(database) {
        let app = TestApp::on(database).await;

        let again = json!({ "email": " OWNER@example.org", "password": PASSWORD, "name": "Somebody" });

        assert_eq!(register(&app, again).await.expect(409).refusal(), "conflict");
    }

    async fn signing_in_and_out_is_told_to_the_audit(database) {
        let app = TestApp::on(database).await;
        let phone = SignedIn::login(&app.url, "Owner").await;
        login(&app, "nobody@example.org", PASSWORD).await.expect(401);

        app.send(phone.request(Method::POST, "/api/v1/auth/logout")).await.expect(204);

        let told = "SELECT action FROM audit_event WHERE action LIKE 'account.%' ORDER BY seq";
        let told = app.query(database, told).await;
        let expected = ["created", "signed_in", "signed_in", "sign_in_failed", "signed_out"];
        assert_eq!(told, expected.map(|action| format!("account.{action}")));
    }

    async fn a_password_that_was_hashed_elsewhere_is_hashed_anew(database) {
        let app = TestApp::on(database).await;
        // "abc" (jBCrypt's test vectors).
        let bcrypt = "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i";
        app.query(database, &format!("UPDATE account SET password_hash = '{bcrypt}'")).await;

        login(&app, &email("Owner"), "abd").await.expect(401);
        login(&app, &email("Owner"), "abc").await.expect(200);

        let hashes = app.query(database, "SELECT password_hash FROM account").await;
        assert!(hashes[0].starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hashes:?}");
        login(&app, &email("Owner"), "abc").await.expect(200);
    }
}

#[tokio::test]
async fn what_an_account_cannot_have_is_named() {
    let app = TestApp::new().await;
    let account = |email: &str, password: &str, name: &str| {
        register(&app, json!({ "email": email, "password": password, "name": name }))
    };

    assert_eq!(account("bob", PASSWORD, "Bob").await.expect(422).refusal(), "invalid /email wrong_type");
    assert_eq!(account("bob@b.org", "short", "Bob").await.expect(422).refusal(), "invalid /password weak");
    assert_eq!(account("bob@b.example", "BOB@b.example", "Bob").await.expect(422).refusal(), "invalid /password weak");
    assert_eq!(account("bob@b.org", PASSWORD, " ").await.expect(422).refusal(), "invalid /name out_of_range");
}

#[tokio::test]
async fn a_closed_server_takes_its_first_account_only() {
    for policy in [Registration::Invite, Registration::Closed] {
        let app = TestApp::with(None, |config| config.accounts.registration = policy).await;

        let refused = register(&app, json!({ "email": "b@b.org", "password": PASSWORD, "name": "Bob" })).await;

        assert_eq!(refused.expect(403).refusal(), "forbidden", "{policy:?}");
        assert_eq!(options(&app).await["is_first_run"], false);
    }
}

#[tokio::test]
async fn whoever_has_a_cookie_needs_the_csrf_token_to_change_things() {
    let app = TestApp::new().await;
    let rename = |token: Option<&str>| {
        let request = app.anonymously(Method::PATCH, "/api/v1/me").header("cookie", &app.owner.cookie);
        let request = token.into_iter().fold(request, |request, token| request.header("x-csrf-token", token));
        app.send(request.json(&json!({ "name": "Ada" })))
    };

    assert_eq!(rename(None).await.expect(403).refusal(), "forbidden");
    assert_eq!(rename(Some("x")).await.expect(403).refusal(), "forbidden");
    rename(Some(&app.owner.csrf)).await.expect(200);
    let look = app.anonymously(Method::GET, "/api/v1/me").header("cookie", &app.owner.cookie);
    assert_eq!(app.send(look).await.expect(200).json()["name"], "Ada");
}

#[tokio::test]
async fn too_many_passwords_for_one_account_have_to_wait() {
    let app = TestApp::new().await;
    SignedIn::register(&app.url, "Bob").await;

    for account in ["Owner", "Nobody"] {
        let address = email(account);
        let answers = join_all((0..40).map(|_| login(&app, &address, "wrong password"))).await;

        let refused: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 429).collect();
        assert!((10..=20).contains(&refused.len()), "{account}: {}", refused.len());
        assert_eq!(refused[0].refusal(), "rate_limited");
        assert!((1..=6).contains(&refused[0].header("retry-after").parse().unwrap()), "{account}");
    }
    login(&app, &email("Bob"), PASSWORD).await.expect(200);
}

/// The answer without what differs from one request to the next.
fn comparable(answer: &Answer) -> (u16, Vec<(String, String)>, Value) {
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    (answer.status.as_u16(), headers, answer.problem())
}

#[tokio::test]
async fn fifty_wrong_passwords_do_not_say_whether_the_account_exists() {
    let app = TestApp::new().await;
    // More than one of each, so that nobody is told to wait.
    for name in ["A", "B", "C", "D"] {
        SignedIn::register(&app.url, name).await;
    }
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    let (mut known_times, mut unknown_times) = (Vec::new(), Vec::new());

    for attempt in 0..50 {
        let existing = ["owner", "a", "b", "c", "d"][attempt % 5];
        for (name, answers, times) in [
            (existing.to_owned(), &mut known, &mut known_times),
            (format!("no-{existing}"), &mut unknown, &mut unknown_times),
        ] {
            let asked = Instant::now();
            let answer = login(&app, &email(&name), &format!("wrong password {attempt}")).await;
            times.push(asked.elapsed());
            answers.push(comparable(&answer));
        }
    }

    assert_eq!(known[0].0, 401);
    assert!(known.iter().chain(&unknown).all(|answer| *answer == known[0]), "{known:?}\n{unknown:?}");
    println!("median: account exists {:?}, does not {:?}", median(&mut known_times), median(&mut unknown_times));
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
