//! How every failure looks to a client: one stable code, told as problem details (RFC 9457).
//!
//! To add a code: add the variant with its meaning, its row in `ErrorCode::row`, and return it
//! from a domain error. A test fails while a code is not documented in `docs/errors.md` or is
//! returned by nothing.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Every code a client may branch on. A code is never renamed and never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request could not be parsed.
    Malformed,
    /// Nobody is signed in, or no longer.
    Unauthorized,
    /// The caller may not do this.
    Forbidden,
    /// There is no such thing, or the caller may not know that it exists.
    NotFound,
    /// The path exists, but not with this method.
    MethodNotAllowed,
    /// None of the media types the caller accepts can be produced.
    NotAcceptable,
    /// The request contradicts the present state.
    Conflict,
    /// `If-Match` names a state that is no longer the present one.
    PreconditionFailed,
    /// The body or document is larger than the limit, which is named.
    TooLarge,
    /// The body is of a media type this route does not read.
    UnsupportedMediaType,
    /// The request was understood, but values in it are not allowed; `errors` lists them.
    Invalid,
    /// Too many requests; `Retry-After` says when to ask again.
    RateLimited,
    /// The server failed; nothing was changed.
    Internal,
    /// A dependency is down or the server is stopping. What was asked for may still be done once the
    /// database is back; read before sending it again.
    Unavailable,
}

impl ErrorCode {
    /// Every code, in the order of its status.
    pub const ALL: [Self; 14] = [
        Self::Malformed,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::NotAcceptable,
        Self::Conflict,
        Self::PreconditionFailed,
        Self::TooLarge,
        Self::UnsupportedMediaType,
        Self::Invalid,
        Self::RateLimited,
        Self::Internal,
        Self::Unavailable,
    ];

    /// HTTP status, stable name and human title.
    const fn row(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::Malformed => (400, "malformed", "Malformed request"),
            Self::Unauthorized => (401, "unauthorized", "Not signed in"),
            Self::Forbidden => (403, "forbidden", "Not allowed"),
            Self::NotFound => (404, "not_found", "Not found"),
            Self::MethodNotAllowed => (405, "method_not_allowed", "Method not allowed"),
            Self::NotAcceptable => (406, "not_acceptable", "Not acceptable"),
            Self::Conflict => (409, "conflict", "Conflict"),
            Self::PreconditionFailed => (412, "precondition_failed", "Changed meanwhile"),
            Self::TooLarge => (413, "too_large", "Too large"),
            Self::UnsupportedMediaType => (415, "unsupported_media_type", "Unsupported media type"),
            Self::Invalid => (422, "invalid", "Invalid values"),
            Self::RateLimited => (429, "rate_limited", "Too many requests"),
            Self::Internal => (500, "internal", "Internal error"),
            Self::Unavailable => (503, "unavailable", "Temporarily unavailable"),
        }
    }

    /// The HTTP status that goes with the code.
    pub const fn status(self) -> u16 {
        self.row().0
    }

    /// The code as it is written in JSON.
    pub const fn name(self) -> &'static str {
        self.row().1
    }

    /// A short human title, the same for every occurrence.
    pub const fn title(self) -> &'static str {
        self.row().2
    }
}

/// The body of every failed request (`application/problem+json`, RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Reference to the documentation of the code.
    pub r#type: String,
    /// Short summary, the same for every occurrence of the code.
    pub title: String,
    /// HTTP status, repeated for clients that see only the body.
    pub status: u16,
    /// What went wrong this time, safe to show to a person.
    pub detail: String,
    /// The request this is about: its id, as in the `x-request-id` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// Stable machine-readable code.
    pub code: ErrorCode,
    /// The values that are not allowed; present with `invalid` only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<InvalidValue>,
}

/// One value of a request that is not allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InvalidValue {
    /// Where it stands in the body: a JSON pointer (RFC 6901).
    pub pointer: String,
    /// Stable machine-readable reason, such as `too_long`.
    pub code: String,
    /// The reason in words.
    pub message: String,
}

impl Problem {
    /// A problem with this code; `detail` is shown to people and must not hold secrets.
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            r#type: format!("/problems/{}", code.name()),
            title: code.title().to_owned(),
            status: code.status(),
            detail: detail.into(),
            instance: None,
            code,
            errors: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_written_by_its_name() {
        for code in ErrorCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.name());
        }
    }

    #[test]
    fn a_problem_without_invalid_values_does_not_list_any() {
        let problem = serde_json::to_value(Problem::new(ErrorCode::NotFound, "no such page")).unwrap();

        assert_eq!(
            problem,
            serde_json::json!({
                "type": "/problems/not_found", "title": "Not found", "status": 404,
                "detail": "no such page", "code": "not_found",
            })
        );
    }
}
