//! What every answer tells the browser.

use actix_web::{http::header, middleware::DefaultHeaders};

/// Everything the web app and the documentation need comes from here; pictures may come from
/// anywhere, because people put them into pages. Nobody frames us.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' data: http: https:; \
     style-src 'self' 'unsafe-inline'; script-src 'self'; connect-src 'self' ws: wss:; object-src 'none'; \
     base-uri 'none'; frame-ancestors 'none'";
const PERMISSIONS_POLICY: &str = "camera=(), geolocation=(), microphone=()";

/// Adds the headers where a handler has not set them itself.
pub fn defaults() -> DefaultHeaders {
    DefaultHeaders::new()
        .add((header::CACHE_CONTROL, "no-cache"))
        .add((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .add((header::REFERRER_POLICY, "same-origin"))
        .add(("permissions-policy", PERMISSIONS_POLICY))
        .add((header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"))
}
