//! What is printed: costs, nodes of several sizes, what many people need, and the hour.

mod costs;
mod needs;
mod seen;

use std::fmt;

use super::{Findings, tables::Form};

/// All tables.
///
/// # Errors
///
/// [`fmt::Error`] never, to a string.
pub(super) fn all(findings: &Findings, form: Form) -> Result<String, fmt::Error> {
    let mut out = String::new();
    let mut tables = vec![costs::table(&findings.costs)];
    if !findings.predictions.is_empty() {
        tables.push(costs::predictions(&findings.predictions));
    }
    tables.push(needs::workload(&findings.workload));
    tables.push(needs::carried(findings));
    tables.push(needs::load(findings));
    if !findings.trials.is_empty() {
        tables.push(seen::trials(findings));
    }
    if let Some(hour) = &findings.hour {
        tables.push(seen::hour(hour));
    }
    for table in tables {
        table.write(&mut out, form)?;
    }
    out += &needs::remarks(findings);
    Ok(out)
}
