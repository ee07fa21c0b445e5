//! The operations of the API's document, and a good request to each.

use std::{collections::HashMap, fmt, sync::Arc};

use reqwest::{Method, RequestBuilder, header::CONTENT_TYPE};
use serde_json::{Map, Value, json};

use crate::{app::nobody, signed_in::SignedIn};

/// A request that can be sent by anybody, and again.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// Empty for one without a body.
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
}

/// One method of one path.
pub(crate) struct Operation {
    pub(crate) method: Method,
    /// With names in braces: `/api/v1/pages/{page}`.
    pub(crate) path: String,
    body: Option<(&'static str, Vec<u8>)>,
}

/// A Yjs update that says nothing: no structs, nothing deleted (yjs/src/utils/UpdateEncoder.js).
pub(crate) const EMPTY_UPDATE: [u8; 2] = [0, 0];

/// Every operation there is.
pub(crate) fn operations() -> Vec<Operation> {
    let document: Value = serde_json::from_str(&server::api::document_json().unwrap()).unwrap();
    let document = Arc::new(document);
    let paths = document["paths"].as_object().unwrap().iter();
    let operations = paths.flat_map(|(path, item)| {
        let document = Arc::clone(&document);
        item.as_object().unwrap().iter().map(move |(method, operation)| Operation {
            method: method.to_uppercase().parse().unwrap(),
            path: path.clone(),
            body: operation.pointer("/requestBody/content").map(|content| body(&document, content)),
        })
    });
    operations.collect()
}

impl Request {
    /// One without a body.
    pub(crate) fn new(method: Method, path: String) -> Self {
        Self { method, path, content_type: "", body: Vec::new() }
    }

    /// One with JSON.
    pub(crate) fn json(method: Method, path: String, body: &Value) -> Self {
        Self { method, path, content_type: "application/json", body: body.to_string().into() }
    }

    /// The request of somebody.
    pub(crate) fn by(&self, who: &SignedIn) -> RequestBuilder {
        let request = who.request(self.method.clone(), &self.path).body(self.body.clone());
        if self.content_type.is_empty() { request } else { request.header(CONTENT_TYPE, self.content_type) }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

impl Operation {
    /// Whether a request is for this operation.
    pub(crate) fn takes(&self, request: &Request) -> bool {
        let (known, asked): (Vec<&str>, Vec<&str>) =
            (self.path.split('/').collect(), request.path.split('/').collect());
        let matches = |(known, asked): (&&str, &&str)| known == asked || known.starts_with('{');
        self.method == request.method && known.len() == asked.len() && known.iter().zip(&asked).all(matches)
    }

    /// The names in the path.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }

    /// A request with these ids in its path, and a body as the document allows it.
    pub(crate) fn request(&self, ids: &HashMap<&str, String>) -> Request {
        let path = self.names().fold(self.path.clone(), |path, name| {
            path.replace(&format!("{{{name}}}"), ids.get(name).unwrap_or_else(|| panic!("{self}: no {name} to name")))
        });
        let (content_type, body) = self.body.clone().unwrap_or_default();
        Request { method: self.method.clone(), path, content_type, body }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// A body of one of the types an operation reads.
fn body(document: &Value, content: &Value) -> (&'static str, Vec<u8>) {
    match content.pointer("/application~1json/schema") {
        Some(schema) => ("application/json", example(document, schema).to_string().into()),
        None => ("application/octet-stream", EMPTY_UPDATE.into()),
    }
}

/// A small value that a schema allows.
fn example(document: &Value, schema: &Value) -> Value {
    if let Some(target) = schema["$ref"].as_str() {
        return example(document, document.pointer(target.trim_start_matches('#')).unwrap());
    }
    if let Some(any) = schema["enum"].as_array() {
        return any[0].clone();
    }
    if let Some(any) = schema["oneOf"].as_array() {
        return any.iter().map(|one| example(document, one)).find(|value| !value.is_null()).unwrap();
    }
    let kind = schema["type"].as_array().map_or(&schema["type"], |kinds| &kinds[0]);
    match kind.as_str() {
        Some("object") => {
            let required = schema["required"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap());
            let members = required.map(|name| (name.to_owned(), example(document, &schema["properties"][name])));
            members.collect::<Map<_, _>>().into()
        }
        Some("array") => {
            let count = schema["minItems"].as_u64().unwrap_or(0) as usize;
            vec![example(document, &schema["items"]); count].into()
        }
        Some("string") => match schema["format"].as_str() {
            Some("uuid") => nobody().into(),
            Some("email") => "eve@example.org".into(),
            Some("date-time") => "2100-01-01T00:00:00Z".into(),
            _ => "x".repeat(schema["minLength"].as_u64().unwrap_or(1) as usize).into(),
        },
        Some("integer") => schema["minimum"].as_i64().unwrap_or(1).into(),
        Some("boolean") => true.into(),
        Some("null") => Value::Null,
        _ => json!({}),
    }
}
