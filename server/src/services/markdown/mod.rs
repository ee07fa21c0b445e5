//! Markdown and the nodes of a page, each made from the other.
//!
//! The dialect is CommonMark with tables, task lists and strikethrough. Raw HTML has no meaning
//! here: it is kept as the text it is, except `<br>`, which is the only way to break a line inside
//! a table cell. What is written from nodes is normal: reading it and writing it again gives the
//! same text.
//!
//! The nodes are those an editor with Tiptap's schema accepts as they are. An editor deletes what
//! its schema does not allow, so the reader never makes a list item without a leading paragraph, an
//! image inside a paragraph, or a container with nothing in it.

mod builder;
mod inline;
mod read;
#[cfg(test)]
mod tests;
mod write;

use protocol::content::{MAX_NODE_DEPTH, MAX_NODES, Node};

/// Why Markdown cannot become a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MarkdownError {
    /// Lists or quotes stand inside each other more than [`MAX_NODE_DEPTH`] levels deep.
    #[error("the document is nested more than {MAX_NODE_DEPTH} levels deep")]
    TooDeep,
    /// It would be more than [`MAX_NODES`] nodes.
    #[error("a document has at most {MAX_NODES} nodes")]
    TooManyNodes,
}

/// The blocks this Markdown describes; none for text without content. Takes time in proportion to
/// the text: call it off the request threads.
///
/// # Errors
///
/// [`MarkdownError`]; there is no wrong Markdown, only too much of it.
pub fn to_nodes(markdown: &str) -> Result<Vec<Node>, MarkdownError> {
    read::read(markdown)
}

/// These blocks as Markdown, ending with a line break; empty for a document without content.
///
/// What Markdown cannot say is left out: empty paragraphs, spans of table cells, and marks other
/// than `bold`, `italic`, `strike`, `code` and `link`. Unknown blocks are written as what they hold.
pub fn from_nodes(blocks: &[Node]) -> String {
    write::write(blocks)
}
