//! What the API's document describes, asked for by those it is none of: a new route is tried by itself.

use std::collections::HashMap;

use serde_json::json;

use super::nobody;
use crate::{
    app::{Answer, TestApp},
    operations::operations,
};

/// Paths with a name in them that is nothing of anybody's: where one can sign in.
const OF_NOBODY: [&str; 2] = ["/api/v1/auth/oauth/{provider}/start", "/api/v1/auth/oauth/{provider}/callback"];
/// Paths for those who have not signed in yet.
const FOR_NOBODY: [&str; 4] =
    ["/api/v1/auth/", "/api/v1/invitations/look", "/api/v1/share-links/open", "/.well-known/jwks.json"];

/// For each name in a path the id of something of the owner's.
async fn belongings(app: &TestApp) -> HashMap<&'static str, String> {
    let page = app.create_page("Secret", "of the owner").await;
    let (role, scopes) = (json!("viewer"), json!(["read"]));
    let make = async |path: &str, body| app.post(path, body).await.expect(201).id();
    let devices = app.get("/api/v1/me/sessions").await.expect(200).json();
    HashMap::from([
        ("device", devices["items"][0]["id"].as_str().unwrap().to_owned()),
        ("workspace", app.workspace.clone()),
        ("principal", app.owner.id.clone()),
        ("invitation", make(&app.of_workspace("/invitations"), json!({ "role": role })).await),
        ("link", make(&format!("/api/v1/rooms/{page}/share-links"), json!({ "access": "read" })).await),
        ("key", make("/api/v1/me/api-keys", json!({ "name": "Script", "scopes": scopes })).await),
        ("seq", "1".to_owned()),
        ("page", page.clone()),
        ("room", page),
    ])
}

#[tokio::test]
async fn a_stranger_finds_nothing_of_anybody() {
    let app = TestApp::new().await;
    let ids = belongings(&app).await;
    let stranger = app.stranger("Eve").await;
    let mut named = operations();
    named.retain(|operation| operation.path.contains('{') && !OF_NOBODY.contains(&operation.path.as_str()));

    for operation in &named {
        let answer = Answer::to(operation.request(&ids).by(&stranger)).await;
        assert_eq!(answer.status, 404, "{operation}: {}", answer.text());
        assert_eq!(answer.refusal(), "not_found", "{operation}");
    }

    assert!(named.len() > 30, "{}", named.len());
    assert_eq!((app.outline().await.as_str(), app.markdown(&ids["page"]).await.as_str()), ("Secret", "of the owner\n"));
}

#[tokio::test]
async fn nobody_gets_anywhere_without_signing_in() {
    let app = TestApp::new().await;
    let ids = belongings(&app).await;
    let nobody = nobody(&app);
    let mut closed = operations();
    closed.retain(|operation| !FOR_NOBODY.iter().any(|path| operation.path.starts_with(path)));

    for operation in &closed {
        let answer = Answer::to(operation.request(&ids).by(&nobody)).await;
        assert_eq!(answer.status, 401, "{operation}: {}", answer.text());
        assert_eq!(answer.refusal(), "unauthorized", "{operation}");
    }
}
