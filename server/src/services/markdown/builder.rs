//! Puts nodes together while Markdown is read, so that the schema of the editors allows them.

use protocol::content::{MAX_NODE_DEPTH, MAX_NODES, Mark, Node};
use pulldown_cmark::Alignment;

use super::MarkdownError;

/// What may stand directly inside an open node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// Blocks; text opens a paragraph of its own.
    Blocks,
    /// Items, rows or cells.
    Parts,
    /// Text with marks, and line breaks.
    Inline,
    /// The same, in a paragraph Markdown did not name: it ends where the next block begins.
    ImpliedInline,
    /// Text without marks: code, and the description of an image.
    PlainText,
}

/// A node whose end has not come yet.
#[derive(Debug)]
struct Open {
    node: Node,
    holds: Holds,
    /// An image cut its beginning off; when nothing follows, it is not kept.
    is_rest: bool,
}

/// The blocks made so far, and what is still open.
#[derive(Debug, Default)]
pub(super) struct Builder {
    done: Vec<Node>,
    open: Vec<Open>,
    marks: Vec<Mark>,
    /// How the columns of the open table are aligned; tables do not nest.
    alignments: Vec<Alignment>,
    /// How many nodes were made.
    count: usize,
}

impl Builder {
    /// Every block, once the text has ended.
    pub(super) fn finish(mut self) -> Vec<Node> {
        while !self.open.is_empty() {
            self.close();
        }
        self.done
    }

    /// Refuses more nodes than a document may have, while there are only a few too many.
    pub(super) const fn check_count(&self) -> Result<(), MarkdownError> {
        if self.count > MAX_NODES { Err(MarkdownError::TooManyNodes) } else { Ok(()) }
    }

    /// Opens a block.
    pub(super) fn open(&mut self, node: Node, holds: Holds) -> Result<(), MarkdownError> {
        self.close_implied();
        self.open_inside(node, holds)
    }

    /// Opens a list; with a first number when it is numbered.
    pub(super) fn open_list(&mut self, first_number: Option<u64>) -> Result<(), MarkdownError> {
        self.open(list(first_number), Holds::Parts)
    }

    /// Opens a table whose columns are aligned so.
    pub(super) fn open_table(&mut self, alignments: Vec<Alignment>) -> Result<(), MarkdownError> {
        self.alignments = alignments;
        self.open(Node::block("table", Vec::new()), Holds::Parts)
    }

    /// Opens the next cell of the open row; the first row is the table's head.
    pub(super) fn open_cell(&mut self) -> Result<(), MarkdownError> {
        let mut outwards = self.open.iter().rev().map(|open| open.node.content.len());
        let (column, row) = (outwards.next().unwrap_or(0), outwards.next().unwrap_or(0));
        let cell = Node::block(if row == 0 { "tableHeader" } else { "tableCell" }, Vec::new());
        let cell = match self.alignments.get(column) {
            Some(Alignment::Left) => cell.with_attr("align", "left"),
            Some(Alignment::Center) => cell.with_attr("align", "center"),
            Some(Alignment::Right) => cell.with_attr("align", "right"),
            Some(Alignment::None) | None => cell,
        };
        self.open(cell, Holds::Blocks)
    }

    /// Opens an image; the text until its end describes it.
    pub(super) fn open_image(&mut self, image: Node) -> Result<(), MarkdownError> {
        self.open_inside(image, Holds::PlainText)
    }

    /// Closes the innermost block.
    pub(super) fn close(&mut self) {
        self.close_implied();
        self.close_innermost();
    }

    /// Closes an image. It is a block: it parts the text it stands in.
    pub(super) fn close_image(&mut self) {
        let Some(Open { node: mut image, .. }) = self.open.pop() else { return };
        let alt: String = std::mem::take(&mut image.content).into_iter().filter_map(|node| node.text).collect();
        match self.open.last_mut() {
            // An image in the description of another one: only its words count.
            Some(Open { holds: Holds::PlainText, .. }) => self.append(&alt),
            Some(Open { node, holds: holds @ (Holds::Inline | Holds::ImpliedInline), is_rest }) => {
                let rest = Node { r#type: node.r#type.clone(), attrs: node.attrs.clone(), ..Node::default() };
                let rest = Open { node: rest, holds: *holds, is_rest: true };
                *is_rest |= node.content.is_empty();
                self.close_innermost();
                self.push(described(image, alt));
                self.open.push(rest);
            }
            Some(Open { holds: Holds::Blocks | Holds::Parts, .. }) | None => self.push(described(image, alt)),
        }
    }

    /// Closes a list. Markdown lets tasks and other items share one; the schema has a list for each.
    pub(super) fn close_list(&mut self) {
        let Some(Open { node: mixed, .. }) = self.open.pop() else { return };
        let mut number = mixed.attrs.get("start").and_then(serde_json::Value::as_u64);
        if mixed.r#type == "orderedList" {
            number = number.or(Some(1));
        }
        for items in mixed.content.chunk_by(|a, b| a.r#type == b.r#type) {
            let is_tasks = items.iter().any(|item| item.r#type == "taskItem");
            let group = if is_tasks { Node::block("taskList", Vec::new()) } else { list(number) };
            self.push(Node { content: items.to_vec(), ..group });
            number = number.map(|number| number.saturating_add(items.len() as u64));
        }
    }

    /// Adds a block that holds nothing.
    pub(super) fn block(&mut self, node: Node) {
        self.close_implied();
        self.push(node);
    }

    /// Adds text with the marks that are on.
    pub(super) fn text(&mut self, text: &str) -> Result<(), MarkdownError> {
        self.open_inline()?;
        self.append(text);
        Ok(())
    }

    /// Adds a line break.
    pub(super) fn line_break(&mut self) -> Result<(), MarkdownError> {
        self.open_inline()?;
        match self.open.last_mut() {
            Some(open) if open.holds != Holds::PlainText => {
                trim_end(&mut open.node.content);
                open.node.content.push(Node::block("hardBreak", Vec::new()));
                self.count += 1;
            }
            _ => self.append(" "),
        }
        Ok(())
    }

    /// Makes the open list item a task.
    pub(super) fn make_task(&mut self, checked: bool) {
        if let Some(item) = self.open.iter_mut().rev().find(|open| open.node.r#type == "listItem") {
            item.node.r#type = "taskItem".to_owned();
            item.node.attrs.insert("checked".to_owned(), checked.into());
        }
    }

    /// Puts a mark on the text that follows.
    pub(super) fn push_mark(&mut self, mark: Mark) {
        self.marks.push(mark);
    }

    /// Takes the last mark off.
    pub(super) fn pop_mark(&mut self) {
        self.marks.pop();
    }

    fn open_inside(&mut self, node: Node, holds: Holds) -> Result<(), MarkdownError> {
        // The document above and a text below take one level each.
        if self.open.len() + 3 > MAX_NODE_DEPTH {
            return Err(MarkdownError::TooDeep);
        }
        self.open.push(Open { node, holds, is_rest: false });
        Ok(())
    }

    /// Makes sure that text can be added where we are.
    fn open_inline(&mut self) -> Result<(), MarkdownError> {
        match self.open.last().map(|open| open.holds) {
            None | Some(Holds::Blocks | Holds::Parts) => {
                self.open_inside(Node::block("paragraph", Vec::new()), Holds::ImpliedInline)
            }
            Some(Holds::Inline | Holds::ImpliedInline | Holds::PlainText) => Ok(()),
        }
    }

    fn append(&mut self, text: &str) {
        let marks = self.present_marks();
        let is_code = marks.iter().any(|mark| mark.r#type == "code");
        let Some(Open { node, holds, .. }) = self.open.last_mut() else { return };
        let is_line_start = node.content.last().is_none_or(|before| before.r#type == "hardBreak");
        let (text, marks) = match holds {
            Holds::PlainText => (text, Vec::new()),
            _ if is_line_start && !is_code => (text.trim_start_matches(BLANK), marks),
            _ => (text, marks),
        };
        match node.content.last_mut() {
            _ if text.is_empty() => {}
            Some(Node { text: Some(before), marks: same, .. }) if *same == marks => before.push_str(text),
            _ => {
                node.content.push(Node::text(text, marks));
                self.count += 1;
            }
        }
    }

    /// Each mark once, in an order that does not depend on how they were nested.
    fn present_marks(&self) -> Vec<Mark> {
        let mut marks = self.marks.clone();
        marks.sort_by(|a, b| a.r#type.cmp(&b.r#type));
        marks.dedup_by(|a, b| a.r#type == b.r#type);
        marks
    }

    fn close_implied(&mut self) {
        if self.open.last().is_some_and(|open| open.holds == Holds::ImpliedInline) {
            self.close_innermost();
        }
    }

    fn close_innermost(&mut self) {
        let Some(Open { mut node, is_rest, .. }) = self.open.pop() else { return };
        complete(&mut node);
        let is_nothing = node.content.is_empty() && (is_rest || node.r#type == "paragraph");
        if !is_nothing {
            self.push(node);
        }
    }

    fn push(&mut self, node: Node) {
        self.count += 1;
        match self.open.last_mut() {
            Some(open) => open.node.content.push(node),
            None => self.done.push(node),
        }
    }
}

/// What Markdown drops at both ends of a line.
const BLANK: [char; 2] = [' ', '\t'];

/// Gives a node what the schema asks for and Markdown does not say, and takes away what only
/// Markdown has.
fn complete(node: &mut Node) {
    if node.r#type == "taskItem" {
        // What stands for a task without text.
        if let Some(first) = node.content.first_mut().filter(|first| is_no_break_space(&first.content)) {
            first.content.clear();
        }
    }
    let begins_with_paragraph = node.content.first().is_some_and(|first| first.r#type == "paragraph");
    match node.r#type.as_str() {
        "paragraph" | "heading" => {
            trim_end(&mut node.content);
            while node.content.pop_if(|last| last.r#type == "hardBreak").is_some() {
                trim_end(&mut node.content);
            }
        }
        "listItem" | "taskItem" if !begins_with_paragraph => {
            node.content.insert(0, Node::block("paragraph", Vec::new()));
        }
        "blockquote" | "tableCell" | "tableHeader" if node.content.is_empty() => {
            node.content.push(Node::block("paragraph", Vec::new()));
        }
        "codeBlock" => {
            // The line break before the closing fence belongs to the fence.
            if let Some(code) =
                node.content.last_mut().and_then(|last| last.text.as_mut()).filter(|code| code.ends_with('\n'))
            {
                code.pop();
            }
            node.content.retain(|code| code.text.as_deref() != Some(""));
        }
        _ => {}
    }
}

fn is_no_break_space(content: &[Node]) -> bool {
    matches!(content, [Node { text: Some(text), marks, .. }] if text == "\u{a0}" && marks.is_empty())
}

/// Takes blanks off the end of a line; those inside code are meant.
fn trim_end(line: &mut Vec<Node>) {
    while let Some(Node { text: Some(text), marks, .. }) = line.last_mut() {
        if marks.iter().any(|mark| mark.r#type == "code") {
            return;
        }
        text.truncate(text.trim_end_matches(BLANK).len());
        if !text.is_empty() {
            return;
        }
        line.pop();
    }
}

fn list(first_number: Option<u64>) -> Node {
    match first_number {
        None => Node::block("bulletList", Vec::new()),
        Some(1) => Node::block("orderedList", Vec::new()),
        Some(number) => Node::block("orderedList", Vec::new()).with_attr("start", number),
    }
}

fn described(image: Node, alt: String) -> Node {
    if alt.is_empty() { image } else { image.with_attr("alt", alt) }
}
