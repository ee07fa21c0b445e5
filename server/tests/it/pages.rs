//! Pages through HTTP: made, looked at, arranged, and everything that is refused.

use serde_json::{Value, json};

use crate::{
    app::{TestApp, nobody, outline},
    engines::on_both,
};

on_both! {
    async fn a_new_page_is_found_by_its_id(database) {
        let app = TestApp::on(database).await;

        let created = app.post_page(json!({ "title": "Plan" })).await.expect(201).json();

        let id = created["id"].as_str().unwrap();
        assert_eq!(created["title"], "Plan");
        assert_eq!(created["workspace_id"], app.workspace.as_str());
        assert_eq!(created["parent_id"], Value::Null);
        assert_eq!(app.get(&format!("/api/v1/pages/{id}")).await.expect(200).json(), created);
        let room = app.get(&format!("/api/v1/rooms/{id}")).await.expect(200).json();
        assert_eq!((&room["kind"], &room["head_seq"], &room["generation"]), (&json!("page"), &json!(1), &json!(1)));
    }

    async fn pages_are_listed_as_a_tree_in_their_order(database) {
        let app = TestApp::on(database).await;
        let a = app.create_page("a", "").await;
        let b = app.create_page_under(&a, "b").await;
        app.create_page_under(&a, "c").await;
        app.create_page_under(&b, "d").await;
        app.create_page("e", "").await;

        assert_eq!(app.outline().await, "a(b(d) c) e");
    }

    async fn a_page_moves_with_everything_below_it(database) {
        let app = TestApp::on(database).await;
        let a = app.create_page("a", "").await;
        let b = app.create_page_under(&a, "b").await;
        app.create_page_under(&b, "c").await;
        let d = app.create_page("d", "").await;

        let moved = app.post(&format!("/api/v1/pages/{b}/move"), json!({ "parent_id": d })).await.expect(200).json();
        assert_eq!(moved["parent_id"], d.as_str());
        assert_eq!(app.outline().await, "a d(b(c))");
        app.post(&format!("/api/v1/pages/{b}/move"), json!({ "before_id": a })).await.expect(200);
        assert_eq!(app.outline().await, "b(c) a d");
        app.post(&format!("/api/v1/pages/{b}/move"), json!({})).await.expect(200);
        assert_eq!(app.outline().await, "a d b(c)");
    }

    async fn a_page_comes_back_from_the_trash_with_what_was_below_it(database) {
        let app = TestApp::on(database).await;
        let a = app.create_page("a", "text").await;
        let b = app.create_page_under(&a, "b").await;
        app.create_page("c", "").await;

        app.delete(&format!("/api/v1/pages/{a}")).await.expect(204);

        assert_eq!(app.outline().await, "c");
        let trash = app.get(&format!("/api/v1/workspaces/{}/pages?trashed=true", app.workspace)).await.expect(200);
        assert_eq!(outline(&trash.json()["items"]), "a(b)");
        assert_ne!(app.get(&format!("/api/v1/pages/{b}")).await.expect(200).json()["trashed_at"], Value::Null);
        assert_eq!(app.get(&format!("/api/v1/rooms/{a}")).await.expect(404).refusal(), "not_found");
        app.post(&format!("/api/v1/pages/{a}/restore"), json!({})).await.expect(200);
        assert_eq!(app.outline().await, "a(b) c");
        assert_eq!(app.markdown(&a).await, "text\n");
    }

    async fn a_page_in_the_trash_is_neither_changed_nor_trashed_again(database) {
        let app = TestApp::on(database).await;
        let page = app.create_page("a", "text").await;
        let path = format!("/api/v1/pages/{page}");
        app.delete(&path).await.expect(204);

        assert_eq!(app.patch(&path, json!({ "title": "b" })).await.expect(404).refusal(), "not_found");
        assert_eq!(app.content(&page, "*/*").await.expect(404).refusal(), "not_found");
        assert_eq!(app.put_content(&page, "text/markdown", "b").await.expect(404).refusal(), "not_found");
        assert_eq!(app.post(&format!("{path}/move"), json!({})).await.expect(404).refusal(), "not_found");
        assert_eq!(app.delete(&path).await.expect(404).refusal(), "not_found");
    }

    async fn only_what_is_in_the_trash_is_restored(database) {
        let app = TestApp::on(database).await;
        let page = app.create_page("a", "").await;

        let refused = app.post(&format!("/api/v1/pages/{page}/restore"), json!({})).await.expect(409);

        assert_eq!(refused.refusal(), "conflict");
        assert_eq!(app.outline().await, "a");
    }

    async fn a_page_cannot_stand_where_there_is_no_place(database) {
        let app = TestApp::on(database).await;
        let a = app.create_page("a", "").await;
        let b = app.create_page_under(&a, "b").await;
        let place = async |place| app.post(&format!("/api/v1/pages/{a}/move"), place).await;
        let nobody = nobody();

        assert_eq!(place(json!({ "parent_id": b })).await.expect(409).refusal(), "conflict");
        assert_eq!(place(json!({ "parent_id": a })).await.expect(409).refusal(), "conflict");
        assert_eq!(place(json!({ "parent_id": nobody })).await.expect(422).refusal(), "invalid /parent_id not_found");
        assert_eq!(place(json!({ "before_id": nobody })).await.expect(422).refusal(), "invalid /before_id not_found");
        assert_eq!(place(json!({ "before_id": b })).await.expect(422).refusal(), "invalid /before_id not_found");
        let orphan = app.post_page(json!({ "title": "c", "parent_id": nobody })).await;
        assert_eq!(orphan.expect(422).refusal(), "invalid /parent_id not_found");
        assert_eq!(app.outline().await, "a(b)");
    }

    async fn pages_stand_inside_each_other_32_levels_deep_at_most(database) {
        let app = TestApp::on(database).await;
        let mut parent = app.create_page("1", "").await;
        for level in 2..=32 {
            parent = app.create_page_under(&parent, &level.to_string()).await;
        }

        let refused = app.post_page(json!({ "title": "33", "parent_id": parent })).await.expect(422);

        assert_eq!(refused.refusal(), "invalid /parent_id too_deep");
    }

    async fn a_long_list_is_told_in_parts(database) {
        let app = TestApp::on(database).await;
        for title in ["a", "b", "c", "d", "e"] {
            app.create_page(title, "").await;
        }
        let path = format!("/api/v1/workspaces/{}/pages?limit=2", app.workspace);

        let mut titles = Vec::new();
        let mut part = app.get(&path).await.expect(200).json();
        loop {
            titles.push(outline(&part["items"]));
            let Some(cursor) = part["next_cursor"].as_str() else { break };
            part = app.get(&format!("{path}&cursor={cursor}")).await.expect(200).json();
        }

        assert_eq!(titles, ["a b", "c d", "e"]);
    }

    async fn a_new_title_is_seen_in_the_list(database) {
        let app = TestApp::on(database).await;
        let page = app.create_page("a", "text").await;

        let renamed = app.patch(&format!("/api/v1/pages/{page}"), json!({ "title": "b" })).await.expect(200).json();

        assert_eq!(renamed["title"], "b");
        assert_eq!(app.outline().await, "b");
        assert_eq!(app.markdown(&page).await, "text\n");
    }
}

#[tokio::test]
async fn a_change_that_says_nothing_changes_nothing() {
    let app = TestApp::new().await;
    let page = app.create_page("a", "").await;
    let before = app.get(&format!("/api/v1/pages/{page}")).await.expect(200).json();

    let after = app.patch(&format!("/api/v1/pages/{page}"), json!({})).await.expect(200).json();

    assert_eq!(after, before);
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let app = TestApp::new().await;
    let nobody = nobody();

    assert_eq!(app.get(&format!("/api/v1/pages/{nobody}")).await.expect(404).refusal(), "not_found");
    assert_eq!(app.patch(&format!("/api/v1/pages/{nobody}"), json!({})).await.expect(404).refusal(), "not_found");
    assert_eq!(app.delete(&format!("/api/v1/pages/{nobody}")).await.expect(404).refusal(), "not_found");
    assert_eq!(app.content(&nobody, "*/*").await.expect(404).refusal(), "not_found");
    assert_eq!(app.put_content(&nobody, "text/markdown", "a").await.expect(404).refusal(), "not_found");
    assert_eq!(app.get(&format!("/api/v1/rooms/{nobody}")).await.expect(404).refusal(), "not_found");
    for action in ["move", "restore"] {
        let path = format!("/api/v1/pages/{nobody}/{action}");
        assert_eq!(app.post(&path, json!({})).await.expect(404).refusal(), "not_found");
    }
    let pages = format!("/api/v1/workspaces/{nobody}/pages");
    assert_eq!(app.get(&pages).await.expect(404).refusal(), "not_found");
    assert_eq!(app.post(&pages, json!({ "title": "a" })).await.expect(404).refusal(), "not_found");
}

#[tokio::test]
async fn a_body_that_is_not_json_is_malformed() {
    let app = TestApp::new().await;
    let path = format!("/api/v1/workspaces/{}/pages", app.workspace);

    for body in ["", "{", "{} {}", "{\"color\": 1", "{\"title\": \"\u{1}\"}", "[[[[[[["] {
        assert_eq!(app.post_text(&path, "application/json", body).await.expect(400).refusal(), "malformed", "{body}");
    }
    let answer = app.post_text(&path, "application/json", vec![b'"', 0xff, b'"']).await;
    assert_eq!(answer.expect(400).refusal(), "malformed");
}

#[tokio::test]
async fn a_value_that_is_not_allowed_is_pointed_at() {
    let app = TestApp::new().await;
    let check = async |page: Value, refusal: &str| {
        assert_eq!(app.post_page(page.clone()).await.expect(422).refusal(), refusal, "{page}");
    };

    check(json!({}), "invalid /title missing").await;
    check(json!([]), "invalid  wrong_type").await;
    check(json!(["a", null, null]), "invalid  wrong_type").await;
    check(json!(1), "invalid  wrong_type").await;
    check(json!({ "title": 1 }), "invalid /title wrong_type").await;
    check(json!({ "title": "a", "parent_id": "x" }), "invalid /parent_id wrong_type").await;
    check(json!({ "title": "a", "a/b~c": 1 }), "invalid /a~1b~0c unknown").await;
    check(json!({ "title": "é".repeat(301) }), "invalid /title too_long").await;
    app.post_page(json!({ "title": "é".repeat(300) })).await.expect(201);
}

#[tokio::test]
async fn a_problem_says_what_went_wrong_and_where() {
    let app = TestApp::new().await;

    let answer = app.post_page(json!({ "title": "a", "color": "red" })).await;

    insta::assert_json_snapshot!(answer.problem(), @r#"
    {
      "code": "invalid",
      "detail": "the body holds values that are not allowed",
      "errors": [
        {
          "code": "unknown",
          "message": "unknown field `color`, expected one of `title`, `markdown`, `parent_id`",
          "pointer": "/color"
        }
      ],
      "status": 422,
      "title": "Invalid values",
      "type": "/problems/invalid"
    }
    "#);
}

#[tokio::test]
async fn a_body_of_another_type_is_not_read() {
    let app = TestApp::new().await;
    let path = format!("/api/v1/workspaces/{}/pages", app.workspace);

    let answer = app.post_text(&path, "text/plain", "{\"title\": \"a\"}").await.expect(415);

    assert_eq!(answer.refusal(), "unsupported_media_type");
    assert_eq!(app.outline().await, "");
}

#[tokio::test]
async fn a_body_beyond_its_limit_is_too_large() {
    let app = TestApp::with(None, |config| config.http.max_body_bytes = 5 * 1024 * 1024).await;

    let body = app.post_page(json!({ "title": "a", "markdown": "a".repeat(5 * 1024 * 1024) })).await.expect(413);
    let markdown =
        app.post_page(json!({ "title": "a", "markdown": "a".repeat(4 * 1024 * 1024 + 1) })).await.expect(413);

    assert_eq!(body.problem()["detail"], "a body has at most 5242880 bytes");
    assert_eq!(markdown.problem()["detail"], "Markdown has at most 4194304 bytes");
    assert_eq!(app.outline().await, "");
}

#[tokio::test]
async fn markdown_nested_too_deep_is_refused() {
    let app = TestApp::new().await;

    let answer = app.post_page(json!({ "title": "a", "markdown": ">".repeat(1000) })).await.expect(422);

    assert_eq!(answer.refusal(), "invalid /markdown too_deep");
}

#[tokio::test]
async fn an_address_that_cannot_be_read_is_malformed() {
    let app = TestApp::new().await;
    let pages = format!("/api/v1/workspaces/{}/pages", app.workspace);

    assert_eq!(app.get("/api/v1/pages/1").await.expect(400).refusal(), "malformed");
    for query in ["limit=0", "limit=201", "limit=x", "cursor=x", "trashed=x"] {
        assert_eq!(app.get(&format!("{pages}?{query}")).await.expect(400).refusal(), "malformed", "{query}");
    }
}
