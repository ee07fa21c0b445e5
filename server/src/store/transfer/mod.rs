//! A workspace in a file, and back into a database of either engine.
//!
//! `tables.rs` says what belongs to a workspace; `export.rs` reads it in one state of the database,
//! `import.rs` checks a file as a whole and then writes it in one transaction, and reads it again to
//! prove that it is the same. What is exported again after an import is the same byte for byte, on
//! whichever engine, if every person in it was unknown to the server or known under the same id.
//!
//! The file, version 1. Integers are big-endian.
//!
//! ```text
//! file    = "gala workspace\n"  version: u32  record*
//! record  = kind: u8  length: u32  payload: length bytes  checksum: u32
//! head    = kind 1: id of the workspace (16 bytes)
//! table   = kind 2: name  count: u8  name of each column
//! row     = kind 3: a value for each column of the table before it
//! end     = kind 4: records before it: u64  SHA-256 of all bytes before it
//! value   = 0 | 1 integer: i64 | 2 text | 3 bytes | 4 id (16 bytes) | 5 microseconds since 1970: i64
//! name, text, bytes = length: u32  bytes
//! ```
//!
//! The checksum is the CRC-32 of kind, length and payload. Head comes first and end last; every table
//! is there, in the order of `tables.rs`, its rows in the order of their keys. The last table,
//! `room_state`, is no table of the database: it says what came out of each room when it was put
//! together, for comparison. A change that version 1 cannot be read by gets another version.

mod cells;
mod export;
mod import;
mod people;
mod reader;
mod states;
mod tables;
mod writer;

pub use export::ExportError;
pub use import::{ImportError, Imported};
pub use reader::{FileError, Summary, verify, workspace_of};

/// How a file begins.
const MAGIC: &[u8] = b"gala workspace\n";
/// The version that is written, and the newest that is read.
const VERSION: u32 = 1;
/// Bytes of a record at most: far above the largest snapshot.
const MAX_RECORD_BYTES: u32 = 256 * 1024 * 1024;

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Head = 1,
    Table = 2,
    Row = 3,
    End = 4,
}

impl Kind {
    fn of(byte: u8) -> Option<Self> {
        [Self::Head, Self::Table, Self::Row, Self::End].into_iter().find(|kind| *kind as u8 == byte)
    }
}
