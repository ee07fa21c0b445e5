//! Bodies of requests: the bytes, and JSON read so that every mistake is named with its place.

use std::pin::Pin;

use actix_web::{FromRequest, HttpRequest, dev::Payload, error::PayloadError};
use bytes::Bytes;
use protocol::problem::{ErrorCode, InvalidValue, Problem};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_path_to_error::{Path, Segment};
use utoipa::ToSchema;

use super::{
    limits::Limits,
    media::{self, JSON},
    problem::Failure,
};

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, Failure>>>>;

/// The bytes of a body, whatever they are.
#[derive(Clone, Debug, ToSchema)]
#[schema(as = Bytes, value_type = String, format = Binary)]
pub(super) struct Raw(pub(super) Bytes);

/// A body of type `application/json` with this shape.
#[derive(Clone, Debug)]
pub(super) struct Json<T>(pub(super) T);

impl FromRequest for Raw {
    type Error = Failure;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let limits = Limits::of(request);
        let bytes = Bytes::from_request(request, payload);
        Box::pin(async move { bytes.await.map(Raw).map_err(|error| unread(&error, limits)) })
    }
}

impl<T: DeserializeOwned> FromRequest for Json<T> {
    type Error = Failure;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = media::is_content_type(request, JSON);
        let raw = Raw::from_request(request, payload);
        Box::pin(async move {
            if !is_json {
                return Err(media::unsupported(&[JSON]));
            }
            let Raw(bytes) = raw.await?;
            parse_json(&bytes).map(Json)
        })
    }
}

/// Reads JSON of a certain shape.
///
/// # Errors
///
/// `malformed` for what is not JSON, `invalid` for JSON of another shape.
pub(super) fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    // A list with the fields in their order would pass for the object.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(serde_json::from_slice(bytes).map_or_else(|error| malformed(&error), |IgnoredAny| not_an_object()));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        // What follows the first wrong value may not be JSON at all.
        match serde_json::from_slice::<IgnoredAny>(bytes) {
            Ok(IgnoredAny) if error.inner().is_data() => misread(error.path(), error.inner()),
            Ok(IgnoredAny) => malformed(error.inner()),
            Err(error) => malformed(&error),
        }
    })?;
    json.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

/// Why a body could not be read to its end.
fn unread(error: &actix_web::Error, limits: Option<Limits>) -> Failure {
    match (error.as_error(), limits) {
        (Some(PayloadError::Overflow), Some(Limits { body_bytes })) => {
            Problem::new(ErrorCode::TooLarge, format!("a body has at most {body_bytes} bytes")).into()
        }
        _ => Problem::new(ErrorCode::Malformed, format!("the body cannot be read: {error}")).into(),
    }
}

/// Why JSON could not be taken for what was asked for.
fn misread(path: &Path, error: &serde_json::Error) -> Failure {
    not_allowed(invalid_value(path, &error.to_string()))
}

fn not_an_object() -> Failure {
    let (code, message) = ("wrong_type".to_owned(), "an object is expected, not a list".to_owned());
    not_allowed(InvalidValue { pointer: String::new(), code, message })
}

fn not_allowed(value: InvalidValue) -> Failure {
    let mut problem = Problem::new(ErrorCode::Invalid, "the body holds values that are not allowed");
    problem.errors = vec![value];
    problem.into()
}

fn malformed(error: &serde_json::Error) -> Failure {
    Problem::new(ErrorCode::Malformed, format!("the body is not JSON: {error}")).into()
}

/// What serde says of a value, as a client can use it.
fn invalid_value(path: &Path, message: &str) -> InvalidValue {
    // serde_json puts line and column behind its message; the pointer says it better.
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _place)| message);
    let pointer = pointer(path);
    let named = message.split('`').nth(1).unwrap_or_default();
    let (code, pointer) = match message.split('`').next() {
        Some("missing field ") => ("missing", format!("{pointer}/{}", escaped(named))),
        Some("unknown field ") => ("unknown", pointer),
        Some("duplicate field ") => ("duplicate", pointer),
        _ => ("wrong_type", pointer),
    };
    InvalidValue { pointer, code: code.to_owned(), message: message.to_owned() }
}

/// The path as a JSON pointer (RFC 6901 §3).
fn pointer(path: &Path) -> String {
    let segments = path.iter().map(|segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } | Segment::Enum { variant: key } => format!("/{}", escaped(key)),
        Segment::Unknown => String::new(),
    });
    segments.collect()
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
