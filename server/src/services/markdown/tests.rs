use proptest::prelude::*;
use protocol::content::{MAX_NODES, Mark, Node};
use serde_json::json;

use super::{MarkdownError, from_nodes, to_nodes};

/// Reads the Markdown, compares the blocks, and writes them again: the same text comes out.
#[track_caller]
fn check(markdown: &str, blocks: serde_json::Value) {
    let nodes = to_nodes(markdown).unwrap();

    assert_eq!(serde_json::to_value(&nodes).unwrap(), blocks);
    assert_eq!(from_nodes(&nodes), markdown);
}

/// Reads the Markdown and writes it: the normal form comes out, and stays.
#[track_caller]
fn check_normal(markdown: &str, normal: &str) {
    let written = from_nodes(&to_nodes(markdown).unwrap());

    assert_eq!(written, normal);
    assert_eq!(from_nodes(&to_nodes(&written).unwrap()), normal);
}

fn paragraph(text: &str) -> serde_json::Value {
    json!({ "type": "paragraph", "content": [{ "type": "text", "text": text }] })
}

fn bold() -> Mark {
    Mark { r#type: "bold".to_owned(), ..Mark::default() }
}

#[test]
fn headings_keep_their_level() {
    check(
        "# One\n\n###### Six\n\nText\n",
        json!([
            { "type": "heading", "attrs": { "level": 1 }, "content": [{ "type": "text", "text": "One" }] },
            { "type": "heading", "attrs": { "level": 6 }, "content": [{ "type": "text", "text": "Six" }] },
            paragraph("Text"),
        ]),
    );
    check_normal("Title\n=====\n", "# Title\n");
    check_normal("# C\\#\n", "# C\\#\n");
}

#[test]
fn lists_nest_and_keep_their_numbers() {
    check(
        "- a\n  - b\n\n    3. c\n\n- d\n",
        json!([{ "type": "bulletList", "content": [
            { "type": "listItem", "content": [
                paragraph("a"),
                { "type": "bulletList", "content": [{ "type": "listItem", "content": [
                    paragraph("b"),
                    { "type": "orderedList", "attrs": { "start": 3 }, "content": [
                        { "type": "listItem", "content": [paragraph("c")] },
                    ] },
                ] }] },
            ] },
            { "type": "listItem", "content": [paragraph("d")] },
        ] }]),
    );
}

#[test]
fn two_lists_in_a_row_stay_two() {
    check(
        "- a\n\n+ b\n",
        json!([
            { "type": "bulletList", "content": [{ "type": "listItem", "content": [paragraph("a")] }] },
            { "type": "bulletList", "content": [{ "type": "listItem", "content": [paragraph("b")] }] },
        ]),
    );
    check_normal("1. a\n\n1) b\n", "1. a\n\n1) b\n");
}

#[test]
fn tasks_know_whether_they_are_done() {
    check(
        "- [x] done\n- [ ] open\n  - [ ] inside\n",
        json!([{ "type": "taskList", "content": [
            { "type": "taskItem", "attrs": { "checked": true }, "content": [paragraph("done")] },
            { "type": "taskItem", "attrs": { "checked": false }, "content": [
                paragraph("open"),
                { "type": "taskList", "content": [
                    { "type": "taskItem", "attrs": { "checked": false }, "content": [paragraph("inside")] },
                ] },
            ] },
        ] }]),
    );
}

#[test]
fn tasks_and_other_items_are_put_into_lists_of_their_own() {
    check_normal("- a\n- [ ] b\n- c\n", "- a\n\n+ [ ] b\n\n- c\n");
    check_normal("1. a\n2. [x] b\n3. c\n", "1. a\n\n- [x] b\n\n3. c\n");
}

#[test]
fn a_task_may_be_empty_or_begin_with_another_block() {
    check(
        "- [ ] &nbsp;\n",
        json!([{ "type": "taskList", "content": [
            { "type": "taskItem", "attrs": { "checked": false }, "content": [{ "type": "paragraph" }] },
        ] }]),
    );
    check_normal("- [ ] \n- [x] b\n", "- [ ] &nbsp;\n- [x] b\n");
    check_normal("- [ ] ![alt](src)\n", "- [ ] &nbsp;\n\n  ![alt](src)\n");
}

#[test]
fn tables_keep_their_alignment_and_the_marks_in_their_cells() {
    check(
        "| **Name** | `a\\|b` |\n| :-- | --: |\n| [x](https://example.org) | 1<br>2 |\n| | \\| |\n",
        json!([{ "type": "table", "content": [
            { "type": "tableRow", "content": [
                { "type": "tableHeader", "attrs": { "align": "left" }, "content": [{ "type": "paragraph", "content": [
                    { "type": "text", "marks": [{ "type": "bold" }], "text": "Name" },
                ] }] },
                { "type": "tableHeader", "attrs": { "align": "right" }, "content": [{ "type": "paragraph", "content": [
                    { "type": "text", "marks": [{ "type": "code" }], "text": "a|b" },
                ] }] },
            ] },
            { "type": "tableRow", "content": [
                { "type": "tableCell", "attrs": { "align": "left" }, "content": [{ "type": "paragraph", "content": [
                    { "type": "text", "marks": [{ "type": "link", "attrs": { "href": "https://example.org" } }], "text": "x" },
                ] }] },
                { "type": "tableCell", "attrs": { "align": "right" }, "content": [{ "type": "paragraph", "content": [
                    { "type": "text", "text": "1" }, { "type": "hardBreak" }, { "type": "text", "text": "2" },
                ] }] },
            ] },
            { "type": "tableRow", "content": [
                { "type": "tableCell", "attrs": { "align": "left" }, "content": [{ "type": "paragraph" }] },
                { "type": "tableCell", "attrs": { "align": "right" }, "content": [paragraph("|")] },
            ] },
        ] }]),
    );
}

#[test]
fn code_blocks_keep_every_character() {
    check(
        "````rust\nlet fence = \"```\";\n\n    indented \\* <b>\n````\n",
        json!([{ "type": "codeBlock", "attrs": { "language": "rust" }, "content": [
            { "type": "text", "text": "let fence = \"```\";\n\n    indented \\* <b>" },
        ] }]),
    );
    check("```\n```\n", json!([{ "type": "codeBlock" }]));
    check_normal("    indented\n", "```\nindented\n```\n");
}

#[test]
fn quotes_hold_blocks() {
    check(
        "> a\n>\n> > b\n\n> c\n",
        json!([
            { "type": "blockquote", "content": [
                paragraph("a"),
                { "type": "blockquote", "content": [paragraph("b")] },
            ] },
            { "type": "blockquote", "content": [paragraph("c")] },
        ]),
    );
    check_normal(">\n", ">\n");
}

#[test]
fn links_keep_their_target_and_title() {
    check(
        "[a](https://example.org/a_b?c=d\\&e=f \"say \\\"hi\\\"\") and [b](<x y>)\n",
        json!([{ "type": "paragraph", "content": [
            { "type": "text", "text": "a", "marks": [
                { "type": "link", "attrs": { "href": "https://example.org/a_b?c=d&e=f", "title": "say \"hi\"" } },
            ] },
            { "type": "text", "text": " and " },
            { "type": "text", "text": "b", "marks": [{ "type": "link", "attrs": { "href": "x y" } }] },
        ] }]),
    );
    check_normal("<me@example.org>\n", "[me@example.org](mailto:me@example.org)\n");
    check_normal("yes\\![a](b)\n", "yes\\![a](b)\n");
}

#[test]
fn an_image_parts_the_paragraph_it_stands_in() {
    check(
        "![a b](c.png \"d\")\n",
        json!([{ "type": "image", "attrs": { "alt": "a b", "src": "c.png", "title": "d" } }]),
    );
    check_normal("before ![a](b) after\n", "before\n\n![a](b)\n\nafter\n");
    check_normal("# ![logo](b) Name\n", "![logo](b)\n\n# Name\n");
    check_normal("- ![a](b)\n", "- ![a](b)\n");
}

#[test]
fn line_breaks_are_kept_where_markdown_has_them() {
    check(
        "a\\\nb\n",
        json!([{ "type": "paragraph", "content": [
            { "type": "text", "text": "a" }, { "type": "hardBreak" }, { "type": "text", "text": "b" },
        ] }]),
    );
    check_normal("a  \nb\nc\n", "a\\\nb c\n");
    check_normal("- a\\\n  b\n", "- a\\\n  b\n");
}

#[test]
fn special_characters_are_text_again() {
    let lines = [
        "* a",
        "- a",
        "-",
        "+ a",
        "1. a",
        "12) a",
        "# a",
        "> a",
        "=",
        "---",
        "***",
        "___",
        "~~~",
        "```",
        "| a |",
        "a | b",
        "a * b",
        "snake_case",
        "_a_",
        "a_",
        "**a**",
        "~~a~~",
        "`a`",
        "[a](b)",
        "![a](b)",
        "[ ] a",
        "<b>",
        "a < b",
        "&amp;",
        "&#35;",
        "AT&T",
        "\\",
        "\\*",
        "http://example.org/a_b_c",
        "C:\\dir",
        "a\\",
        "2 > 1",
        "[a]: b",
        ":-- | -",
    ];
    for line in lines {
        let nodes = vec![Node::block("paragraph", vec![Node::text(line, vec![])])];

        let read = to_nodes(&from_nodes(&nodes)).unwrap();

        assert_eq!(read, nodes, "{line:?} was written as {:?}", from_nodes(&nodes));
    }
}

#[test]
fn raw_html_is_kept_as_text() {
    check_normal("<div class=\"a\">\n<b>x</b>\n</div>\n", "\\<div class=\"a\">\\\n\\<b>x\\</b>\\\n\\</div>\n");
    check("a \\<i>b\\</i>\n", json!([paragraph("a <i>b</i>")]));
    check_normal("a <i>b</i>\n", "a \\<i>b\\</i>\n");
}

#[test]
fn marks_may_overlap_and_stand_inside_words() {
    let mark = |name: &str| Mark { r#type: name.to_owned(), ..Mark::default() };
    let text = |text: &str, marks: &[&str]| Node::text(text, marks.iter().map(|name| mark(name)).collect());
    let lines = [
        (vec![text("a", &["bold"]), text("b", &["bold", "italic"]), text("c", &["italic"])], "**&#97;_b_**_c_\n"),
        (vec![text("un", &[]), text("believ", &["italic"]), text("able", &[])], "un*believ*able\n"),
        (vec![text("a", &[]), text("\"b\"", &["bold"]), text("c", &[])], "&#97;**\"b\"**&#99;\n"),
        (vec![text("a", &["strike"]), text("b", &["bold", "strike"])], "~~a**b**~~\n"),
        (vec![text("a ", &["bold"]), text("`", &["code"])], "**a** `` ` ``\n"),
    ];
    for (content, markdown) in lines {
        assert_eq!(from_nodes(&[Node::block("paragraph", content)]), markdown);
        check_normal(markdown, markdown);
    }
}

#[test]
fn what_only_an_editor_can_hold_is_still_readable() {
    let nodes = [
        Node::block("paragraph", vec![]),
        Node::block("callout", vec![Node::block("paragraph", vec![Node::text("a", vec![bold()])])]),
        Node::block(
            "paragraph",
            vec![Node::text("b", vec![Mark { r#type: "highlight".to_owned(), ..Mark::default() }])],
        ),
        Node::block("table", vec![Node::block("tableRow", vec![])]),
    ];

    assert_eq!(from_nodes(&nodes), "**a**\n\nb\n");
}

#[test]
fn nesting_has_a_limit() {
    assert_eq!(to_nodes(&">".repeat(61)).map(|nodes| nodes.len()), Ok(1));
    assert_eq!(to_nodes(&">".repeat(100_000)), Err(MarkdownError::TooDeep));
    assert_eq!(to_nodes(&"+ ".repeat(1000)), Err(MarkdownError::TooDeep));
}

#[test]
fn a_document_has_a_limit() {
    let paragraphs = MAX_NODES / 2;

    assert_eq!(to_nodes(&"a\n\n".repeat(paragraphs)).map(|nodes| nodes.len()), Ok(paragraphs));
    assert_eq!(to_nodes(&"a\n\n".repeat(paragraphs + 1)), Err(MarkdownError::TooManyNodes));
}

/// The text of a document, without what Markdown does not promise to keep.
fn letters(nodes: &[Node]) -> String {
    let own = nodes.iter().map(|node| node.text.clone().unwrap_or_default() + &letters(&node.content));
    own.collect::<String>().split_whitespace().collect()
}

/// Pieces of Markdown, glued together at random.
fn markdown() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "\n",
        "\n\n",
        "- ",
        "  ",
        "    ",
        "1. ",
        "7) ",
        "> ",
        "# ",
        "## ",
        "[ ] ",
        "[x] ",
        "```",
        "`",
        "``",
        "~~~",
        "~~",
        "*",
        "**",
        "***",
        "_",
        "__",
        "[",
        "](b)",
        "](<b c> \"t\")",
        "![",
        "]",
        "(",
        ")",
        "<",
        ">",
        "<b>",
        "<br>",
        "<div>",
        "<!-- -->",
        "&",
        "&amp;",
        "\\",
        "|",
        "| - | - |",
        "---",
        "===",
        ":-:",
        "+",
        "=",
        "!",
        ".",
        "\"",
        "a",
        "b",
        "word",
        " ",
        "é",
        "\t",
        "—",
        "\u{a0}",
        "0",
        "#",
        "http://x.y",
        "<me@x.y>",
        "[a]: b",
    ]);
    prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat())
}

/// Runs of text with marks, as an editor could hold them.
fn inline() -> impl Strategy<Value = Vec<Node>> {
    let words = prop::sample::select(vec![
        "a", "b ", " c", " ", "*", "_", "`", "~", "!", "[", "]", "(x)", "#", "1.", "- ", "+", "\\", "<", "<i>", "&",
        "&lt;", "|", "é", "—", "\"", "ab_cd", "\u{a0}",
    ]);
    let marks = prop::sample::subsequence(vec!["bold", "code", "italic", "link", "strike"], 0..=3);
    let run = (words, marks).prop_map(|(text, marks)| {
        let mark = |name: &str| {
            let attrs = if name == "link" { [("href".to_owned(), "u(v".into())].into() } else { Default::default() };
            Mark { r#type: name.to_owned(), attrs }
        };
        Node::text(text, marks.into_iter().map(mark).collect())
    });
    let piece = prop_oneof![8 => run, 1 => Just(Node::block("hardBreak", vec![]))];
    prop::collection::vec(piece, 0..8)
}

/// Documents as an editor could hold them.
fn document() -> impl Strategy<Value = Vec<Node>> {
    let leaf = prop_oneof![
        4 => inline().prop_map(|content| Node::block("paragraph", content)),
        1 => (inline(), 1..4).prop_map(|(content, level)| Node::block("heading", content).with_attr("level", level)),
        1 => "[a`~ \n]{1,12}".prop_map(|code| Node::block("codeBlock", vec![Node::text(code, vec![])])),
        1 => Just(Node::block("horizontalRule", vec![])),
        1 => Just(Node::block("image", vec![]).with_attr("src", "a b").with_attr("alt", "c]")),
        1 => prop::collection::vec(inline(), 4).prop_map(|cells| {
            let mut cells = cells.into_iter().map(|content| Node::block("tableCell", vec![Node::block("paragraph", content)]));
            let mut row = || Node::block("tableRow", cells.by_ref().take(2).collect());
            Node::block("table", vec![row(), row()])
        }),
    ];
    let block = leaf.prop_recursive(3, 24, 4, |block| {
        let item = |name: &'static str, blocks: Vec<Node>| {
            let lead = Node::block("paragraph", vec![Node::text("a", vec![])]);
            Node::block(name, std::iter::once(lead).chain(blocks).collect())
        };
        let blocks = prop::collection::vec(block, 0..3);
        let lists = prop::collection::vec(blocks.clone(), 1..3);
        prop_oneof![
            blocks.prop_map(|content| Node::block("blockquote", content)),
            lists.clone().prop_map(move |items| {
                Node::block("bulletList", items.into_iter().map(|blocks| item("listItem", blocks)).collect())
            }),
            (lists.clone(), 0..11).prop_map(move |(items, start)| {
                let items = items.into_iter().map(|blocks| item("listItem", blocks)).collect();
                Node::block("orderedList", items).with_attr("start", start)
            }),
            lists.prop_map(|items| {
                let items = items.into_iter().map(|blocks| Node::block("taskItem", blocks).with_attr("checked", true));
                Node::block("taskList", items.collect())
            }),
        ]
    });
    prop::collection::vec(block, 0..5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_written_reads_and_writes_the_same(markdown in markdown()) {
        let written = from_nodes(&to_nodes(&markdown).unwrap());
        let nodes = to_nodes(&written).unwrap();

        prop_assert_eq!(from_nodes(&nodes), written);
    }

    #[test]
    fn no_text_of_an_editor_is_lost(nodes in document()) {
        let written = from_nodes(&nodes);
        let read = to_nodes(&written).unwrap();

        prop_assert_eq!(letters(&read), letters(&nodes), "{}", written);
        prop_assert_eq!(from_nodes(&read), written);
    }
}
