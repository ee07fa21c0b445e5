//! Versions of content in headers: `ETag`, `If-Match` and `If-None-Match` (RFC 9110 §8.8, §13.1).

use actix_web::{
    HttpRequest,
    http::header::{self, EntityTag, Header, IfMatch, IfNoneMatch},
};
use actors::room::Version;

use crate::services::content::Expected;

/// The tag of a version.
pub(super) fn tag(version: Version) -> header::ETag {
    header::ETag(EntityTag::new_strong(version.to_string()))
}

/// The versions the change is made for. Tags that were never ours are versions it is not at.
pub(super) fn expected(request: &HttpRequest) -> Expected {
    if !request.headers().contains_key(header::IF_MATCH) {
        return Expected::Any;
    }
    match IfMatch::parse(request) {
        Ok(IfMatch::Any) => Expected::Any,
        Ok(IfMatch::Items(tags)) => Expected::OneOf(versions(tags.iter().filter(|tag| !tag.weak))),
        Err(_not_a_tag) => Expected::OneOf(Vec::new()),
    }
}

/// The versions the client has.
pub(super) fn known(request: &HttpRequest) -> Vec<Version> {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Items(tags)) => versions(tags.iter()),
        Ok(IfNoneMatch::Any) | Err(_) => Vec::new(),
    }
}

fn versions<'a>(tags: impl Iterator<Item = &'a EntityTag>) -> Vec<Version> {
    tags.filter_map(|tag| tag.tag().parse().ok()).collect()
}
