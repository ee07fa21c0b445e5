//! Share links through HTTP.

use reqwest::header::SET_COOKIE;
use serde_json::{Value, json};

use crate::{
    app::{Answer, TestApp, outline},
    engines::on_both,
    people::{each, token},
    signed_in::SignedIn,
    yjs_client::{Dialect, Heard, YjsClient, new_doc},
};

async fn open(who: &SignedIn, link: &Value) -> Answer {
    who.post("/api/v1/share-links/open", json!({ "token": token(link) })).await
}

async fn revoke(app: &TestApp, page: &str, link: &Value) {
    app.delete(&format!("/api/v1/rooms/{page}/share-links/{}", link["id"].as_str().unwrap())).await.expect(204);
}

on_both! {
    async fn a_guest_sees_the_page_and_what_is_below_and_nothing_else(database) {
        let app = TestApp::on(database).await;
        let top = app.create_page("top", "").await;
        let a = app.create_page_under(&top, "a").await;
        let b = app.create_page_under(&a, "b").await;

        let guest = SignedIn::guest(&app.url, &token(&app.share_link(&a, "comment").await)).await;

        for page in [&a, &b] {
            assert_eq!(guest.get(&format!("/api/v1/pages/{page}")).await.expect(200).json()["access"], "comment");
            guest.get(&format!("/api/v1/pages/{page}/content")).await.expect(200);
            assert_eq!(guest.patch(&format!("/api/v1/pages/{page}"), json!({ "title": "x" })).await.status, 403);
        }
        let tree = guest.get(&format!("/api/v1/pages/{a}/tree")).await.expect(200).json();
        assert_eq!(outline(&json!([tree])), "a(b)");
        let me = guest.get("/api/v1/me").await.expect(200).json();
        assert_eq!((&me["kind"], &me["guest_of"]), (&json!("guest"), &json!(a)));
        for hidden in [app.of_workspace(""), app.of_workspace("/pages"), app.of_workspace("/members"),
            format!("/api/v1/pages/{top}"), format!("/api/v1/pages/{top}/tree")]
        {
            assert_eq!(guest.get(&hidden).await.expect(404).refusal(), "not_found", "{hidden}");
        }
    }

    async fn a_link_ends_where_a_page_below_says_who_comes_in(database) {
        let app = TestApp::on(database).await;
        let a = app.create_page("a", "").await;
        let (b, d) = (app.create_page_under(&a, "b").await, app.create_page_under(&a, "d").await);
        let c = app.create_page_under(&b, "c").await;
        let guest = SignedIn::guest(&app.url, &token(&app.share_link(&a, "write").await)).await;
        let (ada, link) = (app.stranger("Ada").await, app.share_link(&a, "comment").await);
        open(&ada, &link).await.expect(200);

        for (page, level) in [(&a, "none"), (&b, "none"), (&d, "read")] {
            let path = format!("/api/v1/rooms/{page}/sharing");
            app.owner.put(&path, json!({ "members": level })).await.expect(200);
        }

        for who in [&guest, &ada] {
            for hidden in [&b, &c] {
                assert_eq!(who.get(&format!("/api/v1/pages/{hidden}")).await.expect(404).refusal(), "not_found");
                assert_eq!(who.get(&format!("/api/v1/pages/{hidden}/content")).await.expect(404).refusal(), "not_found");
                let socket = YjsClient::connect(who, hidden, None, Dialect::YWebsocket, new_doc()).await;
                socket.unwrap().hear_until(|heard| *heard == Heard::Closed(4404)).await;
            }
            assert_eq!(who.get(&format!("/api/v1/pages/{d}")).await.expect(200).json()["access"], "read");
            let tree = who.get(&format!("/api/v1/pages/{a}/tree")).await.expect(200).json();
            assert_eq!((outline(&json!([tree])).as_str(), &tree["children"][0]["access"]), ("a(d)", &json!("read")));
        }
        assert_eq!(guest.get(&format!("/api/v1/pages/{a}")).await.expect(200).json()["access"], "write");
        let own = SignedIn::guest(&app.url, &token(&app.share_link(&b, "read").await)).await;
        assert_eq!(own.get(&format!("/api/v1/pages/{c}")).await.expect(200).json()["access"], "read");
    }

    async fn a_guest_who_may_write_neither_shares_nor_arranges(database) {
        let app = TestApp::on(database).await;
        let page = app.create_page("a", "").await;

        let guest = SignedIn::guest(&app.url, &token(&app.share_link(&page, "write").await)).await;

        let path = format!("/api/v1/pages/{page}");
        guest.put(&format!("{path}/content"), json!({ "type": "doc", "content": [{ "type": "paragraph" }] })).await.expect(204);
        assert_eq!(guest.patch(&path, json!({ "title": "b" })).await.expect(403).refusal(), "forbidden");
        assert_eq!(guest.post(&format!("{path}/move"), json!({})).await.expect(403).refusal(), "forbidden");
        assert_eq!(guest.delete(&path).await.expect(403).refusal(), "forbidden");
        app.delete(&path).await.expect(204);
        assert_eq!(guest.post(&format!("{path}/restore"), json!({})).await.expect(403).refusal(), "forbidden");
        app.post(&format!("{path}/restore"), json!({})).await.expect(200);
        let room = format!("/api/v1/rooms/{page}");
        assert_eq!(guest.get(&format!("{room}/sharing")).await.expect(403).refusal(), "forbidden");
        let refused = guest.post(&format!("{room}/share-links"), json!({ "access": "read" })).await.expect(403);
        assert_eq!(refused.refusal(), "forbidden");
    }

    async fn who_is_signed_in_stays_who_they_are_and_is_let_in(database) {
        let app = TestApp::on(database).await;
        let page = app.create_page("a", "").await;
        let (read, write) = (app.share_link(&page, "read").await, app.share_link(&page, "write").await);
        let stranger = app.stranger("Ada").await;
        let path = format!("/api/v1/pages/{page}");
        stranger.get(&path).await.expect(404);

        let opened = open(&stranger, &read).await.expect(200);

        assert_eq!(opened.json(), json!({ "page_id": page, "access": "read" }));
        assert!(opened.headers.get(SET_COOKIE).is_none());
        assert_eq!(stranger.get(&path).await.expect(200).json()["access"], "read");
        assert_eq!(stranger.get("/api/v1/me").await.expect(200).json()["name"], "Ada");
        stranger.get(&app.of_workspace("")).await.expect(404);
        assert_eq!(open(&stranger, &write).await.expect(200).json()["access"], "write");
        assert_eq!(open(&stranger, &read).await.expect(200).json()["access"], "write");
        let sharing = format!("/api/v1/rooms/{page}/sharing");
        assert_eq!(stranger.get(&sharing).await.expect(403).refusal(), "forbidden");
        assert_eq!(SignedIn::login(&app.url, "Ada").await.get(&path).await.expect(404).refusal(), "not_found");
        revoke(&app, &page, &write).await;
        assert_eq!(stranger.get(&path).await.expect(404).refusal(), "not_found");
        stranger.get("/api/v1/me").await.expect(200);
    }

    async fn a_member_who_opens_a_link_keeps_what_they_have(database) {
        let app = TestApp::on(database).await;
        let viewer = app.member("Ada", "viewer").await;
        let page = app.create_page("a", "").await;
        let link = app.share_link(&page, "read").await;

        assert_eq!(open(&app.owner, &link).await.expect(200).json()["access"], "write");
        assert_eq!(open(&viewer, &link).await.expect(200).json()["access"], "read");
    }

    async fn a_guest_who_opens_a_better_link_may_do_more(database) {
        let app = TestApp::on(database).await;
        let page = app.create_page("a", "").await;
        let (read, write) = (app.share_link(&page, "read").await, app.share_link(&page, "write").await);
        let guest = SignedIn::guest(&app.url, &token(&read)).await;

        assert!(open(&guest, &read).await.expect(200).headers.get(SET_COOKIE).is_none());
        let better = open(&guest, &write).await.expect(200);

        assert_eq!(better.json()["access"], "write");
        assert!(better.headers.get(SET_COOKIE).is_some());
    }

    async fn a_revoked_link_puts_its_guests_out(database) {
        let app = TestApp::on(database).await;
        let page = app.create_page("a", "").await;
        let (link, other) = (app.share_link(&page, "read").await, app.share_link(&page, "read").await);
        let (guest, stays) =
            (SignedIn::guest(&app.url, &token(&link)).await, SignedIn::guest(&app.url, &token(&other)).await);

        revoke(&app, &page, &link).await;

        let path = format!("/api/v1/pages/{page}");
        assert_eq!(guest.get(&path).await.expect(401).refusal(), "unauthorized");
        stays.get(&path).await.expect(200);
        assert_eq!(open(&app.owner, &link).await.expect(404).refusal(), "not_found");
        let links = format!("/api/v1/rooms/{page}/share-links");
        assert_eq!(each(&app.get(&links).await.expect(200), "id"), [other["id"].as_str().unwrap()]);
    }

    async fn a_link_that_has_expired_opens_nothing(database) {
        let app = TestApp::on(database).await;
        let page = app.create_page("a", "").await;
        let link = app.share_link(&page, "read").await;
        let guest = SignedIn::guest(&app.url, &token(&link)).await;

        let expired = if database.url().is_some() { "'2000-01-01Z'" } else { "0" };
        app.query(database, &format!("UPDATE share_link SET expires_at = {expired}")).await;

        guest.get(&format!("/api/v1/pages/{page}")).await.expect(401);
        assert_eq!(open(&app.owner, &link).await.expect(404).refusal(), "not_found");
        let links = format!("/api/v1/rooms/{page}/share-links");
        assert!(each(&app.get(&links).await.expect(200), "id").is_empty());
    }
}

#[tokio::test]
async fn a_link_does_not_expire_before_it_is_made() {
    let app = TestApp::new().await;
    let path = format!("/api/v1/rooms/{}/share-links", app.create_page("a", "").await);

    app.post(&path, json!({ "access": "read", "expires_at": "9999-01-01T00:00:00Z" })).await.expect(201);
    let past = app.post(&path, json!({ "access": "read", "expires_at": "2000-01-01T00:00:00Z" })).await.expect(422);
    assert_eq!(past.refusal(), "invalid /expires_at out_of_range");
}

#[tokio::test]
async fn one_address_brings_only_so_many_guests() {
    let app = TestApp::new().await;
    let link = app.share_link(&app.create_page("a", "").await, "read").await;
    for _ in 0..20 {
        SignedIn::guest(&app.url, &token(&link)).await;
    }

    let refused = app.post_anonymously("/api/v1/share-links/open", json!({ "token": token(&link) })).await.expect(429);

    assert_eq!(refused.refusal(), "rate_limited");
    assert_ne!(refused.header("retry-after"), "");
    open(&app.owner, &link).await.expect(200);
}
