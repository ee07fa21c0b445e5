//! The web app: its files, and its first page for every address that is a page of its.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method,
        header::{self, EntityTag, Header, IfNoneMatch},
    },
};
use protocol::problem::{ErrorCode, Problem};

use super::{problem::Failure, unknown::not_allowed};
use crate::assets::{self, Asset};

/// What is shown while there is no web app.
const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Gala</title>\
     <p>Gala is running. The web app was not built into this binary; the API is described at \
     <a href=\"/api/docs/\">/api/docs</a>.";
/// Browsers keep what never changes for a year.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// Addresses that are not pages of the web app.
const NOT_PAGES: [&str; 4] = ["api", "collab", "health", "metrics"];

/// Serves a file of the web app, or its first page to a browser that asks for a page.
pub(super) async fn web_app(request: HttpRequest) -> Result<HttpResponse, Failure> {
    let path = request.path().trim_start_matches('/');
    if NOT_PAGES.contains(&path.split('/').next().unwrap_or_default()) {
        return Err(Problem::new(ErrorCode::NotFound, "there is no such path").into());
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(not_allowed(&["GET", "HEAD"]));
    }
    match assets::file(path) {
        Some(asset) if path != assets::INDEX => Ok(file(&request, asset)),
        _ if path.is_empty() || path == assets::INDEX || accepts_html(&request) => Ok(first_page()),
        _ => Err(Problem::new(ErrorCode::NotFound, "there is no such file").into()),
    }
}

fn first_page() -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.content_type("text/html; charset=utf-8");
    match assets::file(assets::INDEX) {
        Some(index) => response.insert_header(header::ETag(tag(&index))).body(index.bytes),
        None => response.body(NOT_BUILT),
    }
}

fn file(request: &HttpRequest, asset: Asset) -> HttpResponse {
    let tag = tag(&asset);
    let is_known = match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Items(known)) => known.iter().any(|known| known.weak_eq(&tag)),
        Ok(IfNoneMatch::Any) | Err(_) => false,
    };
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header(header::ETag(tag));
    if asset.is_immutable {
        response.insert_header((header::CACHE_CONTROL, IMMUTABLE));
    }
    if is_known { response.finish() } else { response.content_type(asset.content_type).body(asset.bytes) }
}

/// Weak, because what is sent may be compressed.
fn tag(asset: &Asset) -> EntityTag {
    EntityTag::new_weak(asset.hash.clone())
}

fn accepts_html(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}
