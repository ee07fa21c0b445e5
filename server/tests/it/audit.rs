//! The audit, through HTTP.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{app::TestApp, engines::on_both, people::each};

on_both! {
    async fn what_happens_in_a_workspace_is_told_newest_first(database) {
        let app = TestApp::on(database).await;
        let ada = app.member("Ada", "editor").await;
        let page = ada.post(&app.of_workspace("/pages"), json!({ "title": "a\0" })).await.expect(201).id();
        app.patch(&app.of_workspace(""), json!({ "name": "Ours" })).await.expect(200);

        let listed = app.get(&app.of_workspace("/audit?limit=2")).await.expect(200);

        assert_eq!(each(&listed, "action"), ["workspace.renamed", "page.created"]);
        let created = listed.json()["items"][1].clone();
        assert_eq!((&created["actor_id"], &created["object"]), (&json!(ada.id), &json!(page)));
        assert_eq!(created["address"], "127.0.0.1");
        let cursor = listed.json()["next_cursor"].as_str().unwrap().to_owned();
        let rest = app.get(&app.of_workspace(&format!("/audit?cursor={cursor}"))).await.expect(200);
        assert_eq!(each(&rest, "action"), ["member.joined", "invitation.created", "workspace.created"]);
        assert_eq!(rest.json()["next_cursor"], Value::Null);
        assert_eq!(ada.get(&app.of_workspace("/audit")).await.expect(403).refusal(), "forbidden");
        assert_eq!(ada.get(&app.of_workspace("/audit/export")).await.expect(403).refusal(), "forbidden");
    }

    async fn from_where_to_where_a_page_was_moved_is_told(database) {
        let app = TestApp::on(database).await;
        let (a, b) = (app.create_page("a", "").await, app.create_page("b", "").await);

        app.post(&format!("/api/v1/pages/{b}/move"), json!({ "parent_id": a })).await.expect(200);
        app.post(&format!("/api/v1/pages/{b}/move"), json!({})).await.expect(200);

        let listed = app.get(&app.of_workspace("/audit?limit=2")).await.expect(200);
        assert_eq!(each(&listed, "action"), ["page.moved", "page.moved"]);
        assert_eq!(each(&listed, "object"), [b.as_str(), b.as_str()]);
        assert_eq!(each(&listed, "detail"), [format!("{a} top"), format!("top {a}")]);
    }

    async fn what_is_exported_can_be_verified_by_anybody(database) {
        let app = TestApp::on(database).await;
        app.create_page("„quoted“ \"and\" \\ ü", "").await;
        app.invitation("viewer").await;

        let exported = app.get(&app.of_workspace("/audit/export")).await.expect(200);

        assert_eq!(exported.header("content-type"), "application/x-ndjson");
        let text = exported.text();
        let mut hash = vec![0; 32];
        let mut seq = 0;
        for line in text.lines() {
            let event: Value = serde_json::from_str(line).unwrap();
            let (said, shown) = line.rsplit_once(",\"hash\":\"").unwrap();
            hash = Sha256::new().chain_update(&hash).chain_update(said).chain_update("}").finalize().to_vec();
            seq += 1;
            assert_eq!(event["seq"], seq);
            assert_eq!(shown, format!("{}\"}}", hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>()));
        }
        assert_eq!(seq, 3);
    }
}
