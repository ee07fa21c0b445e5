//! A socket in the Hocuspocus dialect: it carries many rooms, each entered by its own token.

use std::collections::HashMap;

use actors::{
    room::{Join, OpenError, RoomHandle},
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

use super::{Collab, close_code};

/// Rooms one socket may be in.
const MAX_ROOMS: usize = 256;
/// The state vector of a document without content (yjs/src/utils/encoding.js).
const NOTHING: Bytes = Bytes::from_static(&[0]);

/// One client in the rooms it has entered.
pub(super) struct Hocuspocus {
    principal: Principal,
    outbox: Outbox,
    entered: HashMap<Bytes, Entered>,
    has_entered: bool,
    /// Whether the provider answers pings: from version 4 on. Earlier ones take them for an address.
    pings: bool,
}

struct Entered {
    room: RoomHandle,
    session: SessionId,
    access: Access,
}

impl Hocuspocus {
    pub(super) fn new(principal: Principal, outbox: Outbox) -> Self {
        Self { principal, outbox, entered: HashMap::new(), has_entered: false, pings: false }
    }

    /// Whether the client has ever entered a room; it may have left it since.
    pub(super) fn has_entered(&self) -> bool {
        self.has_entered
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
                Some(Entered { room, session, .. }) => {
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
        let access = match collab.access(&self.principal, id, (!token.is_empty()).then_some(token)) {
            Ok(access) => access,
            Err(code) => {
                self.put_out(&address, code);
                return Ok(());
            }
        };
        if let Some(known) = self.entered.remove(&address)
            && known.room.knows(known.session).await
        {
            return self.renew(known, address, access).await;
        }
        if self.entered.len() >= MAX_ROOMS {
            return Err(CloseCode::TryAgainLater);
        }
        match collab.rooms.open(id).await {
            Ok(room) => self.join(Entered { room, session: SessionId::new(), access }, address).await,
            // Coming back would not help, and the other rooms of the socket are none of it.
            Err(error @ (OpenError::NotFound | OpenError::Damaged)) => {
                self.refuse(&address, close_code(error));
                Ok(())
            }
            Err(error @ (OpenError::Unavailable | OpenError::Stopping)) => Err(close_code(error)),
        }
    }

    /// A token sent again by somebody who is in. It is answered only when it changes something.
    async fn renew(&mut self, known: Entered, address: Bytes, access: Access) -> Result<(), CloseCode> {
        if known.access == access {
            self.entered.insert(address, known);
            return Ok(());
        }
        // The session keeps its name, so that what it is owed for earlier updates still reaches it.
        let Entered { room, session, .. } = known;
        room.leave(session);
        self.join(Entered { room: room.clone(), session, access }, address).await?;
        // A provider that renews its token asks for nothing, and expects to be told what comes.
        room.receive(session, Inbound::Step1(NOTHING)).await.map_err(|_error| CloseCode::Unavailable)
    }

    async fn join(&mut self, entered: Entered, address: Bytes) -> Result<(), CloseCode> {
        let Entered { ref room, session, access } = entered;
        self.answer(&address, &Outbound::Authenticated(access));
        let format = Format::Hocuspocus { address: address.clone() };
        let join = Join { session, principal: self.principal.clone(), access, format, outbox: self.outbox.clone() };
        room.join(join).await.map_err(|_stopped| CloseCode::Restarting)?;
        self.entered.insert(address, entered);
        self.has_entered = true;
        Ok(())
    }

    /// Refuses a room; somebody who is in it has to leave.
    fn put_out(&mut self, address: &Bytes, code: CloseCode) {
        self.refuse(address, code);
        if let Some(left) = self.entered.remove(address) {
            left.room.leave(left.session);
            self.answer(address, &Outbound::Left(code.reason().to_owned()));
        }
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
    use std::{sync::Arc, time::Duration};

    use actix::Arbiter;
    use actors::{
        clock::SystemClock,
        room::{
            Rooms,
            log::{Append, LogError, RoomLog, Snapshot, Stored},
        },
        session::OutboxReader,
    };
    use futures_util::future::{BoxFuture, ready};
    use protocol::{
        ids::PrincipalId,
        principal::PrincipalKind,
        rooms::{RoomKind, Seq},
        wire::varint::put_bytes,
    };

    use super::*;
    use crate::{config::Config, secret::Secret, services::tokens::Tokens, ws::Sockets};

    /// Every room is empty, but one is damaged.
    struct Log {
        damaged: RoomId,
    }

    impl RoomLog for Log {
        fn load(&self, room: RoomId) -> BoxFuture<'static, Result<Stored, LogError>> {
            let stored = Stored { kind: RoomKind::Page, generation: 1, head: 0, snapshot: None, tail: Vec::new() };
            let damaged = room == self.damaged;
            Box::pin(ready(if damaged { Err(LogError::Corrupt("on purpose".into())) } else { Ok(stored) }))
        }

        fn append(&self, _: Append) -> BoxFuture<'static, Result<Seq, LogError>> {
            Box::pin(ready(Err(LogError::Gone)))
        }

        fn compact(&self, _: RoomId) -> BoxFuture<'static, Result<Option<Snapshot>, LogError>> {
            Box::pin(ready(Ok(None)))
        }
    }

    struct Shared {
        collab: Collab,
        damaged: RoomId,
        socket: Hocuspocus,
        _reader: OutboxReader,
    }

    fn shared_socket() -> Shared {
        let directory = tempfile::tempdir().unwrap();
        let config = Config::for_testing(directory.path());
        let secret = Secret::load(&config.secret, directory.path()).unwrap();
        let (clock, damaged) = (Arc::new(SystemClock), RoomId::new());
        let log = Arc::new(Log { damaged });
        let rooms = Rooms::new(log, clock.clone(), vec![Arbiter::current()], Duration::from_secs(60));
        let tokens = Tokens::new(&secret, clock).unwrap();
        let collab = Collab { rooms, tokens, sockets: Sockets::default() };
        let (name, color) = ("Ada".to_owned(), "#336699".to_owned());
        let principal = Principal { id: PrincipalId::new(), kind: PrincipalKind::Guest, name, color };
        let (outbox, _reader) = Outbox::new();
        Shared { collab, damaged, socket: Hocuspocus::new(principal, outbox), _reader }
    }

    impl Shared {
        async fn say(&mut self, room: RoomId, message: &[u8]) -> Result<(), CloseCode> {
            let mut frame = bytes::BytesMut::new();
            put_bytes(&mut frame, room.to_string().as_bytes());
            frame.extend_from_slice(message);
            self.socket.hear(&self.collab, &frame.freeze()).await
        }

        fn is_in(&self, room: RoomId) -> bool {
            self.socket.entered.contains_key(room.to_string().as_bytes())
        }
    }

    /// An empty token.
    const TOKEN: [u8; 3] = [2, 0, 0];
    /// A wish to leave.
    const LEAVE: [u8; 1] = [7];

    #[actix_web::test]
    async fn who_has_left_its_only_room_has_entered_in_time_all_the_same() {
        let mut shared = shared_socket();
        let room = RoomId::new();
        assert!(!shared.socket.has_entered());

        shared.say(room, &TOKEN).await.unwrap();
        shared.say(room, &LEAVE).await.unwrap();

        assert!(!shared.is_in(room));
        assert!(shared.socket.has_entered());
    }

    #[actix_web::test]
    async fn a_damaged_room_is_refused_and_the_socket_goes_on_for_the_others() {
        let mut shared = shared_socket();
        let (damaged, sound) = (shared.damaged, RoomId::new());

        assert_eq!(shared.say(damaged, &TOKEN).await, Ok(()));
        assert_eq!(shared.say(sound, &TOKEN).await, Ok(()));

        assert!(!shared.is_in(damaged) && shared.is_in(sound));
        assert!(!shared.socket.outbox.is_closed());
    }

    #[test]
    fn only_providers_that_know_pings_get_them() {
        assert!(has_pings("4.8.0") && has_pings("10.1"));
        assert!(!has_pings("3.4.4") && !has_pings("") && !has_pings("next"));
    }
}
