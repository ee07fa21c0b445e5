//! A socket in the Hocuspocus dialect: it carries many rooms, each entered by its own token.

use std::collections::HashMap;

use actors::{
    room::{Join, RoomHandle},
    session::{Format, Outbox},
};
use bytes::Bytes;
use protocol::{
    access::Access,
    ids::{RoomId, SessionId},
    principal::Principal,
    wire::{
        Inbound, Outbound,
        close::CloseCode,
        hocuspocus::{self, Received},
        presence,
    },
};

use super::{Collab, y_websocket::close_code};

/// Rooms one socket may be in.
const MAX_ROOMS: usize = 256;

/// One client in the rooms it has entered.
pub(super) struct Hocuspocus {
    principal: Principal,
    outbox: Outbox,
    entered: HashMap<Bytes, Entered>,
    /// Whether the provider answers pings: from version 4 on. Earlier ones take them for an address.
    pings: bool,
}

struct Entered {
    room: RoomHandle,
    session: SessionId,
}

impl Hocuspocus {
    pub(super) fn new(principal: Principal, outbox: Outbox) -> Self {
        Self { principal, outbox, entered: HashMap::new(), pings: false }
    }

    /// Whether the client has entered any room yet.
    pub(super) fn has_entered(&self) -> bool {
        !self.entered.is_empty()
    }

    /// Takes in one message. Messages are dealt with one after the other, so what a provider sends
    /// behind its token, without waiting for the answer, finds the room entered or refused.
    ///
    /// # Errors
    ///
    /// The code to close the socket with.
    pub(super) async fn hear(&mut self, collab: &Collab, message: &Bytes) -> Result<(), CloseCode> {
        let received = hocuspocus::decode(message).map_err(|_malformed| CloseCode::Malformed)?;
        let Received::Message { address, message } = received else { return Ok(()) };
        match message {
            Inbound::Token { token, version } => {
                self.pings |= version.as_deref().is_some_and(has_pings);
                self.enter(collab, address, &token).await
            }
            Inbound::Leave => {
                if let Some(left) = self.entered.remove(&address) {
                    left.room.leave(left.session);
                }
                Ok(())
            }
            message => match self.entered.get(&address) {
                Some(Entered { room, session }) => {
                    room.receive(*session, message).await.map_err(|_error| CloseCode::Unavailable)
                }
                // Sent before the refusal arrived.
                None => Ok(()),
            },
        }
    }

    pub(super) fn keep_alive(&self) {
        if self.pings {
            return self.outbox.push_answer(hocuspocus::ping());
        }
        // One frame about nobody in any room is enough to show that the socket lives.
        if let Some(address) = self.entered.keys().next() {
            self.answer(address, &Outbound::Presence(presence::encode([].iter())));
        }
    }

    pub(super) fn leave(&mut self) {
        for (_, left) in self.entered.drain() {
            left.room.leave(left.session);
        }
    }

    /// Lets the client into a room, or says why not and keeps the socket.
    async fn enter(&mut self, collab: &Collab, address: Bytes, token: &str) -> Result<(), CloseCode> {
        let Some(id) = hocuspocus::document_name(&address).and_then(|name| name.parse::<RoomId>().ok()) else {
            self.refuse(&address, CloseCode::NotFound);
            return Ok(());
        };
        let access = match collab.access(id, (!token.is_empty()).then_some(token)) {
            Ok(access) => access,
            Err(code) => {
                self.refuse(&address, code);
                return Ok(());
            }
        };
        if let Some(known) = self.entered.get(&address) {
            // A token sent again by somebody who is in is a renewal, and is not answered.
            if known.room.knows(known.session).await {
                return Ok(());
            }
            self.entered.remove(&address);
        }
        if self.entered.len() >= MAX_ROOMS {
            return Err(CloseCode::TryAgainLater);
        }
        match collab.rooms.open(id).await.map_err(close_code) {
            Ok(room) => self.join(room, address, access).await,
            Err(CloseCode::NotFound) => {
                self.refuse(&address, CloseCode::NotFound);
                Ok(())
            }
            Err(code) => Err(code),
        }
    }

    async fn join(&mut self, room: RoomHandle, address: Bytes, access: Access) -> Result<(), CloseCode> {
        let session = SessionId::new();
        self.answer(&address, &Outbound::Authenticated(access));
        let format = Format::Hocuspocus { address: address.clone() };
        let join = Join { session, principal: self.principal.clone(), access, format, outbox: self.outbox.clone() };
        room.join(join).await.map_err(|_stopped| CloseCode::Restarting)?;
        self.entered.insert(address, Entered { room, session });
        Ok(())
    }

    fn refuse(&self, address: &Bytes, code: CloseCode) {
        self.answer(address, &Outbound::PermissionDenied(code.reason().to_owned()));
    }

    fn answer(&self, address: &Bytes, message: &Outbound) {
        self.outbox.push_answer(hocuspocus::encode(address, message));
    }
}

/// Providers send their version behind the token from 4.0 on, and answer pings from then on.
fn has_pings(version: &str) -> bool {
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    major.is_some_and(|major| major >= 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_providers_that_know_pings_get_them() {
        assert!(has_pings("4.8.0") && has_pings("10.1"));
        assert!(!has_pings("3.4.4") && !has_pings("") && !has_pings("next"));
    }
}
