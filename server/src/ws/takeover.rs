//! A connection from its handshake on: it is taken over from HTTP, and read and written by two tasks.

use std::{
    cell::RefCell,
    future::poll_fn,
    io,
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll, ready},
};

use actix_codec::Framed;
use actix_http::{ConnectionType, Request, Response, h1};
use actix_service::Service;
use actix_web::{
    HttpMessage, HttpResponse,
    body::{BodySize, MessageBody},
    dev::ServiceResponse,
    web::Data,
};
use actors::session::{Outbox, OutboxReader};
use bytes::{Buf, Bytes};
use futures_util::{SinkExt, Stream};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::oneshot,
    time::timeout,
};

use super::{
    Collab,
    body::Body,
    frames::Frames,
    socket::{Opening, Socket},
    sockets::Registered,
};
use crate::api::limits::DISCONNECT_TIMEOUT;

/// Bytes read at once at most.
const READ_BYTES: usize = 64 * 1024;

thread_local! {
    /// What a socket reads into: nobody holds it for longer than one read, so the sockets of a thread share it.
    static READ: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_BYTES].into_boxed_slice());
}

/// A socket that a handshake has been agreed on for; left in the request for whoever has its connection.
pub(super) struct Agreed {
    pub(super) collab: Data<Collab>,
    pub(super) opening: Opening,
    pub(super) outbox: Outbox,
    pub(super) reader: OutboxReader,
    pub(super) registered: Registered,
}

/// Answers a request for an upgrade. If it was agreed on, the connection becomes a socket.
///
/// # Errors
///
/// When the connection ends meanwhile.
pub(crate) async fn take_over<A, B, T>(
    app: Rc<A>,
    request: Request,
    mut connection: Framed<T, h1::Codec>,
) -> Result<(), actix_web::Error>
where
    A: Service<Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
    B: MessageBody,
    T: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let answered = app.call(request).await;
    drop(app);
    let (request, response) = match answered {
        Ok(answered) => answered.into_parts(),
        Err(error) => return Ok(answer(connection, error.error_response()).await?),
    };
    let agreed = request.extensions_mut().remove::<Agreed>();
    drop(request);
    let Some(Agreed { collab, opening, outbox, reader, registered }) = agreed else {
        return Ok(answer(connection, response).await?);
    };
    connection.send(h1::Message::Item((response.into_parts().0.into(), BodySize::Stream))).await?;
    let parts = connection.into_parts();
    let first = (!parts.read_buf.is_empty()).then(|| Bytes::copy_from_slice(&parts.read_buf));
    let io = Rc::new(RefCell::new(parts.io));
    let frames = Frames::new(Incoming { first, io: Rc::clone(&io) });
    let (done, reader_done) = oneshot::channel();
    actix_web::rt::spawn(Socket { collab, frames, outbox, registered, done }.serve(opening));
    actix_web::rt::spawn(write(io, Body::new(reader, reader_done)));
    Ok(())
}

/// Answers with something else than a socket, and closes the connection.
async fn answer<T: AsyncRead + AsyncWrite + Unpin>(
    mut connection: Framed<T, h1::Codec>,
    response: HttpResponse<impl MessageBody>,
) -> io::Result<()> {
    let (head, body) = response.into_parts();
    let (mut head, size) = (Response::from(head), body.size());
    head.head_mut().set_connection_type(ConnectionType::Close);
    connection.send(h1::Message::Item((head, size))).await?;
    if !matches!(size, BodySize::None | BodySize::Sized(0)) {
        let mut body = pin!(body);
        while let Some(Ok(chunk)) = poll_fn(|context| body.as_mut().poll_next(context)).await {
            connection.send(h1::Message::Chunk(Some(chunk))).await?;
        }
        connection.send(h1::Message::Chunk(None)).await?;
    }
    let mut io = connection.into_parts().io;
    drop(timeout(DISCONNECT_TIMEOUT, poll_fn(|context| Pin::new(&mut io).poll_shutdown(context))).await);
    Ok(())
}

/// What comes over a connection.
struct Incoming<T> {
    /// What had come before it was taken over.
    first: Option<Bytes>,
    io: Rc<RefCell<T>>,
}

impl<T: AsyncRead + Unpin> Stream for Incoming<T> {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        READ.with_borrow_mut(|buffer| {
            let mut buffer = ReadBuf::new(buffer);
            ready!(Pin::new(&mut *self.io.borrow_mut()).poll_read(context, &mut buffer))?;
            let read = buffer.filled();
            Poll::Ready((!read.is_empty()).then(|| Ok(Bytes::copy_from_slice(read))))
        })
    }
}

/// Writes what there is to be written, then closes this side of the connection.
async fn write<T: AsyncWrite + Unpin>(io: Rc<RefCell<T>>, body: Body) {
    if write_all(&io, body).await.is_ok() {
        let shutdown = poll_fn(|context| Pin::new(&mut *io.borrow_mut()).poll_shutdown(context));
        drop(timeout(DISCONNECT_TIMEOUT, shutdown).await);
    }
}

async fn write_all<T: AsyncWrite + Unpin>(io: &RefCell<T>, body: Body) -> io::Result<()> {
    let mut body = pin!(body);
    while let Some(Ok(mut chunk)) = poll_fn(|context| body.as_mut().poll_next(context)).await {
        while chunk.has_remaining() {
            let written = poll_fn(|context| Pin::new(&mut *io.borrow_mut()).poll_write(context, &chunk)).await?;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            chunk.advance(written);
        }
        poll_fn(|context| Pin::new(&mut *io.borrow_mut()).poll_flush(context)).await?;
    }
    Ok(())
}
