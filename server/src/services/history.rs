//! The past of a room: what it said then, and who wrote in it. The live room has no part in it.

use actors::room::{Replay, Version};
use bytes::Bytes;
use protocol::{
    access::Action,
    content::Node,
    history::{EditRun, Moment, Point},
    ids::RoomId,
    rooms::Seq,
};

use super::{
    Ctx, Denied, Outage,
    authors::Authors,
    content::{Form, Read},
    markdown,
    standing::Standing,
};
use crate::store::{PastError, Place, Slice};

/// Why the past of a room was not shown.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// There is no such room, or it is in the trash.
    #[error("there is no such room")]
    NotFound,
    /// The room has not come so far, was not there yet, or what it said then was erased.
    #[error("the room has no such point in its past")]
    NotThen,
    /// The caller may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// It is not the caller's fault.
    #[error(transparent)]
    Outage(#[from] Outage),
}

/// What a room said at a point, unless that is one of the `known` versions; now when it is `None`.
///
/// # Errors
///
/// [`HistoryError`].
pub async fn read(
    ctx: &Ctx,
    room: RoomId,
    point: Option<Point>,
    form: Form,
    known: &[Version],
) -> Result<Read, HistoryError> {
    let standing = ctx.require(Action::ReadHistory, room).await?;
    let place = ctx.tenant(standing).place(room, point).await?;
    let version = Version::of_log(place.generation, place.seq);
    if known.contains(&version) {
        return Ok(Read::Known(version));
    }
    let written = with_replay(ctx, standing, room, place, move |replay| write(&replay, place, form)).await?;
    Ok(Read::New(version, written.map_err(|error| Outage::Internal(error.into()))?))
}

/// The runs of edits of a room before the position `before`, the newest first, `limit` at most.
///
/// # Errors
///
/// [`HistoryError`].
pub async fn edits(
    ctx: &Ctx,
    room: RoomId,
    limit: u32,
    before: Option<Seq>,
) -> Result<Slice<EditRun, Seq>, HistoryError> {
    let standing = ctx.require(Action::ReadHistory, room).await?;
    let _turn = ctx.services.store.turn().await.map_err(Outage::from)?;
    let runs = ctx.tenant(standing).edits(room, limit, before).await?;
    let authors = Authors::of(ctx, standing, runs.items.iter().map(|run| run.author)).await?;
    let items = runs.items.into_iter().map(|run| EditRun {
        from_seq: run.from_seq,
        to_seq: run.to_seq,
        from_at: run.from_at,
        to_at: run.to_at,
        author: authors.get(run.author),
        updates: run.updates(),
    });
    Ok(Slice { items: items.collect(), next: runs.next })
}

/// Does something with what a room was, where it holds up nobody.
///
/// # Errors
///
/// [`HistoryError`].
pub(super) async fn with_replay<T: Send + 'static>(
    ctx: &Ctx,
    standing: Standing,
    room: RoomId,
    place: Place,
    work: impl FnOnce(Replay) -> T + Send + 'static,
) -> Result<T, HistoryError> {
    let _turn = ctx.services.store.turn().await.map_err(Outage::from)?;
    let replay = ctx.tenant(standing).replay(room, place).await?;
    Ok(tokio::task::spawn_blocking(move || work(replay)).await.map_err(Outage::from)?)
}

/// What the room said, in one of the forms.
fn write(replay: &Replay, place: Place, form: Form) -> Result<Bytes, WriteError> {
    match form {
        Form::Json => {
            let content = Node::block("doc", replay.blocks());
            let moment = Moment { seq: place.seq, at: place.at, title: replay.title(), content };
            Ok(serde_json::to_vec(&moment)?.into())
        }
        Form::Markdown => Ok(markdown::from_nodes(&replay.blocks()).into()),
        Form::Yjs => replay.state().ok_or(WriteError::Incomplete),
    }
}

/// Why what a room said could not be written.
#[derive(Debug, thiserror::Error)]
enum WriteError {
    #[error("updates are missing in the room")]
    Incomplete,
    #[error("the content cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

impl From<PastError> for HistoryError {
    fn from(error: PastError) -> Self {
        match error {
            PastError::NotFound => Self::NotFound,
            PastError::NotThen => Self::NotThen,
            PastError::Store(error) => Self::Outage(error.into()),
        }
    }
}
