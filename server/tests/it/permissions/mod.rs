//! Who may do what: every cell of the access table is tried over HTTP and over sockets, by members,
//! services, keys and guests of every sort.
//!
//! A new action does not compile until `attempts.rs` says how it is tried; a new route fails here
//! until an attempt uses it.

use protocol::access::{Access, Action, Object, Role, Scope, allows};
use reqwest::{
    Client, Method,
    header::{AUTHORIZATION, HeaderMap, HeaderValue},
};
use serde_json::{Value, json};

use self::attempts::{Place, attempts};
use crate::{
    app::{Answer, TestApp},
    engines::on_both,
    operations::{Request, operations},
    people::token,
    signed_in::SignedIn,
    yjs_client::PATIENCE,
};

mod attempts;
mod sockets;
mod strangers;

/// Somebody who tries things, and what comes of that.
struct Person {
    /// What they are, for the message of a test that fails.
    name: String,
    client: SignedIn,
    /// What opens sockets for them, where that is not their cookie.
    token: Option<String>,
    verdict: Box<dyn Fn(Action) -> Verdict>,
}

/// What is answered to an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Done,
    Refused(u16),
}

impl Verdict {
    /// For somebody who may know that the place exists.
    fn of(is_allowed: bool) -> Self {
        if is_allowed { Self::Done } else { Self::Refused(403) }
    }
}

impl Person {
    fn new(name: impl Into<String>, client: SignedIn, verdict: impl Fn(Action) -> Verdict + 'static) -> Self {
        Self { name: name.into(), client, token: None, verdict: Box::new(verdict) }
    }

    /// A member; the owner for the highest role.
    async fn member(app: &TestApp, role: Role) -> Self {
        let client = match role {
            Role::Owner => app.owner.clone(),
            Role::Viewer | Role::Commenter | Role::Editor | Role::Admin => app.member(role.name(), role.name()).await,
        };
        Self::new(role.name(), client, move |action| Verdict::of(allows(role, action)))
    }

    /// A program that acts for itself.
    async fn service(app: &TestApp, role: Role, scopes: &[Scope]) -> Self {
        let key = json!({ "name": "Robot", "role": role, "scopes": scopes });
        let (name, scopes) = (format!("service, {} {scopes:?}", role.name()), scopes.to_vec());
        let verdict = move |action: Action| Verdict::of(allows(role, action) && scopes.contains(&action.scope()));
        Self::program(app, &app.of_workspace("/api-keys"), key, Self::new(name, nobody(app), verdict)).await
    }

    /// A program that acts for the owner.
    async fn key(app: &TestApp, scopes: &[Scope]) -> Self {
        let key = json!({ "name": "Script", "scopes": scopes });
        let (name, scopes) = (format!("key {scopes:?}"), scopes.to_vec());
        let verdict = move |action: Action| Verdict::of(scopes.contains(&action.scope()));
        Self::program(app, "/api/v1/me/api-keys", key, Self::new(name, nobody(app), verdict)).await
    }

    /// Somebody with a key, which the owner makes.
    async fn program(app: &TestApp, path: &str, key: Value, person: Self) -> Self {
        let key = app.post(path, key).await.expect(201).json()["key"].as_str().unwrap().to_owned();
        let header = HeaderValue::try_from(format!("Bearer {key}")).unwrap();
        let client = showing(app, HeaderMap::from_iter([(AUTHORIZATION, header)]));
        Self { client, token: Some(key), ..person }
    }

    /// Somebody with a link to a page.
    async fn guest(app: &TestApp, page: &str, access: Access) -> Self {
        let path = format!("/api/v1/rooms/{page}/share-links");
        let link = token(&app.post(&path, json!({ "access": access })).await.expect(201).json());
        let client = SignedIn::guest(&app.url, &link).await;
        Self::new(format!("guest, {}", access.name()), client, move |action| match (action.object(), action) {
            (Object::Workspace, _) => Verdict::Refused(404),
            (Object::Room, Action::ShareRoom | Action::ArrangePage) => Verdict::Refused(403),
            (Object::Room, action) => Verdict::of(allows(access.into(), action)),
        })
    }

    /// What should come of an attempt.
    fn expected(&self, action: Action, attempt: &Request) -> Verdict {
        // What a program makes would outlive it.
        let makes_a_key = attempt.method == Method::POST && attempt.path.ends_with("/api-keys");
        if self.token.is_some() && makes_a_key { Verdict::Refused(403) } else { (self.verdict)(action) }
    }

    /// Tries everything there is to try.
    async fn check(&self, place: &Place<'_>) {
        for action in Action::ALL {
            for attempt in attempts(action, place).await {
                let answer = Answer::to(attempt.by(&self.client)).await;
                let verdict =
                    if answer.status.is_success() { Verdict::Done } else { Verdict::Refused(answer.status.into()) };
                let said = answer.text();
                assert_eq!(verdict, self.expected(action, &attempt), "{}: {action:?} by {attempt}: {said}", self.name);
            }
        }
    }
}

on_both! {
    async fn members_do_over_http_what_their_role_allows(database) {
        let app = TestApp::on(database).await;
        let place = Place::of_owner(&app, &app.workspace).await;

        // The owner last: then the workspace is gone.
        for role in Role::ALL {
            Person::member(&app, role).await.check(&place).await;
        }
    }
}

#[tokio::test]
async fn services_do_over_http_what_their_role_allows() {
    let app = TestApp::new().await;
    let place = Place::of_owner(&app, &app.workspace).await;

    for role in Role::ALL.into_iter().filter(|role| *role < Role::Owner) {
        Person::service(&app, role, &Scope::ALL).await.check(&place).await;
    }
}

#[tokio::test]
async fn keys_do_over_http_what_their_scopes_allow() {
    let app = TestApp::new().await;

    for scopes in scopes() {
        // A workspace for each: a key that may manage deletes it.
        let workspace = app.post("/api/v1/workspaces", json!({ "name": "Another" })).await.expect(201).id();
        let place = Place::of_owner(&app, &workspace).await;
        Person::key(&app, &scopes).await.check(&place).await;
    }
}

#[tokio::test]
async fn keys_list_workspaces_if_they_may_read() {
    let app = TestApp::new().await;

    for scopes in scopes() {
        let key = Person::key(&app, &scopes).await;
        let robot = Person::service(&app, Role::Viewer, &scopes).await;
        for person in [&key, &robot] {
            let expected = if scopes.contains(&Scope::Read) { 200 } else { 403 };
            assert_eq!(person.client.get("/api/v1/workspaces").await.status, expected, "{}", person.name);
        }
    }
}

#[tokio::test]
async fn a_key_of_a_service_does_what_both_its_role_and_its_scopes_allow() {
    let app = TestApp::new().await;
    let place = Place::of_owner(&app, &app.workspace).await;

    for scope in Scope::ALL {
        Person::service(&app, Role::Editor, &[scope]).await.check(&place).await;
    }
}

#[tokio::test]
async fn guests_do_over_http_what_their_link_allows() {
    let app = TestApp::new().await;
    let place = Place::of_owner(&app, &app.workspace).await;

    for access in Access::ALL {
        Person::guest(&app, &place.page, access).await.check(&place).await;
    }
}

#[tokio::test]
async fn strangers_find_nothing_and_nobody_is_asked_who_they_are() {
    let app = TestApp::new().await;
    let place = Place::of_owner(&app, &app.workspace).await;

    Person::new("stranger", app.stranger("Eve").await, |_| Verdict::Refused(404)).check(&place).await;
    Person::new("nobody", nobody(&app), |_| Verdict::Refused(401)).check(&place).await;
}

#[tokio::test]
async fn every_route_of_a_workspace_is_tried() {
    let app = TestApp::new().await;
    let place = Place::of_owner(&app, &app.workspace).await;
    let mut untried = operations();
    untried.retain(|operation| ["workspaces/{", "pages/{", "rooms/{"].iter().any(|of| operation.path.contains(of)));

    for action in Action::ALL {
        for attempt in attempts(action, &place).await {
            untried.retain(|operation| !operation.takes(&attempt));
        }
    }

    let untried: Vec<String> = untried.iter().map(|operation| operation.to_string()).collect();
    assert!(untried.is_empty(), "permissions/attempts.rs does not try {untried:?}");
}

/// Every set of scopes a key may have.
fn scopes() -> Vec<Vec<Scope>> {
    let sets = (1..1 << Scope::ALL.len()).map(|set: u32| {
        Scope::ALL.into_iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1).map(|(_, scope)| scope).collect()
    });
    sets.collect()
}

/// Somebody who has shown nothing.
fn nobody(app: &TestApp) -> SignedIn {
    showing(app, HeaderMap::new())
}

/// Somebody who shows what is in these headers, and no cookie.
fn showing(app: &TestApp, headers: HeaderMap) -> SignedIn {
    let http = Client::builder().timeout(PATIENCE).default_headers(headers).build().unwrap();
    SignedIn { url: app.url.clone(), http, cookie: String::new(), csrf: String::new(), id: String::new() }
}
