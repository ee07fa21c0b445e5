//! What is printed in the end: figures with names, and what went wrong.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value, json};

/// The outcome of a scenario.
#[derive(Debug, Default)]
pub(crate) struct Report {
    figures: Map<String, Value>,
    /// What must not be; none if all was well.
    wrong: Vec<String>,
}

impl Report {
    pub(crate) fn of(scenario: &str) -> Self {
        let mut report = Self::default();
        report.set("scenario", scenario);
        report
    }

    pub(crate) fn set(&mut self, name: &str, figure: impl Serialize) {
        self.figures.insert(name.to_owned(), json!(figure));
    }

    pub(crate) fn wrong(&mut self, what: impl Into<String>) {
        self.wrong.push(what.into());
    }

    /// Says that something is wrong if it is not so.
    pub(crate) fn require(&mut self, is_so: bool, otherwise: impl FnOnce() -> String) {
        if !is_so {
            self.wrong(otherwise());
        }
    }

    pub(crate) fn is_good(&self) -> bool {
        self.wrong.is_empty()
    }

    pub(crate) fn json(&self) -> String {
        json!({ "good": self.is_good(), "figures": self.figures, "wrong": self.wrong }).to_string()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, figure) in &self.figures {
            show(f, 0, name, figure)?;
        }
        for wrong in &self.wrong {
            writeln!(f, "WRONG: {wrong}")?;
        }
        f.write_str(if self.is_good() { "all is well" } else { "not all is well" })
    }
}

/// A figure on a line, those of a group below its name.
fn show(f: &mut fmt::Formatter<'_>, depth: usize, name: &str, figure: &Value) -> fmt::Result {
    let indent = "  ".repeat(depth);
    match figure {
        Value::Object(group) if group.contains_key("p50_ms") => {
            let shown: Vec<String> = group.iter().map(|(name, figure)| format!("{name} {figure}")).collect();
            writeln!(f, "{indent}{name}: {}", shown.join(", "))
        }
        Value::Object(group) => {
            writeln!(f, "{indent}{name}:")?;
            group.iter().try_for_each(|(name, figure)| show(f, depth + 1, name, figure))
        }
        Value::String(text) => writeln!(f, "{indent}{name}: {text}"),
        figure => writeln!(f, "{indent}{name}: {figure}"),
    }
}
