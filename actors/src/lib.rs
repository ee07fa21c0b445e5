//! What Gala decides over time: everything with a mailbox, a timer or a state of its own.
//!
//! - [`room`]: the shared documents, one actor each.
//! - [`session`]: how a room speaks to one socket.
//! - [`bus`]: how rooms speak to the same rooms on other nodes.
//! - [`clock`], [`threads`]: what they run on.
//!
//! No database, no HTTP: what is needed from outside is asked for through ports that stand beside
//! their user ([`room::log::RoomLog`], [`bus::Bus`], [`clock::Clock`]).

pub mod bus;
pub mod clock;
pub mod room;
pub mod session;
pub mod threads;
