//! The past of a room: what it said then, and who wrote in it. The live room has no part in it.

use std::collections::HashSet;

use actors::room::{ComparisonError, Replay, Version};
use bytes::Bytes;
use protocol::{
    access::Action,
    content::Node,
    history::{
        AttributedRange, Attribution, EditRun, HistoryDiff, MAX_ATTRIBUTED_RANGES, MAX_DIFF_BYTES, Moment, Point,
        TitleChange,
    },
    ids::{PrincipalId, RoomId},
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

/// Where a difference says who changed a block or a text ([`ContentChange`](protocol::history::ContentChange)).
const CHANGE: &str = "change";
const AUTHOR: &str = "author";

/// Why the past of a room was not shown.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// There is no such room, or it is in the trash.
    #[error("there is no such room")]
    NotFound,
    /// The room has not come so far, was not there yet, or what it said then was erased.
    #[error("the room has no such point in its past")]
    NotThen,
    /// The first point is behind the second.
    #[error("the first point is behind the second")]
    Backwards,
    /// The difference would be too large.
    #[error("a difference has at most {MAX_DIFF_BYTES} bytes: ask for two points that are nearer")]
    DifferenceTooLarge,
    /// The room has too many authors' ranges.
    #[error("at most {MAX_ATTRIBUTED_RANGES} ranges are answered")]
    TooManyRanges,
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

/// The difference between two points of a room's past, as JSON of the shape [`HistoryDiff`].
///
/// # Errors
///
/// [`HistoryError`].
pub async fn difference(ctx: &Ctx, room: RoomId, from: Point, to: Option<Point>) -> Result<Bytes, HistoryError> {
    let standing = ctx.require(Action::ReadHistory, room).await?;
    let tenant = ctx.tenant(standing);
    let to = tenant.place(room, to).await?;
    // Before everything there was nothing, whatever was erased since.
    let from = match from {
        Point::Seq(0) => Place { seq: 0, ..to },
        from => tenant.place(room, Some(from)).await?,
    };
    if from.seq > to.seq {
        return Err(HistoryError::Backwards);
    }
    let _turn = ctx.services.store.turn().await.map_err(Outage::from)?;
    let attribution = tenant.attribution(room, to).await?;
    let before = if from.seq == 0 { Replay::default() } else { tenant.replay(room, from).await? };
    let after = tenant.replay(room, to).await?;
    let compared = tokio::task::spawn_blocking(move || {
        let blocks = before.difference(&after, &attribution)?;
        Ok::<_, ComparisonError>((TitleChange { before: before.title(), after: after.title() }, blocks))
    });
    let compared = compared.await.map_err(Outage::from)?;
    let (title, blocks) = compared.map_err(|error| Outage::Internal(error.into()))?;
    let authors = Authors::of(ctx, standing, authors_in(&blocks)).await?.into_list();
    let diff = HistoryDiff { from: from.seq, to: to.seq, authors, title, content: Node::block("doc", blocks) };
    let written = tokio::task::spawn_blocking(move || serde_json::to_vec(&diff)).await.map_err(Outage::from)?;
    let written = written.map_err(|error| Outage::Internal(error.into()))?;
    if written.len() > MAX_DIFF_BYTES { Err(HistoryError::DifferenceTooLarge) } else { Ok(written.into()) }
}

/// Who wrote what is in a room, by Yjs ids.
///
/// # Errors
///
/// [`HistoryError`].
pub async fn attribution(ctx: &Ctx, room: RoomId) -> Result<Attribution, HistoryError> {
    let standing = ctx.require(Action::ReadHistory, room).await?;
    let tenant = ctx.tenant(standing);
    let now = tenant.place(room, None).await?;
    let _turn = ctx.services.store.turn().await.map_err(Outage::from)?;
    let attribution = tenant.attribution(room, now).await?;
    if attribution.inserted.count() > MAX_ATTRIBUTED_RANGES {
        return Err(HistoryError::TooManyRanges);
    }
    let ranges: Vec<AttributedRange> = attribution.ranges().collect();
    let authors = Authors::of(ctx, standing, ranges.iter().map(|range| range.author)).await?.into_list();
    Ok(Attribution { ranges, authors })
}

/// Everybody who has changed something in these blocks.
fn authors_in(blocks: &[Node]) -> HashSet<PrincipalId> {
    let mut authors = HashSet::new();
    let mut level: Vec<&Node> = blocks.iter().collect();
    while let Some(node) = level.pop() {
        let of_block = node.attrs.get(CHANGE).and_then(|change| change.get(AUTHOR));
        let marks = node.marks.iter().filter(|mark| mark.r#type == CHANGE);
        let of_text = marks.filter_map(|mark| mark.attrs.get(AUTHOR));
        let named =
            of_block.into_iter().chain(of_text).filter_map(|author| author.as_str()?.parse::<PrincipalId>().ok());
        authors.extend(named);
        level.extend(&node.content);
    }
    authors
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
