//! A socket in the y-websocket dialect: it is one room.

use actors::{
    room::Join,
    session::{Format, Outbox},
};
use bytes::Bytes;
use protocol::{
    ids::{RoomId, SessionId},
    time::Timestamp,
    wire::{Outbound, close::CloseCode, presence, y_websocket},
};

use super::{Collab, admission::Admitted, close_code, stay::Stay};

/// One client in one room.
pub(super) struct YWebsocket {
    stay: Stay,
    outbox: Outbox,
}

impl YWebsocket {
    /// Joins the room.
    ///
    /// # Errors
    ///
    /// The code to close the socket with.
    pub(super) async fn join(
        collab: &Collab,
        id: RoomId,
        admitted: Admitted,
        outbox: Outbox,
    ) -> Result<Self, CloseCode> {
        let room = collab.services.rooms.open(id).await.map_err(close_code)?;
        let session = SessionId::new();
        let (principal, access) = (admitted.principal.clone(), admitted.access);
        let join = Join { session, principal, access, format: Format::YWebsocket, outbox: outbox.clone() };
        room.join(join).await.map_err(|_stopped| CloseCode::Restarting)?;
        let stay = Stay::new(id, room, session, admitted, collab.services.clock.now());
        Ok(Self { stay, outbox })
    }

    /// Takes in messages that have come together.
    ///
    /// # Errors
    ///
    /// The code to close the socket with.
    pub(super) async fn hear(&self, messages: &[Bytes]) -> Result<(), CloseCode> {
        let mut understood = Vec::with_capacity(messages.len());
        let mut malformed = false;
        for message in messages {
            match y_websocket::decode(message) {
                Ok(message) => understood.push(message),
                Err(_) => {
                    malformed = true;
                    break;
                }
            }
        }
        let heard = self.stay.room.receive(self.stay.session, understood).await;
        heard.map_err(|_error| CloseCode::Unavailable)?;
        if malformed { Err(CloseCode::Malformed) } else { Ok(()) }
    }

    /// Where the client is.
    pub(super) fn stays(&self) -> impl Iterator<Item = &Stay> {
        std::iter::once(&self.stay)
    }

    /// Does what is due. There is no word for asking for a token: the socket closes when it expires.
    ///
    /// # Errors
    ///
    /// The code to close the socket with.
    pub(super) async fn wake(&mut self, collab: &Collab, now: Timestamp) -> Result<(), CloseCode> {
        self.stay.asks_for_token(now);
        if self.stay.wake_at() <= now { self.look_again(collab).await } else { Ok(()) }
    }

    /// Looks again at what the client may do.
    ///
    /// # Errors
    ///
    /// The code to close the socket with.
    pub(super) async fn look_again(&mut self, collab: &Collab) -> Result<(), CloseCode> {
        self.stay.look_again(&collab.services).await
    }

    /// Keeps the client from taking the silence for a dead socket (it waits 30 s): an awareness
    /// update about nobody, which every client takes for what it is.
    pub(super) fn keep_alive(&self) {
        let nobody = Outbound::Presence(presence::encode([].iter()));
        if let Some(frame) = y_websocket::encode(&nobody) {
            self.outbox.push_answer(frame);
        }
    }

    pub(super) fn leave(&self) {
        self.stay.room.leave(self.stay.session);
    }
}
