//! One principal's presence in one room over one socket: how it is spoken to, and what waits for it.

mod format;
mod outbox;

pub use format::Format;
pub(crate) use format::Frames;
pub use outbox::{Batch, Outbox, OutboxReader, Taken};
