//! Who changed what between two points, and who wrote what is there.

use serde_json::{Value, json};

use super::{of_room, write};
use crate::{app::TestApp, engines::on_both};

on_both! {
    async fn a_difference_says_what_came_and_went_and_by_whom(database) {
        let app = TestApp::on(database).await;
        let ada = app.member("Ada", "editor").await;
        let page = app.create_page("Before", "one\n\ntwo").await;
        let last = write(&ada, &page, "one\n\nthree").await;
        app.patch(&format!("/api/v1/pages/{page}"), json!({ "title": "After" })).await.expect(200);

        let diff = app.get(&of_room(&page, "/history/diff?from=1")).await.expect(200).json();

        assert_eq!((&diff["from"], &diff["to"]), (&json!(1), &json!(last + 1)));
        assert_eq!(diff["title"], json!({ "before": "Before", "after": "After" }));
        let blocks = diff["content"]["content"].as_array().unwrap();
        assert_eq!(blocks.iter().map(changed).collect::<Vec<_>>(), ["one", "-two", "+three"]);
        let at = app.moment(&page, last).await["at"].clone();
        assert_eq!(blocks[1]["attrs"]["change"], json!({ "kind": "deleted", "author": ada.id, "at": at }));
        assert_eq!(blocks[2]["content"][0]["marks"][0], json!({
            "type": "change", "attrs": { "kind": "inserted", "author": ada.id, "at": at },
        }));
        let authors = diff["authors"].as_array().unwrap();
        assert_eq!((authors.len(), &authors[0]["name"]), (1, &json!("Ada")));
    }

    async fn since_nothing_everything_says_who_wrote_it(database) {
        let app = TestApp::on(database).await;
        let ada = app.member("Ada", "editor").await;
        let page = app.create_page("", "one").await;
        write(&ada, &page, "one\n\ntwo").await;

        let diff = app.get(&of_room(&page, "/history/diff")).await.expect(200).json();

        let blocks = diff["content"]["content"].as_array().unwrap();
        assert_eq!(blocks.iter().map(changed).collect::<Vec<_>>(), ["+one", "+two"]);
        let authors = blocks.iter().map(|block| block["attrs"]["change"]["author"].clone()).collect::<Vec<_>>();
        assert_eq!(authors, [json!(app.owner.id), json!(ada.id)]);
        let attribution = app.get(&of_room(&page, "/attribution")).await.expect(200).json();
        let ranges = attribution["ranges"].as_array().unwrap();
        let of = |author: &str| ranges.iter().filter(|range| range["author"] == author).count();
        assert_eq!((of(&app.owner.id), of(&ada.id)), (1, 1), "{attribution}");
        assert_eq!(attribution["authors"].as_array().unwrap().len(), 2);
    }

    async fn after_an_erasure_a_difference_begins_with_nothing(database) {
        let app = TestApp::on(database).await;
        let page = app.create_page("", "one").await;
        app.post(&of_room(&page, "/erase"), json!({})).await.expect(200);
        assert_eq!(app.get(&of_room(&page, "/attribution")).await.expect(200).json()["ranges"], json!([]));
        write(&app.owner, &page, "two").await;

        let diff = app.get(&of_room(&page, "/history/diff?from=0")).await.expect(200).json();

        let blocks = diff["content"]["content"].as_array().unwrap();
        assert_eq!(blocks.iter().map(changed).collect::<Vec<_>>(), ["+two"]);
    }
}

/// The words of a block, behind a sign for one that came or went.
fn changed(block: &Value) -> String {
    let sign = match block["attrs"]["change"]["kind"].as_str() {
        Some("inserted") => "+",
        Some("deleted") => "-",
        _ => "",
    };
    let words = block["content"].as_array().unwrap().iter().map(|text| text["text"].as_str().unwrap());
    format!("{sign}{}", words.collect::<String>())
}

#[tokio::test]
async fn points_that_cannot_be_compared_are_refused() {
    let app = TestApp::new().await;
    let page = app.create_page("", "one").await;
    write(&app.owner, &page, "two").await;
    let refusal = async |query: &str| app.get(&of_room(&page, &format!("/history/diff?{query}"))).await.refusal();

    assert_eq!(refusal("from=2&to=1").await, "malformed");
    assert_eq!(refusal("from=yesterday").await, "malformed");
    assert_eq!(refusal("from=1&to=3").await, "not_found");
    assert_eq!(refusal("from=3").await, "not_found");
}
