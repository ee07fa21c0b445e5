//! Documents from outside in their JSON form, checked before a room takes them in.
//!
//! What stands where follows the schema of the web editor
//! (`client-ts/web/src/features/editor/schema.ts`): its binding to Yjs deletes, for everybody, a node
//! whose children the schema does not allow. A type that is added there is added here, too. The
//! editor widens its schema by types it does not know, so those are kept.

use protocol::{
    content::{MAX_NODE_DEPTH, Node},
    problem::InvalidValue,
};

/// Mistakes named in one answer at most.
const MAX_MISTAKES: usize = 20;

const INLINE: &[&str] = &["text", "hardBreak"];
const BLOCKS: &[&str] = &[
    "paragraph",
    "heading",
    "codeBlock",
    "blockquote",
    "bulletList",
    "orderedList",
    "taskList",
    "table",
    "horizontalRule",
    "image",
];
/// Known types that are neither: each stands in one sort of parent only.
const PARTS: &[&str] = &["doc", "listItem", "taskItem", "tableRow", "tableCell", "tableHeader"];

/// The inside of a node: what can stand there.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// The known types that can stand here; `None` for all of them.
    allowed: Option<&'static [&'static str]>,
    /// Something has to stand here.
    is_never_empty: bool,
    /// What stands here first is a paragraph.
    begins_with_paragraph: bool,
    /// Text that stands here has no marks.
    is_code: bool,
}

/// The blocks of a document, if it is one.
///
/// # Errors
///
/// What is wrong and where, the first 20 mistakes.
pub fn blocks_of(document: Node) -> Result<Vec<Node>, Vec<InvalidValue>> {
    if document.r#type != "doc" {
        return Err(vec![mistake("/type", "not_a_document", "the outermost node has the type doc")]);
    }
    if document.is_too_deep() {
        return Err(vec![too_deep()]);
    }
    let mut mistakes = Vec::new();
    check_children(&document, "", &mut mistakes);
    if mistakes.is_empty() { Ok(document.content) } else { Err(mistakes) }
}

impl Place {
    fn inside(parent: &Node) -> Self {
        let any = |allowed| Self { allowed: Some(allowed), ..Self::default() };
        let some = |allowed| Self { is_never_empty: true, ..any(allowed) };
        match parent.r#type.as_str() {
            "doc" => any(BLOCKS),
            "blockquote" | "tableCell" | "tableHeader" => some(BLOCKS),
            "listItem" | "taskItem" => Self { begins_with_paragraph: true, ..some(BLOCKS) },
            "paragraph" | "heading" => any(INLINE),
            "codeBlock" => Self { is_code: true, ..any(&["text"]) },
            "bulletList" | "orderedList" => some(&["listItem"]),
            "taskList" => some(&["taskItem"]),
            "table" => some(&["tableRow"]),
            "tableRow" => any(&["tableCell", "tableHeader"]),
            "horizontalRule" | "hardBreak" | "image" => any(&[]),
            // An unknown node holds text or blocks, whichever the editor finds in it.
            _ if parent.content.iter().any(|child| INLINE.contains(&child.r#type.as_str())) => any(INLINE),
            _ => Self::default(),
        }
    }

    /// Why this child cannot stand here.
    fn refuse(self, child: &Node, index: usize, pointer: &str) -> Option<InvalidValue> {
        let name = child.r#type.as_str();
        let is_known = [INLINE, BLOCKS, PARTS].iter().any(|types| types.contains(&name));
        match self.allowed {
            Some([]) => Some(not_applicable(pointer, "nothing can stand here")),
            _ if !is_known => None,
            Some(allowed) if !allowed.contains(&name) => {
                Some(not_applicable(pointer, &format!("only these can stand here: {}", allowed.join(", "))))
            }
            _ if self.begins_with_paragraph && index == 0 && name != "paragraph" => {
                Some(not_applicable(pointer, "an item begins with a paragraph"))
            }
            _ if self.is_code && !child.marks.is_empty() => {
                Some(not_applicable(&format!("{pointer}/marks"), "the text of a code block has no marks"))
            }
            _ => None,
        }
    }
}

fn check_children(node: &Node, pointer: &str, mistakes: &mut Vec<InvalidValue>) {
    let place = Place::inside(node);
    if place.is_never_empty && node.content.is_empty() {
        mistakes.push(not_applicable(pointer, &format!("a {} is never empty", node.r#type)));
    }
    for (index, child) in node.content.iter().enumerate() {
        if mistakes.len() >= MAX_MISTAKES {
            return;
        }
        let pointer = format!("{pointer}/content/{index}");
        match malformed(child, &pointer).or_else(|| place.refuse(child, index, &pointer)) {
            Some(mistake) => mistakes.push(mistake),
            None => check_children(child, &pointer, mistakes),
        }
    }
}

/// What is wrong with a node wherever it stands.
fn malformed(node: &Node, pointer: &str) -> Option<InvalidValue> {
    let is_text = node.r#type == "text";
    if node.r#type.is_empty() {
        Some(mistake(&format!("{pointer}/type"), "empty", "a node has a type"))
    } else if is_text && node.text.as_ref().is_none_or(String::is_empty) {
        Some(mistake(&format!("{pointer}/text"), "empty", "a text node has text"))
    } else if is_text && !node.content.is_empty() {
        Some(mistake(&format!("{pointer}/content"), "not_allowed", "a text node holds no nodes"))
    } else if !is_text && node.text.is_some() {
        Some(mistake(&format!("{pointer}/text"), "not_allowed", "only text nodes have text"))
    } else {
        None
    }
}

/// How many nodes these are, with those inside them.
pub(super) fn count(nodes: &[Node]) -> usize {
    nodes.iter().map(|node| 1 + count(&node.content)).sum()
}

/// The whole document is nested too deep.
pub(super) fn too_deep() -> InvalidValue {
    mistake("", "too_deep", &format!("nodes stand inside each other more than {MAX_NODE_DEPTH} levels deep"))
}

/// The node is one the editor would delete.
fn not_applicable(pointer: &str, message: &str) -> InvalidValue {
    mistake(pointer, "not_applicable", message)
}

fn mistake(pointer: &str, code: &str, message: &str) -> InvalidValue {
    InvalidValue { pointer: pointer.to_owned(), code: code.to_owned(), message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use protocol::content::Mark;

    use super::*;
    use crate::services::markdown;

    fn doc(content: Vec<Node>) -> Node {
        Node::block("doc", content)
    }

    #[track_caller]
    fn check(document: Node, pointers: &[&str]) {
        let mistakes = blocks_of(document).err().unwrap_or_default();

        let found: Vec<&str> = mistakes.iter().map(|mistake| mistake.pointer.as_str()).collect();
        assert_eq!(found, pointers);
    }

    #[test]
    fn every_mistake_is_named_with_its_place() {
        let empty_text = Node { text: Some(String::new()), ..Node::block("text", vec![]) };
        let text_in_block = Node { text: Some("a".to_owned()), ..Node::block("paragraph", vec![]) };

        check(doc(vec![Node::block("paragraph", vec![Node::text("a", vec![])])]), &[]);
        check(Node::block("paragraph", vec![]), &["/type"]);
        check(
            doc(vec![Node::block("paragraph", vec![empty_text]), text_in_block, Node::default()]),
            &["/content/0/content/0/text", "/content/1/text", "/content/2/type"],
        );
    }

    #[test]
    fn a_document_too_deep_is_refused() {
        let nested = |levels| (0..levels).fold(Node::block("a", vec![]), |inner, _| Node::block("a", vec![inner]));

        check(doc(vec![nested(MAX_NODE_DEPTH - 2)]), &[]);
        check(doc(vec![nested(MAX_NODE_DEPTH - 1)]), &[""]);
    }

    fn paragraph() -> Node {
        Node::block("paragraph", vec![Node::text("a", vec![])])
    }

    /// Checks each node as the only block of a document.
    #[track_caller]
    fn check_blocks(blocks: Vec<Node>, pointers: &[&str]) {
        for block in blocks {
            check(doc(vec![block]), pointers);
        }
    }

    #[test]
    fn known_nodes_stand_where_the_schema_has_them() {
        let block = |name: &str, child: Node| Node::block(name, vec![child]);
        let text = || Node::text("a", vec![]);

        check_blocks(
            vec![
                paragraph(),
                block("heading", Node::block("hardBreak", vec![])),
                block("codeBlock", text()),
                block("blockquote", Node::block("image", vec![])),
                block("bulletList", Node::block("listItem", vec![paragraph(), Node::block("horizontalRule", vec![])])),
                block("taskList", block("taskItem", paragraph())),
                block("table", block("tableRow", block("tableHeader", block("blockquote", paragraph())))),
                block("table", Node::block("tableRow", vec![])),
            ],
            &[],
        );
        check_blocks(
            ["text", "hardBreak", "listItem", "taskItem", "tableRow", "tableCell", "doc"]
                .map(|name| if name == "text" { text() } else { block(name, paragraph()) })
                .into(),
            &["/content/0"],
        );
        check_blocks(
            vec![
                block("paragraph", paragraph()),
                block("heading", Node::block("image", vec![])),
                block("codeBlock", Node::block("hardBreak", vec![])),
                block("blockquote", text()),
                block("bulletList", block("taskItem", paragraph())),
                block("orderedList", paragraph()),
                block("bulletList", block("bulletList", block("listItem", paragraph()))),
                block("taskList", block("listItem", paragraph())),
                block("table", block("tableCell", paragraph())),
                block("image", text()),
                block("horizontalRule", block("unknown", paragraph())),
            ],
            &["/content/0/content/0"],
        );
    }

    #[test]
    fn nodes_that_are_never_empty_have_something_in_them() {
        let names = ["blockquote", "bulletList", "orderedList", "taskList", "table"];
        let row = |cell| Node::block("table", vec![Node::block("tableRow", vec![Node::block(cell, vec![])])]);
        let list = |item| Node::block("bulletList", vec![Node::block("listItem", vec![item])]);

        check(doc(vec![]), &[]);
        check_blocks(names.map(|name| Node::block(name, vec![])).into(), &["/content/0"]);
        check_blocks(vec![row("tableCell"), row("tableHeader")], &["/content/0/content/0/content/0"]);
        check_blocks(vec![list(Node::block("heading", vec![]))], &["/content/0/content/0/content/0"]);
    }

    #[test]
    fn code_has_no_marks() {
        let code = Node::text("a", vec![Mark { r#type: "bold".to_owned(), ..Mark::default() }]);

        check_blocks(vec![Node::block("codeBlock", vec![code])], &["/content/0/content/0/marks"]);
    }

    #[test]
    fn unknown_nodes_are_kept_anywhere() {
        let unknown = |content| Node::block("unknown", content);
        let text = || Node::text("a", vec![]);

        check_blocks(
            vec![
                unknown(vec![paragraph(), unknown(vec![])]),
                unknown(vec![text(), unknown(vec![])]),
                Node::block("paragraph", vec![text(), unknown(vec![text()])]),
                Node::block("bulletList", vec![unknown(vec![])]),
            ],
            &[],
        );
        check_blocks(vec![unknown(vec![text(), paragraph()])], &["/content/0/content/1"]);
        check_blocks(
            vec![unknown(vec![Node::block("paragraph", vec![paragraph()])])],
            &["/content/0/content/0/content/0"],
        );
    }

    #[test]
    fn no_more_mistakes_are_named_than_anybody_reads() {
        let mistakes = blocks_of(doc(vec![Node::block("blockquote", vec![]); 1000])).unwrap_err();

        assert_eq!(mistakes.len(), MAX_MISTAKES);
    }

    #[test]
    fn markdown_of_every_shape_is_accepted() {
        let texts = [
            "# A\n\nb **c** `d`\\\ne\n\n***\n\n![f](g)\n",
            "- a\n- [x] b\n\n  > c\n\n3. ![d](e)\n4. # f\n5.\n",
            ">\n> - > ```rust\n>   >   a\n",
            "| a | ![b](c) |\n| - | - |\n| d<br>e |\n",
            "# ![a](b)\n\n- [ ]\n- [ ] ![a](b)\n\n<div>\n- a\n",
        ];
        for text in texts {
            check(doc(markdown::to_nodes(text).unwrap()), &[]);
        }
    }

    /// Pieces of Markdown, glued together at random.
    fn pieces() -> impl Strategy<Value = String> {
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
            "[ ] ",
            "[x] ",
            "```",
            "`",
            "~~~",
            "~~",
            "*",
            "**",
            "_",
            "[",
            "](b)",
            "![",
            "![a](b)",
            "]",
            "<br>",
            "<div>",
            "\\",
            "|",
            "| a | b |",
            "\n| - | - |\n",
            "---",
            "===",
            "+ ",
            "a",
            "b",
            "\u{a0}",
            "[a]: b",
        ]);
        prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn whatever_markdown_says_is_accepted(text in pieces()) {
            let nodes = markdown::to_nodes(&text).unwrap();

            prop_assert_eq!(blocks_of(doc(nodes.clone())), Ok(nodes));
        }
    }
}
