//! What pages say: read and written whole, or changed by one Yjs update. Every change goes through
//! the room, so that everybody in it sees it at once.

use actors::room::{
    Change, PageContent, Version,
    content::page::{self, ForeignError},
};
use bytes::Bytes;
use protocol::{
    access::Action,
    content::{MAX_NODES, Node},
    ids::RoomId,
};

use super::{
    Ctx, Outage, document,
    markdown::{self, MarkdownError},
    pages::{self, PageError},
    standing::Standing,
};

/// How content is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A document of ProseMirror nodes.
    Json,
    /// CommonMark with tables, task lists and strikethrough.
    Markdown,
    /// The whole Yjs document as one update, v1.
    Yjs,
}

/// Content that shall be what a page says.
#[derive(Clone, Debug, PartialEq)]
pub enum NewContent {
    /// A node of type `doc`.
    Json(Node),
    /// Markdown.
    Markdown(String),
    /// A Yjs update, v1, of a document of its own, laid out like a page.
    Yjs(Bytes),
}

/// Which versions a change was made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Any.
    Any,
    /// One of these.
    OneOf(Vec<Version>),
}

/// An answer to somebody who may know the content already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// They know it: this version.
    Known(Version),
    /// They do not: the version, and the content in the form that was asked for.
    New(Version, Bytes),
}

/// What the page says now, unless that is one of the `known` versions.
///
/// # Errors
///
/// [`PageError`].
pub async fn read(ctx: &Ctx, id: RoomId, form: Form, known: &[Version]) -> Result<Read, PageError> {
    let standing = ctx.require(Action::ReadRoom, id).await?;
    let room = pages::open(ctx, standing, id).await?;
    let write: fn(Vec<Node>) -> Result<Bytes, serde_json::Error> = match form {
        Form::Json => |blocks| serde_json::to_vec(&Node::block("doc", blocks)).map(Bytes::from),
        Form::Markdown => |blocks| Ok(markdown::from_nodes(&blocks).into()),
        Form::Yjs => {
            let (version, state) = room.state().await?;
            return Ok(if known.contains(&version) { Read::Known(version) } else { Read::New(version, state) });
        }
    };
    let PageContent { version, content, .. } = room.read().await?;
    if known.contains(&version) {
        return Ok(Read::Known(version));
    }
    let written = tokio::task::spawn_blocking(move || write(content)).await.map_err(Outage::from)?;
    Ok(Read::New(version, written.map_err(|error| Outage::Internal(error.into()))?))
}

/// Makes this what the page says; answers with the new version once it is committed.
///
/// # Errors
///
/// [`PageError`].
pub async fn replace(ctx: &Ctx, id: RoomId, content: NewContent, expected: Expected) -> Result<Version, PageError> {
    let standing = ctx.require(Action::EditRoom, id).await?;
    let blocks = match content {
        NewContent::Json(document) => document::blocks_of(document).map_err(PageError::Document)?,
        NewContent::Markdown(text) => {
            pages::check_markdown(&text)?;
            let blocks = tokio::task::spawn_blocking(move || markdown::to_nodes(&text)).await.map_err(Outage::from)?;
            blocks.map_err(|error| match error {
                MarkdownError::TooDeep => PageError::Document(vec![document::too_deep()]),
                MarkdownError::TooManyNodes => PageError::TooManyNodes,
            })?
        }
        NewContent::Yjs(bytes) => {
            let blocks = tokio::task::spawn_blocking(move || blocks_in(&bytes));
            blocks.await.map_err(Outage::from)??
        }
    };
    if document::count(&blocks) > MAX_NODES {
        return Err(PageError::TooManyNodes);
    }
    let expected = one_version(ctx, standing, id, expected).await?;
    pages::edit(ctx, standing, id, Change::Replace(blocks), expected).await
}

/// Applies one Yjs update; answers with the new version once it is committed.
///
/// # Errors
///
/// [`PageError`].
pub async fn apply(ctx: &Ctx, id: RoomId, update: Bytes, expected: Expected) -> Result<Version, PageError> {
    let standing = ctx.require(Action::EditRoom, id).await?;
    let expected = one_version(ctx, standing, id, expected).await?;
    pages::edit(ctx, standing, id, Change::Update(update), expected).await
}

/// The blocks in somebody else's document, which has to be whole and one the editor can hold.
fn blocks_in(update: &Bytes) -> Result<Vec<Node>, PageError> {
    let blocks = page::content_of(update).map_err(|error| match error {
        ForeignError::Malformed(error) => PageError::Malformed(error),
        ForeignError::Incomplete => PageError::Incomplete,
        ForeignError::Damaged(_) => PageError::Refused,
    })?;
    document::blocks_of(Node::block("doc", blocks)).map_err(PageError::Document)
}

/// The one version a room compares with. Of several, the one it is at.
async fn one_version(
    ctx: &Ctx,
    standing: Standing,
    id: RoomId,
    expected: Expected,
) -> Result<Option<Version>, PageError> {
    let versions = match expected {
        Expected::Any => return Ok(None),
        Expected::OneOf(versions) => versions,
    };
    if let [version] = versions[..] {
        return Ok(Some(version));
    }
    let present = pages::open(ctx, standing, id).await?.read().await?.version;
    if versions.contains(&present) { Ok(Some(present)) } else { Err(PageError::Stale(present)) }
}
