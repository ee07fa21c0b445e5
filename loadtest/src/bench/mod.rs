//! The fast half of the load tester: hundreds of thousands of frames a second read, counted and
//! checked on one core.
//!
//! ```text
//! machine.rs  the core and the sockets it may use       run.rs     what a run came to
//! frame.rs    WebSocket frames    socket.rs  sockets    wire.rs    what both dialects say in them
//! edit.rs     edits by hand       tally.rs   who was told how much of whom
//! room.rs     who writes where    client.rs  somebody in a room    crowd.rs  everybody, counted
//! gains.rs    what one update tells one of them         board.rs   what they show of themselves
//! pace.rs     when they write
//! joiner.rs   whoever comes later, and whether rooms say what was written
//! suite.rs    what the benchmark runs    comparison.rs  runs it on one server after the other
//! report/     what is shown of it        versions.rs    of what was measured
//! reader.rs   somebody who is told a real document, keystroke by keystroke
//! ```
//!
//! Every edit makes the clock of its writer longer by its letters, and a receiver counts how far it
//! has got with each writer. A server may merge what it passes on, but it cannot be counted for
//! anything it did not pass on.

pub(crate) mod board;
pub(crate) mod client;
pub(crate) mod comparison;
pub(crate) mod crowd;
pub(crate) mod edit;
pub(crate) mod frame;
pub(crate) mod joiner;
pub(crate) mod machine;
pub(crate) mod pace;
pub(crate) mod reader;
pub(crate) mod report;
pub(crate) mod room;
pub(crate) mod run;
pub(crate) mod socket;
pub(crate) mod suite;
pub(crate) mod tally;
pub(crate) mod versions;
pub(crate) mod wire;

mod gains;
