//! A socket in the Hocuspocus dialect: it carries many rooms, each entered by its own token.

use std::{collections::HashMap, mem, net::IpAddr};

use actors::{
    room::{Join, OpenError},
    session::{Format, Outbox},
};
use bytes::Bytes;
use protocol::{
    ids::{RoomId, SessionId},
    time::Timestamp,
    wire::{
        Inbound, Outbound,
        close::CloseCode,
        hocuspocus::{self, Received},
        presence,
    },
};

use super::{
    Collab,
    admission::{self, Admitted},
    close_code,
    stay::Stay,
};
use crate::services::caller::Caller;

/// Rooms one socket may be in.
const MAX_ROOMS: usize = 256;
/// The state vector of a document without content (yjs/src/utils/encoding.js).
const NOTHING: Bytes = Bytes::from_static(&[0]);

/// One client in the rooms it has entered.
pub(super) struct Hocuspocus {
    /// Who opened the socket; a token may say somebody else for its room.
    opener: Option<Caller>,
    /// Where it was opened.
    address: Option<IpAddr>,
    outbox: Outbox,
    entered: HashMap<Bytes, Stay>,
    has_entered: bool,
    /// Counts whenever it is let into a room, or again.
    admissions: u64,
    /// Whether the provider answers pings: from version 4 on. Earlier ones take them for an address.
    pings: bool,
}

/// What a client has said in one room, without saying anything else in between.
#[derive(Default)]
struct Run {
    address: Bytes,
    messages: Vec<Inbound>,
}

impl Hocuspocus {
    pub(super) fn new(opener: Option<Caller>, address: Option<IpAddr>, outbox: Outbox) -> Self {
        Self { opener, address, outbox, entered: HashMap::new(), has_entered: false, admissions: 0, pings: false }
    }

    /// Whether the client has ever entered a room; it may have left it since.
    pub(super) fn has_entered(&self) -> bool {
        self.has_entered
    }

    /// Takes in messages that have come together. They are dealt with one after the other, so what a
    /// provider sends behind its token, without waiting for the answer, finds the room entered or refused.
    ///
    /// # Errors
    ///
    /// The code to close the socket with.
    pub(super) async fn hear(&mut self, collab: &Collab, messages: &[Bytes]) -> Result<(), CloseCode> {
        let mut run = Run::default();
        for message in messages {
            let (address, message) = match hocuspocus::decode(message) {
                Ok(Received::Message { address, message }) => (address, message),
                Ok(Received::Pong) => continue,
                Err(_malformed) => {
                    self.pass_on(&mut run).await?;
                    return Err(CloseCode::Malformed);
                }
            };
            if run.address != address || matches!(message, Inbound::Token { .. } | Inbound::Leave) {
                self.pass_on(&mut run).await?;
            }
            match message {
                Inbound::Token { token, version } => {
                    collab.flood.check_address(self.address).map_err(|_limited| CloseCode::TryAgainLater)?;
                    self.pings |= version.as_deref().is_some_and(has_pings);
                    // Seldom, and large: boxed, so that a socket is not as large all the time.
                    Box::pin(self.enter(collab, address, &token)).await?;
                }
                Inbound::Leave => {
                    if let Some(left) = self.entered.remove(&address) {
                        left.room.leave(left.session);
                    }
                }
                message => {
                    run.address = address;
                    run.messages.push(message);
                }
            }
        }
        self.pass_on(&mut run).await
    }

    /// Tells a room what was said in it. What was sent before a refusal arrived is nobody's.
    async fn pass_on(&self, run: &mut Run) -> Result<(), CloseCode> {
        let messages = mem::take(&mut run.messages);
        match self.entered.get(&run.address) {
            Some(Stay { room, session, .. }) if !messages.is_empty() => {
                room.receive(*session, messages).await.map_err(|_error| CloseCode::Unavailable)
            }
            _ => Ok(()),
        }
    }

    /// How often the client has been let into a room, or again.
    pub(super) fn admissions(&self) -> u64 {
        self.admissions
    }

    /// Where the client is.
    pub(super) fn stays(&self) -> impl Iterator<Item = &Stay> {
        self.entered.values()
    }

    /// Does what is due: asks for tokens that expire soon, and puts the client out where one has.
    pub(super) async fn wake(&mut self, collab: &Collab, now: Timestamp) {
        for (address, stay) in &mut self.entered {
            if stay.asks_for_token(now) {
                self.outbox.push_answer(hocuspocus::encode(address, &Outbound::TokenWanted));
            }
        }
        self.look_again(collab, |stay| stay.wake_at() <= now).await;
    }

    /// Looks again at what the client may do in some of its rooms.
    pub(super) async fn look_again(&mut self, collab: &Collab, at: impl Fn(&Stay) -> bool) {
        let mut out = Vec::new();
        for (address, stay) in self.entered.iter_mut().filter(|(_, stay)| at(stay)) {
            if let Err(code) = stay.look_again(&collab.services).await {
                stay.room.put_out(stay.session, code).await;
                out.push(address.clone());
            }
        }
        for address in out {
            self.entered.remove(&address);
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
        let token = (!token.is_empty()).then_some(token);
        let admitted = match admission::admit(&collab.services, self.opener.as_ref(), id, token).await {
            Ok(admitted) => admitted,
            Err(code @ CloseCode::Unavailable) => return Err(code),
            Err(code) => {
                self.put_out(&address, code);
                return Ok(());
            }
        };
        self.admissions += 1;
        if let Some(mut known) = self.entered.remove(&address)
            && known.room.knows(known.session).await
        {
            if known.admitted.principal == admitted.principal {
                known.renew(admitted, collab.services.clock.now()).await;
                self.entered.insert(address, known);
                return Ok(());
            }
            return self.change_places(collab, known, address, admitted).await;
        }
        if self.entered.len() >= MAX_ROOMS {
            return Err(CloseCode::TryAgainLater);
        }
        match collab.services.rooms.open(id).await {
            Ok(room) => {
                let stay = Stay::new(id, room, SessionId::new(), admitted, collab.services.clock.now());
                self.join(stay, address).await
            }
            // Coming back would not help, and the other rooms of the socket are none of it.
            Err(error @ (OpenError::NotFound | OpenError::Damaged)) => {
                self.refuse(&address, close_code(error));
                Ok(())
            }
            Err(error @ (OpenError::Unavailable | OpenError::Stopping)) => Err(close_code(error)),
        }
    }

    /// The token of somebody else than who is in. The session keeps its name, so that what it is owed
    /// for earlier updates still reaches it.
    async fn change_places(
        &mut self,
        collab: &Collab,
        known: Stay,
        address: Bytes,
        admitted: Admitted,
    ) -> Result<(), CloseCode> {
        let Stay { id, room, session, .. } = known;
        room.leave(session);
        let stay = Stay::new(id, room.clone(), session, admitted, collab.services.clock.now());
        self.join(stay, address).await?;
        // A provider that renews its token asks for nothing, and expects to be told what comes.
        room.receive(session, vec![Inbound::Step1(NOTHING)]).await.map_err(|_error| CloseCode::Unavailable)
    }

    async fn join(&mut self, stay: Stay, address: Bytes) -> Result<(), CloseCode> {
        let (principal, access) = (stay.admitted.principal.clone(), stay.admitted.access);
        self.answer(&address, &Outbound::Authenticated(access));
        let format = Format::Hocuspocus { address: address.clone() };
        let join = Join { session: stay.session, principal, access, format, outbox: self.outbox.clone() };
        stay.room.join(join).await.map_err(|_stopped| CloseCode::Restarting)?;
        self.entered.insert(address, stay);
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
    use super::*;

    #[test]
    fn only_providers_that_know_pings_get_them() {
        assert!(has_pings("4.8.0") && has_pings("10.1"));
        assert!(!has_pings("3.4.4") && !has_pings("") && !has_pings("next"));
    }
}
