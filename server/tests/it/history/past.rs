//! What rooms said at points of their past, and who wrote in them.

use protocol::time::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

use super::{of_room, write};
use crate::{
    app::{TestApp, nobody},
    engines::on_both,
};

on_both! {
    async fn a_room_says_what_it_said_at_any_position(database) {
        let app = TestApp::on(database).await;
        let page = app.create_page("Title", "one").await;
        for text in ["two", "three", "four"] {
            write(&app.owner, &page, text).await;
        }

        assert_eq!(app.said(&page, 0).await, "");
        for (seq, text) in [(1, "one\n"), (2, "two\n"), (3, "three\n"), (4, "four\n")] {
            assert_eq!(app.said(&page, seq).await, text);
        }
        let moment = app.moment(&page, 2).await;
        assert_eq!((&moment["seq"], &moment["title"]), (&json!(2), &json!("Title")));
        assert_eq!(moment["content"]["content"][0]["content"][0]["text"], "two");
        let now = app.get(&of_room(&page, "/history")).await.expect(200);
        assert_eq!((&now.json()["seq"], now.header("etag")), (&json!(4), "\"1.4\""));
    }

    async fn a_room_says_what_it_said_at_any_time(database) {
        let app = TestApp::on(database).await;
        let page = app.create_page("", "one").await;
        let second = write(&app.owner, &page, "two").await;
        write(&app.owner, &page, "three").await;
        let at = app.moment(&page, second).await["at"].as_str().unwrap().to_owned();

        assert_eq!(app.said(&page, &at).await, "two\n");
        let before: Timestamp = serde_json::from_value(json!(at)).unwrap();
        assert_eq!(app.said(&page, Timestamp::from_micros(before.as_micros() - 1)).await, "one\n");
        assert_eq!(app.said(&page, "2999-01-01T00:00:00Z").await, "three\n");
        let too_early = app.get(&of_room(&page, "/history?at=1999-01-01T00:00:00Z")).await;
        assert_eq!(too_early.expect(404).refusal(), "not_found");
    }

    async fn edits_are_told_in_runs_newest_first(database) {
        let app = TestApp::on(database).await;
        let ada = app.member("Ada", "editor").await;
        let page = app.create_page("", "one").await;
        write(&app.owner, &page, "two").await;
        for text in ["three", "four", "five"] {
            write(&ada, &page, text).await;
        }
        write(&app.owner, &page, "six").await;

        let first = app.get(&of_room(&page, "/history/edits?limit=2")).await.expect(200).json();
        let cursor = first["next_cursor"].as_str().unwrap();
        let rest = app.get(&of_room(&page, &format!("/history/edits?cursor={cursor}"))).await.expect(200).json();

        assert_eq!(runs(&first), [("Owner", 6, 6, 1), ("Ada", 3, 5, 3)].map(owned));
        assert_eq!(runs(&rest), [("Owner", 1, 2, 2)].map(owned));
        assert_eq!(rest["next_cursor"], Value::Null);
        let author = &first["items"][1]["author"];
        assert_eq!((&author["id"], &author["kind"]), (&json!(ada.id), &json!("user")));
    }
}

fn owned((name, from, to, updates): (&str, u64, u64, u64)) -> (String, u64, u64, u64) {
    (name.to_owned(), from, to, updates)
}

/// Author, first and last position, and number of updates of each run.
fn runs(listed: &Value) -> Vec<(String, u64, u64, u64)> {
    let number = |run: &Value, name: &str| run[name].as_u64().unwrap();
    let run = |run: &Value| {
        let name = run["author"]["name"].as_str().unwrap().to_owned();
        (name, number(run, "from_seq"), number(run, "to_seq"), number(run, "updates"))
    };
    listed["items"].as_array().unwrap().iter().map(run).collect()
}

#[tokio::test]
async fn the_past_is_to_be_had_in_every_form() {
    let app = TestApp::new().await;
    let page = app.create_page("", "one").await;
    write(&app.owner, &page, "two").await;
    let request =
        |accept: &str| app.request(Method::GET, &of_room(&page, "/history?at=1")).header("accept", accept.to_owned());

    let update = app.send(request("application/octet-stream")).await.expect(200);
    let copy = app.create_page("", "").await;
    app.put_content(&copy, "application/octet-stream", update.body.clone()).await.expect(204);

    assert_eq!(app.markdown(&copy).await, "one\n");
    assert_eq!((update.header("etag"), update.header("vary")), ("\"1.1\"", "accept"));
    let known = app.send(request("text/markdown").header("if-none-match", "\"1.1\"")).await;
    assert_eq!(known.expect(304).text(), "");
}

#[tokio::test]
async fn what_is_no_point_of_the_past_is_said_to_be_none() {
    let app = TestApp::new().await;
    let page = app.create_page("", "one").await;
    let refusal = async |at: &str| app.get(&of_room(&page, &format!("/history?at={at}"))).await.refusal();

    for malformed in ["", "-1", "yesterday", "2025-11-20", "99999999999999999999999"] {
        assert_eq!(refusal(malformed).await, "malformed", "{malformed}");
    }
    for beyond in ["2", "9223372036854775807", "18446744073709551615"] {
        assert_eq!(refusal(beyond).await, "not_found", "{beyond}");
    }
    let nowhere = app.get(&of_room(&nobody(), "/history")).await;
    assert_eq!(nowhere.expect(404).refusal(), "not_found");
}

#[tokio::test]
async fn a_page_in_the_trash_shows_no_past() {
    let app = TestApp::new().await;
    let page = app.create_page("", "one").await;
    app.delete(&format!("/api/v1/pages/{page}")).await.expect(204);

    for path in ["/history", "/history/edits", "/versions"] {
        assert_eq!(app.get(&of_room(&page, path)).await.expect(404).refusal(), "not_found", "{path}");
    }
}
