//! The cookies a browser is given: one that says who it is, which pages cannot read, and one that
//! pages read to show that they are ours.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponseBuilder,
    cookie::{Cookie, SameSite, time},
    web::Data,
};

use super::origin::Origins;
use crate::{digest::csrf_token, services::external_sign_in::FLOW_TIMEOUT_S};

/// The sign-in, where browsers come over plain HTTP.
const SESSION: &str = "gala_session";
/// The sign-in, where they come over TLS: no other host and no plain connection can set it
/// (RFC 6265bis §4.1.3.2).
const SECURE_SESSION: &str = "__Host-gala_session";
/// A sign-in elsewhere that is under way.
const FLOW: &str = "gala_oauth";
/// The same over TLS: another host could else have somebody finish a sign-in they have not begun.
const SECURE_FLOW: &str = "__Host-gala_oauth";
/// What the `x-csrf-token` header has to repeat.
const CSRF: &str = "gala_csrf";

/// How long browsers keep them: 400 days, the longest they allow (RFC 6265bis §5.5). When a sign-in ends
/// the server knows.
const LIFETIME: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// The sign-in a request shows.
pub(super) fn session(request: &HttpRequest) -> Option<Cookie<'static>> {
    let origins: &Data<Origins> = request.app_data()?;
    if origins.is_other(request) {
        // A site beside ours, whose pages browsers send our cookies for: it has tokens.
        return None;
    }
    request.cookie(session_name(origins)).filter(|cookie| !cookie.value().is_empty())
}

/// Makes the browser keep a sign-in.
pub(super) fn keep(response: &mut HttpResponseBuilder, origins: &Origins, secret: &str) {
    let csrf = csrf_token(secret);
    response.cookie(cookie(origins, session_name(origins), secret, true, LIFETIME));
    response.cookie(cookie(origins, CSRF, &csrf, false, LIFETIME));
}

/// Makes the browser forget its sign-in.
pub(super) fn forget(response: &mut HttpResponseBuilder, origins: &Origins) {
    response.cookie(cookie(origins, session_name(origins), "", true, Duration::ZERO));
    response.cookie(cookie(origins, CSRF, "", false, Duration::ZERO));
}

/// The sign-in elsewhere a browser comes back from.
pub(super) fn flow(request: &HttpRequest) -> Option<Cookie<'static>> {
    let origins: &Data<Origins> = request.app_data()?;
    request.cookie(flow_name(origins))
}

/// Makes the browser keep a sign-in elsewhere until it comes back.
pub(super) fn keep_flow(response: &mut HttpResponseBuilder, origins: &Origins, flow: &str) {
    let lifetime = Duration::from_secs(FLOW_TIMEOUT_S.cast_unsigned());
    response.cookie(cookie(origins, flow_name(origins), flow, true, lifetime));
}

/// Makes the browser forget a sign-in elsewhere: it is good once.
pub(super) fn forget_flow(response: &mut HttpResponseBuilder, origins: &Origins) {
    response.cookie(cookie(origins, flow_name(origins), "", true, Duration::ZERO));
}

fn session_name(origins: &Origins) -> &'static str {
    if origins.are_https() { SECURE_SESSION } else { SESSION }
}

fn flow_name(origins: &Origins) -> &'static str {
    if origins.are_https() { SECURE_FLOW } else { FLOW }
}

fn cookie<'a>(origins: &Origins, name: &'a str, value: &'a str, is_hidden: bool, lifetime: Duration) -> Cookie<'a> {
    Cookie::build(name, value)
        .path("/")
        .http_only(is_hidden)
        .secure(origins.are_https())
        .same_site(SameSite::Lax)
        .max_age(time::Duration::seconds(lifetime.as_secs().cast_signed()))
        .finish()
}
