//! What pages of other sites may do: nothing, unless the operator names them.

use std::time::Duration;

use actix_cors::Cors;
use actix_web::http::header;

use super::Origins;

/// How long a browser remembers what it may send.
const PREFLIGHT_LIFETIME: Duration = Duration::from_secs(3600);

/// Lets pages of the allowed origins read answers. They say who they are with a token: cookies are not
/// sent for them.
pub fn cross_origin(origins: &Origins) -> Cors {
    let cors = Cors::default()
        .allow_any_method()
        .allow_any_header()
        .expose_headers([header::ETAG.as_str(), header::RETRY_AFTER.as_str(), "x-request-id"])
        .max_age(usize::try_from(PREFLIGHT_LIFETIME.as_secs()).unwrap_or(usize::MAX));
    origins.others().iter().fold(cors, |cors, origin| cors.allowed_origin(&origin.to_string()))
}
