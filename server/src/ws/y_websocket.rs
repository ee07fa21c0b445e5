//! A socket in the y-websocket dialect: it is one room.

use actors::{
    room::{Join, OpenError, RoomHandle},
    session::{Format, Outbox},
};
use bytes::Bytes;
use protocol::{
    access::Access,
    ids::{RoomId, SessionId},
    principal::Principal,
    wire::{Outbound, close::CloseCode, presence, y_websocket},
};

use super::Collab;

/// One client in one room.
pub(super) struct YWebsocket {
    room: RoomHandle,
    session: SessionId,
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
        (principal, access): (Principal, Access),
        outbox: Outbox,
    ) -> Result<Self, CloseCode> {
        let room = collab.rooms.open(id).await.map_err(close_code)?;
        let session = SessionId::new();
        let join = Join { session, principal, access, format: Format::YWebsocket, outbox: outbox.clone() };
        room.join(join).await.map_err(|_stopped| CloseCode::Restarting)?;
        Ok(Self { room, session, outbox })
    }

    /// Takes in one message.
    ///
    /// # Errors
    ///
    /// The code to close the socket with.
    pub(super) async fn hear(&self, message: &Bytes) -> Result<(), CloseCode> {
        let message = y_websocket::decode(message).map_err(|_malformed| CloseCode::Malformed)?;
        self.room.receive(self.session, message).await.map_err(|_error| CloseCode::Unavailable)
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
        self.room.leave(self.session);
    }
}

/// How a socket learns that its room could not be opened.
pub(super) fn close_code(error: OpenError) -> CloseCode {
    match error {
        OpenError::NotFound => CloseCode::NotFound,
        OpenError::Unavailable | OpenError::Damaged | OpenError::Stopping => CloseCode::Unavailable,
    }
}
