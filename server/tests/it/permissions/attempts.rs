//! How each action is tried over HTTP.

use protocol::access::Action;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    app::TestApp,
    operations::{EMPTY_UPDATE, Request},
    people::token,
    signed_in::SignedIn,
};

/// A workspace of the owner's in which things are tried.
pub(super) struct Place<'a> {
    app: &'a TestApp,
    workspace: String,
    /// A page that stays. What is arranged stands below it.
    pub(super) page: String,
    /// Somebody to be managed.
    subject: SignedIn,
}

impl<'a> Place<'a> {
    /// A workspace the owner owns.
    pub(super) async fn of_owner(app: &'a TestApp, workspace: &str) -> Self {
        let path = format!("/api/v1/workspaces/{workspace}/pages");
        let page = app.post(&path, json!({ "title": "Place" })).await.expect(201).id();
        let subject = app.stranger(&format!("Subject-{page}")).await;
        Self { app, workspace: workspace.to_owned(), page, subject }
    }

    fn of_workspace(&self, rest: &str) -> String {
        format!("/api/v1/workspaces/{}{rest}", self.workspace)
    }

    /// Has the owner make something; answers with its id.
    async fn make(&self, path: &str, body: Value) -> String {
        self.app.post(path, body).await.expect(201).id()
    }

    /// Makes the subject a member, whether they are one or not.
    async fn subject(&self) -> &str {
        let invitation = self.app.post(&self.of_workspace("/invitations"), json!({ "role": "viewer" })).await;
        let invitation = json!({ "token": token(&invitation.expect(201).json()) });
        self.subject.post("/api/v1/invitations/accept", invitation).await.expect(200);
        &self.subject.id
    }
}

/// Every request that tries an action, to be sent one after the other. The owner makes what is needed.
pub(super) async fn attempts(action: Action, place: &Place<'_>) -> Vec<Request> {
    let (post, put, patch) = (Method::POST, Method::PUT, Method::PATCH);
    let get = |path| Request::new(Method::GET, path);
    let delete = |path| Request::new(Method::DELETE, path);
    let room = |rest: &str| format!("/api/v1/rooms/{}{rest}", place.page);
    let page = |rest: &str| format!("/api/v1/pages/{}{rest}", place.page);
    let workspace = |rest: &str| place.of_workspace(rest);
    match action {
        Action::ReadRoom => vec![
            get(page("")),
            get(page("/content")),
            get(page("/tree")),
            get(room("")),
            Request::json(post, room("/tokens"), &json!({ "access": "read" })),
        ],
        Action::EditRoom => {
            let document = json!({ "type": "doc", "content": [{ "type": "paragraph" }] });
            let update = Request {
                method: patch,
                path: page("/content"),
                content_type: "application/octet-stream",
                body: EMPTY_UPDATE.into(),
            };
            let mut requests = vec![Request::json(put, page("/content"), &document), update];
            requests.extend(versions(place).await);
            requests
        }
        Action::ReadHistory => {
            let (edits, diff) = (get(room("/history/edits")), get(room("/history/diff")));
            vec![get(room("/history")), edits, diff, get(room("/attribution")), get(room("/versions"))]
        }
        Action::EraseRoom => vec![Request::json(post, room("/erase"), &json!({}))],
        Action::ArrangePage => arranging(place).await,
        Action::ShareRoom => sharing(place).await,
        Action::ReadWorkspace => {
            vec![get(workspace("")), get(workspace("/pages")), get(workspace("/members"))]
        }
        Action::CreatePage => vec![Request::json(post, workspace("/pages"), &json!({ "title": "a" }))],
        Action::InviteMember => {
            let invitation = place.make(&workspace("/invitations"), json!({ "role": "viewer" })).await;
            vec![
                get(workspace("/invitations")),
                Request::json(post, workspace("/invitations"), &json!({ "role": "viewer" })),
                delete(workspace(&format!("/invitations/{invitation}"))),
            ]
        }
        Action::ManageMember => {
            let member = workspace(&format!("/members/{}", place.subject().await));
            vec![Request::json(patch, member.clone(), &json!({ "role": "commenter" })), delete(member)]
        }
        Action::ManageKey => {
            let key = json!({ "name": "Robot", "role": "viewer", "scopes": ["read"] });
            let made = place.make(&workspace("/api-keys"), key.clone()).await;
            vec![
                get(workspace("/api-keys")),
                Request::json(post, workspace("/api-keys"), &key),
                delete(workspace(&format!("/api-keys/{made}"))),
            ]
        }
        Action::ReadAudit => vec![get(workspace("/audit")), get(workspace("/audit/export"))],
        Action::RenameWorkspace => vec![Request::json(patch, workspace(""), &json!({ "name": "b" }))],
        Action::DeleteWorkspace => vec![delete(workspace(""))],
    }
}

/// What the page that stays says gets a name, and another one, loses it and is said again.
async fn versions(place: &Place<'_>) -> Vec<Request> {
    let room = |rest: &str| format!("/api/v1/rooms/{}{rest}", place.page);
    let seq = place.app.get(&room("/history")).await.expect(200).json()["seq"].clone();
    let version = room(&format!("/versions/{seq}"));
    vec![
        Request::json(Method::POST, room("/versions"), &json!({ "name": "a", "at": seq })),
        Request::json(Method::PATCH, version.clone(), &json!({ "name": "b" })),
        Request::new(Method::DELETE, version),
        Request::json(Method::POST, room("/restore"), &json!({ "at": seq })),
    ]
}

/// A page below the one that stays is renamed, moved, put into the trash and brought back.
async fn arranging(place: &Place<'_>) -> Vec<Request> {
    let child = json!({ "title": "a", "parent_id": place.page });
    let child = place.make(&place.of_workspace("/pages"), child).await;
    let child = |rest: &str| format!("/api/v1/pages/{child}{rest}");
    vec![
        Request::json(Method::PATCH, child(""), &json!({ "title": "b" })),
        Request::json(Method::POST, child("/move"), &json!({ "parent_id": place.page })),
        Request::new(Method::DELETE, child("")),
        Request::new(Method::POST, child("/restore")),
    ]
}

/// Everything that can be said of who may enter the page that stays.
async fn sharing(place: &Place<'_>) -> Vec<Request> {
    let room = |rest: &str| format!("/api/v1/rooms/{}{rest}", place.page);
    let link = json!({ "access": "read" });
    let made = place.make(&room("/share-links"), link.clone()).await;
    let grant = room(&format!("/grants/{}", place.subject().await));
    vec![
        Request::new(Method::GET, room("/sharing")),
        Request::json(Method::PUT, room("/sharing"), &json!({ "members": null })),
        Request::json(Method::PUT, grant.clone(), &json!({ "level": "read" })),
        Request::new(Method::DELETE, grant),
        Request::new(Method::GET, room("/share-links")),
        Request::json(Method::POST, room("/share-links"), &link),
        Request::new(Method::DELETE, room(&format!("/share-links/{made}"))),
    ]
}
