//! Keeps characters that mean something in Markdown from meaning it.

use super::Place;

/// Text that does not begin a line, so that Markdown reads it as it is.
pub(super) fn text(text: &str, place: Place) -> String {
    let mut out = String::with_capacity(text.len());
    escape_into(&mut out, text, None, place);
    out
}

/// Text that begins a line of a paragraph, so that it begins no other block.
pub(super) fn line_start(text: &str) -> String {
    let digits = number_length(text);
    let plain = if digits > 0 { digits } else { text.chars().next().map_or(0, char::len_utf8) };
    if digits == 0 && !begins_block(text) {
        return self::text(text, Place::Paragraph);
    }
    let mut out = String::with_capacity(text.len() + 1);
    let (first, rest) = text.split_at(plain);
    // `1.` is escaped behind its number, everything else before its first character.
    out.push_str(&if digits > 0 { format!("{first}\\") } else { format!("\\{first}") });
    escape_into(&mut out, rest, first.chars().next_back(), Place::Paragraph);
    out
}

fn escape_into(out: &mut String, text: &str, mut before: Option<char>, place: Place) {
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if is_special(c, before, chars.peek().copied(), place) {
            out.push('\\');
        }
        out.push(c);
        before = Some(c);
    }
}

fn is_special(c: char, before: Option<char>, after: Option<char>, place: Place) -> bool {
    match c {
        '\\' | '`' | '*' | '[' | ']' | '~' => true,
        // Inside a word an underscore is only that.
        '_' => !(before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric)),
        '<' => !after.is_some_and(char::is_whitespace),
        '&' => after.is_none_or(|after| after.is_ascii_alphanumeric() || after == '#'),
        '|' => place == Place::Cell,
        _ => false,
    }
}

/// How many digits begin the line when it looks like an item of a numbered list; else 0.
fn number_length(text: &str) -> usize {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let mut after = text[digits..].chars();
    let is_item = digits <= 9 && matches!(after.next(), Some('.' | ')')) && is_blank(after.next());
    if is_item { digits } else { 0 }
}

/// Whether a line that starts so begins something else than a paragraph.
fn begins_block(text: &str) -> bool {
    let mut chars = text.chars();
    match chars.next() {
        Some('#' | '>' | '=' | '|') => true,
        Some('+') => is_blank(chars.next()),
        Some('-') => chars.next().is_none_or(|after| is_blank(Some(after)) || matches!(after, '-' | '|' | ':')),
        Some(':') => chars.next() == Some('-'),
        _ => false,
    }
}

fn is_blank(c: Option<char>) -> bool {
    c.is_none_or(|c| matches!(c, ' ' | '\t'))
}

/// The character as a numeric reference (CommonMark §2.5).
pub(super) fn reference(c: char) -> String {
    format!("&#{};", u32::from(c))
}

/// Where a link leads, between its parentheses.
pub(super) fn destination(href: &str) -> String {
    let is_plain = !href.is_empty()
        && !href.starts_with('<')
        && !href.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '(' | ')'));
    if is_plain {
        return escape_in(href, &['\\', '<', '>']);
    }
    let one_line: String = href.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("<{}>", escape_in(&one_line, &['\\', '<', '>']))
}

/// The title of a link, with its quotation marks.
pub(super) fn quoted(title: &str) -> String {
    let one_line: String = title.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("\"{}\"", escape_in(&one_line, &['\\', '"']))
}

/// The word behind a code fence.
pub(in super::super) fn escape_info(language: &str) -> String {
    let word = language.split_whitespace().next().unwrap_or_default();
    escape_in(&word.replace('`', ""), &['\\'])
}

/// Escapes these characters, and an ampersand that would begin a reference.
fn escape_in(text: &str, special: &[char]) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if special.contains(&c) || c == '&' {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
