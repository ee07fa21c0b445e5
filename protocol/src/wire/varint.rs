//! lib0 integers and byte strings, with limits (`lib0/decoding.js`, `lib0/encoding.js`).
//!
//! An integer is groups of seven bits, least significant first; the high bit says that more follow.
//! A byte string is its length and its bytes, a text is a byte string of UTF-8.

use bytes::{BufMut, BytesMut};

use super::WireError;

/// The largest integer: JavaScript's `Number.MAX_SAFE_INTEGER`, beyond which clients lose count.
pub const MAX_UINT: u64 = (1 << 53) - 1;

/// Bytes of the longest integer. Eight groups of seven bits hold [`MAX_UINT`]; ninth ones are padding.
const MAX_UINT_BYTES: u32 = 8;

/// Reads bytes from the front. After an error its position means nothing.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads these bytes.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Bytes not read yet.
    pub const fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// One byte.
    ///
    /// # Errors
    /// [`WireError::Truncated`].
    #[inline]
    pub fn byte(&mut self) -> Result<u8, WireError> {
        let (&first, rest) = self.rest.split_first().ok_or(WireError::Truncated)?;
        self.rest = rest;
        Ok(first)
    }

    /// An unsigned integer (`varUint`), at most [`MAX_UINT`].
    ///
    /// # Errors
    /// [`WireError::Truncated`], or [`WireError::Oversized`] for a larger integer and for one padded beyond eight bytes.
    #[inline]
    pub fn uint(&mut self) -> Result<u64, WireError> {
        let first = self.byte()?;
        if first < 0x80 { Ok(first.into()) } else { self.more(u64::from(first & 0x7f), 7) }
    }

    /// A signed integer (`varInt`): the first byte has its sign in bit 6 and only six bits of value.
    ///
    /// # Errors
    /// As [`Reader::uint`].
    pub fn int(&mut self) -> Result<i64, WireError> {
        let first = self.byte()?;
        let value = u64::from(first & 0x3f);
        let magnitude = if first < 0x80 { value } else { self.more(value, 6)? };
        // MAX_UINT leaves room for the sign.
        let magnitude = magnitude.cast_signed();
        Ok(if first & 0x40 == 0 { magnitude } else { -magnitude })
    }

    /// An unsigned integer that is at most `limit`; `what` names it in the error.
    ///
    /// # Errors
    /// As [`Reader::uint`].
    #[inline]
    pub fn uint_up_to(&mut self, limit: u64, what: &'static str) -> Result<u64, WireError> {
        let value = self.uint()?;
        if value > limit { Err(WireError::Oversized { what, limit }) } else { Ok(value) }
    }

    /// How many elements follow, each of which takes at least `bytes_each` bytes: a count that the
    /// remaining bytes cannot hold is a lie, and nothing is reserved for it.
    ///
    /// # Errors
    /// As [`Reader::uint`].
    #[inline]
    pub fn count(&mut self, bytes_each: u64) -> Result<u64, WireError> {
        let count = self.uint()?;
        let fits = count.saturating_mul(bytes_each) <= self.rest.len() as u64;
        if fits { Ok(count) } else { Err(WireError::Truncated) }
    }

    /// The next `len` bytes.
    ///
    /// # Errors
    /// [`WireError::Truncated`].
    #[inline]
    pub fn take(&mut self, len: u64) -> Result<&'a [u8], WireError> {
        if len > self.rest.len() as u64 {
            return Err(WireError::Truncated);
        }
        let (taken, rest) = self.rest.split_at(len as usize);
        self.rest = rest;
        Ok(taken)
    }

    /// A byte string (`varUint8Array`).
    ///
    /// # Errors
    /// As [`Reader::uint`].
    #[inline]
    pub fn bytes(&mut self) -> Result<&'a [u8], WireError> {
        let len = self.uint()?;
        self.take(len)
    }

    /// A text (`varString`).
    ///
    /// # Errors
    /// As [`Reader::uint`], and [`WireError::NotUtf8`].
    #[inline]
    pub fn text(&mut self) -> Result<&'a str, WireError> {
        match std::str::from_utf8(self.bytes()?) {
            Ok(text) => Ok(text),
            Err(_) => Err(WireError::NotUtf8),
        }
    }

    /// A byte string that is at most `limit` bytes long; `what` names it in the error.
    ///
    /// # Errors
    /// As [`Reader::bytes`], and [`WireError::Oversized`].
    pub fn bytes_up_to(&mut self, limit: u64, what: &'static str) -> Result<&'a [u8], WireError> {
        let len = self.uint_up_to(limit, what)?;
        self.take(len)
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`WireError::Trailing`] if bytes are left.
    pub const fn finish(self) -> Result<(), WireError> {
        match self.rest.len() {
            0 => Ok(()),
            bytes => Err(WireError::Trailing { bytes }),
        }
    }

    /// The groups after the first one, which holds `value` in its `shift` bits.
    #[inline]
    fn more(&mut self, mut value: u64, mut shift: u32) -> Result<u64, WireError> {
        for _ in 1..MAX_UINT_BYTES {
            let group = self.byte()?;
            value |= u64::from(group & 0x7f) << shift;
            if group < 0x80 {
                return if value > MAX_UINT { Err(TOO_LARGE) } else { Ok(value) };
            }
            shift += 7;
        }
        Err(TOO_LARGE)
    }
}

const TOO_LARGE: WireError = WireError::Oversized { what: "integer", limit: MAX_UINT };

/// Writes an unsigned integer (`varUint`). Clients read it if it is at most [`MAX_UINT`].
pub fn put_uint(out: &mut BytesMut, mut value: u64) {
    while value >= 0x80 {
        out.put_u8(value as u8 | 0x80);
        value >>= 7;
    }
    out.put_u8(value as u8);
}

/// Writes a byte string (`varUint8Array`), or a text (`varString`) given as its bytes.
pub fn put_bytes(out: &mut BytesMut, bytes: &[u8]) {
    put_uint(out, bytes.len() as u64);
    out.put_slice(bytes);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::*;

    fn written(value: u64) -> Vec<u8> {
        let mut out = BytesMut::new();
        put_uint(&mut out, value);
        out.to_vec()
    }

    fn uint(bytes: &[u8]) -> Result<u64, WireError> {
        Reader::new(bytes).uint()
    }

    fn int(bytes: &[u8]) -> Result<i64, WireError> {
        Reader::new(bytes).int()
    }

    #[test]
    fn integers_are_groups_of_seven_bits() {
        for (value, bytes) in [
            (0, &[0][..]),
            (127, &[0x7f]),
            (128, &[0x80, 0x01]),
            (300, &[0xac, 0x02]),
            (MAX_UINT, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]),
        ] {
            assert_eq!(written(value), bytes);
            assert_eq!(uint(bytes), Ok(value));
        }
    }

    #[test]
    fn signed_integers_keep_their_sign_in_the_first_byte() {
        for (value, bytes) in
            [(0, &[0][..]), (1, &[1]), (-1, &[0x41]), (63, &[0x3f]), (-64, &[0xc0, 0x01]), (1000, &[0xa8, 0x0f])]
        {
            assert_eq!(int(bytes), Ok(value));
        }
    }

    #[test]
    fn integers_javascript_cannot_hold_are_refused() {
        assert_eq!(uint(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]), Err(TOO_LARGE));
        assert_eq!(uint(&[0xff; 100]), Err(TOO_LARGE));
        assert_eq!(int(&[0xff; 100]), Err(TOO_LARGE));
    }

    #[test]
    fn padding_is_read_up_to_eight_bytes() {
        assert_eq!(uint(&[0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00]), Ok(1));
        assert_eq!(uint(&[0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00]), Err(TOO_LARGE));
    }

    #[test]
    fn a_length_that_exceeds_the_bytes_is_refused() {
        assert_eq!(Reader::new(&[3, 1, 2]).bytes(), Err(WireError::Truncated));
        assert_eq!(Reader::new(&[2, 1, 2]).count(2), Err(WireError::Truncated));
        assert_eq!(Reader::new(&[1, 1, 2]).count(2), Ok(1));
        assert_eq!(Reader::new(&written(MAX_UINT)).count(5), Err(WireError::Truncated));
    }

    #[test]
    fn text_is_utf_8() {
        assert_eq!(Reader::new(b"\x03\xc3\xa9!").text(), Ok("é!"));
        assert_eq!(Reader::new(b"\x01\xc3").text(), Err(WireError::NotUtf8));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value in 0..=MAX_UINT, bytes in any::<Vec<u8>>()) {
            let mut out = BytesMut::new();
            put_uint(&mut out, value);
            put_bytes(&mut out, &bytes);

            let mut reader = Reader::new(&out);

            prop_assert_eq!(reader.uint(), Ok(value));
            prop_assert_eq!(reader.bytes(), Ok(&bytes[..]));
            prop_assert_eq!(reader.finish(), Ok(()));
        }

        #[test]
        fn yrs_reads_the_same_integers(bytes in any::<[u8; 10]>()) {
            use yrs::encoding::read::{Cursor, Read};

            if let Ok(value) = uint(&bytes) {
                prop_assert_eq!(Cursor::new(&bytes).read_var::<u64>().ok(), Some(value));
            }
            if let Ok(value) = int(&bytes) {
                prop_assert!(value.unsigned_abs() <= MAX_UINT);
                prop_assert_eq!(Cursor::new(&bytes).read_var::<i64>().ok(), Some(value));
            }
        }
    }
}
