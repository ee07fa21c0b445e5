//! One socket from its first frame to its end.

use std::{net::IpAddr, pin::pin, time::Duration};

use actix_web::web::Data;
use actors::session::Outbox;
use bytes::Bytes;
use protocol::{ids::RoomId, wire::close::CloseCode};
use tokio::{
    sync::oneshot,
    time::{Instant, MissedTickBehavior, interval_at, sleep, timeout},
};

use super::{
    Collab,
    admission::Admitted,
    frames::{Frames, Said},
    hocuspocus::Hocuspocus,
    sockets::{Concern, Registered},
    stay::Stay,
    y_websocket::YWebsocket,
};
use crate::services::caller::Caller;

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
    pub(super) collab: Data<Collab>,
    pub(super) frames: Frames,
    pub(super) outbox: Outbox,
    pub(super) registered: Registered,
    /// Dropped or told when nothing more is read, so that the connection can end.
    pub(super) done: oneshot::Sender<()>,
}

/// What was asked for when the socket was opened.
pub(super) enum Opening {
    /// One room, in the y-websocket dialect.
    Room(RoomId, Admitted),
    /// Any rooms, in the Hocuspocus dialect.
    Shared(Option<Caller>, Option<IpAddr>),
    /// Nothing that can be had.
    Refused(CloseCode),
}

/// Whether a client is in other rooms than before, or with something else.
enum Stays {
    Same,
    Changed,
}

enum Dialect {
    YWebsocket(YWebsocket),
    Hocuspocus(Hocuspocus),
}

impl Socket {
    /// Serves the socket until either side closes it.
    pub(super) async fn serve(mut self, opening: Opening) {
        // Boxed, as what is seldom done below: a socket is no larger than what it does most of the time.
        let code = match Box::pin(self.open(opening)).await {
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
            Opening::Room(room, admitted) => {
                YWebsocket::join(&self.collab, room, admitted, self.outbox.clone()).await.map(Dialect::YWebsocket)
            }
            Opening::Shared(opener, address) => {
                Ok(Dialect::Hocuspocus(Hocuspocus::new(opener, address, self.outbox.clone())))
            }
            Opening::Refused(code) => Err(code),
        }
    }

    /// Passes on what the client says; answers with the code to close with, if it is ours to choose.
    async fn pump(&mut self, dialect: &mut Dialect) -> Option<CloseCode> {
        let (collab, registered, outbox) = (&self.collab, &self.registered, &self.outbox);
        let opened = Instant::now();
        let mut keep_alive = interval_at(opened + KEEP_ALIVE, KEEP_ALIVE);
        keep_alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut silent = 0;
        let mut closed = pin!(outbox.closed());
        let mut changed = pin!(registered.changed());
        // It was let in before it could be told of changes.
        if let Err(code) = Box::pin(dialect.depend(collab, registered)).await {
            return Some(code);
        }
        let mut wake = pin!(sleep(dialect.wake_in(collab)));
        loop {
            let done = tokio::select! {
                said = self.frames.next() => {
                    silent = 0;
                    match said? {
                        Said::Message(message) => {
                            let messages = self.frames.together(message);
                            dialect.hear(collab, registered, &messages).await
                        }
                        Said::Ping(payload) => {
                            outbox.push_pong(payload);
                            Ok(Stays::Same)
                        }
                        Said::Pong => Ok(Stays::Same),
                        Said::Close => return None,
                        Said::Violation(code) => return Some(code),
                    }
                }
                () = &mut closed => return None,
                () = &mut changed => {
                    changed.set(registered.changed());
                    Box::pin(dialect.look_again(collab)).await.map(|()| Stays::Changed)
                }
                () = &mut wake => Box::pin(dialect.wake(collab)).await.map(|()| Stays::Changed),
                _ = keep_alive.tick() => {
                    silent += 1;
                    if silent > MAX_SILENT {
                        // It may only have slept: the code is one it comes back from.
                        return Some(CloseCode::TryAgainLater);
                    }
                    if !dialect.has_entered() && opened.elapsed() >= ENTER_TIMEOUT {
                        return Some(CloseCode::Timeout);
                    }
                    outbox.push_ping();
                    dialect.keep_alive();
                    Ok(Stays::Same)
                }
            };
            match done {
                Ok(Stays::Same) => (),
                Ok(Stays::Changed) => wake.set(sleep(dialect.wake_in(collab))),
                Err(code) => return Some(code),
            }
        }
    }
}

impl Dialect {
    async fn hear(&mut self, collab: &Collab, registered: &Registered, messages: &[Bytes]) -> Result<Stays, CloseCode> {
        match self {
            Self::YWebsocket(socket) => socket.hear(messages).await.map(|()| Stays::Same),
            Self::Hocuspocus(socket) => {
                let admissions = socket.admissions();
                socket.hear(collab, messages).await?;
                if admissions == socket.admissions() {
                    return Ok(Stays::Same);
                }
                Box::pin(self.depend(collab, registered)).await.map(|()| Stays::Changed)
            }
        }
    }

    /// Says on what it depends what the client may do; looks again if permissions have changed since
    /// that was decided.
    async fn depend(&mut self, collab: &Collab, registered: &Registered) -> Result<(), CloseCode> {
        let stays: Vec<&Stay> = self.stays().collect();
        registered.depend_on(stays.iter().map(|stay| Concern {
            principal: stay.admitted.principal.id,
            credential: stay.admitted.pass.credential,
            workspace: stay.admitted.workspace,
        }));
        let told = collab.services.changes.told();
        if stays.iter().all(|stay| stay.admitted.told == told) { Ok(()) } else { self.look_again(collab).await }
    }

    /// Where the client is.
    fn stays(&self) -> Box<dyn Iterator<Item = &Stay> + '_> {
        match self {
            Self::YWebsocket(socket) => Box::new(socket.stays()),
            Self::Hocuspocus(socket) => Box::new(socket.stays()),
        }
    }

    async fn look_again(&mut self, collab: &Collab) -> Result<(), CloseCode> {
        match self {
            Self::YWebsocket(socket) => socket.look_again(collab).await,
            Self::Hocuspocus(socket) => {
                socket.look_again(collab, |_| true).await;
                Ok(())
            }
        }
    }

    /// How long nothing has to be done for it.
    fn wake_in(&self, collab: &Collab) -> Duration {
        let now = collab.services.clock.now();
        // A millisecond more: what is measured in milliseconds is rounded down.
        let earliest = self.stays().map(|stay| stay.wake_at().millis_since(now) + 1).min();
        earliest.map_or(Duration::MAX, Duration::from_millis)
    }

    async fn wake(&mut self, collab: &Collab) -> Result<(), CloseCode> {
        let now = collab.services.clock.now();
        match self {
            Self::YWebsocket(socket) => socket.wake(collab, now).await,
            Self::Hocuspocus(socket) => {
                socket.wake(collab, now).await;
                Ok(())
            }
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
