//! Pages: made, looked at, renamed and arranged. What they say is in `content.rs`.

use actors::room::{Change, EditRequest, MAX_DOCUMENT_BYTES, OpenError, RoomError, RoomHandle, Version, content::page};
use protocol::{
    access::Action,
    audit::Audited,
    content::{MAX_NODE_DEPTH, MAX_NODES},
    ids::{RoomId, WorkspaceId},
    pages::{
        CreatePage, MAX_MARKDOWN_BYTES, MAX_PAGE_DEPTH, MAX_TITLE_CHARS, MovePage, PageTree, PageView, UpdatePage,
    },
    problem::InvalidValue,
    wire::{WireError, close::CloseCode},
};

use super::{
    Ctx, Denied, Outage, changes,
    markdown::{self, MarkdownError},
    page_forest::{Forest, Visitor},
    rooms,
    standing::{self, Standing},
};
use crate::store::{CreatePageError, MovePageError, NewPage, RestorePageError, Slice};

/// Why something was not done with a page or its content.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// There is no such page.
    #[error("there is no such page")]
    NotFound,
    /// The caller may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The page is in the trash: it has to be restored first.
    #[error("the page is in the trash")]
    Trashed,
    /// The page is not in the trash: there is nothing to restore.
    #[error("the page is not in the trash")]
    NotTrashed,
    /// The place it had is in the trash or too deep, and something is said there of who may enter.
    #[error("the place of the page is in the trash or too deep, and says who may enter: restore that first")]
    PlaceGone,
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
    /// The update holds, or builds on, what was erased in this page; or all of it was erased meanwhile.
    #[error("this content was erased: drop your copy")]
    Erased,
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
    let standing = match page.parent_id {
        None => ctx.require(Action::CreatePage, workspace).await?,
        Some(parent) => under(ctx, workspace, parent).await?,
    };
    check_title(&page.title)?;
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
        parent: page.parent_id,
        title: &title,
        created_by: ctx.caller()?.principal.id,
        initial_update,
        at: ctx.services.clock.now(),
    };
    let event = ctx.event(Audited::PageCreated, page.id, &title);
    let access = rooms::access(ctx.caller()?, standing.role);
    Ok(ctx.tenant(standing).create_page(page, &event).await?.view(access))
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
    let standing = ctx.require(Action::ReadWorkspace, workspace).await?;
    let caller = ctx.caller()?;
    let roots = ctx.tenant(standing).page_roots(caller.principal.id, limit, after).await.map_err(Outage::from)?;
    let forest = Forest { caller, visitor: Visitor::Member(standing.role) };
    let items = roots.items.into_iter().flat_map(|root| forest.visible(root, Some(standing.role))).collect();
    Ok(Slice { items, next: roots.next })
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
    let standing = ctx.require(Action::ReadWorkspace, workspace).await?;
    let caller = ctx.caller()?;
    let roots = ctx.tenant(standing).trash_roots(caller.principal.id, limit, after).await.map_err(Outage::from)?;
    let forest = Forest { caller, visitor: Visitor::Member(standing.role) };
    let mut items = Vec::new();
    for root in roots.items {
        let above = match root.page.parent {
            None => Some(standing.role),
            Some(parent) => standing::in_room(&ctx.services, caller, parent).await?.map(|standing| standing.role),
        };
        items.extend(forest.visible(root, above));
    }
    Ok(Slice { items, next: roots.next })
}

/// A page and what the caller sees of everything below it.
///
/// # Errors
///
/// [`PageError`].
pub async fn tree(ctx: &Ctx, id: RoomId) -> Result<PageTree, PageError> {
    let standing = ctx.require(Action::ReadRoom, id).await?;
    let caller = ctx.caller()?;
    let visitor = match standing.link {
        Some(link) => Visitor::Guest(link),
        None => {
            let member = standing::in_workspace(&ctx.services, caller, standing.workspace).await?;
            Visitor::Member(member.ok_or(Denied::Unknown)?.role)
        }
    };
    let tree = ctx.tenant(standing).page_tree(id, caller.principal.id).await.map_err(Outage::from)?;
    let tree = Forest { caller, visitor }.visible(tree.ok_or(PageError::NotFound)?, Some(standing.role));
    tree.into_iter().next().ok_or(PageError::NotFound)
}

/// One page, in the trash or not.
///
/// # Errors
///
/// [`PageError`].
pub async fn get(ctx: &Ctx, id: RoomId) -> Result<PageView, PageError> {
    let standing = ctx.require(Action::ReadRoom, id).await?;
    existing(ctx, standing, id).await
}

/// Changes what is said about a page; answers once that is committed.
///
/// # Errors
///
/// [`PageError`].
pub async fn update(ctx: &Ctx, id: RoomId, page: UpdatePage) -> Result<PageView, PageError> {
    let standing = ctx.require(Action::ArrangePage, id).await?;
    if let Some(title) = page.title {
        check_title(&title)?;
        edit(ctx, standing, id, Change::Rename(title), None).await?;
    }
    existing(ctx, standing, id).await
}

/// Moves a page with all pages below it.
///
/// # Errors
///
/// [`PageError`].
pub async fn move_to(ctx: &Ctx, id: RoomId, place: MovePage) -> Result<PageView, PageError> {
    let standing = ctx.require(Action::ArrangePage, id).await?;
    match place.parent_id {
        None => drop(ctx.require(Action::CreatePage, standing.workspace).await?),
        Some(parent) => drop(under(ctx, standing.workspace, parent).await?),
    }
    let event = ctx.event(Audited::PageMoved, id, "");
    // What is said above it may be something else then.
    let _told = ctx.services.changes.telling(changes::Change::Workspace(standing.workspace));
    match ctx.tenant(standing).move_page(id, place.parent_id, place.before_id, &event).await {
        Err(MovePageError::NotFound) => return Err(missing(ctx, standing, id).await),
        moved => drop(moved?),
    }
    let standing = standing::in_room(&ctx.services, ctx.caller()?, id).await?.ok_or(Denied::Unknown)?;
    existing(ctx, standing, id).await
}

/// Puts a page with all pages below it into the trash, and closes their rooms.
///
/// # Errors
///
/// [`PageError`].
pub async fn trash(ctx: &Ctx, id: RoomId) -> Result<(), PageError> {
    let standing = ctx.require(Action::ArrangePage, id).await?;
    let event = ctx.event(Audited::PageTrashed, id, "");
    let _told = ctx.services.changes.telling(changes::Change::Workspace(standing.workspace));
    let trashed = ctx.tenant(standing).trash_page(id, &event).await.map_err(Outage::from)?;
    let Some(rooms) = trashed else { return Err(missing(ctx, standing, id).await) };
    for room in rooms {
        ctx.services.rooms.close(room, CloseCode::NotFound).await;
    }
    Ok(())
}

/// Brings a page back from the trash with what was put there with it. It comes to the top, for those who
/// may make pages there, when the place it had is in the trash or too deep by now, unless something is
/// said there of who may enter.
///
/// # Errors
///
/// [`PageError`].
pub async fn restore(ctx: &Ctx, id: RoomId) -> Result<PageView, PageError> {
    let standing = ctx.require(Action::ArrangePage, id).await?;
    let event = ctx.event(Audited::PageRestored, id, "");
    let tenant = ctx.tenant(standing);
    let restored = match tenant.restore_page(id, &event).await {
        Err(RestorePageError::PlaceGone) => {
            ctx.require(Action::CreatePage, standing.workspace).await?;
            tenant.restore_page_at_top(id, &event).await
        }
        restored => restored,
    };
    match restored {
        Ok(page) => Ok(page.view(rooms::access(ctx.caller()?, standing.role))),
        Err(RestorePageError::NotFound) => {
            existing(ctx, standing, id).await.and_then(|_page| Err(PageError::NotTrashed))
        }
        Err(RestorePageError::PlaceGone | RestorePageError::PlaceSaysWhoEnters) => Err(PageError::PlaceGone),
        Err(RestorePageError::Store(error)) => Err(Outage::from(error).into()),
    }
}

/// The open room of a page.
pub(super) async fn open(ctx: &Ctx, standing: Standing, id: RoomId) -> Result<RoomHandle, PageError> {
    match ctx.services.rooms.open(id).await {
        Ok(room) => Ok(room),
        Err(OpenError::NotFound) => Err(missing(ctx, standing, id).await),
        Err(error) => Err(Outage::from(error).into()),
    }
}

/// Changes a page through its room, as a socket would; answers once the change is committed.
pub(super) async fn edit(
    ctx: &Ctx,
    standing: Standing,
    id: RoomId,
    change: Change,
    expected: Option<Version>,
) -> Result<Version, PageError> {
    let edit = EditRequest { author: ctx.caller()?.principal.id, change, expected };
    match open(ctx, standing, id).await?.edit(edit).await {
        Err(RoomError::Gone) => Err(missing(ctx, standing, id).await),
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

/// What the caller is on a page that another one shall stand under, if they may put it there.
async fn under(ctx: &Ctx, workspace: WorkspaceId, parent: RoomId) -> Result<Standing, PageError> {
    match ctx.require(Action::ArrangePage, parent).await {
        Ok(standing) if standing.workspace == workspace => Ok(standing),
        Ok(_) | Err(Denied::Unknown) => {
            ctx.require(Action::ReadWorkspace, workspace).await?;
            Err(PageError::ParentNotFound)
        }
        Err(error) => Err(error.into()),
    }
}

async fn existing(ctx: &Ctx, standing: Standing, id: RoomId) -> Result<PageView, PageError> {
    let page = ctx.tenant(standing).page(id).await.map_err(Outage::from)?.ok_or(PageError::NotFound)?;
    Ok(page.view(rooms::access(ctx.caller()?, standing.role)))
}

/// Why a page that was looked for outside the trash was not found there.
async fn missing(ctx: &Ctx, standing: Standing, id: RoomId) -> PageError {
    match existing(ctx, standing, id).await {
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
            RoomError::Erased => Self::Erased,
            RoomError::Refused => Self::Refused,
            RoomError::TooLarge => Self::TooLarge,
            RoomError::Restarting | RoomError::Unavailable => Self::Outage(Outage::Unavailable(error.into())),
        }
    }
}
