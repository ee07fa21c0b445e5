//! What is printed: costs, nodes of several sizes, what many people need, and the hour.

mod costs;
mod needs;
mod seen;

use std::fmt;

use super::{Findings, tables::Form};

/// Between these in a document figures stand.
const MARKS: (&str, &str) = ("<!-- figures -->\n", "<!-- end of figures -->");

/// A document with other figures; `None` if it has no place for them.
pub(super) fn between_marks(document: &str, figures: &str) -> Option<String> {
    let (before, rest) = document.split_once(MARKS.0)?;
    let (_, after) = rest.split_once(MARKS.1)?;
    Some(format!("{before}{}{}\n{}{after}", MARKS.0, figures.trim_end(), MARKS.1))
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_take_the_place_of_earlier_ones() {
        let document = format!("before\n{}old\n{}\nafter", MARKS.0, MARKS.1);

        let once = between_marks(&document, "new\n").unwrap();

        assert_eq!(once, format!("before\n{}new\n{}\nafter", MARKS.0, MARKS.1));
        assert_eq!(between_marks(&once, "new"), Some(once.clone()));
        assert_eq!(between_marks("no marks", "new"), None);
    }
}
