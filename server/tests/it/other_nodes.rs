//! Two servers on one Postgres, without anything between them: what is done on one takes hold on the
//! sockets of the other. The tests say how long it took (`--nocapture`).

use std::time::Instant;

use reqwest::Method;
use serde_json::json;

use crate::{
    app::TestApp,
    engines::TestDatabase,
    revocation::all_put_out,
    signed_in::SignedIn,
    tokens::secret_key,
    yjs_client::{Dialect, Heard, YjsClient, new_doc},
};

const BOTH: [Dialect; 2] = [Dialect::YWebsocket, Dialect::Hocuspocus];
const SIGNED_OUT: [&str; 2] = ["4401", "not signed in, or the token is not valid"];
const NOT_THERE: [&str; 2] = ["4404", "no such room"];

/// Two nodes, and a member of the owner's workspace who is signed in on the second one.
struct Nodes {
    one: TestApp,
    other: TestApp,
    member: SignedIn,
    page: String,
    /// Has been told of a change already: the second node follows what the first one does.
    witness: Option<YjsClient>,
}

impl Nodes {
    async fn new(database: &TestDatabase) -> Self {
        let one = TestApp::with(database.url(), |config| config.secret.secret_key = Some(secret_key())).await;
        let other = one.another_node(database.url(), |config| config.secret.secret_key = Some(secret_key())).await;
        let page = one.create_page("Plan", "").await;
        let invitations = format!("/api/v1/workspaces/{}/invitations", one.workspace);
        let invitation = one.post(&invitations, json!({ "role": "editor" })).await.expect(201).json();
        let token = invitation["url"].as_str().unwrap().rsplit('/').next().unwrap();
        let member = SignedIn::register_invited(&other.url, "Member", token).await;
        let witness = SignedIn::register_invited(&other.url, "Witness", token).await;
        let mut nodes = Self { one, other, member, page, witness: None };
        let mut socket = nodes.sockets_of(&witness, None).await.remove(1);
        nodes.one.patch(&nodes.path_of(&witness), json!({ "role": "viewer" })).await.expect(200);
        socket.hear_until(|heard| *heard == Heard::Authenticated("readonly".to_owned())).await;
        nodes.witness = Some(socket);
        nodes
    }

    /// Sockets on the second node, one of each dialect.
    async fn sockets_of(&self, who: &SignedIn, token: Option<&str>) -> Vec<YjsClient> {
        let mut sockets = Vec::new();
        for dialect in BOTH {
            let mut socket = YjsClient::connect(who, &self.page, token, dialect, new_doc()).await.unwrap();
            socket.hear_until_synced().await;
            sockets.push(socket);
        }
        sockets
    }

    fn path_of(&self, member: &SignedIn) -> String {
        format!("/api/v1/workspaces/{}/members/{}", self.one.workspace, member.id)
    }
}

/// Runs a test on two nodes, if there is a Postgres for them.
async fn on_two_nodes(test: impl AsyncFnOnce(Nodes)) {
    if let Some(database) = TestDatabase::postgres().await {
        database.run(async |database| test(Nodes::new(database).await).await).await;
    }
}

#[tokio::test]
async fn a_role_that_is_lowered_on_one_node_is_told_to_the_sockets_of_the_other() {
    on_two_nodes(async |nodes| {
        let mut sockets = nodes.sockets_of(&nodes.member, None).await;
        let mut took_ms = Vec::new();
        for (role, access) in [("viewer", "readonly"), ("editor", "read-write")].repeat(5) {
            let since = Instant::now();
            nodes.one.patch(&nodes.path_of(&nodes.member), json!({ "role": role })).await.expect(200);
            sockets[1].hear_until(|heard| *heard == Heard::Authenticated(access.to_owned())).await;
            took_ms.push(since.elapsed().as_millis());
        }
        took_ms.sort_unstable();
        println!("role changed on another node: told after {took_ms:?} ms");
    })
    .await;
}

#[tokio::test]
async fn who_is_signed_out_on_one_node_is_put_out_on_the_other() {
    on_two_nodes(async |nodes| {
        let one = &nodes.one.url;
        let elsewhere = SignedIn::login(one, "Member").await;
        let mut sockets = nodes.sockets_of(&nodes.member, None).await;
        let since = Instant::now();
        let signed_out = elsewhere.request(Method::DELETE, "/api/v1/me/sessions").send().await.unwrap();
        assert!(signed_out.status().is_success());
        all_put_out(&mut sockets, "every other device, on another node", since, SIGNED_OUT).await;

        let again = SignedIn::login(&nodes.other.url, "Member").await;
        let mut sockets = nodes.sockets_of(&again, None).await;
        let since = Instant::now();
        let signed_out = again.http.post(format!("{one}/api/v1/auth/logout")).send().await.unwrap();
        assert!(signed_out.status().is_success());
        all_put_out(&mut sockets, "the device itself, on another node", since, SIGNED_OUT).await;
    })
    .await;
}

#[tokio::test]
async fn whoever_may_not_be_there_any_more_by_what_one_node_does_is_put_out_on_the_other() {
    on_two_nodes(async |nodes| {
        let restricted = nodes.one.create_page("Restricted", "").await;
        let sharing = format!("/api/v1/rooms/{restricted}/sharing");
        nodes.one.send(nodes.one.request(Method::PUT, &sharing).json(&json!({ "members": "none" }))).await.expect(200);
        let place = format!("/api/v1/pages/{}/move", nodes.page);

        let mut sockets = nodes.sockets_of(&nodes.member, None).await;
        let since = Instant::now();
        nodes.one.post(&place, json!({ "parent_id": restricted })).await.expect(200);
        all_put_out(&mut sockets, "page moved on another node", since, NOT_THERE).await;

        nodes.one.post(&place, json!({ "parent_id": null })).await.expect(200);
        let mut sockets = nodes.sockets_of(&nodes.member, None).await;
        let since = Instant::now();
        nodes.one.delete(&nodes.path_of(&nodes.member)).await.expect(204);
        all_put_out(&mut sockets, "member removed on another node", since, NOT_THERE).await;
    })
    .await;
}

#[tokio::test]
async fn a_key_that_is_revoked_on_one_node_is_no_good_on_the_other() {
    on_two_nodes(async |nodes| {
        let personal = json!({ "name": "Script", "scopes": ["read", "write"] });
        let service = json!({ "name": "Robot", "scopes": ["read", "write"], "role": "editor" });
        let of_workspace = format!("/api/v1/workspaces/{}/api-keys", nodes.one.workspace);
        for (path, key) in [("/api/v1/me/api-keys", personal), (&of_workspace, service)] {
            let key = nodes.one.post(path, key).await.expect(201).json();
            let mut sockets = nodes.sockets_of(&nodes.other.owner, key["key"].as_str()).await;
            let since = Instant::now();
            nodes.one.delete(&format!("{path}/{}", key["id"].as_str().unwrap())).await.expect(204);
            all_put_out(&mut sockets, "key revoked on another node", since, SIGNED_OUT).await;
        }
    })
    .await;
}
