//! What stands in the rows of a file: the values of the database, as bytes.

use bytes::{BufMut, Bytes, BytesMut};
use protocol::time::Timestamp;
use uuid::Uuid;

use crate::store::sql::Value;

/// The bytes are no value, or nothing that is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it cannot be read")]
pub(super) struct Unreadable;

pub(super) fn put(out: &mut BytesMut, value: &Value) {
    match value {
        Value::Null => out.put_u8(0),
        Value::Integer(value) => {
            out.put_u8(1);
            out.put_i64(*value);
        }
        Value::Text(text) => {
            out.put_u8(2);
            put_bytes(out, text.as_bytes());
        }
        Value::Bytes(bytes) => {
            out.put_u8(3);
            put_bytes(out, bytes);
        }
        Value::Uuid(id) => {
            out.put_u8(4);
            out.put_slice(id.as_bytes());
        }
        Value::Time(at) => {
            out.put_u8(5);
            out.put_i64(at.as_micros());
        }
    }
}

/// A length and as many bytes. No value is as long as a record may be.
pub(super) fn put_bytes(out: &mut BytesMut, bytes: &[u8]) {
    out.put_u32(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    out.put_slice(bytes);
}

/// Reads a payload from its front.
pub(super) struct Cells {
    rest: Bytes,
}

impl Cells {
    pub(super) const fn new(payload: Bytes) -> Self {
        Self { rest: payload }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn take(&mut self, len: usize) -> Result<Bytes, Unreadable> {
        if len <= self.rest.len() { Ok(self.rest.split_to(len)) } else { Err(Unreadable) }
    }

    pub(super) fn byte(&mut self) -> Result<u8, Unreadable> {
        Ok(self.take(1)?[0])
    }

    pub(super) fn u64(&mut self) -> Result<u64, Unreadable> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    pub(super) fn uuid(&mut self) -> Result<Uuid, Unreadable> {
        Ok(Uuid::from_bytes(self.array()?))
    }

    pub(super) fn bytes(&mut self) -> Result<Bytes, Unreadable> {
        let len = u32::from_be_bytes(self.array()?);
        self.take(usize::try_from(len).map_err(|_too_long| Unreadable)?)
    }

    pub(super) fn text(&mut self) -> Result<String, Unreadable> {
        String::from_utf8(self.bytes()?.into()).map_err(|_not_utf8| Unreadable)
    }

    pub(super) fn value(&mut self) -> Result<Value, Unreadable> {
        Ok(match self.byte()? {
            0 => Value::Null,
            1 => Value::Integer(i64::from_be_bytes(self.array()?)),
            2 => Value::Text(self.text()?),
            3 => Value::Bytes(self.bytes()?),
            4 => Value::Uuid(self.uuid()?),
            5 => Value::Time(Timestamp::from_micros(i64::from_be_bytes(self.array()?))),
            _ => return Err(Unreadable),
        })
    }

    fn array<const LEN: usize>(&mut self) -> Result<[u8; LEN], Unreadable> {
        self.take(LEN)?.as_ref().try_into().map_err(|_length| Unreadable)
    }
}
