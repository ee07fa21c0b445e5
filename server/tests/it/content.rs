//! What pages say, through HTTP: every form, versions, and what is refused.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use yrs::{
    Doc, GetString, ReadTxn, StateVector, Text, Transact, Update, WriteTxn, XmlElementPrelim, XmlFragment,
    XmlTextPrelim, updates::decoder::Decode,
};

use crate::{
    app::{Answer, TestApp},
    engines::on_both,
    yjs_client::{Dialect, YjsClient, new_doc},
};

const JSON: &str = "application/json";
const MARKDOWN: &str = "text/markdown";
const YJS: &str = "application/octet-stream";

on_both! {
    async fn a_page_is_read_in_every_form_at_one_version(database) {
        let app = TestApp::on(database).await;
        let page = app.create_page("Plan", "# Hi\n\n- [x] **done**\n").await;

        let document = app.content(&page, JSON).await.expect(200);
        let markdown = app.content(&page, MARKDOWN).await.expect(200);
        let update = app.content(&page, YJS).await.expect(200);

        insta::allow_duplicates! {
            insta::assert_json_snapshot!(document.json(), @r#"
            {
              "content": [
                {
                  "attrs": {
                    "level": 1
                  },
                  "content": [
                    {
                      "text": "Hi",
                      "type": "text"
                    }
                  ],
                  "type": "heading"
                },
                {
                  "content": [
                    {
                      "attrs": {
                        "checked": true
                      },
                      "content": [
                        {
                          "content": [
                            {
                              "marks": [
                                {
                                  "type": "bold"
                                }
                              ],
                              "text": "done",
                              "type": "text"
                            }
                          ],
                          "type": "paragraph"
                        }
                      ],
                      "type": "taskItem"
                    }
                  ],
                  "type": "taskList"
                }
              ],
              "type": "doc"
            }
            "#);
        }
        assert_eq!(markdown.text(), "# Hi\n\n- [x] **done**\n");
        assert_eq!(title_of(&update.body), "Plan");
        assert_eq!(document.header("content-type"), JSON);
        assert_eq!(markdown.header("content-type"), "text/markdown; charset=utf-8");
        assert_eq!(update.header("content-type"), YJS);
        for answer in [document, markdown, update] {
            assert_eq!(answer.header("etag"), "\"1.1\"");
            assert_eq!(answer.header("vary"), "accept");
        }
    }

    async fn what_was_put_is_read_back_in_every_form(database) {
        let app = TestApp::on(database).await;
        let page = app.create_page("a", "old").await;
        let document = json!({ "type": "doc", "content": [
            { "type": "paragraph", "content": [{ "type": "text", "text": "from json" }] },
        ] });

        let put = app.put_content(&page, MARKDOWN, "from *markdown*").await.expect(204);
        assert_eq!(put.header("etag"), "\"1.2\"");
        assert_eq!(app.markdown(&page).await, "from *markdown*\n");
        let put = app.put_content(&page, JSON, document.to_string()).await.expect(204);
        assert_eq!(put.header("etag"), "\"1.3\"");
        assert_eq!(app.content(&page, JSON).await.expect(200).json(), document);
        let put = app.put_content(&page, YJS, update_with("from yjs")).await.expect(204);
        assert_eq!(put.header("etag"), "\"1.4\"");
        assert_eq!(app.markdown(&page).await, "from yjs\n");
    }

    async fn a_change_for_another_version_is_refused_with_the_present_one(database) {
        let app = TestApp::on(database).await;
        let page = app.create_page("a", "first").await;
        let put = |if_match| app.content_request(Method::PUT, &page, MARKDOWN).header("if-match", if_match);

        app.send(put("\"1.1\"").body("second")).await.expect(204);
        let stale = app.send(put("\"1.1\"").body("third")).await.expect(412);

        assert_eq!(stale.refusal(), "precondition_failed");
        assert_eq!(stale.header("etag"), "\"1.2\"");
        for never in ["\"2.2\"", "W/\"1.2\"", "\"x\""] {
            app.send(put(never).body("third")).await.expect(412);
        }
        for no_tag in ["garbage", "1.2", ""] {
            assert_eq!(app.send(put(no_tag).body("third")).await.expect(400).refusal(), "malformed");
        }
        assert_eq!(app.markdown(&page).await, "second\n");
        app.send(put("\"1.1\", \"1.2\"").body("third")).await.expect(204);
        app.send(put("*").body("fourth")).await.expect(204);
        assert_eq!(app.markdown(&page).await, "fourth\n");
    }

    async fn of_changes_for_one_version_one_is_made(database) {
        let app = TestApp::on(database).await;
        let page = app.create_page("a", "first").await;
        let put = |number: usize| {
            let request = app.content_request(Method::PUT, &page, MARKDOWN).header("if-match", "\"1.1\"");
            app.send(request.body(format!("number {number}")))
        };

        let answers = futures_util::future::join_all((0..8).map(put)).await;

        let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 412, 412, 412, 412, 412, 412, 412]);
    }
}

#[tokio::test]
async fn whoever_has_the_present_version_is_not_sent_it_again() {
    let app = TestApp::new().await;
    let page = app.create_page("a", "text").await;
    let read = async |known: &str| {
        let request = app.request(Method::GET, &format!("/api/v1/pages/{page}/content"));
        app.send(request.header("if-none-match", known).header("accept", MARKDOWN)).await
    };

    let known = read("\"1.1\"").await.expect(304);
    assert_eq!((known.header("etag"), known.text().as_str()), ("\"1.1\"", ""));
    read("W/\"1.1\"").await.expect(304);
    app.put_content(&page, MARKDOWN, "more").await.expect(204);
    assert_eq!(read("\"1.1\"").await.expect(200).text(), "more\n");
}

#[tokio::test]
async fn a_form_nobody_knows_is_neither_sent_nor_taken() {
    let app = TestApp::new().await;
    let page = app.create_page("a", "text").await;

    assert_eq!(app.content(&page, "text/html").await.expect(406).refusal(), "not_acceptable");
    assert_eq!(app.content(&page, "text/html, text/*;q=0.5").await.expect(200).text(), "text\n");
    let html = app.put_content(&page, "text/html", "<p>a").await.expect(415);
    assert_eq!(html.refusal(), "unsupported_media_type");
    let markdown = app.send(app.content_request(Method::PATCH, &page, MARKDOWN).body("a")).await.expect(415);
    assert_eq!(markdown.refusal(), "unsupported_media_type");
    assert_eq!(app.markdown(&page).await, "text\n");
}

#[tokio::test]
async fn an_update_is_applied_once_however_often_it_comes() {
    let app = TestApp::new().await;
    let page = app.create_page("a", "text").await;
    let doc = document(&app.content(&page, YJS).await.expect(200).body);
    let update = {
        let mut txn = doc.transact_mut();
        let content = txn.get_or_insert_xml_fragment("content");
        content.push_back(&mut txn, XmlElementPrelim::empty("horizontalRule"));
        txn.encode_update_v1()
    };
    let patch = || app.send(app.content_request(Method::PATCH, &page, YJS).body(update.clone()));

    assert_eq!(patch().await.expect(204).header("etag"), "\"1.2\"");
    assert_eq!(patch().await.expect(204).header("etag"), "\"1.2\"");
    assert_eq!(app.markdown(&page).await, "text\n\n***\n");
}

#[tokio::test]
async fn an_update_that_cannot_be_applied_changes_nothing() {
    let app = TestApp::new().await;
    let page = app.create_page("a", "text").await;
    let patch = async |update: Vec<u8>| -> Answer {
        app.send(app.content_request(Method::PATCH, &page, YJS).body(update)).await
    };

    assert_eq!(patch(b"not an update".to_vec()).await.expect(400).refusal(), "malformed");
    assert_eq!(patch(Vec::new()).await.expect(400).refusal(), "malformed");
    assert_eq!(patch(part_of_an_update()).await.expect(409).refusal(), "conflict");
    assert_eq!(app.content(&page, MARKDOWN).await.expect(200).header("etag"), "\"1.1\"");
}

#[tokio::test]
async fn part_of_a_document_does_not_replace_a_page() {
    let app = TestApp::new().await;
    let page = app.create_page("a", "text").await;

    assert_eq!(app.put_content(&page, YJS, part_of_an_update()).await.expect(409).refusal(), "conflict");
    assert_eq!(app.put_content(&page, YJS, "not an update").await.expect(400).refusal(), "malformed");
    assert_eq!(app.markdown(&page).await, "text\n");
}

#[tokio::test]
async fn a_document_that_is_none_is_pointed_at() {
    let app = TestApp::new().await;
    let page = app.create_page("a", "text").await;
    let check = async |document: Value, refusal: &str| {
        let answer = app.put_content(&page, JSON, document.to_string()).await.expect(422);
        assert_eq!(answer.refusal(), refusal, "{document}");
    };
    let nested = (0..62).fold(json!({ "type": "a" }), |inner, _| json!({ "type": "a", "content": [inner] }));

    check(json!({ "type": "paragraph" }), "invalid /type not_a_document").await;
    check(json!({ "type": "doc", "content": [{ "type": 1 }] }), "invalid /content/0/type wrong_type").await;
    check(json!({ "type": "doc", "content": [{ "type": "text" }] }), "invalid /content/0/text empty").await;
    check(json!({ "type": "doc", "content": [{ "type": "p", "colour": 1 }] }), "invalid /content/0/colour unknown")
        .await;
    app.put_content(&page, JSON, json!({ "type": "doc", "content": [nested] }).to_string()).await.expect(204);
    app.put_content(&page, MARKDOWN, "text").await.expect(204);
    let answer = app.put_content(&page, JSON, "[".repeat(100_000)).await.expect(400);
    assert_eq!(answer.refusal(), "malformed");
    assert_eq!(app.markdown(&page).await, "text\n");
}

#[tokio::test]
async fn a_document_an_editor_would_delete_from_is_refused() {
    let app = TestApp::new().await;
    let page = app.create_page("a", "text").await;
    let put = async |content: Value| -> Answer {
        app.put_content(&page, JSON, json!({ "type": "doc", "content": content }).to_string()).await
    };
    let bare = json!({ "type": "text", "text": "bare" });
    let nested = json!({ "type": "paragraph", "content": [{ "type": "paragraph" }] });
    let empty = json!({ "type": "blockquote" });

    let answer = put(json!([bare, nested, empty])).await.expect(422);

    let places = ["/content/0", "/content/1/content/0", "/content/2"].map(|place| format!("{place} not_applicable"));
    assert_eq!(answer.refusal(), format!("invalid {}", places.join(" ")));
    let bare = {
        let doc = new_doc();
        let mut txn = doc.transact_mut();
        txn.get_or_insert_xml_fragment("content").push_back(&mut txn, XmlTextPrelim::new("bare"));
        txn.encode_update_v1()
    };
    let answer = app.put_content(&page, YJS, bare).await.expect(422);
    assert_eq!(answer.refusal(), "invalid /content/0 not_applicable");
    assert_eq!(app.markdown(&page).await, "text\n");
    put(json!([{ "type": "callout", "content": [{ "type": "paragraph" }] }])).await.expect(204);
}

#[tokio::test]
async fn markdown_that_is_not_utf_8_is_malformed() {
    let app = TestApp::new().await;
    let page = app.create_page("a", "text").await;

    assert_eq!(app.put_content(&page, MARKDOWN, vec![0xff]).await.expect(400).refusal(), "malformed");
    assert_eq!(
        app.put_content(&page, MARKDOWN, "a".repeat(4 * 1024 * 1024 + 1)).await.expect(413).refusal(),
        "too_large"
    );
    assert_eq!(app.put_content(&page, MARKDOWN, ">".repeat(1000)).await.expect(422).refusal(), "invalid  too_deep");
    assert_eq!(app.markdown(&page).await, "text\n");
}

#[tokio::test]
async fn content_with_too_many_nodes_is_too_large() {
    let app = TestApp::new().await;
    let page = app.create_page("a", "text").await;
    let paragraphs = vec![json!({ "type": "paragraph" }); 100_001];
    let document = json!({ "type": "doc", "content": paragraphs });

    assert_eq!(app.put_content(&page, JSON, document.to_string()).await.expect(413).refusal(), "too_large");
    assert_eq!(app.put_content(&page, MARKDOWN, "a\n\n".repeat(50_001)).await.expect(413).refusal(), "too_large");
    let created = app.post_page(json!({ "title": "b", "markdown": "a\n\n".repeat(50_001) })).await;
    assert_eq!(created.expect(413).refusal(), "too_large");
    assert_eq!(app.markdown(&page).await, "text\n");
}

#[tokio::test]
async fn a_change_through_http_is_seen_by_those_in_the_room() {
    let app = TestApp::new().await;
    let page = app.create_page("a", "text").await;
    let mut reader = YjsClient::connect(&app.owner, &page, None, Dialect::YWebsocket, new_doc()).await.unwrap();
    reader.hear_until_synced().await;

    app.put_content(&page, MARKDOWN, "seen").await.expect(204);

    while !content_of(&reader.doc).contains("seen") {
        reader.hear().await.unwrap();
    }
}

#[tokio::test]
async fn content_is_compressed_for_those_who_read_that() {
    let app = TestApp::new().await;
    let page = app.create_page("a", &"again and ".repeat(1000)).await;
    let get = |page: &str| -> RequestBuilder { app.request(Method::GET, &format!("/api/v1/pages/{page}/content")) };

    let packed = app.send(get(&page).header("accept-encoding", "gzip")).await.expect(200);

    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(packed.body.len() < 1000, "{} bytes", packed.body.len());
    assert_eq!(app.content(&page, "*/*").await.expect(200).header("content-encoding"), "");
}

fn document(update: &[u8]) -> Doc {
    let doc = new_doc();
    doc.transact_mut().apply_update(Update::decode_v1(update).unwrap()).unwrap();
    doc
}

fn title_of(update: &[u8]) -> String {
    let doc = document(update);
    let txn = doc.transact();
    txn.get_text("title").unwrap().get_string(&txn)
}

fn content_of(doc: &Doc) -> String {
    let txn = doc.transact();
    txn.get_xml_fragment("content").map(|content| content.get_string(&txn)).unwrap_or_default()
}

/// A document laid out like a page that says this.
fn update_with(text: &str) -> Vec<u8> {
    let doc = new_doc();
    let mut txn = doc.transact_mut();
    let content = txn.get_or_insert_xml_fragment("content");
    let paragraph = content.push_back(&mut txn, XmlElementPrelim::empty("paragraph"));
    paragraph.push_back(&mut txn, XmlTextPrelim::new(text));
    txn.encode_update_v1()
}

/// The second of two updates: it builds on the first, which nobody has.
fn part_of_an_update() -> Vec<u8> {
    let doc = new_doc();
    let title = doc.get_or_insert_text("title");
    title.push(&mut doc.transact_mut(), "first");
    let first = doc.transact().state_vector();
    title.push(&mut doc.transact_mut(), "second");
    assert_ne!(first, StateVector::default());
    doc.transact().encode_state_as_update_v1(&first)
}
