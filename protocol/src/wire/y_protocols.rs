//! What every dialect of Yjs spells alike: the messages of y-protocols and the three shapes of a frame.

use bytes::{Bytes, BytesMut};

use super::varint::{Reader, put_bytes, put_uint};
use super::{Frame, Inbound, WireError};

/// Message types (`y-websocket/src/y-websocket.js`).
pub(super) const SYNC: u8 = 0;
pub(super) const AWARENESS: u8 = 1;
pub(super) const AUTH: u8 = 2;
pub(super) const QUERY_AWARENESS: u8 = 3;

/// Types of a sync message (`y-protocols/sync.js`).
pub(super) const STEP_1: u8 = 0;
pub(super) const STEP_2: u8 = 1;
pub(super) const UPDATE: u8 = 2;

/// Bytes reserved for a head: types, the length of the body, and the length of an address.
pub(super) const HEAD_BYTES: usize = 16;

/// Reads the type of a message or of what is inside it. All that exist fit into one byte.
pub(super) fn read_tag(reader: &mut Reader<'_>, what: &'static str) -> Result<u8, WireError> {
    let value = reader.uint()?;
    u8::try_from(value).or(Err(WireError::Unknown { what, value }))
}

/// Reads the rest of a sync message.
pub(super) fn read_sync(frame: &Bytes, reader: &mut Reader<'_>) -> Result<Inbound, WireError> {
    let tag = read_tag(reader, "sync message type")?;
    let payload = frame.slice_ref(reader.bytes()?);
    match tag {
        STEP_1 => Ok(Inbound::Step1(payload)),
        STEP_2 => Ok(Inbound::Step2(payload)),
        UPDATE => Ok(Inbound::Update(payload)),
        tag => Err(WireError::Unknown { what: "sync message type", value: tag.into() }),
    }
}

/// Reads the rest of an awareness message.
pub(super) fn read_presence(frame: &Bytes, reader: &mut Reader<'_>) -> Result<Inbound, WireError> {
    Ok(Inbound::Presence(frame.slice_ref(reader.bytes()?)))
}

/// A frame whose body is shared with other receivers.
pub(super) fn shared_frame(mut head: BytesMut, tags: &[u8], payload: &Bytes) -> Frame {
    head.extend_from_slice(tags);
    put_uint(&mut head, payload.len() as u64);
    Frame { head: head.freeze(), body: payload.clone() }
}

/// A frame for one receiver, which ends with a text.
pub(super) fn text_frame(mut head: BytesMut, tags: &[u8], text: &str) -> Frame {
    head.extend_from_slice(tags);
    put_bytes(&mut head, text.as_bytes());
    Frame { head: head.freeze(), body: Bytes::new() }
}

/// A frame for one receiver, of nothing but its types.
pub(super) fn bare_frame(mut head: BytesMut, tags: &[u8]) -> Frame {
    head.extend_from_slice(tags);
    Frame { head: head.freeze(), body: Bytes::new() }
}
