//! Items: the blocks of an update which hold something.

use super::any::scan_any;
use super::json::check_json;
use super::{Visit, clock_of, read_clock};
use crate::wire::WireError;
use crate::wire::varint::Reader;

/// Flags and content type in the first byte of a block (`yjs/src/structs/Item.js`).
pub(super) const HAS_ORIGIN: u8 = 0x80;
pub(super) const HAS_RIGHT_ORIGIN: u8 = 0x40;
pub(super) const HAS_PARENT_KEY: u8 = 0x20;
pub(super) const CONTENT: u8 = 0x1f;

/// Content types of an item.
const DELETED: u8 = 1;
const JSON: u8 = 2;
const BINARY: u8 = 3;
pub(super) const STRING: u8 = 4;
const EMBED: u8 = 5;
const FORMAT: u8 = 6;
const TYPE: u8 = 7;
const ANY: u8 = 8;
const DOCUMENT: u8 = 9;
const MOVE: u8 = 11;

/// Type references (`yjs/src/structs/ContentType.js`).
const ARRAY: u8 = 0;
const MAP: u8 = 1;
const TEXT: u8 = 2;
const XML_ELEMENT: u8 = 3;
const XML_FRAGMENT: u8 = 4;
const XML_HOOK: u8 = 5;
const XML_TEXT: u8 = 6;
const WEAK_LINK: u8 = 7;

/// An item of which the first byte has been read.
pub(super) struct Item {
    pub(super) client: u64,
    pub(super) clock: u32,
    pub(super) info: u8,
}

impl Item {
    /// Reads the rest of it; returns its length in clocks.
    pub(super) fn scan(&self, reader: &mut Reader<'_>, visitor: &mut impl Visit) -> Result<u32, WireError> {
        if self.info & HAS_ORIGIN != 0 {
            self.scan_reference(reader, visitor)?;
        }
        if self.info & HAS_RIGHT_ORIGIN != 0 {
            self.scan_reference(reader, visitor)?;
        }
        // An item with a neighbour has the parent of that neighbour, and does not name it.
        if self.info & (HAS_ORIGIN | HAS_RIGHT_ORIGIN) == 0 {
            match reader.uint()? {
                0 => {
                    let (client, clock) = self.scan_reference(reader, visitor)?;
                    visitor.parent(client, clock);
                }
                1 => drop(reader.text()?),
                value => return Err(WireError::Unknown { what: "parent type", value }),
            }
            if self.info & HAS_PARENT_KEY != 0 {
                reader.text()?;
            }
        }
        scan_content(reader, self.info & CONTENT)
    }

    fn scan_reference(&self, reader: &mut Reader<'_>, visitor: &mut impl Visit) -> Result<(u64, u32), WireError> {
        let client = reader.uint()?;
        let clock = read_clock(reader)?;
        if client == self.client && clock >= self.clock {
            return Err(WireError::Disordered);
        }
        visitor.reference(client, clock);
        Ok((client, clock))
    }
}

/// What an item holds; returns its length in clocks.
#[inline]
fn scan_content(reader: &mut Reader<'_>, content: u8) -> Result<u32, WireError> {
    match content {
        DELETED => return read_clock(reader),
        BINARY => drop(reader.bytes()?),
        // JavaScript counts text in UTF-16 units, and so do the clocks.
        STRING => return clock_of(reader.text()?.encode_utf16().count() as u64),
        EMBED => check_json(reader.text()?)?,
        FORMAT => {
            reader.text()?;
            check_json(reader.text()?)?;
        }
        TYPE => scan_type(reader)?,
        ANY => {
            let count = reader.count(1)?;
            for _ in 0..count {
                scan_any(reader)?;
            }
            return clock_of(count);
        }
        JSON => return Err(WireError::Unsupported("legacy json content")),
        DOCUMENT => return Err(WireError::Unsupported("subdocument")),
        MOVE => return Err(WireError::Unsupported("move")),
        content => return Err(WireError::Unknown { what: "content type", value: content.into() }),
    }
    Ok(1)
}

fn scan_type(reader: &mut Reader<'_>) -> Result<(), WireError> {
    match reader.byte()? {
        ARRAY | MAP | TEXT | XML_FRAGMENT | XML_TEXT => Ok(()),
        XML_ELEMENT => reader.text().map(drop),
        XML_HOOK => Err(WireError::Unsupported("xml hook")),
        WEAK_LINK => Err(WireError::Unsupported("weak link")),
        value => Err(WireError::Unknown { what: "type reference", value: value.into() }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::scan;
    use super::*;

    /// The result of scanning one item in the root "t" with this content.
    fn check(content: u8, body: &[u8]) -> Result<(), WireError> {
        let update = [&[1, 1, 7, 0, content, 1, 1, b't'], body, &[0]].concat();
        scan(&update, &mut ())
    }

    #[test]
    fn every_content_our_editors_use_passes() {
        for (content, body) in [
            (DELETED, &b"\x05"[..]),
            (BINARY, b"\x02\xff\xfe"),
            (STRING, b"\x02hi"),
            (EMBED, b"\x0d{\"src\":\"a.b\"}"),
            (FORMAT, b"\x04bold\x04true"),
            (TYPE, b"\x00"),
            (TYPE, b"\x01"),
            (TYPE, b"\x02"),
            (TYPE, b"\x03\x09paragraph"),
            (TYPE, b"\x04"),
            (TYPE, b"\x06"),
            (ANY, b"\x02\x7e\x77\x02hi"),
        ] {
            assert_eq!(check(content, body), Ok(()), "{content} {body:?}");
        }
    }

    #[test]
    fn what_the_libraries_read_differently_is_refused() {
        assert_eq!(check(JSON, b"\x01\x02{}"), Err(WireError::Unsupported("legacy json content")));
        assert_eq!(check(DOCUMENT, b"\x01a\x76\x00"), Err(WireError::Unsupported("subdocument")));
        assert_eq!(check(MOVE, b"\x00"), Err(WireError::Unsupported("move")));
        assert_eq!(check(TYPE, b"\x05\x01h"), Err(WireError::Unsupported("xml hook")));
        assert_eq!(check(TYPE, b"\x07\x00\x01\x01"), Err(WireError::Unsupported("weak link")));
        assert_eq!(check(TYPE, b"\x0f"), Err(WireError::Unknown { what: "type reference", value: 15 }));
    }

    #[test]
    fn flags_on_what_is_no_item_are_refused() {
        // yjs looks at five bits of the first byte to know garbage and gaps, yrs at all eight.
        for info in [0x80, 0x40, 0x8a, 0x4a, 0x10, 0x1f] {
            let update = [1, 1, 7, 0, info, 8, 0, 8, 0, 1, 0];
            assert!(matches!(scan(&update, &mut ()), Err(WireError::Unknown { .. })), "{info:#x}");
        }
    }

    #[test]
    fn a_parent_is_named_or_referred_to() {
        let parent = |tag: &[u8]| scan(&[&[1, 1, 7, 0, 1], tag, &[1, b't', 1, 0]].concat(), &mut ());

        assert_eq!(parent(&[1]), Ok(()));
        assert_eq!(parent(&[2]), Err(WireError::Unknown { what: "parent type", value: 2 }));
        // yrs would read this as 1, for it keeps 32 bits.
        let wrapped = Err(WireError::Unknown { what: "parent type", value: (1 << 32) + 1 });
        assert_eq!(parent(&[0x81, 0x80, 0x80, 0x80, 0x10]), wrapped);
    }

    #[test]
    fn text_that_is_not_utf_8_is_refused_wherever_it_stands() {
        assert_eq!(check(STRING, b"\x01\xff"), Err(WireError::NotUtf8));
        assert_eq!(check(EMBED, b"\x01\xff"), Err(WireError::NotUtf8));
        assert_eq!(check(FORMAT, b"\x01\xff\x04true"), Err(WireError::NotUtf8));
        assert_eq!(check(TYPE, b"\x03\x01\xff"), Err(WireError::NotUtf8));
        assert_eq!(scan(&[1, 1, 7, 0, 1, 1, 1, 0xff, 1, 0], &mut ()), Err(WireError::NotUtf8));
        assert_eq!(scan(&[1, 1, 7, 0, 0x21, 1, 1, b't', 1, 0xff, 1, 0], &mut ()), Err(WireError::NotUtf8));
    }
}
