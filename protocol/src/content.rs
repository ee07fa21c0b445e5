//! Documents as ProseMirror writes them: the JSON form of a page's content.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Levels of nodes inside each other at most. Readers stop here, writers are refused.
pub const MAX_NODE_DEPTH: usize = 64;

/// Nodes of a document at most, when it is written whole.
pub const MAX_NODES: usize = 100_000;

/// One node of a document: a block, or a run of text with its marks.
///
/// The whole document is the node of type `doc`. Types and attributes are those of Tiptap's
/// starter kit: `paragraph`, `heading {level}`, `bulletList`, `orderedList {start}`, `listItem`,
/// `taskList`, `taskItem {checked}`, `blockquote`, `codeBlock {language}`, `horizontalRule`,
/// `hardBreak`, `image {src, alt, title}`, `table`, `tableRow`, `tableHeader`, `tableCell`, `text`.
/// Others are kept as they are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// What sort of node it is.
    pub r#type: String,
    /// What else is to be said of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, Value>)]
    pub attrs: BTreeMap<String, Value>,
    /// The nodes inside it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    pub content: Vec<Node>,
    /// How its text is marked; with type `text` only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
    /// Its text; with type `text` only, and then never empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// How a run of text is marked: `bold`, `italic`, `strike`, `code`, `link {href}`, or another type.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// What sort of mark it is.
    pub r#type: String,
    /// What else is to be said of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, Value>)]
    pub attrs: BTreeMap<String, Value>,
}

impl Node {
    /// A block with these nodes inside.
    pub fn block(r#type: impl Into<String>, content: Vec<Node>) -> Self {
        Self { r#type: r#type.into(), content, ..Self::default() }
    }

    /// A run of text.
    pub fn text(text: impl Into<String>, marks: Vec<Mark>) -> Self {
        Self { r#type: "text".to_owned(), text: Some(text.into()), marks, ..Self::default() }
    }

    /// The same node with one more attribute.
    #[must_use]
    pub fn with_attr(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.attrs.insert(name.to_owned(), value.into());
        self
    }

    /// Whether nodes stand inside each other deeper than [`MAX_NODE_DEPTH`].
    pub fn is_too_deep(&self) -> bool {
        // Levels are counted with a list, not by recursion: the depth is what is in doubt.
        let mut level: Vec<&Node> = vec![self];
        for _ in 0..MAX_NODE_DEPTH {
            level = level.into_iter().flat_map(|node| &node.content).collect();
            if level.is_empty() {
                return false;
            }
        }
        true
    }
}
