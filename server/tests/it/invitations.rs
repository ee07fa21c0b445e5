//! Invitations through HTTP.

use serde_json::{Value, json};

use crate::{
    app::{Answer, TestApp},
    engines::on_both,
    people::{each, token},
    signed_in::{PASSWORD, SignedIn, email},
};

async fn invite(app: &TestApp, invitation: Value) -> Value {
    app.post(&app.of_workspace("/invitations"), invitation).await.expect(201).json()
}

async fn accept(who: &SignedIn, token: &str) -> Answer {
    who.post("/api/v1/invitations/accept", json!({ "token": token })).await
}

async fn register(app: &TestApp, name: &str, invitation: &str) -> Answer {
    let account = json!({ "email": email(name), "password": PASSWORD, "name": name, "invitation": invitation });
    app.post_anonymously("/api/v1/auth/register", account).await
}

on_both! {
    async fn whoever_has_the_link_may_look_and_join(database) {
        let app = TestApp::on(database).await;
        let token = token(&invite(&app, json!({ "role": "commenter" })).await);
        let (ada, eve) = (app.stranger("Ada").await, app.stranger("Eve").await);

        let offer = app.post_anonymously("/api/v1/invitations/look", json!({ "token": token })).await.expect(200).json();
        assert_eq!((&offer["role"], &offer["invited_by"]), (&json!("commenter"), &json!("Owner")));
        assert_eq!(offer["email"], Value::Null);
        for who in [&ada, &eve] {
            let joined = accept(who, &token).await.expect(200).json();
            assert_eq!((&joined["id"], &joined["role"]), (&json!(app.workspace), &json!("commenter")));
            assert_eq!(who.get(&app.of_workspace("")).await.expect(200).json(), joined);
        }
    }

    async fn an_invitation_for_one_address_is_accepted_by_it_and_once(database) {
        let app = TestApp::on(database).await;
        let invitation = invite(&app, json!({ "role": "editor", "email": "ADA@example.org" })).await;
        assert_eq!(invitation["email"], "ada@example.org");
        let token = token(&invitation);
        let (ada, eve) = (app.stranger("Ada").await, app.stranger("Eve").await);

        assert_eq!(accept(&eve, &token).await.expect(403).refusal(), "forbidden");
        assert_eq!(register(&app, "Mallory", &token).await.expect(403).refusal(), "forbidden");
        accept(&ada, &token).await.expect(200);
        assert_eq!(accept(&ada, &token).await.expect(404).refusal(), "not_found");
        assert!(each(&app.get(&app.of_workspace("/invitations")).await.expect(200), "id").is_empty());
    }

    async fn an_account_made_with_an_invitation_belongs_to_its_workspace(database) {
        let app = TestApp::with(database.url(), |config| {
            config.accounts.registration = protocol::accounts::Registration::Invite;
        })
        .await;
        let token = token(&invite(&app, json!({ "role": "viewer", "email": email("Ada") })).await);

        let ada = SignedIn::register_invited(&app.url, "Ada", &token).await;

        assert_eq!(ada.first_workspace().await, app.workspace);
        assert_eq!(register(&app, "Eve", &token).await.expect(403).refusal(), "forbidden");
        assert_eq!(register(&app, "Eve", "x").await.expect(403).refusal(), "forbidden");
    }

    async fn a_member_who_accepts_keeps_the_higher_role(database) {
        let app = TestApp::on(database).await;
        let (low, high) = (app.invitation("viewer").await, app.invitation("admin").await);
        let ada = app.member("Ada", "editor").await;

        assert_eq!(accept(&ada, &low).await.expect(200).json()["role"], "editor");
        assert_eq!(accept(&ada, &high).await.expect(200).json()["role"], "admin");
        assert_eq!(accept(&app.owner, &high).await.expect(200).json()["role"], "owner");
    }

    async fn a_revoked_invitation_is_good_no_more(database) {
        let app = TestApp::on(database).await;
        let invitation = invite(&app, json!({ "role": "viewer" })).await;
        let ada = app.stranger("Ada").await;
        let path = app.of_workspace(&format!("/invitations/{}", invitation["id"].as_str().unwrap()));

        app.delete(&path).await.expect(204);

        assert_eq!(accept(&ada, &token(&invitation)).await.expect(404).refusal(), "not_found");
        assert_eq!(app.delete(&path).await.expect(404).refusal(), "not_found");
    }

    async fn nobody_offers_more_than_they_are(database) {
        let app = TestApp::on(database).await;
        let (admin, editor) = (app.member("Admin", "admin").await, app.member("Ada", "editor").await);
        let path = app.of_workspace("/invitations");
        invite(&app, json!({ "role": "owner" })).await;

        assert_eq!(admin.post(&path, json!({ "role": "owner" })).await.expect(403).refusal(), "forbidden");
        assert_eq!(editor.post(&path, json!({ "role": "viewer" })).await.expect(403).refusal(), "forbidden");
        assert_eq!(editor.get(&path).await.expect(403).refusal(), "forbidden");
        assert!(!each(&admin.get(&path).await.expect(200), "role").contains(&"owner".to_owned()));
        assert!(each(&app.get(&path).await.expect(200), "role").contains(&"owner".to_owned()));
    }
}

#[tokio::test]
async fn one_address_gets_only_so_many_invitations_by_mail() {
    let app = TestApp::new().await;
    let path = app.of_workspace("/invitations");
    let to_ada = json!({ "role": "viewer", "email": "ada@example.org" });
    for _ in 0..3 {
        invite(&app, to_ada.clone()).await;
    }

    let refused = app.post(&path, to_ada).await.expect(429);

    assert_eq!(refused.refusal(), "rate_limited");
    assert_ne!(refused.header("retry-after"), "");
    assert_eq!(each(&app.get(&path).await.expect(200), "id").len(), 3);
    invite(&app, json!({ "role": "viewer", "email": "eve@example.org" })).await;
    invite(&app, json!({ "role": "viewer" })).await;
}

#[tokio::test]
async fn one_address_sends_only_so_many_invitations_by_mail() {
    let app = TestApp::new().await;
    let to = |number: usize| json!({ "role": "viewer", "email": format!("ada-{number}@example.org") });
    for number in 0..20 {
        invite(&app, to(number)).await;
    }

    let refused = app.post(&app.of_workspace("/invitations"), to(20)).await.expect(429);

    assert_eq!(refused.refusal(), "rate_limited");
}

#[tokio::test]
async fn an_invitation_is_good_for_a_minute_to_ninety_days() {
    let app = TestApp::new().await;
    let path = app.of_workspace("/invitations");

    invite(&app, json!({ "role": "viewer", "expires_in_s": 60 })).await;
    for expires_in_s in [59, 7_776_001] {
        let refused = app.post(&path, json!({ "role": "viewer", "expires_in_s": expires_in_s })).await.expect(422);
        assert_eq!(refused.refusal(), "invalid /expires_in_s out_of_range");
    }
    let refused = app.post(&path, json!({ "role": "viewer", "email": "ada" })).await.expect(422);
    assert_eq!(refused.refusal(), "invalid /email wrong_type");
}

#[tokio::test]
async fn what_is_in_no_link_of_ours_is_no_invitation() {
    let app = TestApp::new().await;
    let mut forged = app.invitation("owner").await;
    forged.replace_range(..1, "_");

    for token in ["", "x", forged.as_str()] {
        let answer = app.post("/api/v1/invitations/look", json!({ "token": token })).await.expect(404);
        assert_eq!(answer.refusal(), "not_found");
    }
}
