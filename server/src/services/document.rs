//! Documents from outside in their JSON form, checked before a room takes them in.

use protocol::{
    content::{MAX_NODE_DEPTH, Node},
    problem::InvalidValue,
};

/// Mistakes named in one answer at most.
const MAX_MISTAKES: usize = 20;

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

fn check_children(node: &Node, pointer: &str, mistakes: &mut Vec<InvalidValue>) {
    for (index, child) in node.content.iter().enumerate() {
        if mistakes.len() >= MAX_MISTAKES {
            return;
        }
        let pointer = format!("{pointer}/content/{index}");
        let is_text = child.r#type == "text";
        if child.r#type.is_empty() {
            mistakes.push(mistake(&format!("{pointer}/type"), "empty", "a node has a type"));
        } else if is_text && child.text.as_ref().is_none_or(String::is_empty) {
            mistakes.push(mistake(&format!("{pointer}/text"), "empty", "a text node has text"));
        } else if is_text && !child.content.is_empty() {
            mistakes.push(mistake(&format!("{pointer}/content"), "not_allowed", "a text node holds no nodes"));
        } else if !is_text && child.text.is_some() {
            mistakes.push(mistake(&format!("{pointer}/text"), "not_allowed", "only text nodes have text"));
        } else {
            check_children(child, &pointer, mistakes);
        }
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

fn mistake(pointer: &str, code: &str, message: &str) -> InvalidValue {
    InvalidValue { pointer: pointer.to_owned(), code: code.to_owned(), message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
