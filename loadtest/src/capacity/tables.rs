//! What a capacity model came to, as tables.

use std::fmt::{self, Write};

/// A table with a title.
pub(super) struct Table {
    pub(super) title: String,
    /// The head, then rows; all as long as the head.
    pub(super) rows: Vec<Vec<String>>,
}

/// How tables are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Markdown,
}

impl Table {
    pub(super) fn new(title: &str, head: &[&str]) -> Self {
        Self { title: title.to_owned(), rows: vec![head.iter().map(|cell| (*cell).to_owned()).collect()] }
    }

    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Writes it.
    ///
    /// # Errors
    ///
    /// [`fmt::Error`] never, to a string.
    pub(super) fn write(&self, out: &mut String, form: Form) -> fmt::Result {
        match form {
            Form::Text => self.write_text(out),
            Form::Markdown => self.write_markdown(out),
        }
    }

    fn write_text(&self, out: &mut String) -> fmt::Result {
        writeln!(out, "{}", self.title)?;
        let columns = self.rows.first().map_or(0, Vec::len);
        let width = |column: usize| self.rows.iter().filter_map(|row| Some(row.get(column)?.chars().count())).max();
        let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or_default()).collect();
        for row in &self.rows {
            let mut line = String::new();
            for (nth, (cell, width)) in row.iter().zip(&widths).enumerate() {
                if nth == 0 { write!(line, "  {cell:<width$}")? } else { write!(line, "  {cell:>width$}")? }
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        writeln!(out)
    }

    fn write_markdown(&self, out: &mut String) -> fmt::Result {
        writeln!(out, "**{}**\n", self.title)?;
        for (nth, row) in self.rows.iter().enumerate() {
            writeln!(out, "| {} |", row.join(" | "))?;
            if nth == 0 {
                let rest = "---:|".repeat(row.len().saturating_sub(1));
                writeln!(out, "|---|{rest}")?;
            }
        }
        writeln!(out)
    }
}

/// A number as it is read: three digits that count, thousands parted.
pub(super) fn shown(value: f64) -> String {
    let size = value.abs();
    let text = match size {
        _ if size >= 100.0 || value == 0.0 => return parted(value),
        _ if size >= 10.0 => format!("{value:.1}"),
        _ if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    };
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Thousands parted; beyond three digits that count, noughts.
fn parted(value: f64) -> String {
    let digits = (value.abs().max(1.0).log10().floor() as i32 - 2).max(0);
    let unit = 10_f64.powi(digits);
    let digits = format!("{:.0}", (value / unit).round() * unit);
    let count = digits.len();
    let mut out = String::new();
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (count - nth).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A share in per cent.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_with_the_digits_that_count() {
        assert_eq!(
            [1_234_567.0, 999.6, 12.34, 1.5, 0.0123, 0.0].map(shown),
            ["1,230,000", "1,000", "12.3", "1.5", "0.012", "0"]
        );
    }
}
