//! Markdown → nodes: what each piece of Markdown is called in the document.

use protocol::content::{Mark, Node};
use pulldown_cmark::{CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};

use super::{
    MarkdownError,
    builder::{Builder, Holds},
};

/// Reads the blocks of a document.
pub(super) fn read(markdown: &str) -> Result<Vec<Node>, MarkdownError> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    // One kind of line break inside, whatever the file had.
    let unix = markdown.replace("\r\n", "\n").replace('\r', "\n");
    let mut builder = Builder::default();
    for event in Parser::new_ext(&unix, options) {
        take(&mut builder, event)?;
        builder.check_count()?;
    }
    Ok(builder.finish())
}

fn take(builder: &mut Builder, event: Event<'_>) -> Result<(), MarkdownError> {
    match event {
        Event::Start(tag) => start(builder, tag),
        Event::End(tag) => {
            end(builder, tag);
            Ok(())
        }
        Event::Text(text) => builder.text(&text),
        Event::Code(text) => {
            builder.push_mark(plain_mark("code"));
            let added = builder.text(&text);
            builder.pop_mark();
            added
        }
        Event::InlineHtml(html) if is_line_break(&html) => builder.line_break(),
        Event::Html(text) | Event::InlineHtml(text) => lines(builder, &text),
        Event::SoftBreak => builder.text(" "),
        Event::HardBreak => builder.line_break(),
        Event::Rule => {
            builder.block(Node::block("horizontalRule", Vec::new()));
            Ok(())
        }
        Event::TaskListMarker(checked) => {
            builder.make_task(checked);
            Ok(())
        }
        // Their syntax is not switched on.
        Event::InlineMath(_) | Event::DisplayMath(_) | Event::FootnoteReference(_) => Ok(()),
    }
}

fn start(builder: &mut Builder, tag: Tag<'_>) -> Result<(), MarkdownError> {
    match tag {
        Tag::Paragraph | Tag::HtmlBlock => builder.open(Node::block("paragraph", Vec::new()), Holds::Inline),
        Tag::Heading { level, .. } => {
            builder.open(Node::block("heading", Vec::new()).with_attr("level", level as u8), Holds::Inline)
        }
        Tag::BlockQuote(_) => builder.open(Node::block("blockquote", Vec::new()), Holds::Blocks),
        Tag::CodeBlock(kind) => builder.open(code_block(&kind), Holds::PlainText),
        Tag::List(first_number) => builder.open_list(first_number),
        Tag::Item => builder.open(Node::block("listItem", Vec::new()), Holds::Blocks),
        Tag::Table(alignments) => builder.open_table(alignments),
        Tag::TableHead | Tag::TableRow => builder.open(Node::block("tableRow", Vec::new()), Holds::Parts),
        Tag::TableCell => builder.open_cell(),
        Tag::Image { dest_url, title, .. } => {
            let image = Node::block("image", Vec::new()).with_attr("src", dest_url.as_ref());
            builder.open_image(if title.is_empty() { image } else { image.with_attr("title", title.as_ref()) })
        }
        Tag::Emphasis => marked(builder, plain_mark("italic")),
        Tag::Strong => marked(builder, plain_mark("bold")),
        Tag::Strikethrough => marked(builder, plain_mark("strike")),
        Tag::Link { link_type, dest_url, title, .. } => marked(builder, link(link_type, &dest_url, &title)),
        // Their syntax is not switched on.
        Tag::FootnoteDefinition(_)
        | Tag::DefinitionList
        | Tag::DefinitionListTitle
        | Tag::DefinitionListDefinition
        | Tag::Superscript
        | Tag::Subscript
        | Tag::MetadataBlock(_) => Ok(()),
    }
}

fn end(builder: &mut Builder, tag: TagEnd) {
    match tag {
        TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link => builder.pop_mark(),
        TagEnd::Image => builder.close_image(),
        TagEnd::List(_) => builder.close_list(),
        TagEnd::Paragraph
        | TagEnd::HtmlBlock
        | TagEnd::Heading(_)
        | TagEnd::BlockQuote(_)
        | TagEnd::CodeBlock
        | TagEnd::Item
        | TagEnd::Table
        | TagEnd::TableHead
        | TagEnd::TableRow
        | TagEnd::TableCell => builder.close(),
        // Their syntax is not switched on.
        TagEnd::FootnoteDefinition
        | TagEnd::DefinitionList
        | TagEnd::DefinitionListTitle
        | TagEnd::DefinitionListDefinition
        | TagEnd::Superscript
        | TagEnd::Subscript
        | TagEnd::MetadataBlock(_) => {}
    }
}

fn marked(builder: &mut Builder, mark: Mark) -> Result<(), MarkdownError> {
    builder.push_mark(mark);
    Ok(())
}

/// Adds text that may hold line breaks.
fn lines(builder: &mut Builder, text: &str) -> Result<(), MarkdownError> {
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            builder.line_break()?;
        }
        builder.text(line.trim_matches([' ', '\t']))?;
    }
    Ok(())
}

fn plain_mark(r#type: &str) -> Mark {
    Mark { r#type: r#type.to_owned(), ..Mark::default() }
}

fn link(link_type: LinkType, target: &str, title: &str) -> Mark {
    let mut mark = plain_mark("link");
    let href = if link_type == LinkType::Email { format!("mailto:{target}") } else { target.to_owned() };
    mark.attrs.insert("href".to_owned(), href.into());
    if !title.is_empty() {
        mark.attrs.insert("title".to_owned(), title.into());
    }
    mark
}

fn code_block(kind: &CodeBlockKind<'_>) -> Node {
    let node = Node::block("codeBlock", Vec::new());
    match kind {
        // What follows the language is for renderers we do not have.
        CodeBlockKind::Fenced(info) => match info.split_whitespace().next() {
            Some(language) => node.with_attr("language", language),
            None => node,
        },
        CodeBlockKind::Indented => node,
    }
}

/// The one tag that has a meaning: tables have no other way to break a line.
fn is_line_break(html: &str) -> bool {
    ["<br>", "<br/>", "<br />"].iter().any(|tag| html.eq_ignore_ascii_case(tag))
}
