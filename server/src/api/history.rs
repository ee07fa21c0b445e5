//! Routes of the past of rooms.

use actix_web::{HttpRequest, HttpResponse, get, http::header, web};
use protocol::{
    history::{At, Attribution, Between, EditRun, HistoryDiff, Moment, Point},
    ids::RoomId,
    paging::{Listed, Paging},
    problem::{ErrorCode, Problem},
};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    body::Raw,
    etag, media,
    path::Path,
    problem::{Coded, Failure, Problems},
    query::{self, Query},
};
use crate::services::{
    Ctx,
    content::Read,
    history::{self, HistoryError},
};

/// Adds the routes of this file.
pub(super) fn routes(app: &mut ServiceConfig) {
    app.service(get_history).service(list_edits).service(get_difference).service(get_attribution);
}

/// See what a room said at a point of its past
///
/// `Accept` chooses the form: `application/json` (title and content), `text/markdown` or
/// `application/octet-stream` (the whole Yjs document as one update, v1). `ETag` is the version, the same
/// for every form; with `If-None-Match` the answer may be 304. A point the room has not come to, one before
/// it was made, and one whose content was erased are not found.
#[utoipa::path(
    tag = "history",
    params(
        ("room" = RoomId, Path),
        At,
        ("if-none-match" = Option<String>, Header, description = "The `ETag` of what you have"),
    ),
    responses(
        (status = OK, description = "What it said", headers(("etag" = String, description = "The version: `\"generation.seq\"`")), content(
            (Moment = "application/json"), (String = "text/markdown"), (Raw = "application/octet-stream")
        )),
        (status = NOT_MODIFIED, description = "You have it already"),
        Problems
    )
)]
#[get("/rooms/{room}/history")]
async fn get_history(
    ctx: Ctx,
    room: Path<RoomId>,
    at: Query<At>,
    request: HttpRequest,
) -> Result<HttpResponse, Failure> {
    let form = media::wanted(&request)?;
    let point = at.0.at.as_deref().map(point).transpose()?;
    let mut response = match history::read(&ctx, room.0, point, form, &etag::known(&request)).await? {
        Read::Known(version) => HttpResponse::NotModified().insert_header(etag::tag(version)).finish(),
        Read::New(version, content) => {
            HttpResponse::Ok().insert_header(etag::tag(version)).content_type(media::content_type(form)).body(content)
        }
    };
    response.headers_mut().insert(header::VARY, header::HeaderValue::from_static("accept"));
    Ok(response)
}

/// List who edited a room
///
/// The newest first, in runs: updates of one author without a pause of five minutes, 10,000 at most. An
/// answer may have fewer runs than `limit`, although more follow, and cut a long run in two.
#[utoipa::path(
    tag = "history",
    params(("room" = RoomId, Path), Paging),
    responses((status = OK, body = Listed<EditRun>, description = "The runs"), Problems)
)]
#[get("/rooms/{room}/history/edits")]
async fn list_edits(
    ctx: Ctx,
    room: Path<RoomId>,
    paging: Query<Paging>,
) -> Result<web::Json<Listed<EditRun>>, Failure> {
    let (limit, before) = query::slice(&paging.0)?;
    let slice = history::edits(&ctx, room.0, limit, before).await?;
    Ok(query::listed(slice.items, slice.next))
}

/// Compare two points of a room's past
///
/// Both contents in one document, in which everything that was inserted or deleted between the points says
/// so, by whom and when. With `from=0` it is who wrote what of a whole document.
#[utoipa::path(
    tag = "history",
    params(("room" = RoomId, Path), Between),
    responses((status = OK, body = HistoryDiff, description = "The difference"), Problems)
)]
#[get("/rooms/{room}/history/diff")]
async fn get_difference(ctx: Ctx, room: Path<RoomId>, between: Query<Between>) -> Result<HttpResponse, Failure> {
    let Between { from, to } = between.0;
    let (from, to) = (from.as_deref().map(point).transpose()?, to.as_deref().map(point).transpose()?);
    let difference = history::difference(&ctx, room.0, from.unwrap_or(Point::Seq(0)), to).await?;
    Ok(HttpResponse::Ok().content_type(media::JSON).body(difference))
}

/// See who wrote what is in a room
///
/// By Yjs ids: whoever the server had authenticated when an id came first, whatever the client said. What
/// was deleted is part of it.
#[utoipa::path(
    tag = "history",
    params(("room" = RoomId, Path)),
    responses((status = OK, body = Attribution, description = "Who wrote what"), Problems)
)]
#[get("/rooms/{room}/attribution")]
async fn get_attribution(ctx: Ctx, room: Path<RoomId>) -> Result<web::Json<Attribution>, Failure> {
    Ok(web::Json(history::attribution(&ctx, room.0).await?))
}

/// The point that stands in a query.
fn point(text: &str) -> Result<Point, Failure> {
    text.parse()
        .map_err(|error| Problem::new(ErrorCode::Malformed, format!("the query cannot be read: {error}")).into())
}

impl Coded for HistoryError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NotFound | Self::NotThen => ErrorCode::NotFound,
            Self::Backwards => ErrorCode::Malformed,
            Self::DifferenceTooLarge | Self::TooManyRanges => ErrorCode::TooLarge,
            Self::Denied(error) => error.code(),
            Self::Outage(error) => error.code(),
        }
    }
}
