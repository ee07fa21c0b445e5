//! Runs as tables for documents.

use std::fmt::{self, Write};

use super::{groups, number, record::Record, table};

/// All of a record: where it was measured, then a table for each scenario.
pub(super) fn of(record: &Record) -> Result<String, fmt::Error> {
    let mut out = String::new();
    let machine = &record.machine;
    let memory = number::shown((machine.memory_bytes as f64 / 1e9).round());
    writeln!(out, "{}, {} cores, {memory} GB, Linux {}; {}.", machine.cpu, machine.cores, machine.kernel, record.date)?;
    let versions: Vec<String> = record.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    writeln!(out, "{}.", versions.join(", "))?;
    for group in groups::of(&record.runs) {
        writeln!(out, "\n### {}\n\n{}\n", group.scenario, group.described())?;
        let rows = table::rows(&group);
        for (number, row) in rows.iter().enumerate() {
            writeln!(out, "| {} |", row.join(" | "))?;
            if number == 0 {
                writeln!(out, "|---|{}", "--:|".repeat(row.len() - 1))?;
            }
        }
        let notes = table::notes(&group);
        if !notes.is_empty() {
            writeln!(out)?;
        }
        for note in notes {
            writeln!(out, "- {note}")?;
        }
    }
    for failed in &record.failed {
        writeln!(out, "\n{failed}")?;
    }
    Ok(out)
}
