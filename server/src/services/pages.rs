//! Pages: made, looked at, renamed and arranged. What they say is in `content.rs`.

use actors::room::{Change, EditRequest, MAX_DOCUMENT_BYTES, OpenError, RoomError, RoomHandle, Version, content::page};
use protocol::{
    access::Action,
    content::{MAX_NODE_DEPTH, MAX_NODES},
    ids::{RoomId, WorkspaceId},
    pages::{
        CreatePage, MAX_MARKDOWN_BYTES, MAX_PAGE_DEPTH, MAX_TITLE_CHARS, MovePage, PageTree, PageView, UpdatePage,
    },
    problem::InvalidValue,
    wire::{WireError, close::CloseCode},
};

use super::{
    Ctx, Denied, Outage,
    markdown::{self, MarkdownError},
};
use crate::store::{CreatePageError, MovePageError, NewPage, Slice};

/// Why something was not done with a page or its content.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// There is no such page.
    #[error("there is no such page")]
    NotFound,
    /// There is no such workspace.
    #[error("there is no such workspace")]
    WorkspaceNotFound,
    /// The caller may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The page is in the trash: it has to be restored first.
    #[error("the page is in the trash")]
    Trashed,
    /// The page is not in the trash: there is nothing to restore.
    #[error("the page is not in the trash")]
    NotTrashed,
    /// The workspace has no such page to stand under, or it is in the trash.
    #[error("there is no such page to stand under")]
    ParentNotFound,
    /// No such page stands there to stand before.
    #[error("there is no such page to stand before")]
    BeforeNotFound,
    /// The page would stand under itself.
    #[error("a page cannot stand under itself")]
    Cycle,
    /// The tree would have too many levels.
    #[error("pages would stand inside each other more than {MAX_PAGE_DEPTH} levels deep")]
    TreeTooDeep,
    /// The title is too long.
    #[error("a title has at most {MAX_TITLE_CHARS} characters")]
    TitleTooLong,
    /// The Markdown is too long.
    #[error("Markdown has at most {MAX_MARKDOWN_BYTES} bytes")]
    MarkdownTooLarge,
    /// The Markdown of a new page is nested too deep.
    #[error("the Markdown is nested more than {MAX_NODE_DEPTH} levels deep")]
    MarkdownTooDeep,
    /// The content has too many nodes.
    #[error("content that is written whole has at most {MAX_NODES} nodes")]
    TooManyNodes,
    /// The document holds what it may not.
    #[error("the document is not valid")]
    Document(Vec<InvalidValue>),
    /// The bytes are not a Yjs update.
    #[error("the body is not a Yjs update: {0}")]
    Malformed(WireError),
    /// The update is one, but cannot be applied.
    #[error("the update cannot be applied")]
    Refused,
    /// The update builds on content the page does not have.
    #[error("the update builds on content the page does not have")]
    Incomplete,
    /// The page would grow beyond its limit.
    #[error("a page has at most {MAX_DOCUMENT_BYTES} bytes")]
    TooLarge,
    /// The page is at another version than was expected.
    #[error("the page has changed meanwhile")]
    Stale(Version),
    /// It is not the caller's fault.
    #[error(transparent)]
    Outage(#[from] Outage),
}

/// Makes a page and its room.
///
/// # Errors
///
/// [`PageError`].
pub async fn create(ctx: &Ctx, workspace: WorkspaceId, page: CreatePage) -> Result<PageView, PageError> {
    ctx.require(Action::CreatePage)?;
    check_title(&page.title)?;
    existing_workspace(ctx, workspace).await?;
    let (title, markdown) = (page.title, page.markdown.unwrap_or_default());
    check_markdown(&markdown)?;
    let (title, initial_update) = tokio::task::spawn_blocking(move || {
        let update = markdown::to_nodes(&markdown).map(|content| page::initial_update(&title, &content));
        update.map(|update| (title, update))
    })
    .await
    .map_err(Outage::from)??;
    let page = NewPage {
        id: RoomId::new(),
        workspace,
        parent: page.parent_id,
        title: &title,
        created_by: ctx.caller.id,
        initial_update,
        at: ctx.services.clock.now(),
    };
    Ok(ctx.services.store.create_page(page).await?)
}

/// The pages at the top of a workspace behind `after`, each with what is below it, `limit` at most.
///
/// # Errors
///
/// [`PageError`].
pub async fn list(
    ctx: &Ctx,
    workspace: WorkspaceId,
    limit: u32,
    after: Option<RoomId>,
) -> Result<Slice<PageTree, RoomId>, PageError> {
    ctx.require(Action::ListPages)?;
    existing_workspace(ctx, workspace).await?;
    Ok(ctx.services.store.page_roots(workspace, limit, after).await.map_err(Outage::from)?)
}

/// What is in the trash of a workspace behind `after`, the latest first, `limit` at most.
///
/// # Errors
///
/// [`PageError`].
pub async fn list_trash(
    ctx: &Ctx,
    workspace: WorkspaceId,
    limit: u32,
    after: Option<RoomId>,
) -> Result<Slice<PageTree, RoomId>, PageError> {
    ctx.require(Action::ListPages)?;
    existing_workspace(ctx, workspace).await?;
    Ok(ctx.services.store.trash_roots(workspace, limit, after).await.map_err(Outage::from)?)
}

/// One page, in the trash or not.
///
/// # Errors
///
/// [`PageError`].
pub async fn get(ctx: &Ctx, id: RoomId) -> Result<PageView, PageError> {
    ctx.require(Action::ReadRoom)?;
    existing(ctx, id).await
}

/// Changes what is said about a page; answers once that is committed.
///
/// # Errors
///
/// [`PageError`].
pub async fn update(ctx: &Ctx, id: RoomId, page: UpdatePage) -> Result<PageView, PageError> {
    ctx.require(Action::ArrangePage)?;
    if let Some(title) = page.title {
        check_title(&title)?;
        edit(ctx, id, Change::Rename(title), None).await?;
    }
    existing(ctx, id).await
}

/// Moves a page with all pages below it.
///
/// # Errors
///
/// [`PageError`].
pub async fn move_to(ctx: &Ctx, id: RoomId, place: MovePage) -> Result<PageView, PageError> {
    ctx.require(Action::ArrangePage)?;
    match ctx.services.store.move_page(id, place.parent_id, place.before_id).await {
        Err(MovePageError::NotFound) => Err(missing(ctx, id).await),
        moved => Ok(moved?),
    }
}

/// Puts a page with all pages below it into the trash, and closes their rooms.
///
/// # Errors
///
/// [`PageError`].
pub async fn trash(ctx: &Ctx, id: RoomId) -> Result<(), PageError> {
    ctx.require(Action::ArrangePage)?;
    let trashed = ctx.services.store.trash_page(id, ctx.services.clock.now()).await.map_err(Outage::from)?;
    let Some(rooms) = trashed else { return Err(missing(ctx, id).await) };
    for room in rooms {
        ctx.services.rooms.close(room, CloseCode::NotFound).await;
    }
    Ok(())
}

/// Brings a page back from the trash with what was put there with it.
///
/// # Errors
///
/// [`PageError`].
pub async fn restore(ctx: &Ctx, id: RoomId) -> Result<PageView, PageError> {
    ctx.require(Action::ArrangePage)?;
    let restored = ctx.services.store.restore_page(id).await.map_err(Outage::from)?;
    match restored {
        Some(page) => Ok(page),
        None => existing(ctx, id).await.and_then(|_page| Err(PageError::NotTrashed)),
    }
}

/// The open room of a page.
pub(super) async fn open(ctx: &Ctx, id: RoomId) -> Result<RoomHandle, PageError> {
    match ctx.services.rooms.open(id).await {
        Ok(room) => Ok(room),
        Err(OpenError::NotFound) => Err(missing(ctx, id).await),
        Err(error) => Err(Outage::from(error).into()),
    }
}

/// Changes a page through its room, as a socket would; answers once the change is committed.
pub(super) async fn edit(
    ctx: &Ctx,
    id: RoomId,
    change: Change,
    expected: Option<Version>,
) -> Result<Version, PageError> {
    let edit = EditRequest { author: ctx.caller.id, change, expected };
    match open(ctx, id).await?.edit(edit).await {
        Err(RoomError::Gone) => Err(missing(ctx, id).await),
        edited => Ok(edited?),
    }
}

/// Refuses Markdown beyond its limit.
pub(super) fn check_markdown(markdown: &str) -> Result<(), PageError> {
    if markdown.len() > MAX_MARKDOWN_BYTES { Err(PageError::MarkdownTooLarge) } else { Ok(()) }
}

fn check_title(title: &str) -> Result<(), PageError> {
    if title.chars().count() > MAX_TITLE_CHARS { Err(PageError::TitleTooLong) } else { Ok(()) }
}

async fn existing_workspace(ctx: &Ctx, workspace: WorkspaceId) -> Result<(), PageError> {
    let workspace = ctx.services.store.workspace(workspace).await.map_err(Outage::from)?;
    workspace.map(drop).ok_or(PageError::WorkspaceNotFound)
}

async fn existing(ctx: &Ctx, id: RoomId) -> Result<PageView, PageError> {
    ctx.services.store.page(id).await.map_err(Outage::from)?.ok_or(PageError::NotFound)
}

/// Why a page that was looked for outside the trash was not found there.
async fn missing(ctx: &Ctx, id: RoomId) -> PageError {
    match existing(ctx, id).await {
        Ok(page) if page.trashed_at.is_some() => PageError::Trashed,
        // It came back between the two looks.
        Ok(_page) => PageError::NotFound,
        Err(error) => error,
    }
}

impl From<MarkdownError> for PageError {
    fn from(error: MarkdownError) -> Self {
        match error {
            MarkdownError::TooDeep => Self::MarkdownTooDeep,
            MarkdownError::TooManyNodes => Self::TooManyNodes,
        }
    }
}

impl From<CreatePageError> for PageError {
    fn from(error: CreatePageError) -> Self {
        match error {
            CreatePageError::ParentNotFound => Self::ParentNotFound,
            CreatePageError::TooDeep => Self::TreeTooDeep,
            CreatePageError::Store(error) => Self::Outage(error.into()),
        }
    }
}

impl From<MovePageError> for PageError {
    fn from(error: MovePageError) -> Self {
        match error {
            MovePageError::NotFound => Self::NotFound,
            MovePageError::ParentNotFound => Self::ParentNotFound,
            MovePageError::BeforeNotFound => Self::BeforeNotFound,
            MovePageError::Cycle => Self::Cycle,
            MovePageError::TooDeep => Self::TreeTooDeep,
            MovePageError::Store(error) => Self::Outage(error.into()),
        }
    }
}

impl From<RoomError> for PageError {
    fn from(error: RoomError) -> Self {
        match error {
            RoomError::Gone => Self::NotFound,
            RoomError::Stale(version) => Self::Stale(version),
            RoomError::Malformed(error) => Self::Malformed(error),
            RoomError::Incomplete => Self::Incomplete,
            RoomError::Refused => Self::Refused,
            RoomError::TooLarge => Self::TooLarge,
            RoomError::Restarting | RoomError::Unavailable => Self::Outage(Outage::Unavailable(error.into())),
        }
    }
}
