//! The members of a workspace through HTTP.

use serde_json::json;

use crate::{
    app::{TestApp, nobody},
    engines::on_both,
    people::{each, token},
    signed_in::SignedIn,
    yjs_client::{Dialect, Heard, YjsClient, new_doc},
};

fn path(app: &TestApp, who: &SignedIn) -> String {
    app.of_workspace(&format!("/members/{}", who.id))
}

on_both! {
    async fn members_are_listed_to_each_other(database) {
        let app = TestApp::on(database).await;
        let viewer = app.member("Ada", "viewer").await;
        app.stranger("Eve").await;

        let listed = viewer.get(&app.of_workspace("/members")).await.expect(200);

        assert_eq!(each(&listed, "name"), ["Owner", "Ada"]);
        assert_eq!(each(&listed, "role"), ["owner", "viewer"]);
        assert_eq!(each(&listed, "email"), ["owner@example.org", "ada@example.org"]);
        let first = viewer.get(&app.of_workspace("/members?limit=1")).await.expect(200);
        let cursor = first.json()["next_cursor"].as_str().unwrap().to_owned();
        let second = viewer.get(&app.of_workspace(&format!("/members?limit=1&cursor={cursor}"))).await.expect(200);
        assert_eq!((each(&first, "name"), each(&second, "name")), (vec!["Owner".to_owned()], vec!["Ada".to_owned()]));
        assert!(second.json()["next_cursor"].is_null());
    }

    async fn a_member_becomes_what_an_admin_says(database) {
        let app = TestApp::on(database).await;
        let (admin, ada) = (app.member("Admin", "admin").await, app.member("Ada", "editor").await);

        let changed = admin.patch(&path(&app, &ada), json!({ "role": "viewer" })).await.expect(200).json();

        assert_eq!((&changed["id"], &changed["role"]), (&json!(ada.id), &json!("viewer")));
        assert_eq!(ada.get(&app.of_workspace("")).await.expect(200).json()["role"], "viewer");
        assert_eq!(ada.patch(&path(&app, &ada), json!({ "role": "editor" })).await.expect(403).refusal(), "forbidden");
        let pages = app.of_workspace("/pages");
        assert_eq!(ada.post(&pages, json!({ "title": "a" })).await.expect(403).refusal(), "forbidden");
    }

    async fn what_is_done_to_owners_only_owners_do(database) {
        let app = TestApp::on(database).await;
        let (admin, ada) = (app.member("Admin", "admin").await, app.member("Ada", "editor").await);

        assert_eq!(admin.patch(&path(&app, &ada), json!({ "role": "owner" })).await.expect(403).refusal(), "forbidden");
        let owner = path(&app, &app.owner);
        assert_eq!(admin.patch(&owner, json!({ "role": "viewer" })).await.expect(403).refusal(), "forbidden");
        assert_eq!(admin.delete(&owner).await.expect(403).refusal(), "forbidden");
        app.patch(&path(&app, &ada), json!({ "role": "owner" })).await.expect(200);
        ada.patch(&owner, json!({ "role": "viewer" })).await.expect(200);
        ada.delete(&owner).await.expect(204);
    }

    async fn a_workspace_never_loses_its_last_owner(database) {
        let app = TestApp::on(database).await;
        let ada = app.member("Ada", "editor").await;
        let owner = path(&app, &app.owner);

        assert_eq!(app.delete(&owner).await.expect(409).refusal(), "conflict");
        assert_eq!(app.patch(&owner, json!({ "role": "admin" })).await.expect(409).refusal(), "conflict");
        app.patch(&owner, json!({ "role": "owner" })).await.expect(200);
        app.patch(&path(&app, &ada), json!({ "role": "owner" })).await.expect(200);
        app.delete(&owner).await.expect(204);
        assert_eq!(app.get(&app.of_workspace("")).await.expect(404).refusal(), "not_found");
    }

    async fn who_is_removed_does_not_come_back_by_an_invitation(database) {
        let app = TestApp::on(database).await;
        let (admin, editor) = (app.member("Admin", "admin").await, app.member("Ada", "editor").await);
        let invite = async |who: &SignedIn, invitation| {
            who.post(&app.of_workspace("/invitations"), invitation).await.expect(201).json()
        };
        let own = invite(&admin, json!({ "role": "viewer", "email": "admin@example.org" })).await;
        let seen = invite(&app.owner, json!({ "role": "viewer" })).await;
        let mailed = invite(&app.owner, json!({ "role": "viewer", "email": "eve@example.org" })).await;

        app.delete(&path(&app, &admin)).await.expect(204);

        for gone in [&own, &seen] {
            let accepted = admin.post("/api/v1/invitations/accept", json!({ "token": token(gone) })).await;
            assert_eq!(accepted.expect(404).refusal(), "not_found");
        }
        let left = app.get(&app.of_workspace("/invitations")).await.expect(200);
        assert_eq!(each(&left, "id"), [mailed["id"].as_str().unwrap()]);
        let open = invite(&app.owner, json!({ "role": "viewer" })).await;
        app.delete(&path(&app, &editor)).await.expect(204);
        assert!(each(&app.get(&app.of_workspace("/invitations")).await.expect(200), "id").contains(&open["id"].as_str().unwrap().to_owned()));
    }

    async fn who_is_lowered_does_not_rise_by_an_invitation(database) {
        let app = TestApp::on(database).await;
        let ada = app.member("Ada", "owner").await;
        let invitations = app.of_workspace("/invitations");
        let roles = async || each(&app.get(&invitations).await.expect(200), "role");
        app.delete(&path(&app, &app.member("Eve", "admin").await)).await.expect(204);
        for role in ["owner", "admin", "viewer"] {
            app.post(&invitations, json!({ "role": role })).await.expect(201);
            let email = format!("{role}@example.com");
            ada.post(&invitations, json!({ "role": role, "email": email })).await.expect(201);
        }

        app.patch(&path(&app, &ada), json!({ "role": "admin" })).await.expect(200);
        assert_eq!(roles().await, ["admin", "admin", "viewer", "viewer"]);
        app.patch(&path(&app, &ada), json!({ "role": "viewer" })).await.expect(200);
        assert_eq!(roles().await, ["viewer"]);
    }

    async fn the_share_links_of_who_is_removed_are_good_no_more(database) {
        let app = TestApp::on(database).await;
        let ada = app.member("Ada", "editor").await;
        let page = app.create_page("a", "").await;
        let links = format!("/api/v1/rooms/{page}/share-links");
        let link = ada.post(&links, json!({ "access": "read" })).await.expect(201).json();
        let stays = SignedIn::guest(&app.url, &token(&app.share_link(&page, "read").await)).await;
        let guest = SignedIn::guest(&app.url, &token(&link)).await;
        let mut socket = YjsClient::connect(&guest, &page, None, Dialect::YWebsocket, new_doc()).await.unwrap();
        socket.hear_until_synced().await;

        app.delete(&path(&app, &ada)).await.expect(204);

        socket.hear_until(|heard| *heard == Heard::Closed(4401)).await;
        let page = format!("/api/v1/pages/{page}");
        assert_eq!(guest.get(&page).await.expect(401).refusal(), "unauthorized");
        stays.get(&page).await.expect(200);
    }

    async fn everybody_may_leave_and_only_admins_remove_others(database) {
        let app = TestApp::on(database).await;
        let (ada, eve) = (app.member("Ada", "viewer").await, app.member("Eve", "editor").await);

        assert_eq!(eve.delete(&path(&app, &ada)).await.expect(403).refusal(), "forbidden");
        ada.delete(&path(&app, &ada)).await.expect(204);
        app.delete(&path(&app, &eve)).await.expect(204);

        for gone in [ada, eve] {
            assert_eq!(gone.get(&app.of_workspace("")).await.expect(404).refusal(), "not_found");
            assert_eq!(gone.delete(&path(&app, &gone)).await.expect(404).refusal(), "not_found");
            assert_eq!(app.delete(&path(&app, &gone)).await.expect(404).refusal(), "not_found");
        }
        assert_eq!(each(&app.get(&app.of_workspace("/members")).await.expect(200), "name"), ["Owner"]);
    }
}

#[tokio::test]
async fn strangers_learn_nothing_of_members() {
    let app = TestApp::new().await;
    let stranger = app.stranger("Eve").await;

    assert_eq!(stranger.get(&app.of_workspace("/members")).await.expect(404).refusal(), "not_found");
    let owner = path(&app, &app.owner);
    assert_eq!(stranger.patch(&owner, json!({ "role": "viewer" })).await.expect(404).refusal(), "not_found");
    assert_eq!(stranger.delete(&owner).await.expect(404).refusal(), "not_found");
    let missing = app.of_workspace(&format!("/members/{}", nobody()));
    assert_eq!(app.patch(&missing, json!({ "role": "viewer" })).await.expect(404).refusal(), "not_found");
}
