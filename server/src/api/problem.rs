//! How failures leave the server: as problem details (RFC 9457).

use std::{error::Error, fmt};

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};
use actors::room::Version;
use protocol::problem::{ErrorCode, InvalidValue, Problem};
use utoipa::IntoResponses;

use super::requests;
use crate::{
    rate_limit::RateLimited,
    services::{Denied, Outage},
};

/// Seconds after which a client may ask again for what is unavailable.
const RETRY_AFTER_S: u16 = 2;

/// An error that knows what clients see of it. Implemented once per domain error, beside the routes
/// that return it. What it displays is shown to people.
pub trait Coded: Error + 'static {
    /// The code clients see.
    fn code(&self) -> ErrorCode;

    /// The values that are not allowed, with [`ErrorCode::Invalid`].
    fn invalid_values(&self) -> Vec<InvalidValue> {
        Vec::new()
    }

    /// Seconds after which to ask again, with [`ErrorCode::RateLimited`].
    fn retry_after_s(&self) -> Option<u64> {
        None
    }

    /// The present version, with [`ErrorCode::PreconditionFailed`].
    fn present_version(&self) -> Option<Version> {
        None
    }
}

/// A request that failed: the problem, and what else its answer says.
#[derive(Debug)]
pub struct Failure {
    problem: Box<Problem>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// The failures every route shares, named once so that no route spells them out.
#[derive(IntoResponses)]
pub enum Problems {
    /// The request cannot be served as it is; `code` says why.
    #[response(status = "4XX", content_type = "application/problem+json")]
    Client(Problem),
    /// The server failed; nothing was changed.
    #[response(status = "5XX", content_type = "application/problem+json")]
    Server(Problem),
}

impl Failure {
    /// The same with one more header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl From<Problem> for Failure {
    fn from(mut problem: Problem) -> Self {
        problem.instance = requests::current().map(|id| id.to_string());
        let mut headers = Vec::new();
        if problem.code == ErrorCode::Unavailable {
            headers.push((header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_S)));
        }
        if problem.code == ErrorCode::Unauthorized {
            // RFC 9110 §11.6.1 asks for it.
            headers.push((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
        }
        Self { problem: Box::new(problem), headers }
    }
}

impl<E: Coded> From<E> for Failure {
    fn from(error: E) -> Self {
        let cause = &error as &dyn Error;
        match error.code() {
            ErrorCode::Internal => tracing::error!(error = cause, "request failed"),
            ErrorCode::Unavailable => tracing::warn!(error = cause, "request could not be served"),
            _ => {}
        }
        let mut problem = Problem::new(error.code(), error.to_string());
        problem.errors = error.invalid_values();
        let mut failure = Self::from(problem);
        if let Some(seconds) = error.retry_after_s() {
            failure.headers.push((header::RETRY_AFTER, HeaderValue::from(seconds)));
        }
        match error.present_version().map(|version| HeaderValue::try_from(format!("\"{version}\""))) {
            Some(Ok(etag)) => failure.with_header(header::ETAG, etag),
            Some(Err(_)) | None => failure,
        }
    }
}

impl Coded for Denied {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Unauthenticated => ErrorCode::Unauthorized,
            Self::Unknown => ErrorCode::NotFound,
            Self::Forbidden => ErrorCode::Forbidden,
            Self::Outage(error) => error.code(),
        }
    }
}

impl Coded for RateLimited {
    fn code(&self) -> ErrorCode {
        ErrorCode::RateLimited
    }

    fn retry_after_s(&self) -> Option<u64> {
        Some(self.retry_after_s)
    }
}

impl Coded for Outage {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Unavailable(_) => ErrorCode::Unavailable,
            Self::Internal(_) => ErrorCode::Internal,
        }
    }
}

/// A value that is not allowed, for the reason the error gives.
pub(super) fn invalid(pointer: &str, code: &str, reason: &impl Error) -> InvalidValue {
    InvalidValue { pointer: pointer.to_owned(), code: code.to_owned(), message: reason.to_string() }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem.detail)
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        for header in &self.headers {
            response.append_header(header.clone());
        }
        response.content_type("application/problem+json").json(&self.problem)
    }
}
