//! Runs as aligned text, servers side by side.

use std::fmt::{self, Write};

use super::{
    groups::{self, Group},
    number::shown,
    record::Record,
};

/// Between two columns.
const GAP: &str = "  ";
/// Faults of one server that are told; the others are in the record.
const MAX_FAULTS: usize = 2;
/// The column of ratios.
const RATIO: &str = "Gala : best peer";

/// All of a record.
pub(super) fn of(record: &Record) -> Result<String, fmt::Error> {
    let mut out = String::new();
    for group in groups::of(&record.runs) {
        write_group(&mut out, &group)?;
    }
    for failed in &record.failed {
        writeln!(out, "{failed}")?;
    }
    Ok(out)
}

fn write_group(out: &mut String, group: &Group) -> fmt::Result {
    writeln!(out, "{}: {}", group.scenario, group.described())?;
    write_rows(out, &rows(group))?;
    for note in notes(group) {
        writeln!(out, "  {note}")?;
    }
    writeln!(out)
}

/// The head, then the figures; the first cell of a row is its name, the last its ratio.
pub(super) fn rows(group: &Group) -> Vec<Vec<String>> {
    let labels =
        group.columns.iter().map(|column| format!("{}{}", column.label(), if column.is_good { "" } else { " !" }));
    let mut rows: Vec<Vec<String>> =
        vec![std::iter::once(String::new()).chain(labels).chain([RATIO.to_owned()]).collect()];
    for (name, better) in group.rows() {
        let mut row = vec![name.to_owned()];
        row.extend(group.columns.iter().map(|column| column.figure(name).map_or_else(|| "–".to_owned(), shown)));
        row.push(group.ratio(name, better).map_or_else(String::new, |ratio| {
            let sign = match (ratio.is_even, ratio.is_ahead) {
                (true, _) => " (even)",
                (false, true) => "",
                (false, false) => " (behind)",
            };
            format!("{} {}{sign}", shown(ratio.value), ratio.peer.label())
        }));
        rows.push(row);
    }
    rows
}

/// What is to be known about the figures of a group.
pub(super) fn notes(group: &Group) -> Vec<String> {
    let mut notes = Vec::new();
    for column in &group.columns {
        let label = column.label();
        notes.extend(column.faults.iter().take(MAX_FAULTS).map(|fault| format!("! {label}: {fault}")));
        if let more @ 1.. = column.faults.len().saturating_sub(MAX_FAULTS) {
            notes.push(format!("! {label}: … and {more} more, in the record"));
        }
        if column.is_own_limit {
            notes.push(format!("{label}: the load generator may have been the limit"));
        }
    }
    notes
}

fn write_rows(out: &mut String, rows: &[Vec<String>]) -> fmt::Result {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let mut line = format!("  {:<1$}", row[0], widths[0]);
        for (cell, width) in row.iter().zip(&widths).skip(1) {
            write!(line, "{GAP}{cell:>width$}")?;
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}
