//! What the server writes to a socket: everything that waits in its outbox, in as few writes as
//! possible.

use std::{
    collections::VecDeque,
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll, ready},
};

use actix_http::ws::{CloseReason, OpCode, Parser};
use actix_web::body::{BodySize, MessageBody};
use actors::session::{Batch, OutboxReader, Taken};
use bytes::{BufMut, Bytes, BytesMut};
use protocol::wire::{Frame, close::CloseCode};
use tokio::sync::oneshot;

/// Bodies from this size on are handed over as they are, smaller ones are copied together.
const COPIED_BYTES: usize = 16 * 1024;

/// The response that a socket's outbox becomes. It is asked for more only when the socket can be
/// written to, so what a slow client does not read stays in the outbox, where it is counted.
pub(super) struct Body {
    outbox: OutboxReader,
    ready: VecDeque<Bytes>,
    /// Resolves when the reading side is done; the connection is kept until then.
    reader_done: oneshot::Receiver<()>,
    close_sent: bool,
}

impl Body {
    pub(super) fn new(outbox: OutboxReader, reader_done: oneshot::Receiver<()>) -> Self {
        Self { outbox, ready: VecDeque::new(), reader_done, close_sent: false }
    }
}

impl MessageBody for Body {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        let this = self.get_mut();
        if let Some(chunk) = this.ready.pop_front() {
            return Poll::Ready(Some(Ok(chunk)));
        }
        if this.close_sent {
            // Whether it was told or dropped, the reading side is done.
            return Pin::new(&mut this.reader_done).poll(context).map(|_done| None);
        }
        match ready!(this.outbox.poll_take(context)) {
            Taken::Batch(batch) => this.ready = write(batch),
            Taken::Close(code) => {
                this.close_sent = true;
                this.ready.push_back(close_frame(code));
            }
        }
        Poll::Ready(this.ready.pop_front().map(Ok))
    }
}

/// The bytes of a batch, in chunks to be written one after the other.
fn write(batch: Batch) -> VecDeque<Bytes> {
    let mut chunks = VecDeque::new();
    let mut buffer = BytesMut::new();
    if let Some(payload) = batch.pong {
        Parser::write_message(&mut buffer, payload, OpCode::Pong, true, false);
    }
    if batch.ping {
        Parser::write_message(&mut buffer, Bytes::new(), OpCode::Ping, true, false);
    }
    for Frame { head, body } in batch.frames {
        put_header(&mut buffer, head.len() + body.len());
        buffer.put_slice(&head);
        if body.len() < COPIED_BYTES {
            buffer.put_slice(&body);
        } else {
            chunks.push_back(buffer.split().freeze());
            chunks.push_back(body);
        }
    }
    if !buffer.is_empty() {
        chunks.push_back(buffer.freeze());
    }
    chunks
}

/// The header of an unmasked binary frame (RFC 6455 §5.2). The codec writes headers only together
/// with a payload in one piece, which would mean to copy every update for every receiver.
fn put_header(buffer: &mut BytesMut, length: usize) {
    buffer.put_u8(0x82);
    match length {
        0..126 => buffer.put_u8(length as u8),
        126..0x1_0000 => {
            buffer.put_u8(126);
            buffer.put_u16(length as u16);
        }
        _ => {
            buffer.put_u8(127);
            buffer.put_u64(length as u64);
        }
    }
}

fn close_frame(code: CloseCode) -> Bytes {
    let mut buffer = BytesMut::new();
    let reason = CloseReason { code: code.code().into(), description: Some(code.reason().to_owned()) };
    Parser::write_close(&mut buffer, Some(reason), false);
    buffer.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_frames_leave_in_one_piece_and_large_bodies_are_not_copied() {
        let frame = |size: usize| Frame { head: Bytes::from_static(&[0, 2]), body: Bytes::from(vec![7; size]) };
        let large = frame(COPIED_BYTES);
        let frames = VecDeque::from([frame(1), frame(200), large.clone(), frame(3)]);

        let chunks = write(Batch { frames, ..Batch::default() });

        assert_eq!(chunks.len(), 3);
        assert_eq!(chunks[0][..5], [0x82, 3, 0, 2, 7]);
        assert_eq!(chunks[0][5..9], [0x82, 126, 0, 202]);
        assert_eq!(chunks[1].as_ptr(), large.body.as_ptr());
        assert_eq!(chunks[2][..], [0x82, 5, 0, 2, 7, 7, 7]);
    }
}
