//! Versions of a room: points of its past with a name, and going back to any point.

use actors::room::{Change, Replay};
use protocol::{
    access::Action,
    audit::Audited,
    content::MAX_NODES,
    history::{CreateVersion, MAX_VERSION_NAME_CHARS, MAX_VERSIONS, Point, RenameVersion, VersionView},
    ids::RoomId,
    rooms::Seq,
};

use super::{
    Ctx, Denied, Outage, audit,
    authors::Authors,
    document,
    history::{self, HistoryError},
    names,
    pages::{self, PageError},
    standing::Standing,
};
use crate::store::{CreateVersionError, PastError, Slice, StoredVersion};

/// Why something was not done with a version.
#[derive(Debug, thiserror::Error)]
pub enum VersionError {
    /// There is no such version.
    #[error("there is no such version")]
    NotFound,
    /// The name is empty, too long or not on one line.
    #[error("a name has 1 to {MAX_VERSION_NAME_CHARS} characters on one line")]
    Name,
    /// The point has a name.
    #[error("this point has a name already: name it anew")]
    Exists,
    /// The room has as many as it may.
    #[error("a room has at most {MAX_VERSIONS} versions with a name: delete some first")]
    TooMany,
    /// The past of the room does not allow it.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The room does not take it.
    #[error(transparent)]
    Page(#[from] PageError),
    /// The caller may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// It is not the caller's fault.
    #[error(transparent)]
    Outage(#[from] Outage),
}

impl VersionError {
    /// Whether it is about something that is not there, or not for the caller.
    fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Denied(Denied::Unknown | Denied::Forbidden)
                | Self::History(HistoryError::NotFound | HistoryError::NotThen)
        )
    }
}

/// The versions of a room before the position `before`, the newest first, `limit` at most.
///
/// # Errors
///
/// [`VersionError`].
pub async fn list(
    ctx: &Ctx,
    room: RoomId,
    limit: u32,
    before: Option<Seq>,
) -> Result<Slice<VersionView, Seq>, VersionError> {
    let standing = ctx.require(Action::ReadHistory, room).await?;
    // Of a room in the trash nothing is shown.
    ctx.tenant(standing).place(room, Some(Point::Seq(0))).await.map(drop).or_else(|error| match error {
        PastError::NotThen => Ok(()),
        error => Err(HistoryError::from(error)),
    })?;
    let versions = ctx.tenant(standing).versions(room, limit, before).await.map_err(Outage::from)?;
    let authors = Authors::of(ctx, standing, versions.items.iter().map(|version| version.author)).await?;
    let items = versions.items.into_iter().map(|version| view(version, &authors)).collect();
    Ok(Slice { items, next: versions.next })
}

/// Gives a point of the past a name.
///
/// # Errors
///
/// [`VersionError`].
pub async fn create(ctx: &Ctx, room: RoomId, version: CreateVersion) -> Result<VersionView, VersionError> {
    let standing = ctx.require(Action::EditRoom, room).await?;
    let name = checked_name(&version.name)?;
    let tenant = ctx.tenant(standing);
    let place = tenant.place(room, version.at).await.map_err(HistoryError::from)?;
    let version = tenant.name_version(room, place, name, ctx.caller()?.principal.id).await?;
    shown(ctx, standing, version).await
}

/// Names a version anew.
///
/// # Errors
///
/// [`VersionError`].
pub async fn rename(ctx: &Ctx, room: RoomId, seq: Seq, version: RenameVersion) -> Result<VersionView, VersionError> {
    let standing = ctx.require(Action::EditRoom, room).await?;
    let name = checked_name(&version.name)?;
    let renamed = ctx.tenant(standing).rename_version(room, seq, name, ctx.caller()?.principal.id).await;
    shown(ctx, standing, renamed.map_err(Outage::from)?.ok_or(VersionError::NotFound)?).await
}

/// Forgets a version. What the room said then stays in its past.
///
/// # Errors
///
/// [`VersionError`].
pub async fn delete(ctx: &Ctx, room: RoomId, seq: Seq) -> Result<(), VersionError> {
    let standing = ctx.require(Action::EditRoom, room).await?;
    let deleted = ctx.tenant(standing).delete_version(room, seq).await.map_err(Outage::from)?;
    if deleted { Ok(()) } else { Err(VersionError::NotFound) }
}

/// Has a room say again what it said at a point: one edit of the caller's, seen by everybody in the room
/// at once. Restoring the point before it takes it back.
///
/// # Errors
///
/// [`VersionError`].
pub async fn restore(ctx: &Ctx, room: RoomId, point: Point) -> Result<VersionView, VersionError> {
    let restored = try_restore(ctx, room, point).await;
    if let Err(reason) = &restored
        && reason.is_refusal()
    {
        audit::tell_refusal(ctx, room, Audited::RoomRestoreRefused, reason).await?;
    }
    restored
}

async fn try_restore(ctx: &Ctx, room: RoomId, point: Point) -> Result<VersionView, VersionError> {
    let standing = ctx.require(Action::EditRoom, room).await?;
    let tenant = ctx.tenant(standing);
    let place = tenant.place(room, Some(point)).await.map_err(HistoryError::from)?;
    let read = |replay: Replay| (replay.title(), replay.blocks());
    let (title, blocks) = history::with_replay(ctx, standing, room, place, read).await?;
    if document::count(&blocks) > MAX_NODES {
        return Err(PageError::TooManyNodes.into());
    }
    let edited = pages::edit(ctx, standing, room, Change::Rewrite(title, blocks), None).await?;
    let made = tenant.place(room, Some(Point::Seq(edited.seq))).await.map_err(HistoryError::from)?;
    let event = ctx.event(Audited::RoomRestored, room, format!("{} as {}", place.seq, made.seq));
    let version = tenant.keep_restore(room, made, ctx.caller()?.principal.id, &event).await?;
    shown(ctx, standing, version).await
}

fn checked_name(name: &str) -> Result<&str, VersionError> {
    names::checked(name, MAX_VERSION_NAME_CHARS).ok_or(VersionError::Name)
}

async fn shown(ctx: &Ctx, standing: Standing, version: StoredVersion) -> Result<VersionView, VersionError> {
    let authors = Authors::of(ctx, standing, [version.author]).await?;
    Ok(view(version, &authors))
}

fn view(version: StoredVersion, authors: &Authors) -> VersionView {
    let StoredVersion { seq, at, kind, name, author } = version;
    VersionView { seq, at, name, kind, author: authors.get(author) }
}

impl From<CreateVersionError> for VersionError {
    fn from(error: CreateVersionError) -> Self {
        match error {
            CreateVersionError::NotFound => Self::History(HistoryError::NotFound),
            CreateVersionError::Exists => Self::Exists,
            CreateVersionError::TooMany => Self::TooMany,
            CreateVersionError::Store(error) => Self::Outage(error.into()),
        }
    }
}
