//! Nodes → Markdown: the text inside a block.
//!
//! A delimiter such as `**` marks text only where the characters around it allow it (CommonMark
//! §6.2). Blanks are moved out of the marked text; a letter in the way is written as a character
//! reference, which begins and ends with punctuation.

use protocol::content::Node;

mod escape;
mod runs;

pub(super) use escape::escape_info;
use escape::{destination, quoted, reference};
use runs::{Run, Runs, Style};

/// Where the text stands, and so what it must not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Lines of their own.
    Paragraph,
    /// One line after hashes.
    Heading,
    /// Part of a line, between bars.
    Cell,
}

/// Writes text, line breaks and images.
pub(super) fn write(nodes: &[Node], place: Place) -> String {
    let runs = Runs::of(nodes, place);
    let mut writer = Writer { place, out: String::new(), open: Vec::new(), wants_boundary: false };
    for (index, run) in runs.iter() {
        writer.run(&runs, index, run);
    }
    writer.close_until(0);
    if place == Place::Heading && writer.out.ends_with('#') {
        // Hashes at the end of a heading would not count as text.
        writer.out.pop();
        writer.out.push_str("\\#");
    }
    writer.out
}

/// A style that is on, and the delimiter that ends it.
struct Opened {
    style: Style,
    delimiter: &'static str,
    /// Where the delimiter that began it stands.
    at: usize,
}

struct Writer {
    place: Place,
    out: String,
    open: Vec<Opened>,
    /// The delimiter just written ends its text only if no letter follows.
    wants_boundary: bool,
}

impl Writer {
    fn run(&mut self, runs: &Runs, index: usize, run: &Run) {
        let kept = self.open.iter().take_while(|open| run.styles().contains(&open.style)).count();
        self.close_until(kept);
        match run {
            Run::Text { text, .. } => {
                // A delimiter before a blank would begin nothing: it is written behind the blank.
                let (blank, words) = text.split_at(text.len() - text.trim_start().len());
                self.text(blank);
                if !words.is_empty() {
                    self.open_missing(runs, index, words.starts_with(char::is_alphanumeric));
                    self.text(words);
                }
            }
            Run::Code { text, .. } => {
                self.open_missing(runs, index, false);
                self.code(text);
            }
            Run::Break { .. } => self.atom(if self.place == Place::Cell { "<br>" } else { "\\\n" }),
            Run::Image { alt, src, title } => {
                let target = self.target(src, title.as_deref());
                self.atom(&format!("![{}]({target})", escape::text(alt, self.place)));
            }
        }
    }

    /// Switches on what this run has and what is written before it has not.
    fn open_missing(&mut self, runs: &Runs, index: usize, begins_with_letter: bool) {
        let is_open = |style: &Style| self.open.iter().any(|open| open.style == *style);
        let mut opening: Vec<(usize, &Style)> = runs.styles(index).filter(|(_, style)| !is_open(style)).collect();
        // What lasts longest is opened first, so that nothing has to be closed before its time.
        opening.sort_by(|(a_extent, a), (b_extent, b)| b_extent.cmp(a_extent).then(a.cmp(b)));
        let innermost = opening.len().saturating_sub(1);
        for (depth, (extent, style)) in opening.into_iter().enumerate() {
            let delimiter = match style {
                Style::Italic if runs.touches_bold(index, extent) => "_",
                Style::Italic => "*",
                Style::Bold => "**",
                Style::Strike => "~~",
                Style::Link { .. } => "[",
            };
            // `*` and `~~` may stand between letters.
            let is_between_letters = delimiter != "_" && depth == innermost && begins_with_letter;
            if delimiter != "[" && !is_between_letters {
                self.part_from_letter(self.out.len());
            }
            self.open(style, delimiter);
        }
    }

    fn open(&mut self, style: &Style, delimiter: &'static str) {
        self.wants_boundary = false;
        if delimiter == "[" && self.out.ends_with('!') {
            // `![` would begin an image.
            self.out.pop();
            self.out.push_str("\\!");
        }
        self.open.push(Opened { style: style.clone(), delimiter, at: self.out.len() });
        self.out.push_str(delimiter);
    }

    /// Writes the character before `end` as a reference when it is not a blank or punctuation.
    fn part_from_letter(&mut self, end: usize) {
        let Some(letter) = self.out[..end].chars().next_back().filter(|c| !is_boundary(*c)) else { return };
        let (start, reference) = (end - letter.len_utf8(), reference(letter));
        self.out.replace_range(start..end, &reference);
        for opened in self.open.iter_mut().filter(|opened| opened.at >= end) {
            opened.at += reference.len() - letter.len_utf8();
        }
        // A delimiter that this letter followed is followed by punctuation now.
        if let Some(opened) = self.open.iter().find(|opened| opened.at + opened.delimiter.len() == start) {
            self.part_from_letter(opened.at);
        }
    }

    fn close_until(&mut self, kept: usize) {
        while self.open.len() > kept {
            let Some(Opened { style, delimiter, .. }) = self.open.pop() else { return };
            match &style {
                Style::Link { href, title } => {
                    let target = self.target(href, title.as_deref());
                    self.atom(&format!("]({target})"));
                }
                Style::Italic | Style::Bold | Style::Strike => {
                    let ends_with_letter = self.out.chars().next_back().is_some_and(char::is_alphanumeric);
                    self.wants_boundary = delimiter == "_" || !ends_with_letter;
                    self.out.push_str(delimiter);
                }
            }
        }
    }

    /// Writes what neither begins nor ends with a letter.
    fn atom(&mut self, markdown: &str) {
        self.out.push_str(markdown);
        self.wants_boundary = false;
    }

    fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let first = text.chars().next().filter(|first| self.wants_boundary && !is_boundary(*first));
        let rest = match first {
            Some(first) => {
                self.out.push_str(&reference(first));
                &text[first.len_utf8()..]
            }
            None => text,
        };
        self.wants_boundary = false;
        let is_line_start = self.place == Place::Paragraph && (self.out.is_empty() || self.out.ends_with('\n'));
        self.out.push_str(&if is_line_start { escape::line_start(rest) } else { escape::text(rest, self.place) });
    }

    fn code(&mut self, code: &str) {
        if self.out.ends_with('`') {
            // A backtick of the text would lengthen the fence.
            self.out.truncate(self.out.len() - "\\`".len());
            self.out.push_str(&reference('`'));
        }
        let fence = "`".repeat(super::write::longest_run(code, '`') + 1);
        let is_padded = code.starts_with('`')
            || code.ends_with('`')
            || (code.starts_with(' ') && code.ends_with(' ') && !code.trim_matches(' ').is_empty());
        let pad = if is_padded { " " } else { "" };
        let code = if self.place == Place::Cell { code.replace('|', "\\|") } else { code.to_owned() };
        self.atom(&format!("{fence}{pad}{code}{pad}{fence}"));
    }

    fn target(&self, href: &str, title: Option<&str>) -> String {
        let target = match title {
            Some(title) => format!("{} {}", destination(href), quoted(title)),
            None => destination(href),
        };
        if self.place == Place::Cell { target.replace('|', "\\|") } else { target }
    }
}

/// Whether a delimiter may stand beside this character whatever is on its other side.
fn is_boundary(c: char) -> bool {
    c.is_whitespace() || c.is_ascii_punctuation()
}
