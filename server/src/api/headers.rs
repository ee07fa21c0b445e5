//! What every answer tells the browser.

use actix_web::{http::header, middleware::DefaultHeaders};

use super::Origins;

/// Everything the web app and the documentation need comes from here; pictures may come from
/// anywhere, because people put them into pages. Nobody frames us.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' data: http: https:; \
     style-src 'self' 'unsafe-inline'; script-src 'self'; connect-src 'self' ws: wss:; object-src 'none'; \
     base-uri 'none'; frame-ancestors 'none'";
const PERMISSIONS_POLICY: &str = "camera=(), geolocation=(), microphone=()";

/// Browsers ask over TLS only, for a year (RFC 6797).
const STRICT_TRANSPORT_SECURITY: &str = "max-age=31536000";

/// Adds the headers where a handler has not set them itself.
pub fn defaults(origins: &Origins) -> DefaultHeaders {
    let headers = DefaultHeaders::new()
        .add((header::CACHE_CONTROL, "no-cache"))
        .add((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .add((header::REFERRER_POLICY, "same-origin"))
        .add(("permissions-policy", PERMISSIONS_POLICY))
        .add((header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"));
    if origins.are_https() {
        headers.add((header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT_SECURITY))
    } else {
        headers
    }
}
