//! lib0's `Any`, the values inside an update (`lib0/encoding.js`, `writeAny`).

use crate::wire::WireError;
use crate::wire::varint::Reader;

/// Levels of arrays and objects inside each other at most: libraries follow them by recursion.
pub(super) const MAX_VALUE_DEPTH: usize = 64;

/// Tags of lib0's values.
const UNDEFINED: u8 = 127;
const NULL: u8 = 126;
const INTEGER: u8 = 125;
const FLOAT_32: u8 = 124;
const FLOAT_64: u8 = 123;
const BIG_INTEGER: u8 = 122;
const FALSE: u8 = 121;
const TRUE: u8 = 120;
const TEXT: u8 = 119;
const OBJECT: u8 = 118;
const ARRAY: u8 = 117;
const BYTES: u8 = 116;

/// Checks one value and goes past it.
pub(super) fn scan_any(reader: &mut Reader<'_>) -> Result<(), WireError> {
    scan_any_within(reader, MAX_VALUE_DEPTH)
}

fn scan_any_within(reader: &mut Reader<'_>, levels: usize) -> Result<(), WireError> {
    match reader.byte()? {
        UNDEFINED | NULL | FALSE | TRUE => Ok(()),
        INTEGER => reader.int().map(drop),
        FLOAT_32 => reader.take(4).map(drop),
        FLOAT_64 | BIG_INTEGER => reader.take(8).map(drop),
        TEXT => reader.text().map(drop),
        BYTES => reader.bytes().map(drop),
        OBJECT => {
            let levels = one_less(levels)?;
            for _ in 0..reader.count(2)? {
                reader.text()?;
                scan_any_within(reader, levels)?;
            }
            Ok(())
        }
        ARRAY => {
            let levels = one_less(levels)?;
            for _ in 0..reader.count(1)? {
                scan_any_within(reader, levels)?;
            }
            Ok(())
        }
        tag => Err(WireError::Unknown { what: "value type", value: tag.into() }),
    }
}

const fn one_less(levels: usize) -> Result<usize, WireError> {
    match levels.checked_sub(1) {
        Some(levels) => Ok(levels),
        None => Err(WireError::TooDeep { limit: MAX_VALUE_DEPTH }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &[u8]) -> Result<(), WireError> {
        let mut reader = Reader::new(value);
        scan_any(&mut reader)?;
        reader.finish()
    }

    #[test]
    fn every_kind_of_value_passes() {
        for value in [
            &b"\x7f"[..],
            b"\x7e",
            b"\x7d\x41",
            b"\x7d\xff\xff\xff\xff\x0f",
            b"\x7c\x00\x00\x00\x00",
            b"\x7b\x00\x00\x00\x00\x00\x00\x00\x00",
            b"\x7a\x00\x00\x00\x00\x00\x00\x00\x00",
            b"\x79",
            b"\x78",
            b"\x77\x02hi",
            b"\x76\x01\x01k\x7e",
            b"\x75\x02\x7e\x7e",
            b"\x74\x02\xff\xff",
        ] {
            assert_eq!(check(value), Ok(()), "{value:?}");
        }
    }

    #[test]
    fn unknown_kinds_are_refused() {
        for tag in [0, 115, 128, 255] {
            assert_eq!(check(&[tag]), Err(WireError::Unknown { what: "value type", value: tag.into() }));
        }
    }

    #[test]
    fn nesting_ends_at_the_limit() {
        let arrays = |levels| [[117, 1].repeat(levels), vec![126]].concat();
        let objects = |levels| [[118, 1, 0].repeat(levels), vec![126]].concat();
        let too_deep = Err(WireError::TooDeep { limit: MAX_VALUE_DEPTH });

        assert_eq!(check(&arrays(MAX_VALUE_DEPTH)), Ok(()));
        assert_eq!(check(&arrays(MAX_VALUE_DEPTH + 1)), too_deep);
        assert_eq!(check(&objects(MAX_VALUE_DEPTH)), Ok(()));
        assert_eq!(check(&objects(MAX_VALUE_DEPTH + 1)), too_deep);
        assert_eq!(check(&arrays(1_000_000)), too_deep);
    }

    #[test]
    fn integers_that_overflow_the_libraries_are_refused() {
        assert!(check(&[&[125, 0xff][..], &[0xff; 9], &[0x7f]].concat()).is_err());
    }
}
