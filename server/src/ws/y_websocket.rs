//! A socket in the y-websocket dialect: it is one room.

use actors::{
    room::{Join, RoomHandle},
    session::Outbox,
};
use bytes::Bytes;
use protocol::{
    ids::{RoomId, SessionId},
    wire::{Outbound, close::CloseCode, presence, y_websocket},
};

use super::{Collab, close_code};

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
    pub(super) async fn join(collab: &Collab, id: RoomId, join: Join) -> Result<Self, CloseCode> {
        let room = collab.rooms.open(id).await.map_err(close_code)?;
        let (session, outbox) = (join.session, join.outbox.clone());
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
