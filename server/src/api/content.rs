//! Routes of what pages say.

use actix_web::{HttpRequest, HttpResponse, get, http::header, patch, put};
use protocol::{
    content::Node,
    ids::RoomId,
    problem::{ErrorCode, Problem},
};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    body::{Raw, parse_json},
    etag, media,
    path::Path,
    problem::{Failure, Problems},
};
use crate::services::{
    Ctx,
    content::{self, Form, NewContent, Read},
};

/// Adds the routes of this file.
pub(super) fn routes(app: &mut ServiceConfig) {
    app.service(get_content).service(put_content).service(patch_content);
}

/// Read what a page says
///
/// `Accept` chooses the form: `application/json` (a document of ProseMirror nodes), `text/markdown`
/// or `application/octet-stream` (the whole Yjs document as one update, v1). `ETag` is the version,
/// the same for every form; with `If-None-Match` the answer may be 304.
#[utoipa::path(
    tag = "pages",
    params(
        ("page" = RoomId, Path),
        ("if-none-match" = Option<String>, Header, description = "The `ETag` of what you have"),
    ),
    responses(
        (status = OK, description = "The content", headers(("etag" = String, description = "The version: `\"generation.seq\"`, with more behind it while something is on its way into the log")), content(
            (Node = "application/json"), (String = "text/markdown"), (Raw = "application/octet-stream")
        )),
        (status = NOT_MODIFIED, description = "You have it already"),
        Problems
    )
)]
#[get("/pages/{page}/content")]
async fn get_content(ctx: Ctx, page: Path<RoomId>, request: HttpRequest) -> Result<HttpResponse, Failure> {
    let form = media::wanted(&request)?;
    let mut response = match content::read(&ctx, page.0, form, &etag::known(&request)).await? {
        Read::Known(version) => HttpResponse::NotModified().insert_header(etag::tag(version)).finish(),
        Read::New(version, content) => {
            HttpResponse::Ok().insert_header(etag::tag(version)).content_type(media::content_type(form)).body(content)
        }
    };
    response.headers_mut().insert(header::VARY, header::HeaderValue::from_static("accept"));
    Ok(response)
}

/// Replace what a page says
///
/// The body is in one of the forms in which content is read. Blocks that are the same at both ends
/// stay as they are; everybody in the room sees the change at once. Answers once it is committed.
#[utoipa::path(
    tag = "pages",
    params(
        ("page" = RoomId, Path),
        ("if-match" = Option<String>, Header, description = "Replace only this version; otherwise 412 with the present `ETag`"),
    ),
    request_body(content(
        (Node = "application/json"), (String = "text/markdown"), (Raw = "application/octet-stream")
    )),
    responses(
        (status = NO_CONTENT, description = "Committed", headers(("etag" = String, description = "The new version"))),
        Problems
    )
)]
#[put("/pages/{page}/content")]
async fn put_content(ctx: Ctx, page: Path<RoomId>, request: HttpRequest, body: Raw) -> Result<HttpResponse, Failure> {
    let content = match media::sent(&request)? {
        Form::Json => NewContent::Json(parse_json::<Node>(&body.0)?),
        Form::Markdown => NewContent::Markdown(
            String::from_utf8(body.0.into())
                .map_err(|_invalid| Problem::new(ErrorCode::Malformed, "Markdown is written in UTF-8"))?,
        ),
        Form::Yjs => NewContent::Yjs(body.0),
    };
    let version = content::replace(&ctx, page.0, content, etag::expected(&request)?).await?;
    Ok(HttpResponse::NoContent().insert_header(etag::tag(version)).finish())
}

/// Change what a page says
///
/// The body is one Yjs update, v1. It is applied as if it had come over a socket: applying it again
/// changes nothing. Answers once it is committed.
#[utoipa::path(
    tag = "pages",
    params(
        ("page" = RoomId, Path),
        ("if-match" = Option<String>, Header, description = "Change only this version; otherwise 412 with the present `ETag`"),
    ),
    request_body(content((Raw = "application/octet-stream"))),
    responses(
        (status = NO_CONTENT, description = "Committed", headers(("etag" = String, description = "The new version"))),
        Problems
    )
)]
#[patch("/pages/{page}/content")]
async fn patch_content(ctx: Ctx, page: Path<RoomId>, request: HttpRequest, body: Raw) -> Result<HttpResponse, Failure> {
    if !media::is_content_type(&request, media::YJS) {
        return Err(media::unsupported(&[media::YJS]));
    }
    let version = content::apply(&ctx, page.0, body.0, etag::expected(&request)?).await?;
    Ok(HttpResponse::NoContent().insert_header(etag::tag(version)).finish())
}
