//! What a client writes to its socket: WebSocket frames (RFC 6455) put together to messages.

use std::{io, pin::Pin};

use actix_http::ws::{Codec, Frame, Item, ProtocolError};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use protocol::wire::{MAX_FRAME_BYTES, close::CloseCode};
use tokio_util::codec::Decoder;

/// Messages up to this size are copied out of the read buffer, which they would otherwise keep
/// alive for as long as the room keeps them; those that came together into one piece.
const COPIED_BYTES: usize = 8 * 1024;
/// Messages passed on together at most, and their bytes; the message that passes it is the last one.
const MAX_TOGETHER: usize = 256;
const MAX_TOGETHER_BYTES: usize = 64 * 1024;

/// What a client has said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// A whole message.
    Message(Bytes),
    /// It asks for a sign of life.
    Ping(Bytes),
    /// It gives one.
    Pong,
    /// It goes.
    Close,
    /// It breaks the rules; the code says which.
    Violation(CloseCode),
}

/// Reads a client's messages.
pub(super) struct Frames {
    incoming: Pin<Box<dyn Stream<Item = io::Result<Bytes>>>>,
    codec: Codec,
    buffer: BytesMut,
    /// The parts of a message sent in several frames.
    parts: BytesMut,
    /// What was found behind messages that were passed on together.
    put_off: Option<Result<Said, CloseCode>>,
}

impl Frames {
    pub(super) fn new(incoming: impl Stream<Item = io::Result<Bytes>> + 'static) -> Self {
        let codec = Codec::new().max_size(MAX_FRAME_BYTES);
        Self { incoming: Box::pin(incoming), codec, buffer: BytesMut::new(), parts: BytesMut::new(), put_off: None }
    }

    /// What the client says next; `None` when its side of the socket is closed.
    pub(super) async fn next(&mut self) -> Option<Said> {
        if let Some(put_off) = self.put_off.take() {
            return Some(put_off.unwrap_or_else(Said::Violation));
        }
        loop {
            match self.decode() {
                Ok(Some(said)) => return Some(said),
                Ok(None) => (),
                Err(code) => return Some(Said::Violation(code)),
            }
            if self.buffer.is_empty() {
                // While a client says nothing there is nothing to keep.
                self.buffer = BytesMut::new();
            }
            let chunk = self.incoming.next().await?.ok()?;
            if self.buffer.is_empty() {
                self.buffer = BytesMut::from(chunk);
            } else {
                self.buffer.extend_from_slice(&chunk);
            }
        }
    }

    /// The message, and those that have come with it: a room that is told many at once passes them on at once.
    pub(super) fn together(&mut self, first: Bytes) -> Vec<Bytes> {
        let mut bytes = first.len();
        let mut messages = vec![first];
        while messages.len() < MAX_TOGETHER && bytes < MAX_TOGETHER_BYTES {
            match self.decode() {
                Ok(Some(Said::Message(message))) => {
                    bytes += message.len();
                    messages.push(message);
                }
                Ok(None) => break,
                other => {
                    self.put_off = other.transpose();
                    break;
                }
            }
        }
        owned(messages)
    }

    /// Reads on and throws away, until the client closes its side. A socket that is closed with
    /// unread data in it is reset, and the client never learns why.
    pub(super) async fn discard(&mut self) {
        self.buffer = BytesMut::new();
        while let Some(Ok(_)) = self.incoming.next().await {}
    }

    fn decode(&mut self) -> Result<Option<Said>, CloseCode> {
        loop {
            // The codec looks at the size only once all of a frame has been received.
            if announced_bytes(&self.buffer) > MAX_FRAME_BYTES as u64 {
                return Err(CloseCode::TooBig);
            }
            let frame = self.codec.decode(&mut self.buffer).map_err(|error| match error {
                ProtocolError::Overflow => CloseCode::TooBig,
                _ => CloseCode::Malformed,
            })?;
            let Some(frame) = frame else { return Ok(None) };
            let said = match frame {
                Frame::Binary(message) => Said::Message(message),
                Frame::Text(_) | Frame::Continuation(Item::FirstText(_)) => return Err(CloseCode::UnsupportedData),
                Frame::Continuation(Item::FirstBinary(part) | Item::Continue(part)) => {
                    self.add_part(&part)?;
                    continue;
                }
                Frame::Continuation(Item::Last(part)) => {
                    self.add_part(&part)?;
                    Said::Message(self.parts.split().freeze())
                }
                Frame::Ping(payload) => Said::Ping(payload),
                Frame::Pong(_) => Said::Pong,
                Frame::Close(_) => Said::Close,
            };
            return Ok(Some(said));
        }
    }

    fn add_part(&mut self, part: &[u8]) -> Result<(), CloseCode> {
        if self.parts.len() + part.len() > MAX_FRAME_BYTES {
            return Err(CloseCode::TooBig);
        }
        self.parts.extend_from_slice(part);
        Ok(())
    }
}

/// The messages, apart from the buffer they were read into.
fn owned(mut messages: Vec<Bytes>) -> Vec<Bytes> {
    let is_copied = |message: &Bytes| message.len() <= COPIED_BYTES;
    let mut copies =
        BytesMut::with_capacity(messages.iter().filter(|message| is_copied(message)).map(Bytes::len).sum());
    messages.iter().filter(|message| is_copied(message)).for_each(|message| copies.extend_from_slice(message));
    let mut copies = copies.freeze();
    for message in messages.iter_mut().filter(|message| is_copied(message)) {
        *message = copies.split_to(message.len());
    }
    messages
}

/// The payload length in a frame's header (RFC 6455 §5.2); 0 while the header is incomplete.
fn announced_bytes(buffer: &[u8]) -> u64 {
    match buffer {
        [_, second, rest @ ..] if second & 0x7f == 127 => {
            rest.first_chunk().map_or(0, |length| u64::from_be_bytes(*length))
        }
        // Shorter forms cannot exceed the limit.
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use actix_http::ws::{OpCode, Parser};
    use futures_util::stream;

    use super::*;

    /// What has come in one piece: these messages, then a word of another kind.
    fn come(messages: &[&'static [u8]], last: OpCode) -> Frames {
        let mut bytes = BytesMut::new();
        for message in messages {
            Parser::write_message(&mut bytes, *message, OpCode::Binary, true, true);
        }
        Parser::write_message(&mut bytes, Bytes::new(), last, true, true);
        Frames::new(stream::iter([Ok(bytes.freeze())]))
    }

    #[actix_web::test]
    async fn messages_that_came_together_are_told_together_and_what_is_behind_them_after() {
        let mut frames = come(&[b"one", b"two", b"three"], OpCode::Ping);

        let Some(Said::Message(first)) = frames.next().await else { panic!("no message") };
        assert_eq!(frames.together(first), ["one", "two", "three"]);
        assert_eq!(frames.next().await, Some(Said::Ping(Bytes::new())));
        assert_eq!(frames.next().await, None);
    }

    #[actix_web::test]
    async fn what_breaks_the_rules_costs_nothing_that_came_before_it() {
        let mut frames = come(&[b"one", b"two"], OpCode::Text);

        let Some(Said::Message(first)) = frames.next().await else { panic!("no message") };
        assert_eq!(frames.together(first), ["one", "two"]);
        assert_eq!(frames.next().await, Some(Said::Violation(CloseCode::UnsupportedData)));
    }

    #[test]
    fn a_frame_that_announces_too_much_is_known_by_its_header() {
        let header = |length: u64| [&[0x82, 0xff][..], &length.to_be_bytes()].concat();

        assert_eq!(announced_bytes(&header(1 << 40)), 1 << 40);
        assert_eq!(announced_bytes(&header(1 << 40)[..9]), 0, "the header is incomplete");
        assert_eq!(announced_bytes(&[0x82, 0xfe, 0xff, 0xff]), 0);
    }
}
