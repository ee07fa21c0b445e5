//! The structural check of a Yjs v1 update before any CRDT library sees it.
//!
//! Libraries trust updates: they reserve what a count announces, follow nesting by recursion and
//! add clocks without looking. What passes [`scan`] is safe for `yrs` 0.28 to decode, and means the
//! same to `yjs` 13.6 (`yjs/src/utils/encoding.js`, `yrs/src/update.rs`). It is stricter than both
//! where they differ, or where no encoder of theirs would write such a thing:
//!
//! - blocks and deletions of length zero: `yrs` drops or panics, `yjs` throws now or later;
//! - a block placed by itself or by a later one of the same client: `yjs` throws, `yrs` waits forever;
//! - a client twice in one section: `yjs` takes its last blocks and all its deletions, `yrs` its last
//!   deletions and all its blocks, and panics at a gap between them;
//! - XML hooks, whose name `yrs` does not read; legacy JSON, of which it reads one element too many;
//! - subdocuments, moves and weak links, which our rooms do not have.
//!
//! A scan sees one update and not the room. Whether a parent can have children, and whether an origin
//! or a deletion cuts a surrogate pair in two, only the document knows.

use self::item::Item;
use super::varint::Reader;
use super::{MAX_CLIENTS, MAX_CLOCK, WireError};

#[cfg(test)]
mod agreement;
mod any;
mod item;
mod json;
mod merge;

pub use self::merge::merge;

/// The update that says nothing: no blocks, no deletions.
const EMPTY: [u8; 2] = [0, 0];

/// Whole first bytes of what is not an item.
const GC: u8 = 0;
const SKIP: u8 = 10;

/// What an update speaks of, told while it is scanned. If the scan fails, what was told means nothing.
pub trait Visit {
    /// Blocks with these clocks are inserted. Those collected as garbage or deleted count too.
    fn block(&mut self, client: u64, clock: u32, len: u32);
    /// Blocks with these clocks exist and are not in the update.
    fn skip(&mut self, client: u64, clock: u32, len: u32);
    /// The next block is placed by this one: its origin, right origin or parent.
    fn reference(&mut self, client: u64, clock: u32);
    /// The next block stands inside this one, and not beside the one it refers to. Told after the reference.
    fn parent(&mut self, _client: u64, _clock: u32) {}
    /// Blocks with these clocks are deleted.
    fn deletion(&mut self, client: u64, clock: u32, len: u32);
}

/// Looks at nothing: for the check alone.
impl Visit for () {
    fn block(&mut self, _client: u64, _clock: u32, _len: u32) {}
    fn skip(&mut self, _client: u64, _clock: u32, _len: u32) {}
    fn reference(&mut self, _client: u64, _clock: u32) {}
    fn deletion(&mut self, _client: u64, _clock: u32, _len: u32) {}
}

/// Whether this is the update that says nothing.
pub fn is_empty(update: &[u8]) -> bool {
    update == EMPTY
}

/// Checks an update from its first byte to its last, and tells the visitor what it speaks of.
/// A small update costs tens of nanoseconds; nothing is allocated unless several clients are in it.
///
/// # Errors
/// [`WireError`] if it is no update, or one that a library could stumble over.
pub fn scan(update: &[u8], visitor: &mut impl Visit) -> Result<(), WireError> {
    let mut reader = Reader::new(update);
    scan_blocks(&mut reader, visitor)?;
    scan_deletions(&mut reader, visitor)?;
    reader.finish()
}

fn scan_blocks(reader: &mut Reader<'_>, visitor: &mut impl Visit) -> Result<(), WireError> {
    // The number of blocks, a client and a clock.
    let mut clients = Clients::announced(reader.count(3)?)?;
    for _ in 0..clients.count {
        let blocks = reader.count(2)?;
        let client = reader.uint()?;
        clients.add(client);
        if blocks == 0 {
            return Err(WireError::Empty("section of a client"));
        }
        let mut clock = read_clock(reader)?;
        for _ in 0..blocks {
            clock = scan_block(reader, visitor, client, clock)?;
        }
    }
    clients.check()
}

/// One block; returns the clock after it.
fn scan_block(reader: &mut Reader<'_>, visitor: &mut impl Visit, client: u64, clock: u32) -> Result<u32, WireError> {
    let info = reader.byte()?;
    let len = match info {
        GC | SKIP => read_clock(reader)?,
        info => Item { client, clock, info }.scan(reader, visitor)?,
    };
    let end = end_of(clock, len, "block")?;
    match info {
        SKIP => visitor.skip(client, clock, len),
        _ => visitor.block(client, clock, len),
    }
    Ok(end)
}

fn scan_deletions(reader: &mut Reader<'_>, visitor: &mut impl Visit) -> Result<(), WireError> {
    // A client and the number of its ranges; a range is a clock and a length.
    let mut clients = Clients::announced(reader.count(2)?)?;
    for _ in 0..clients.count {
        let client = reader.uint()?;
        clients.add(client);
        for _ in 0..reader.count(2)? {
            let clock = read_clock(reader)?;
            let len = read_clock(reader)?;
            end_of(clock, len, "deletion")?;
            visitor.deletion(client, clock, len);
        }
    }
    clients.check()
}

/// The clients of one section, each of which may be in it once.
struct Clients {
    count: u64,
    seen: Vec<u64>,
}

impl Clients {
    #[inline]
    fn announced(count: u64) -> Result<Self, WireError> {
        if count > MAX_CLIENTS {
            return Err(WireError::Oversized { what: "number of clients", limit: MAX_CLIENTS });
        }
        // Most updates are one client's, who cannot be there twice: nothing is remembered for them.
        let seen = if count > 1 { Vec::with_capacity(count as usize) } else { Vec::new() };
        Ok(Self { count, seen })
    }

    #[inline]
    fn add(&mut self, client: u64) {
        if self.count > 1 {
            self.seen.push(client);
        }
    }

    #[inline]
    fn check(mut self) -> Result<(), WireError> {
        // Both libraries write them in descending order, which the sort finds out in one pass.
        self.seen.sort_unstable();
        if self.seen.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(WireError::Repeated("client"));
        }
        Ok(())
    }
}

// `scan` is compiled where it is called, with the visitor of that crate; the small steps must be
// open to inlining there, or every byte costs a call.
#[inline]
fn read_clock(reader: &mut Reader<'_>) -> Result<u32, WireError> {
    clock_of(reader.uint()?)
}

/// The clock after these ones, of which there must be one; `what` names them in the error.
#[inline]
fn end_of(clock: u32, len: u32, what: &'static str) -> Result<u32, WireError> {
    if len == 0 {
        return Err(WireError::Empty(what));
    }
    clock_of(u64::from(clock) + u64::from(len))
}

#[inline]
fn clock_of(value: u64) -> Result<u32, WireError> {
    if value > MAX_CLOCK { Err(WireError::Oversized { what: "clock", limit: MAX_CLOCK }) } else { Ok(value as u32) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five letters by client 7 in the root text "t".
    const HELLO: &[u8] = b"\x01\x01\x07\x00\x04\x01\x01t\x05hello\x00";

    /// What a scan told, in order.
    #[derive(Debug, Default, PartialEq, Eq)]
    struct Told(Vec<(&'static str, u64, u32, u32)>);

    impl Visit for Told {
        fn block(&mut self, client: u64, clock: u32, len: u32) {
            self.0.push(("block", client, clock, len));
        }
        fn skip(&mut self, client: u64, clock: u32, len: u32) {
            self.0.push(("skip", client, clock, len));
        }
        fn reference(&mut self, client: u64, clock: u32) {
            self.0.push(("reference", client, clock, 1));
        }
        fn deletion(&mut self, client: u64, clock: u32, len: u32) {
            self.0.push(("deletion", client, clock, len));
        }
    }

    fn told(update: &[u8]) -> Vec<(&'static str, u64, u32, u32)> {
        let mut told = Told::default();
        scan(update, &mut told).unwrap();
        told.0
    }

    fn refused(update: &[u8]) -> WireError {
        scan(update, &mut ()).unwrap_err()
    }

    #[test]
    fn the_empty_update_says_nothing() {
        assert!(is_empty(&[0, 0]));
        assert!(!is_empty(HELLO));
        assert_eq!(told(&[0, 0]), []);
    }

    #[test]
    fn a_text_is_one_block_of_its_utf_16_units() {
        assert_eq!(told(HELLO), [("block", 7, 0, 5)]);
        assert_eq!(told("\x01\x01\x07\x03\x04\x01\x01t\x06é😀\x00".as_bytes()), [("block", 7, 3, 3)]);
    }

    #[test]
    fn garbage_is_a_block_and_a_gap_is_a_skip() {
        assert_eq!(
            told(&[1, 3, 7, 0, 0, 4, 10, 2, 0, 1, 0]),
            [("block", 7, 0, 4), ("skip", 7, 4, 2), ("block", 7, 6, 1)]
        );
    }

    #[test]
    fn origins_and_parents_are_references_and_come_before_their_block() {
        let beside = told(&[1, 1, 7, 0, 0xc1, 8, 3, 9, 4, 2, 0]);
        let inside = told(&[1, 1, 7, 0, 0x21, 0, 8, 3, 1, b'k', 2, 0]);

        assert_eq!(beside, [("reference", 8, 3, 1), ("reference", 9, 4, 1), ("block", 7, 0, 2)]);
        assert_eq!(inside, [("reference", 8, 3, 1), ("block", 7, 0, 2)]);
    }

    #[test]
    fn an_item_with_a_neighbour_names_no_key_even_if_flagged() {
        assert_eq!(told(&[1, 1, 7, 5, 0xa1, 7, 4, 1, 0]), [("reference", 7, 4, 1), ("block", 7, 5, 1)]);
    }

    #[test]
    fn deletions_are_told_with_their_client() {
        assert_eq!(told(&[0, 2, 7, 2, 0, 1, 5, 2, 8, 0]), [("deletion", 7, 0, 1), ("deletion", 7, 5, 2)]);
    }

    #[test]
    fn nothing_has_the_length_zero() {
        assert_eq!(refused(&[1, 0, 7, 0, 0]), WireError::Empty("section of a client"));
        assert_eq!(refused(b"\x01\x01\x07\x00\x04\x01\x01t\x00\x00"), WireError::Empty("block"));
        assert_eq!(refused(b"\x01\x01\x07\x00\x08\x01\x01t\x00\x00"), WireError::Empty("block"));
        assert_eq!(refused(b"\x01\x01\x07\x00\x01\x01\x01t\x00\x00"), WireError::Empty("block"));
        assert_eq!(refused(&[1, 1, 7, 0, 0, 0, 0]), WireError::Empty("block"));
        assert_eq!(refused(&[1, 1, 7, 0, 10, 0, 0]), WireError::Empty("block"));
        assert_eq!(refused(&[0, 1, 7, 1, 3, 0]), WireError::Empty("deletion"));
    }

    #[test]
    fn a_block_is_placed_by_earlier_ones_of_its_client() {
        let placed_by = |clock: u8| scan(&[1, 1, 7, 5, 0x81, 7, clock, 3, 0], &mut ());

        assert_eq!(placed_by(4), Ok(()));
        assert_eq!(placed_by(5), Err(WireError::Disordered));
        assert_eq!(placed_by(9), Err(WireError::Disordered));
        assert_eq!(refused(&[1, 1, 7, 5, 0x41, 7, 5, 3, 0]), WireError::Disordered);
        assert_eq!(refused(&[1, 1, 7, 5, 0x01, 0, 7, 5, 3, 0]), WireError::Disordered);
    }

    #[test]
    fn a_client_may_be_in_a_section_once() {
        assert_eq!(refused(&[2, 1, 7, 0, 0, 3, 1, 7, 9, 0, 3, 0]), WireError::Repeated("client"));
        assert_eq!(refused(&[0, 2, 7, 1, 0, 1, 7, 1, 2, 1]), WireError::Repeated("client"));
    }

    #[test]
    fn counts_that_the_bytes_cannot_hold_are_refused() {
        let huge = [0xff, 0xff, 0xff, 0xff, 0x7f];

        for before in
            [&[][..], &[1], &[0], &[0, 1, 7], b"\x01\x01\x07\x00\x08\x01\x01t", &[1, 1, 7, 0, 0x88, 8, 0, 1, 117]]
        {
            assert_eq!(refused(&[before, &huge, &[0; 8]].concat()), WireError::Truncated, "{before:?}");
        }
    }

    #[test]
    fn clocks_stay_within_31_bits() {
        let limit = Err(WireError::Oversized { what: "clock", limit: MAX_CLOCK });

        assert_eq!(scan(&[1, 1, 7, 0xfe, 0xff, 0xff, 0xff, 7, 0, 1, 0], &mut ()), Ok(()));
        assert_eq!(scan(&[1, 1, 7, 0xfe, 0xff, 0xff, 0xff, 7, 0, 2, 0], &mut ()), limit);
        assert_eq!(scan(&[0, 1, 7, 1, 1, 0xff, 0xff, 0xff, 0xff, 7], &mut ()), limit);
        assert_eq!(scan(&[1, 1, 7, 0, 0x81, 8, 0x80, 0x80, 0x80, 0x80, 8, 1, 0], &mut ()), limit);
    }

    #[test]
    fn there_are_limits_to_the_number_of_clients() {
        let mut update = vec![0xa1, 0x8d, 0x06];
        for client in 0..=100_000_u32 {
            update.extend([1, client as u8 | 0x80, (client >> 7) as u8 | 0x80, (client >> 14) as u8, 0, 0, 1]);
        }
        update.push(0);

        assert_eq!(refused(&update), WireError::Oversized { what: "number of clients", limit: MAX_CLIENTS });
        update[0] = 0xa0;
        update.truncate(update.len() - 8);
        update.push(0);
        assert_eq!(scan(&update, &mut ()), Ok(()));
    }

    #[test]
    fn bytes_after_the_end_are_refused() {
        assert_eq!(refused(&[0, 0, 0]), WireError::Trailing { bytes: 1 });
    }

    #[test]
    fn every_shorter_update_is_refused() {
        for end in 0..HELLO.len() {
            assert_eq!(refused(&HELLO[..end]), WireError::Truncated, "{end}");
        }
    }
}
