//! The past of rooms, through HTTP: what they said, who wrote it, versions, and going back.

use reqwest::Method;
use serde_json::Value;

use crate::{
    app::{Answer, TestApp},
    signed_in::SignedIn,
};

mod depth;
mod difference;
mod erasure;
mod past;
mod versions;

/// The path of a room, or of something of it.
fn of_room(room: &str, rest: &str) -> String {
    format!("/api/v1/rooms/{room}{rest}")
}

/// Somebody makes this Markdown what a page says; answers with the position of that.
async fn write(who: &SignedIn, page: &str, markdown: &str) -> u64 {
    let request = who.request(Method::PUT, &format!("/api/v1/pages/{page}/content"));
    let answer = Answer::to(request.header("content-type", "text/markdown").body(markdown.to_owned())).await;
    let etag = answer.expect(204).header("etag").trim_matches('"').to_owned();
    etag.split_once('.').unwrap().1.parse().unwrap()
}

impl TestApp {
    /// What a room said at a point, as Markdown.
    async fn said(&self, room: &str, at: impl std::fmt::Display) -> String {
        let request = self.request(Method::GET, &of_room(room, &format!("/history?at={at}")));
        self.send(request.header("accept", "text/markdown")).await.expect(200).text()
    }

    /// What a room said at a point, with everything about it.
    async fn moment(&self, room: &str, at: impl std::fmt::Display) -> Value {
        self.get(&of_room(room, &format!("/history?at={at}"))).await.expect(200).json()
    }
}
