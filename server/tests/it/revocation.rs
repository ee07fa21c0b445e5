//! What takes somebody's rights away acts on their open sockets, within a second. The tests say how
//! long it took (`--nocapture`); that it happens at all is what they insist on.

use std::time::Instant;

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    process::{Gala, free_port},
    signed_in::{self, PASSWORD, SignedIn, email},
    yjs_client::{Dialect, Heard, YjsClient, new_doc},
};

const BOTH: [Dialect; 2] = [Dialect::YWebsocket, Dialect::Hocuspocus];

/// A page, its owner, and a member who may write.
struct Team {
    gala: Gala,
    workspace: String,
    page: String,
    member: SignedIn,
    _directory: tempfile::TempDir,
}

impl Team {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let gala = Gala::start_with(free_port(), directory.path(), None, &["--registration", "open"]).await;
        let page = gala.create_page("Plan").await;
        let workspace = gala.owner.first_workspace().await;
        let member = SignedIn::register(&gala.url, "Member").await;
        let team = Self { gala, workspace, page, member, _directory: directory };
        let invitations = format!("/api/v1/workspaces/{}/invitations", team.workspace);
        let invitation = team.owner(Method::POST, &invitations, json!({ "role": "editor" })).await;
        let token = invitation["url"].as_str().unwrap().rsplit('/').next().unwrap();
        answer(&team.member, Method::POST, "/api/v1/invitations/accept", json!({ "token": token })).await;
        team
    }

    /// What the owner does.
    async fn owner(&self, method: Method, path: &str, body: Value) -> Value {
        answer(&self.gala.owner, method, path, body).await
    }

    fn member_path(&self) -> String {
        format!("/api/v1/workspaces/{}/members/{}", self.workspace, self.member.id)
    }

    /// The member's sockets, one of each dialect.
    async fn sockets(&self) -> Vec<YjsClient> {
        let mut sockets = Vec::new();
        for dialect in BOTH {
            let socket = YjsClient::connect(&self.member, &self.page, None, dialect, new_doc()).await;
            let mut socket = socket.unwrap();
            socket.hear_until_synced().await;
            sockets.push(socket);
        }
        sockets
    }
}

/// Sends a request that has to succeed.
async fn answer(who: &SignedIn, method: Method, path: &str, body: Value) -> Value {
    let answer = who.request(method, path).json(&body).send().await.unwrap();
    let status = answer.status();
    let body = answer.text().await.unwrap();
    assert!(status.is_success(), "{path}: {status} {body}");
    serde_json::from_str(&body).unwrap_or_default()
}

/// Hears until the client is put out of its room, and says with what and how long it took.
async fn put_out(socket: &mut YjsClient, what: &str, since: Instant) -> String {
    let heard = socket.hear_until(|heard| matches!(heard, Heard::Closed(_) | Heard::Denied(_))).await;
    println!("{what}: {:?} put out after {} ms", socket.dialect, since.elapsed().as_millis());
    match heard {
        Heard::Closed(code) => code.to_string(),
        Heard::Denied(words) => words,
        other => panic!("{other:?}"),
    }
}

/// Hears until every client is put out as expected.
pub(crate) async fn all_put_out(sockets: &mut [YjsClient], what: &str, since: Instant, expected: [&str; 2]) {
    for (socket, expected) in sockets.iter_mut().zip(expected) {
        assert_eq!(put_out(socket, what, since).await, expected, "{what}");
    }
}

const SIGNED_OUT: [&str; 2] = ["4401", "not signed in, or the token is not valid"];
const NOT_THERE: [&str; 2] = ["4404", "no such room"];

#[tokio::test]
async fn a_device_that_is_signed_out_is_put_out() {
    let team = Team::new().await;
    let mut sockets = team.sockets().await;
    let elsewhere = SignedIn::login(&team.gala.url, "Member").await;
    let since = Instant::now();

    answer(&elsewhere, Method::DELETE, "/api/v1/me/sessions", json!(null)).await;

    all_put_out(&mut sockets, "revoked device", since, SIGNED_OUT).await;
}

#[tokio::test]
async fn a_member_who_is_removed_is_put_out() {
    let team = Team::new().await;
    let mut sockets = team.sockets().await;
    let since = Instant::now();

    team.owner(Method::DELETE, &team.member_path(), json!(null)).await;

    all_put_out(&mut sockets, "removed member", since, NOT_THERE).await;
}

#[tokio::test]
async fn a_page_that_is_deleted_puts_everybody_out() {
    let team = Team::new().await;
    let mut sockets = team.sockets().await;
    let since = Instant::now();

    team.owner(Method::DELETE, &format!("/api/v1/pages/{}", team.page), json!(null)).await;

    all_put_out(&mut sockets, "deleted page", since, NOT_THERE).await;
}

#[tokio::test]
async fn a_page_that_is_restricted_puts_members_out() {
    let team = Team::new().await;
    let mut sockets = team.sockets().await;
    let since = Instant::now();

    let sharing = format!("/api/v1/rooms/{}/sharing", team.page);
    team.owner(Method::PUT, &sharing, json!({ "members": "none" })).await;

    all_put_out(&mut sockets, "restricted page", since, NOT_THERE).await;
}

#[tokio::test]
async fn a_refresh_token_that_is_used_twice_puts_out_whoever_came_by_it() {
    let team = Team::new().await;
    let login = json!({ "email": email("Member"), "password": PASSWORD });
    let signed_in = answer(&team.member, Method::POST, "/api/v1/auth/login", login).await;
    let http = signed_in::client().build().unwrap();
    let path = format!("{}/api/v1/rooms/{}/tokens", team.gala.url, team.page);
    let token = http.post(path).bearer_auth(signed_in["access_token"].as_str().unwrap());
    let token: Value = token.json(&json!({ "access": "write" })).send().await.unwrap().json().await.unwrap();
    let token = token["token"].as_str().unwrap();
    let mut sockets = Vec::new();
    for dialect in BOTH {
        sockets.push(YjsClient::connect(&team.member, &team.page, Some(token), dialect, new_doc()).await.unwrap());
    }
    for socket in &mut sockets {
        socket.hear_until_synced().await;
    }
    let refresh = async || {
        let refresh = json!({ "refresh_token": signed_in["refresh_token"] });
        http.post(format!("{}/api/v1/auth/refresh", team.gala.url)).json(&refresh).send().await.unwrap().status()
    };
    assert_eq!(refresh().await, 200);
    let since = Instant::now();

    assert_eq!(refresh().await, 401);

    all_put_out(&mut sockets, "refresh token reused", since, SIGNED_OUT).await;
}

#[tokio::test]
async fn a_room_token_that_expires_is_asked_for_again_and_then_ends() {
    let team = Team::new().await;
    let path = format!("/api/v1/rooms/{}/tokens", team.page);
    let token = answer(&team.member, Method::POST, &path, json!({ "access": "write", "expires_in_s": 3 })).await;
    let since = Instant::now();
    let token = token["token"].as_str().unwrap();
    let mut sockets = Vec::new();
    for dialect in BOTH {
        sockets.push(YjsClient::connect(&team.member, &team.page, Some(token), dialect, new_doc()).await.unwrap());
    }

    sockets[1].hear_until(|heard| *heard == Heard::TokenWanted).await;
    println!("expiring room token (3 s): asked for again after {} ms", since.elapsed().as_millis());

    all_put_out(&mut sockets, "expired room token (3 s)", since, SIGNED_OUT).await;
}

#[tokio::test]
async fn a_member_who_becomes_a_viewer_stays_and_can_no_longer_write() {
    let team = Team::new().await;
    let mut sockets = team.sockets().await;
    let mut owner =
        YjsClient::connect(&team.gala.owner, &team.page, None, Dialect::Hocuspocus, new_doc()).await.unwrap();
    owner.hear_until_synced().await;
    sockets[1].append("before").await.unwrap();
    sockets[1].hear_until_saved().await;
    owner.hear_until_length(6).await;
    let since = Instant::now();

    team.owner(Method::PATCH, &team.member_path(), json!({ "role": "viewer" })).await;

    sockets[1].hear_until(|heard| *heard == Heard::Authenticated("readonly".to_owned())).await;
    println!("downgraded member: told after {} ms", since.elapsed().as_millis());
    sockets[1].append(" after").await.unwrap();
    sockets[1].hear_until(|heard| *heard == Heard::Saved(false)).await;
    sockets[0].append(" after").await.unwrap();
    sockets[0].hear_until(|heard| matches!(heard, Heard::Denied(_))).await;

    // They still hear the others, and nobody has heard them.
    owner.append("!").await.unwrap();
    owner.hear_until_saved().await;
    sockets[0].hear_until(|heard| *heard == Heard::Update).await;
    assert_eq!(owner.text(), "before!");

    team.owner(Method::PATCH, &team.member_path(), json!({ "role": "editor" })).await;
    sockets[1].hear_until(|heard| *heard == Heard::Authenticated("read-write".to_owned())).await;
    // They are asked for what they were refused.
    sockets[1].hear_until_synced().await;
    owner.hear_until_length(13).await;
}

#[tokio::test]
async fn a_share_link_that_is_revoked_puts_its_guests_out() {
    let team = Team::new().await;
    let links = format!("/api/v1/rooms/{}/share-links", team.page);
    let link = team.owner(Method::POST, &links, json!({ "access": "write" })).await;
    let token = link["url"].as_str().unwrap().rsplit('/').next().unwrap();
    let guest = SignedIn::guest(&team.gala.url, token).await;
    let mut sockets = Vec::new();
    for dialect in BOTH {
        let mut socket = YjsClient::connect(&guest, &team.page, None, dialect, new_doc()).await.unwrap();
        socket.hear_until_synced().await;
        sockets.push(socket);
    }
    let since = Instant::now();

    team.owner(Method::DELETE, &format!("{links}/{}", link["id"].as_str().unwrap()), json!(null)).await;

    all_put_out(&mut sockets, "revoked share link", since, SIGNED_OUT).await;
}
