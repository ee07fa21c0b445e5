//! What the documents say is so: links lead somewhere, and settings, metrics and log lines exist.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use clap::CommandFactory;
use server::config::Cli;

use crate::app::repository_file;

/// Where documents are.
const DIRECTORIES: [&str; 6] = ["", "client-ts/core", "client-ts/react", "docs", "migrations", "protocol/fuzz"];
/// Variables with our prefix that the program does not read: compose.yaml and the tests do.
const OF_OTHERS: [&str; 2] = ["GALA_PORT", "GALA_URL"];
/// Names with our prefix that are no metrics.
const NO_METRICS: [&str; 5] = ["gala_", "gala_csrf", "gala_oauth", "gala_session", "gala_tenant"];

/// Every document, named from the root of the repository.
fn documents() -> Vec<String> {
    let names = |directory: &'static str| {
        let names =
            fs::read_dir(path(directory)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names
            .filter(|name| name.ends_with(".md"))
            .map(move |name| Path::new(directory).join(name).display().to_string())
    };
    DIRECTORIES.into_iter().flat_map(names).collect()
}

/// The words of a text that begin like this.
fn words<'a>(text: &'a str, prefix: &str) -> BTreeSet<&'a str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with(prefix)).collect()
}

/// Everything in the program's sources, one file after the other.
fn sources() -> String {
    let mut waiting = vec!["actors/src", "server/src"].into_iter().map(path).collect::<Vec<_>>();
    let mut text = String::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            text += &fs::read_to_string(&path).unwrap();
        }
    }
    text
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

/// Where the links of a document lead, but for those to other places.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(target, _)| target));
    targets.filter(|target| !target.contains("://"))
}

/// The anchors of a document's headings, as GitHub makes them.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    headings.map(|heading| heading.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")).collect()
}

#[test]
fn every_link_leads_somewhere() {
    for document in &documents() {
        let text = repository_file(document);
        for link in links(&text) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path(document) } else { path(document).parent().unwrap().join(file) };
            assert!(target.exists(), "{document} links to {link}, which is not there");
            let is_heading =
                anchor.is_empty() || anchors(&fs::read_to_string(&target).unwrap()).iter().any(|a| a == anchor);
            assert!(is_heading, "{document} links to {link}, which has no such heading");
        }
    }
}

#[test]
fn every_setting_that_is_named_exists() {
    let mut commands = vec![Cli::command()];
    let mut known = BTreeSet::new();
    while let Some(command) = commands.pop() {
        known.extend(command.get_arguments().filter_map(|argument| Some(argument.get_env()?.to_str()?.to_owned())));
        commands.extend(command.get_subcommands().cloned());
    }

    for document in documents().into_iter().chain(["Dockerfile", "compose.yaml"].map(str::to_owned)) {
        let text = repository_file(&document);
        for variable in words(&text, "GALA_") {
            let is_known =
                known.contains(variable) || OF_OTHERS.contains(&variable) || variable.starts_with("GALA_TEST_");
            // `GALA_*` is how all of them are written.
            assert!(is_known || variable == "GALA_", "{document} names {variable}, which is no setting");
        }
    }
}

#[test]
fn every_metric_is_explained_to_operators() {
    let (guide, sources) = (repository_file("docs/operating.md"), sources());
    let quoted = |name: &str| sources.contains(&format!("\"{name}\""));
    let explained = words(&guide, "gala_");

    for name in &explained {
        // A histogram has several series.
        let metric = name.trim_end_matches("_bucket").trim_end_matches("_count");
        assert!(quoted(metric), "docs/operating.md names {name}, which is no metric");
    }
    for name in words(&sources, "gala_").into_iter().filter(|name| quoted(name) && !NO_METRICS.contains(name)) {
        assert!(explained.contains(name), "docs/operating.md does not say what {name} is");
    }
}

#[test]
fn every_log_line_that_is_explained_is_written() {
    let (guide, sources) = (repository_file("docs/operating.md"), sources());
    let table = guide.split("\n### The log\n").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
    let cells = table.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let lines: Vec<&str> =
        cells.flat_map(|cell| cell.split('`').step_by(2)).map(|line| line.trim_end_matches('…')).collect();

    assert!(lines.len() > 20, "{lines:?}");
    for line in lines.into_iter().filter(|line| !line.is_empty()) {
        assert!(sources.contains(line), "docs/operating.md explains a line that nothing writes: {line}");
    }
}
