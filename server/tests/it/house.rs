//! The rules of the house, as tests: each reads the tree and fails with the sentence it guards.

use std::{
    fs,
    path::{Path, PathBuf},
};

use protocol::problem::ErrorCode;

use crate::app::repository_file;

/// Files that may be long, each with its reason.
const MAY_BE_LONG: [(&str, &str); 0] = [];
/// Lines of a file at most, tests included.
const MAX_LINES: usize = 500;

/// A file of the repository, named from its root.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// What runs outside of tests, without comments.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let code = self.text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let lines = code.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
        lines.filter(|(_, line)| !line.starts_with("//"))
    }

    fn is_in(&self, directory: &str) -> bool {
        self.path.starts_with(directory)
    }

    /// A file of tests, whatever its name.
    fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs") || self.path.contains("/testing")
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every file below these directories with one of these extensions, but nothing generated.
fn files(directories: &[&str], extensions: &[&str]) -> Vec<Source> {
    let mut waiting: Vec<PathBuf> = directories.iter().map(|directory| root().join(directory)).collect();
    let mut found = Vec::new();
    while let Some(path) = waiting.pop() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !matches!(name.as_str(), "target" | "node_modules" | "dist" | "generated" | "corpus" | "artifacts") {
                waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            }
        } else if extensions.iter().any(|extension| name.ends_with(extension)) && !name.ends_with(".d.ts") {
            let relative = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
            found.push(Source { path: relative, text: fs::read_to_string(&path).unwrap() });
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn rust() -> Vec<Source> {
    files(&["protocol/src", "actors/src", "server/src", "loadtest/src"], &[".rs"])
}

/// Fails with the rule and every line that breaks it.
#[track_caller]
fn check(rule: &str, sources: impl IntoIterator<Item = Source>, breaks: impl Fn(&Source, &str) -> bool) {
    let mut broken = Vec::new();
    for source in sources {
        let lines = source.code().filter(|(_, line)| breaks(&source, line));
        broken.extend(lines.map(|(number, line)| format!("{}:{number}: {line}", source.path)));
    }
    assert!(broken.is_empty(), "{rule}\n{}", broken.join("\n"));
}

/// Whether a line of code uses one of these crates, modules or types.
fn uses(line: &str, names: &[&str]) -> bool {
    let words: Vec<&str> = line.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    names.iter().any(|name| words.contains(name))
}

#[test]
fn protocol_is_pure() {
    check(
        "protocol is what we say: no async, no drivers, no environment, no clock",
        rust().into_iter().filter(|source| source.is_in("protocol/")),
        |_, line| {
            uses(line, &["tokio", "actix", "actix_web", "rusqlite", "tokio_postgres", "SystemTime", "Instant"])
                || line.contains("std::env")
        },
    );
}

#[test]
fn actors_know_no_http_and_no_database() {
    check(
        "actors ask for what they need through ports: no HTTP, no drivers",
        rust().into_iter().filter(|source| source.is_in("actors/")),
        |_, line| {
            uses(line, &["actix_web", "actix_http", "actix_ws", "tokio_postgres", "rusqlite", "deadpool_postgres"])
                || uses(line, &["redis", "reqwest"])
        },
    );
}

#[test]
fn states_decide_without_a_runtime() {
    let is_pure = |source: &Source| {
        let name = source.path.rsplit('/').next().unwrap();
        source.is_in("actors/") && matches!(name, "state.rs" | "plan.rs" | "turn.rs" | "policy.rs")
    };
    check(
        "a state takes facts and answers with effects: no actix, no tokio, no tracing, no clock",
        rust().into_iter().filter(is_pure),
        |_, line| uses(line, &["actix", "tokio", "tracing", "SystemTime", "Instant"]),
    );
}

#[test]
fn sql_is_written_in_the_store_only() {
    let statements = ["\"SELECT ", "\"INSERT INTO ", "\"UPDATE ", "\"DELETE FROM ", "\"WITH RECURSIVE ", "\"CREATE "];
    check(
        // The load tester looks at the database from outside.
        "SQL is written once, in server/src/store",
        rust().into_iter().filter(|source| !source.is_in("server/src/store/") && !source.is_in("loadtest/")),
        |_, line| statements.iter().any(|statement| line.contains(statement)),
    );
}

#[test]
fn each_layer_of_the_server_knows_only_those_below_it() {
    let server = || rust().into_iter().filter(|source| source.is_in("server/src/"));
    check(
        "api and ws go through services: they never import the store or adapters",
        server().filter(|source| source.is_in("server/src/api/") || source.is_in("server/src/ws/")),
        |_, line| line.contains("crate::store") || line.contains("crate::adapters"),
    );
    check("services know no HTTP", server().filter(|source| source.is_in("server/src/services/")), |_, line| {
        uses(line, &["actix_web", "actix_http", "HttpRequest", "HttpResponse"]) || line.contains("crate::api")
    });
    check("the store knows nobody above it", server().filter(|source| source.is_in("server/src/store/")), |_, line| {
        uses(line, &["actix", "actix_web"])
            || ["crate::services", "crate::api", "crate::ws"].iter().any(|above| line.contains(above))
    });
}

#[test]
fn the_environment_is_read_by_the_settings_only() {
    check(
        "settings are read in server/src/config",
        rust().into_iter().filter(|source| !source.is_in("server/src/config/") && !source.is_test()),
        |_, line| line.contains("env::var") || line.contains("env::vars"),
    );
}

#[test]
fn what_is_sent_is_declared_in_protocol() {
    check(
        "types that cross a boundary are declared in protocol: nothing else derives Serialize",
        rust().into_iter().filter(|source| !source.is_in("protocol/") && !source.is_in("loadtest/")),
        |_, line| line.starts_with("#[derive(") && uses(line, &["Serialize"]),
    );
}

#[test]
fn every_error_code_is_returned_and_documented() {
    let returned: String =
        rust().iter().filter(|source| source.is_in("server/")).map(|source| source.text.as_str()).collect();
    let documented = repository_file("docs/errors.md");

    for code in ErrorCode::ALL {
        assert!(returned.contains(&format!("ErrorCode::{code:?}")), "{code:?} is returned by nothing");
        let row = format!("| `{}` | {} |", code.name(), code.status());
        assert!(documented.contains(&row), "docs/errors.md does not say: {row}");
    }
    assert_eq!(documented.matches("\n| `").count(), ErrorCode::ALL.len(), "docs/errors.md lists a code there is not");
}

#[test]
fn a_file_is_one_noun() {
    let sources = files(&["protocol", "actors", "server", "loadtest", "client-ts"], &[".rs", ".ts", ".tsx"]);
    let is_long = |source: &&Source| source.text.lines().count() > MAX_LINES;
    let may_be = |source: &Source| MAY_BE_LONG.iter().any(|(path, _reason)| *path == source.path);

    let long: Vec<&str> =
        sources.iter().filter(is_long).filter(|source| !may_be(source)).map(|source| source.path.as_str()).collect();

    assert!(long.is_empty(), "a file has at most {MAX_LINES} lines: {long:?}");
    for name in ["util", "utils", "helper", "helpers", "common", "misc"] {
        let says_nothing = |source: &&Source| Path::new(&source.path).file_stem().is_some_and(|stem| stem == name);
        assert!(!sources.iter().any(|source| says_nothing(&source)), "a file is named after a thing, not {name}");
    }
}

#[test]
fn what_is_to_be_done_is_an_issue() {
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
    for source in
        files(&["protocol", "actors", "server", "loadtest", "client-ts", "docs"], &[".rs", ".ts", ".tsx", ".md"])
    {
        for (index, line) in source.text.lines().enumerate() {
            let is_mark = uses(line, &marks) && !line.contains('#');
            assert!(!is_mark, "what is to be done has an issue: {}:{}: {line}", source.path, index + 1);
        }
    }
}
