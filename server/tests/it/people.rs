//! People beside the owner, and the verbs with which they use the server.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    app::{Answer, TestApp},
    signed_in::SignedIn,
};

impl TestApp {
    /// Somebody with an account who belongs to nothing.
    pub(crate) async fn stranger(&self, name: &str) -> SignedIn {
        SignedIn::register(&self.url, name).await
    }

    /// Somebody who belongs to the workspace there is.
    pub(crate) async fn member(&self, name: &str, role: &str) -> SignedIn {
        SignedIn::register_invited(&self.url, name, &self.invitation(role).await).await
    }

    /// The token of an invitation for whoever has it.
    pub(crate) async fn invitation(&self, role: &str) -> String {
        let path = self.of_workspace("/invitations");
        token(&self.post(&path, json!({ "role": role })).await.expect(201).json())
    }

    /// The path of the workspace there is, or of something in it.
    pub(crate) fn of_workspace(&self, rest: &str) -> String {
        format!("/api/v1/workspaces/{}{rest}", self.workspace)
    }

    /// A share link of a page, made by the owner.
    pub(crate) async fn share_link(&self, page: &str, access: &str) -> Value {
        self.post(&format!("/api/v1/rooms/{page}/share-links"), json!({ "access": access })).await.expect(201).json()
    }

    /// A request of somebody who has shown nothing.
    pub(crate) async fn post_anonymously(&self, path: &str, body: Value) -> Answer {
        self.send(self.anonymously(Method::POST, path).json(&body)).await
    }
}

impl SignedIn {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::to(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        Answer::to(self.request(Method::POST, path).json(&body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        Answer::to(self.request(Method::PUT, path).json(&body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        Answer::to(self.request(Method::PATCH, path).json(&body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        Answer::to(self.request(Method::DELETE, path)).await
    }
}

/// The token at the end of a link.
#[track_caller]
pub(crate) fn token(linked: &Value) -> String {
    linked["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

/// A field of each item of a list.
#[track_caller]
pub(crate) fn each(listed: &Answer, field: &str) -> Vec<String> {
    let items = listed.json()["items"].as_array().unwrap().clone();
    items.iter().map(|item| item[field].as_str().unwrap().to_owned()).collect()
}
