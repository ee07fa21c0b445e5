//! A WebSocket of a client, as bare as it gets: large reads into a buffer all sockets share, frames
//! looked at where they lie, and any number of them written in one call.

use std::{
    cell::{Cell, RefCell},
    io,
    net::{IpAddr, Shutdown, SocketAddr},
    rc::Rc,
};

use socket2::SockRef;
use tokio::{
    io::AsyncWriteExt,
    net::{TcpSocket, TcpStream},
};

use super::frame::{self, Frame};
use crate::{failure::Failure, target::Upgrade};

/// Bytes that are read at once at most.
const CHUNK: usize = 256 * 1024;
/// Bytes of the answer to a handshake at most.
const MAX_ANSWER: usize = 16 * 1024;
/// Any 16 bytes in base64: which ones does not matter (RFC 6455 §4.1).
const KEY: &str = "Z2FsYSBsb2FkIHRlc3RzIQ==";

thread_local! {
    static CHUNK_BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; CHUNK]);
}

pub(crate) struct Socket {
    stream: TcpStream,
    /// The beginning of a frame that has not come whole.
    inbox: RefCell<Vec<u8>>,
    /// Frames the system has not taken yet.
    outbox: RefCell<Vec<u8>>,
    /// Whether somebody waits to write the rest of the outbox.
    is_draining: Cell<bool>,
    mask: Cell<u32>,
}

impl Socket {
    /// Connects from this address, or from any, and shakes hands.
    ///
    /// # Errors
    ///
    /// [`Failure::Handshake`] if the server does not want to, [`Failure::Io`].
    pub(crate) async fn open(server: SocketAddr, upgrade: &Upgrade, from: Option<IpAddr>) -> Result<Rc<Self>, Failure> {
        let socket = if server.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        if let Some(from) = from {
            socket.bind(SocketAddr::new(from, 0))?;
        }
        let mut stream = socket.connect(server).await?;
        stream.set_nodelay(true)?;
        let mut request = format!(
            "GET {} HTTP/1.1\r\nhost: {server}\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: {KEY}\r\n",
            upgrade.path
        );
        for (name, value) in &upgrade.headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        stream.write_all(request.as_bytes()).await?;
        let (inbox, outbox) = (RefCell::default(), RefCell::default());
        let (is_draining, mask) = (Cell::new(false), Cell::new(0x9e37_79b9));
        let socket = Self { stream, inbox, outbox, is_draining, mask };
        socket.shake(&upgrade.path).await?;
        Ok(Rc::new(socket))
    }

    async fn shake(&self, path: &str) -> Result<(), Failure> {
        let mut inbox = Vec::new();
        let end = loop {
            self.stream.readable().await?;
            let mut chunk = [0; 2048];
            match self.stream.try_read(&mut chunk) {
                Ok(0) => return Err(Failure::Closed("during the handshake".to_owned())),
                Ok(read) => inbox.extend_from_slice(&chunk[..read]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(error) => return Err(error.into()),
            }
            if let Some(end) = inbox.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end + 4;
            }
            if inbox.len() > MAX_ANSWER {
                return Err(Failure::Handshake { path: path.to_owned(), answer: "too long".to_owned() });
            }
        };
        if !inbox.starts_with(b"HTTP/1.1 101") {
            let answer = String::from_utf8_lossy(&inbox[..end]).lines().next().unwrap_or_default().to_owned();
            return Err(Failure::Handshake { path: path.to_owned(), answer });
        }
        inbox.drain(..end);
        *self.inbox.borrow_mut() = inbox;
        Ok(())
    }

    /// Puts a frame behind those that wait; `write` appends its payload.
    #[inline]
    pub(crate) fn queue(&self, kind: u8, write: impl FnOnce(&mut Vec<u8>)) {
        // Xorshift (Marsaglia 2003): masks only need to differ.
        let mut mask = self.mask.get();
        mask ^= mask << 13;
        mask ^= mask >> 17;
        mask ^= mask << 5;
        self.mask.set(mask);
        frame::put(&mut self.outbox.borrow_mut(), kind, mask, write);
    }

    /// Writes what waits, in one call if the system takes it; the rest as soon as it does.
    ///
    /// # Errors
    ///
    /// [`Failure::Io`].
    pub(crate) fn flush(self: &Rc<Self>) -> Result<(), Failure> {
        if !self.is_draining.get() && !self.write()? {
            self.is_draining.set(true);
            let socket = Rc::clone(self);
            tokio::task::spawn_local(async move {
                // Whoever reads learns of an error as well.
                while socket.stream.writable().await.is_ok() && matches!(socket.write(), Ok(false)) {}
                socket.is_draining.set(false);
            });
        }
        Ok(())
    }

    /// Puts one frame behind those that wait, and writes them.
    ///
    /// # Errors
    ///
    /// [`Failure::Io`].
    pub(crate) fn send(self: &Rc<Self>, write: impl FnOnce(&mut Vec<u8>)) -> Result<(), Failure> {
        self.queue(frame::BINARY, write);
        self.flush()
    }

    /// Ends the connection without a word, as if the network had gone.
    pub(crate) fn hang_up(&self) {
        // It may have ended already.
        SockRef::from(&self.stream).shutdown(Shutdown::Both).ok();
    }

    /// Waits for bytes, and shows the payloads that are whole with them. Answers pings.
    ///
    /// # Errors
    ///
    /// [`Failure::Closed`] or [`Failure::Io`] at the end of the connection, and what `hear` fails with.
    pub(crate) async fn read(
        self: &Rc<Self>,
        mut hear: impl FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        loop {
            // What came with the handshake, or stayed because `hear` failed.
            if self.has_whole_frame()? {
                return self.look_at(0, &mut [], &mut hear);
            }
            self.stream.readable().await?;
            let done = CHUNK_BUFFER.with_borrow_mut(|chunk| match self.stream.try_read(chunk) {
                Ok(0) => Some(Err(Failure::Closed("without a word".to_owned()))),
                Ok(read) => Some(self.look_at(read, chunk, &mut hear)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
                Err(error) => Some(Err(error.into())),
            });
            if let Some(done) = done {
                return done;
            }
        }
    }

    fn has_whole_frame(&self) -> Result<bool, Failure> {
        Ok(frame::take(&mut &self.inbox.borrow()[..])?.is_some())
    }

    /// Shows all frames there are; the beginning of another one stays in the inbox.
    fn look_at(
        self: &Rc<Self>,
        read: usize,
        chunk: &mut [u8],
        hear: &mut impl FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut inbox = self.inbox.take();
        let joined = !inbox.is_empty();
        if joined {
            inbox.extend_from_slice(&chunk[..read]);
        }
        let mut rest = if joined { &inbox[..] } else { &chunk[..read] };
        while let Some(frame) = frame::take(&mut rest)? {
            self.look_at_one(&frame, hear)?;
        }
        let left = rest.len();
        if joined {
            inbox.drain(..inbox.len() - left);
            // A large document came this way: its buffer does not stay.
            inbox.shrink_to(CHUNK);
        } else {
            inbox.extend_from_slice(&chunk[read - left..read]);
        }
        self.inbox.replace(inbox);
        Ok(())
    }

    #[inline]
    fn look_at_one(
        self: &Rc<Self>,
        frame: &Frame<'_>,
        hear: &mut impl FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        match frame.kind {
            frame::BINARY => hear(frame.payload),
            frame::PING => {
                self.queue(frame::PONG, |out| out.extend_from_slice(frame.payload));
                self.flush()
            }
            frame::CLOSE => Err(Failure::Closed(said_at_the_end(frame.payload))),
            _ => Ok(()),
        }
    }

    /// Writes as much as the system takes; true if that was all.
    fn write(&self) -> io::Result<bool> {
        let mut outbox = self.outbox.borrow_mut();
        let mut written = 0;
        while written < outbox.len() {
            match self.stream.try_write(&outbox[written..]) {
                Ok(more) => written += more,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        outbox.drain(..written);
        Ok(outbox.is_empty())
    }
}

/// The code and the reason of a close frame.
fn said_at_the_end(payload: &[u8]) -> String {
    match payload {
        [a, b, reason @ ..] => format!("{} {}", u16::from_be_bytes([*a, *b]), String::from_utf8_lossy(reason)),
        _ => "without a code".to_owned(),
    }
}
