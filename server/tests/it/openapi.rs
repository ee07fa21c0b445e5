//! The OpenAPI document is whole, and the one that is kept is the one that is served.

use serde_json::Value;

use crate::app::repository_file;

fn document() -> Value {
    serde_json::from_str(&server::api::document_json().unwrap()).unwrap()
}

/// Every operation with its path and method.
fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let operations = paths.flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(move |(method, operation)| (format!("{method} {path}"), operation))
    });
    operations.collect()
}

fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| match value {
            Value::String(target) if key == "$ref" => found.push(target),
            _ => references(value, found),
        }),
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => (),
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut found = Vec::new();
    references(&document, &mut found);

    let leads = |target: &&&str| document.pointer(target.trim_start_matches('#')).is_none();
    let dangling: Vec<_> = found.iter().filter(leads).collect();

    assert!(dangling.is_empty(), "{dangling:?}");
}

#[test]
fn every_path_parameter_is_declared() {
    let document = document();

    for (name, operation) in operations(&document) {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let declared = parameters.filter(|parameter| parameter["in"] == "path").count();
        assert_eq!(declared, name.matches('{').count(), "{name}");
    }
}

#[test]
fn every_operation_is_described_and_says_how_it_fails() {
    let document = document();

    for (name, operation) in operations(&document) {
        assert!(operation["summary"].as_str().is_some_and(|title| !title.ends_with('.')), "{name} has no title");
        for status in ["4XX", "5XX"] {
            let problem =
                operation.pointer(&format!("/responses/{status}/content/application~1problem+json/schema/$ref"));
            assert_eq!(problem, Some(&"#/components/schemas/Problem".into()), "{name} {status}");
        }
        let responses = operation["responses"].as_object().unwrap();
        // To go elsewhere is what some are there for.
        assert!(responses.keys().any(|status| status.starts_with(['2', '3'])), "{name} never succeeds");
        for (status, response) in responses {
            assert!(response["description"].is_string(), "{name} does not say what {status} is");
        }
    }
}

#[test]
fn every_operation_has_a_name_of_its_own() {
    let document = document();
    let mut names: Vec<_> =
        operations(&document).iter().map(|(_, operation)| operation["operationId"].to_string()).collect();
    let count = names.len();

    names.sort();
    names.dedup();

    assert_eq!(names.len(), count);
}

#[test]
fn the_document_that_is_kept_is_the_one_that_is_served() {
    let kept = repository_file("docs/openapi.json");

    assert!(kept == server::api::document_json().unwrap(), "docs/openapi.json is old: make api writes it");
}
