//! Versions of content in headers: `ETag`, `If-Match` and `If-None-Match` (RFC 9110 §8.8, §13.1).

use actix_web::{
    HttpRequest,
    http::header::{self, EntityTag, Header, IfMatch, IfNoneMatch},
};
use actors::room::Version;
use protocol::problem::{ErrorCode, Problem};

use super::problem::Failure;
use crate::services::content::Expected;

/// The tag of a version.
pub(super) fn tag(version: Version) -> header::ETag {
    header::ETag(EntityTag::new_strong(version.to_string()))
}

/// The versions the change is made for. Tags that were never ours are versions it is not at.
///
/// # Errors
///
/// `malformed` for what is no list of tags.
pub(super) fn expected(request: &HttpRequest) -> Result<Expected, Failure> {
    if !request.headers().contains_key(header::IF_MATCH) {
        return Ok(Expected::Any);
    }
    match IfMatch::parse(request) {
        Ok(IfMatch::Any) => Ok(Expected::Any),
        Ok(IfMatch::Items(tags)) if !tags.is_empty() => {
            Ok(Expected::OneOf(versions(tags.iter().filter(|tag| !tag.weak))))
        }
        Ok(IfMatch::Items(_)) | Err(_) => {
            Err(Problem::new(ErrorCode::Malformed, "If-Match is * or a list of entity tags in double quotes").into())
        }
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
