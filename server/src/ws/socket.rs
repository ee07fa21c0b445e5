//! One socket from its first frame to its end.

use std::{pin::pin, time::Duration};

use actors::{
    room::Join,
    session::{Format, Outbox},
};
use bytes::Bytes;
use protocol::{
    access::Access,
    ids::{RoomId, SessionId},
    principal::Principal,
    wire::close::CloseCode,
};
use tokio::{
    sync::oneshot,
    time::{Instant, MissedTickBehavior, interval_at, timeout},
};

use super::{
    Collab,
    frames::{Frames, Said},
    hocuspocus::Hocuspocus,
    sockets::Registered,
    y_websocket::YWebsocket,
};

/// How often a client is shown that the socket lives; y-websocket and Hocuspocus give up after 30 s.
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// Keep-alives without any sign of life from a client after which it is taken for dead: 60 s.
const MAX_SILENT: u32 = 3;
/// How long a client on a shared socket may take to enter its first room.
const ENTER_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a client may take to answer a close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// Everything a socket needs to live.
pub(super) struct Socket {
    pub(super) collab: Collab,
    pub(super) frames: Frames,
    pub(super) outbox: Outbox,
    pub(super) registered: Registered,
    /// Dropped or told when nothing more is read, so that the connection can end.
    pub(super) done: oneshot::Sender<()>,
}

/// What was asked for when the socket was opened.
pub(super) enum Opening {
    /// One room, in the y-websocket dialect.
    Room(RoomId, Principal, Access),
    /// Any rooms, in the Hocuspocus dialect.
    Shared(Principal),
    /// Nothing that can be had.
    Refused(CloseCode),
}

enum Dialect {
    YWebsocket(YWebsocket),
    Hocuspocus(Hocuspocus),
}

impl Socket {
    /// Serves the socket until either side closes it.
    pub(super) async fn serve(mut self, opening: Opening) {
        let code = match self.open(opening).await {
            Ok(mut dialect) => {
                let code = self.pump(&mut dialect).await;
                dialect.leave();
                code
            }
            Err(code) => Some(code),
        };
        self.outbox.close(code.unwrap_or(CloseCode::Normal));
        drop(timeout(CLOSE_TIMEOUT, self.frames.discard()).await);
        drop((self.done, self.registered));
    }

    async fn open(&self, opening: Opening) -> Result<Dialect, CloseCode> {
        match opening {
            Opening::Room(room, principal, access) => {
                let (session, outbox) = (SessionId::new(), self.outbox.clone());
                let join = Join { session, principal, access, format: Format::YWebsocket, outbox };
                YWebsocket::join(&self.collab, room, join).await.map(Dialect::YWebsocket)
            }
            Opening::Shared(principal) => Ok(Dialect::Hocuspocus(Hocuspocus::new(principal, self.outbox.clone()))),
            Opening::Refused(code) => Err(code),
        }
    }

    /// Passes on what the client says; answers with the code to close with, if it is ours to choose.
    async fn pump(&mut self, dialect: &mut Dialect) -> Option<CloseCode> {
        let opened = Instant::now();
        let mut keep_alive = interval_at(opened + KEEP_ALIVE, KEEP_ALIVE);
        keep_alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut silent = 0;
        let outbox = self.outbox.clone();
        let mut closed = pin!(outbox.closed());
        loop {
            tokio::select! {
                said = self.frames.next() => {
                    silent = 0;
                    match said? {
                        Said::Message(message) => {
                            if let Err(code) = dialect.hear(&self.collab, &message).await {
                                return Some(code);
                            }
                        }
                        Said::Ping(payload) => self.outbox.push_pong(payload),
                        Said::Pong => (),
                        Said::Close => return None,
                        Said::Violation(code) => return Some(code),
                    }
                }
                () = &mut closed => return None,
                _ = keep_alive.tick() => {
                    silent += 1;
                    if silent > MAX_SILENT {
                        // It may only have slept: the code is one it comes back from.
                        return Some(CloseCode::TryAgainLater);
                    }
                    if !dialect.has_entered() && opened.elapsed() >= ENTER_TIMEOUT {
                        return Some(CloseCode::Timeout);
                    }
                    self.outbox.push_ping();
                    dialect.keep_alive();
                }
            }
        }
    }
}

impl Dialect {
    async fn hear(&mut self, collab: &Collab, message: &Bytes) -> Result<(), CloseCode> {
        match self {
            Self::YWebsocket(socket) => socket.hear(message).await,
            Self::Hocuspocus(socket) => socket.hear(collab, message).await,
        }
    }

    fn has_entered(&self) -> bool {
        match self {
            Self::YWebsocket(_) => true,
            Self::Hocuspocus(socket) => socket.has_entered(),
        }
    }

    fn keep_alive(&self) {
        match self {
            Self::YWebsocket(socket) => socket.keep_alive(),
            Self::Hocuspocus(socket) => socket.keep_alive(),
        }
    }

    fn leave(&mut self) {
        match self {
            Self::YWebsocket(socket) => socket.leave(),
            Self::Hocuspocus(socket) => socket.leave(),
        }
    }
}
