//! What rooms of each kind hold, between the document and its readable form.
//!
//! To add a kind of room: a file here that reads and writes its content, a variant of
//! `protocol::rooms::RoomKind`, and its arm in `state.rs`.

mod alignment;
pub(super) mod difference;
pub mod page;
mod words;
