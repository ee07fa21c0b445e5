//! The text of a block as runs, brought into the one form in which Markdown can write it.

use protocol::content::{Mark, Node};

use super::Place;

/// A mark Markdown knows. Ordered from the outside to the inside when both end at the same place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Style {
    Link { href: String, title: Option<String> },
    Bold,
    Italic,
    Strike,
}

/// A piece of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Run {
    Text { text: String, styles: Vec<Style> },
    Code { text: String, styles: Vec<Style> },
    Break { styles: Vec<Style> },
    Image { alt: String, src: String, title: Option<String> },
}

impl Run {
    pub(super) fn styles(&self) -> &[Style] {
        match self {
            Self::Text { styles, .. } | Self::Code { styles, .. } | Self::Break { styles } => styles,
            Self::Image { .. } => &[],
        }
    }

    /// Whether Markdown keeps no mark on it of its own: blanks and line breaks.
    fn is_gap(&self) -> bool {
        match self {
            Self::Text { text, .. } => text.chars().all(char::is_whitespace),
            Self::Break { .. } => true,
            Self::Code { .. } | Self::Image { .. } => false,
        }
    }
}

/// The runs of a block: neighbours differ, marked text neither begins nor ends with blanks, and no
/// line begins or ends with them.
///
/// How far styles reach is counted without gaps: what is decided by it is then decided the same way
/// when the text is read again and a gap has lost a style.
pub(super) struct Runs {
    list: Vec<Run>,
    /// For each run and each of its styles, in order: how many runs from here on have it.
    extents: Vec<Vec<usize>>,
    /// For each run: how many stand before it.
    ranks: Vec<usize>,
    /// How many of the first n runs are bold.
    bold: Vec<usize>,
}

impl Runs {
    pub(super) fn of(nodes: &[Node], place: Place) -> Self {
        let mut pieces = Vec::new();
        for node in nodes {
            pieces_of(node, place, &mut pieces);
        }
        let mut pieces = without_line_edges(pieces);
        unmark_gaps(&mut pieces);
        let mut list: Vec<Run> = Vec::with_capacity(pieces.len());
        for piece in pieces {
            merge(&mut list, piece);
        }
        let (mut ranks, mut bold) = (Vec::with_capacity(list.len()), vec![0]);
        for run in &list {
            ranks.push(bold.len() - 1);
            if !run.is_gap() {
                bold.push(bold[bold.len() - 1] + usize::from(run.styles().contains(&Style::Bold)));
            }
        }
        Self { extents: extents(&list), list, ranks, bold }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Run)> {
        self.list.iter().enumerate()
    }

    /// The styles of a run, each with how many runs from here on have it.
    pub(super) fn styles(&self, index: usize) -> impl Iterator<Item = (usize, &Style)> {
        self.extents[index].iter().copied().zip(self.list[index].styles())
    }

    /// Whether bold text is among so many runs or next to them, so that `*` and `**` could meet.
    pub(super) fn touches_bold(&self, index: usize, extent: usize) -> bool {
        let before = self.ranks[index].saturating_sub(1);
        let behind = (self.ranks[index] + extent + 1).min(self.bold.len() - 1);
        self.bold[before] < self.bold[behind]
    }
}

fn extents(runs: &[Run]) -> Vec<Vec<usize>> {
    let mut behind: Vec<(&Style, usize)> = Vec::new();
    let mut extents: Vec<Vec<usize>> = Vec::with_capacity(runs.len());
    for run in runs.iter().rev() {
        let reach = |style: &Style| behind.iter().find(|(other, _)| *other == style).map_or(0, |(_, extent)| *extent);
        let own: Vec<usize> = run.styles().iter().map(|style| reach(style) + usize::from(!run.is_gap())).collect();
        if !run.is_gap() {
            behind = run.styles().iter().zip(own.iter().copied()).collect();
        }
        extents.push(own);
    }
    extents.reverse();
    extents
}

fn pieces_of(node: &Node, place: Place, pieces: &mut Vec<Run>) {
    match (node.r#type.as_str(), &node.text) {
        (_, Some(text)) => {
            let styles: Vec<Style> = node.marks.iter().filter_map(style).collect();
            let text = one_line(text);
            if node.marks.iter().any(|mark| mark.r#type == "code") {
                pieces.push(Run::Code { text, styles });
            } else {
                pieces.extend(words_and_gaps(&text).map(|text| Run::Text { text, styles: styles.clone() }));
            }
        }
        ("hardBreak", None) if place == Place::Heading => {
            pieces.push(Run::Text { text: " ".to_owned(), styles: Vec::new() });
        }
        ("hardBreak", None) => pieces.push(Run::Break { styles: Vec::new() }),
        ("image", None) => {
            let attr = |name| node.attrs.get(name).and_then(serde_json::Value::as_str);
            pieces.push(Run::Image {
                alt: one_line(attr("alt").unwrap_or_default()),
                src: attr("src").unwrap_or_default().to_owned(),
                title: attr("title").filter(|title| !title.is_empty()).map(str::to_owned),
            });
        }
        // A node unknown here counts as the text inside it.
        (_, None) => node.content.iter().for_each(|child| pieces_of(child, place, pieces)),
    }
}

/// Blanks at both ends apart from what is between them.
fn words_and_gaps(text: &str) -> impl Iterator<Item = String> {
    let (before, rest) = text.split_at(text.len() - text.trim_start().len());
    let (words, after) = rest.split_at(rest.trim_end().len());
    [before, words, after].map(str::to_owned).into_iter().filter(|part| !part.is_empty())
}

/// Text without characters Markdown would read as the end of a line, or replace.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\t' { ' ' } else { c }).collect()
}

fn style(mark: &Mark) -> Option<Style> {
    let attr = |name| mark.attrs.get(name).and_then(serde_json::Value::as_str);
    match mark.r#type.as_str() {
        "bold" => Some(Style::Bold),
        "italic" => Some(Style::Italic),
        "strike" => Some(Style::Strike),
        "link" => Some(Style::Link {
            href: attr("href")?.to_owned(),
            title: attr("title").filter(|title| !title.is_empty()).map(str::to_owned),
        }),
        _ => None,
    }
}

/// Drops blanks where lines begin and end, and line breaks where the block does: Markdown does not
/// read them.
fn without_line_edges(pieces: Vec<Run>) -> Vec<Run> {
    let mut kept: Vec<Run> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let is_line_start = kept.last().is_none_or(|before| matches!(before, Run::Break { .. }));
        match piece {
            Run::Text { text, styles } if is_line_start => {
                let text = text.trim_start_matches(BLANK).to_owned();
                if !text.is_empty() {
                    kept.push(Run::Text { text, styles });
                }
            }
            Run::Break { .. } => {
                trim_end(&mut kept);
                // Nothing stands before the first line.
                if !kept.is_empty() {
                    kept.push(piece);
                }
            }
            piece => kept.push(piece),
        }
    }
    trim_end(&mut kept);
    while kept.pop_if(|last| matches!(last, Run::Break { .. })).is_some() {}
    kept
}

const BLANK: [char; 2] = [' ', '\t'];

fn trim_end(line: &mut Vec<Run>) {
    while let Some(Run::Text { text, .. }) = line.last_mut() {
        text.truncate(text.trim_end_matches(BLANK).len());
        if !text.is_empty() {
            return;
        }
        line.pop();
    }
}

/// Gaps in a row keep the marks that all of them have and that stand on both sides: marked text
/// cannot end with a gap.
fn unmark_gaps(pieces: &mut [Run]) {
    let mut index = 0;
    while index < pieces.len() {
        let length = pieces[index..].iter().take_while(|piece| piece.is_gap()).count();
        let until = index + length;
        let mut kept: Vec<Style> = index.checked_sub(1).map_or(Vec::new(), |before| pieces[before].styles().to_vec());
        let after = pieces.get(until).map_or(&[][..], Run::styles);
        kept.retain(|style| after.contains(style));
        for gap in &pieces[index..until] {
            // A line break has no marks of its own.
            if let Run::Text { styles, .. } = gap {
                kept.retain(|style| styles.contains(style));
            }
        }
        for gap in &mut pieces[index..until] {
            if let Run::Text { styles, .. } | Run::Break { styles } = gap {
                styles.clone_from(&kept);
            }
        }
        index = until + 1;
    }
}

fn merge(merged: &mut Vec<Run>, piece: Run) {
    match (merged.last_mut(), &piece) {
        (Some(Run::Text { text, styles }), Run::Text { text: more, styles: same })
        | (Some(Run::Code { text, styles }), Run::Code { text: more, styles: same })
            if has_same(styles, same) =>
        {
            text.push_str(more);
        }
        _ => merged.push(piece),
    }
}

fn has_same(a: &[Style], b: &[Style]) -> bool {
    a.len() == b.len() && a.iter().all(|style| b.contains(style))
}
