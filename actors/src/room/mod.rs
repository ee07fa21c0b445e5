//! A room: the one place where a shared document is changed.
//!
//! [`Rooms`] keeps at most one actor per room alive and starts it from its [log]; `state` decides,
//! `actor` carries out. An edit is passed on at once and acknowledged after its commit. A room that
//! panics, or that disagrees with its log, stops; the next one to open it gets it from the log.
//!
//! What a room promises:
//! - every update of a session is acknowledged exactly once, after it and all before it are committed;
//! - updates enter the log in the order in which they were applied, and only when all they build
//!   on is there;
//! - a session is told every update, late if it reads slowly, or it is closed: never skipped;
//! - what one session sends cannot stop the room for the others;
//! - other nodes may have the same room open: what they commit is applied in the order of the log, and
//!   whatever the bus between them loses is read from the log;
//! - what was erased is not taken again, from whatever copy it comes;
//! - what a session may do can change while it stays: what was taken in before is kept, what comes
//!   after is judged anew, and what is refused is neither stored nor acknowledged as saved.

mod actor;
mod attribution;
mod clocks;
mod cluster;
mod compaction;
pub mod content;
mod depths;
mod document;
mod erased;
mod examination;
mod flag;
mod following;
mod handle;
mod handlers;
mod held;
mod hibernation;
mod left_out;
mod lifetime;
pub mod log;
mod member;
mod messages;
mod neighbours;
mod order;
mod presence;
mod registry;
mod relay;
mod replay;
mod session;
mod state;
mod taking;
mod together;
mod unsaved;
mod version;
mod weight;

pub use attribution::{Attribution, Span, Spans, Stamp};
pub use compaction::{CompactError, compact};
pub use document::{DamagedError, MAX_DOCUMENT_BYTES};
pub use erased::Erased;
pub use examination::{Examined, examine};
pub use handle::RoomHandle;
pub use left_out::{LeftOut, Why};
pub use messages::{Change, EditRequest, Join, PageContent, RoomError};
pub use registry::{OpenError, Rooms};
pub use replay::{ComparisonError, Replay};
pub use version::{InvalidVersion, Version};
