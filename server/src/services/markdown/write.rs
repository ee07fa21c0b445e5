//! Nodes → Markdown: blocks. Each block is written as lines, and what surrounds it indents them.

use protocol::content::Node;

use super::inline::{self, Place};

/// Writes the blocks of a document.
pub(super) fn write(nodes: &[Node]) -> String {
    let mut text = blocks(nodes);
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// Blocks one below the other, with a blank line between them.
fn blocks(nodes: &[Node]) -> String {
    joined(nodes, |_, _| "\n\n")
}

/// Blocks with what `between` puts before each that is not the first.
fn joined(nodes: &[Node], between: impl Fn(&Node, &Node) -> &'static str) -> String {
    let mut text = String::new();
    let mut before: Option<(&Node, Marker)> = None;
    for node in nodes {
        // Two lists in a row are told apart by their markers alone.
        let marker = match before {
            Some((list, Marker::First)) if is_list(list) && is_list(node) && is_numbered(list) == is_numbered(node) => {
                Marker::Second
            }
            _ => Marker::First,
        };
        let written = block(node, marker);
        if written.is_empty() {
            continue;
        }
        if let Some((before, _)) = before {
            text.push_str(between(before, node));
        }
        text.push_str(&written);
        before = Some((node, marker));
    }
    text
}

/// Which of the two markers Markdown knows for its sort the items of a list have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Marker {
    First,
    Second,
}

fn is_list(node: &Node) -> bool {
    matches!(node.r#type.as_str(), "bulletList" | "taskList" | "orderedList")
}

fn is_numbered(node: &Node) -> bool {
    node.r#type == "orderedList"
}

/// One block without a line break at its end; empty when Markdown cannot say it.
fn block(node: &Node, marker: Marker) -> String {
    match node.r#type.as_str() {
        "paragraph" => paragraph(node),
        "heading" => heading(node),
        "blockquote" => indent(&blocks(&node.content), "> ", "> "),
        "codeBlock" => code_block(node),
        "horizontalRule" => "***".to_owned(),
        "image" => inline::write(std::slice::from_ref(node), Place::Paragraph),
        "bulletList" | "taskList" | "orderedList" => list(node, marker),
        "table" => table(node),
        "text" | "hardBreak" => inline::write(std::slice::from_ref(node), Place::Paragraph),
        _ if holds_inline(node) => inline::write(&node.content, Place::Paragraph),
        _ => blocks(&node.content),
    }
}

/// Whether a block of a type unknown here holds text rather than blocks.
fn holds_inline(node: &Node) -> bool {
    node.content.iter().any(|child| matches!(child.r#type.as_str(), "text" | "hardBreak"))
}

fn paragraph(node: &Node) -> String {
    let text = inline::write(&node.content, Place::Paragraph);
    // What stands for no text is none.
    if text == "\u{a0}" { String::new() } else { text }
}

fn heading(node: &Node) -> String {
    let level = number_attr(node, "level").unwrap_or(1).clamp(1, 6);
    let hashes = "#".repeat(usize::try_from(level).unwrap_or(1));
    let text = inline::write(&node.content, Place::Heading);
    if text.is_empty() { hashes } else { format!("{hashes} {text}") }
}

fn code_block(node: &Node) -> String {
    let code: String = node.content.iter().filter_map(|child| child.text.as_deref()).collect();
    let code = code.replace("\r\n", "\n").replace('\r', "\n");
    // Longer than any run of backticks inside, so that none of them closes the block.
    let fence = "`".repeat((longest_run(&code, '`') + 1).max(3));
    let language = node.attrs.get("language").and_then(serde_json::Value::as_str).unwrap_or_default();
    let language = inline::escape_info(language);
    if code.is_empty() { format!("{fence}{language}\n{fence}") } else { format!("{fence}{language}\n{code}\n{fence}") }
}

/// The length of the longest run of this character.
pub(super) fn longest_run(text: &str, wanted: char) -> usize {
    text.split(|c| c != wanted).map(|run| run.chars().count()).max().unwrap_or(0)
}

fn list(node: &Node, marker: Marker) -> String {
    let first_number = number_attr(node, "start").unwrap_or(1);
    let items: Vec<String> = (0_u64..)
        .zip(&node.content)
        .map(|(index, item)| {
            let mark = match (node.r#type.as_str(), marker) {
                // Markdown reads nine digits at most.
                ("orderedList", Marker::First) => format!("{}. ", first_number.saturating_add(index).min(999_999_999)),
                ("orderedList", Marker::Second) => format!("{}) ", first_number.saturating_add(index).min(999_999_999)),
                (_, Marker::First) => "- ".to_owned(),
                (_, Marker::Second) => "+ ".to_owned(),
            };
            list_item(item, &mark)
        })
        .collect();
    let is_loose = items.iter().any(|item| item.contains("\n\n"));
    items.join(if is_loose { "\n\n" } else { "\n" })
}

fn list_item(item: &Node, mark: &str) -> String {
    let body = joined(&item.content, |before, block| if is_nested_closely(before, block) { "\n" } else { "\n\n" });
    let body = match (item.r#type.as_str(), item.attrs.get("checked").and_then(serde_json::Value::as_bool)) {
        ("taskItem", is_checked) => {
            let task = if is_checked == Some(true) { "[x]" } else { "[ ]" };
            // Markdown knows no task without text.
            let text = if begins_with_text(item) { "" } else { NO_TEXT };
            let gap = if text.is_empty() || body.is_empty() { "" } else { "\n\n" };
            format!("{task} {text}{gap}{body}")
        }
        _ => body,
    };
    indent(&body, mark, &" ".repeat(mark.len()))
}

/// How a task without text is written: a no-break space.
const NO_TEXT: &str = "&nbsp;";

/// Whether a list may follow a paragraph without a blank line. Markdown lets a list interrupt a
/// paragraph only when it starts with one and has something to say.
fn is_nested_closely(before: &Node, block: &Node) -> bool {
    let has_text = block.content.first().is_some_and(begins_with_text);
    let first_number = number_attr(block, "start").unwrap_or(1);
    before.r#type == "paragraph" && is_list(block) && has_text && first_number == 1
}

/// Whether the first thing written of an item is a paragraph.
fn begins_with_text(item: &Node) -> bool {
    let first = item.content.iter().find(|block| block.r#type != "paragraph" || !paragraph(block).is_empty());
    first.is_some_and(|first| first.r#type == "paragraph")
}

fn table(node: &Node) -> String {
    let rows: Vec<Vec<String>> =
        node.content.iter().map(|row| row.content.iter().map(|cell| cell_text(&cell.content)).collect()).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    if columns == 0 {
        return String::new();
    }
    let rule: Vec<&str> = (0..columns)
        .map(|column| {
            let head = node.content.first().and_then(|row| row.content.get(column));
            match head.and_then(|cell| cell.attrs.get("align")).and_then(serde_json::Value::as_str) {
                Some("left") => ":--",
                Some("center") => ":-:",
                Some("right") => "--:",
                _ => "---",
            }
        })
        .collect();
    // Only the head has to be complete: Markdown drops what reaches beyond it, and fills up the rest.
    let mut rows = rows;
    rows[0].resize(columns, String::new());
    let mut lines: Vec<String> = rows.iter().map(|row| table_line(row)).collect();
    lines.insert(1, format!("| {} |", rule.join(" | ")));
    lines.join("\n")
}

fn table_line(cells: &[String]) -> String {
    let mut line = "|".to_owned();
    for cell in cells {
        line.push(' ');
        line.push_str(cell);
        line.push_str(if cell.is_empty() { "|" } else { " |" });
    }
    line
}

/// A cell is one line: the blocks in it are parted by line breaks.
fn cell_text(nodes: &[Node]) -> String {
    let lines = nodes.iter().map(|node| {
        let is_inline = matches!(node.r#type.as_str(), "paragraph" | "heading" | "codeBlock") || holds_inline(node);
        match node.r#type.as_str() {
            "image" | "text" => inline::write(std::slice::from_ref(node), Place::Cell),
            _ if is_inline => inline::write(&node.content, Place::Cell),
            _ => cell_text(&node.content),
        }
    });
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("<br>")
}

/// Puts `first` before the first line and `rest` before the others, without blanks at line ends.
fn indent(text: &str, first: &str, rest: &str) -> String {
    let lines = text.split('\n').enumerate().map(|(index, line)| {
        let prefix = if index == 0 { first } else { rest };
        if line.is_empty() { prefix.trim_end().to_owned() } else { format!("{prefix}{line}") }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn number_attr(node: &Node, name: &str) -> Option<u64> {
    let value = node.attrs.get(name)?;
    // Editors write numbers as floats.
    value.as_u64().or_else(|| value.as_f64().filter(|number| (0.0..1e9).contains(number)).map(|number| number as u64))
}
