//! What providers of both dialects say and hear, as payloads of frames. They differ in what stands
//! before a message: nothing, or the name of the room.

use protocol::wire::{WireError, varint::Reader};

use super::edit::{put_bytes, put_uint};
use crate::target::Dialect;

/// Message types (`y-protocols`, `@hocuspocus/server/src/types.ts`) and types of sync messages.
const SYNC: u8 = 0;
const AWARENESS: u8 = 1;
const AUTH: u8 = 2;
const SYNC_REPLY: u8 = 4;
const CLOSE: u8 = 7;
const SYNC_STATUS: u8 = 8;
const STEP_1: u8 = 0;
const STEP_2: u8 = 1;
/// What denies entrance, by dialect; Hocuspocus asks for a token with the other's.
const DENIED: u8 = 0;
const DENIED_BY_HOCUSPOCUS: u8 = 1;
/// Frames of their own, about no room.
const PING: [u8; 1] = [9];
pub(crate) const PONG: [u8; 1] = [10];
/// What a provider calls itself.
const VERSION: &str = "4.7.0";

/// A client's way of speaking about one room.
#[derive(Debug)]
pub(crate) struct Wire {
    dialect: Dialect,
    /// What stands before every message.
    head: Vec<u8>,
}

/// What a server said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard<'a> {
    /// What it has; it wants the rest.
    Step1(&'a [u8]),
    /// What was lacking, all of it.
    Step2(&'a [u8]),
    Update(&'a [u8]),
    Presence(&'a [u8]),
    /// Whether the oldest edit that was not answered is durable.
    Saved(bool),
    /// Answer it with [`PONG`].
    Ping,
    /// Not in the room, or not any more.
    Out,
    /// Something nobody here has a use for.
    Other,
}

impl Wire {
    pub(crate) fn about(room: &str, dialect: Dialect) -> Self {
        let mut head = Vec::new();
        if dialect == Dialect::Hocuspocus {
            put_bytes(&mut head, room.as_bytes());
        }
        Self { dialect, head }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Whether entering takes a message: the token, here an empty one.
    pub(crate) fn put_token(&self, out: &mut Vec<u8>) -> bool {
        if self.dialect == Dialect::YWebsocket {
            return false;
        }
        out.extend_from_slice(&self.head);
        out.extend_from_slice(&[AUTH, 0]);
        put_bytes(out, b"");
        put_bytes(out, VERSION.as_bytes());
        true
    }

    pub(crate) fn put_step_1(&self, out: &mut Vec<u8>, state_vector: &[u8]) {
        self.put(out, &[SYNC, STEP_1], state_vector);
    }

    pub(crate) fn put_step_2(&self, out: &mut Vec<u8>, update: &[u8]) {
        self.put(out, &[SYNC, STEP_2], update);
    }

    #[inline]
    pub(crate) fn put_update(&self, out: &mut Vec<u8>, update: &[u8]) {
        self.put(out, &[SYNC, 2], update);
    }

    /// Says what a client shows of itself, as JSON.
    pub(crate) fn put_presence(&self, out: &mut Vec<u8>, client: u64, clock: u32, state: &str) {
        let mut payload = vec![1];
        put_uint(&mut payload, client);
        put_uint(&mut payload, clock.into());
        put_bytes(&mut payload, state.as_bytes());
        self.put(out, &[AWARENESS], &payload);
    }

    /// Reads one message of the server.
    ///
    /// # Errors
    ///
    /// [`WireError`] if it ends too early.
    #[inline]
    pub(crate) fn hear<'a>(&self, payload: &'a [u8]) -> Result<Heard<'a>, WireError> {
        let message = match payload.strip_prefix(&self.head[..]) {
            Some(message) => message,
            None if payload == PING => return Ok(Heard::Ping),
            None => return Ok(Heard::Other),
        };
        let mut reader = Reader::new(message);
        let of_hocuspocus = self.dialect == Dialect::Hocuspocus;
        Ok(match reader.byte()? {
            SYNC | SYNC_REPLY => match (reader.byte()?, reader.bytes()?) {
                (STEP_1, state_vector) => Heard::Step1(state_vector),
                (STEP_2, update) => Heard::Step2(update),
                (_, update) => Heard::Update(update),
            },
            AWARENESS => Heard::Presence(reader.bytes()?),
            AUTH if reader.byte()? == if of_hocuspocus { DENIED_BY_HOCUSPOCUS } else { DENIED } => Heard::Out,
            CLOSE if of_hocuspocus => Heard::Out,
            SYNC_STATUS if of_hocuspocus => Heard::Saved(reader.byte()? == 1),
            _ => Heard::Other,
        })
    }

    #[inline]
    fn put(&self, out: &mut Vec<u8>, kind: &[u8], body: &[u8]) {
        out.extend_from_slice(&self.head);
        out.extend_from_slice(kind);
        put_bytes(out, body);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use protocol::wire::{Inbound, Outbound, hocuspocus, presence, y_websocket};

    use super::*;

    fn said(write: impl Fn(&Wire, &mut Vec<u8>)) -> Inbound {
        let (mut shared, mut own) = (Vec::new(), Vec::new());
        write(&Wire::about("a room", Dialect::Hocuspocus), &mut shared);
        write(&Wire::about("a room", Dialect::YWebsocket), &mut own);
        let own = y_websocket::decode(&Bytes::from(own)).unwrap();
        match hocuspocus::decode(&Bytes::from(shared)) {
            Ok(hocuspocus::Received::Message { message, .. }) if message == own => own,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn servers_understand_what_is_said() {
        assert_eq!(said(|wire, out| wire.put_step_1(out, &[0])), Inbound::Step1(Bytes::from_static(&[0])));
        assert_eq!(said(|wire, out| wire.put_step_2(out, &[0, 0])), Inbound::Step2(Bytes::from_static(&[0, 0])));
        assert_eq!(said(|wire, out| wire.put_update(out, b"u")), Inbound::Update(Bytes::from_static(b"u")));
        let Inbound::Presence(payload) = said(|wire, out| wire.put_presence(out, 7, 300, "{}")) else { panic!() };
        let entry = presence::decode(&payload).unwrap().remove(0);
        assert_eq!((entry.client, entry.clock, entry.state), (7, 300, Some(Bytes::from_static(b"{}"))));
    }

    #[test]
    fn only_hocuspocus_is_shown_a_token() {
        let mut out = Vec::new();

        assert!(!Wire::about("r", Dialect::YWebsocket).put_token(&mut out) && out.is_empty());
        assert!(Wire::about("r", Dialect::Hocuspocus).put_token(&mut out));
        let received = hocuspocus::decode(&Bytes::from(out)).unwrap();
        assert!(matches!(received, hocuspocus::Received::Message { message: Inbound::Token { .. }, .. }));
    }

    #[test]
    fn what_servers_say_is_understood() {
        let (shared, own) = (Wire::about("r", Dialect::Hocuspocus), Wire::about("r", Dialect::YWebsocket));
        let both = |message: Outbound| {
            let frame = hocuspocus::encode(b"r", &message).to_bytes();
            let theirs = format!("{:?}", shared.hear(&frame).unwrap());
            if let Some(frame) = y_websocket::encode(&message) {
                assert_eq!(format!("{:?}", own.hear(&frame.to_bytes()).unwrap()), theirs);
            }
            theirs
        };

        assert_eq!(both(Outbound::Step1(Bytes::from_static(&[0]))), "Step1([0])");
        assert_eq!(both(Outbound::Step2(Bytes::from_static(&[0, 0]))), "Step2([0, 0])");
        assert_eq!(both(Outbound::Update(Bytes::from_static(&[1]))), "Update([1])");
        assert_eq!(both(Outbound::Presence(Bytes::from_static(&[0]))), "Presence([0])");
        assert_eq!(both(Outbound::PermissionDenied("no".to_owned())), "Out");
        assert_eq!(both(Outbound::Saved(true)), "Saved(true)");
        assert_eq!(both(Outbound::Left("bye".to_owned())), "Out");
        assert_eq!(both(Outbound::TokenWanted), "Other");
        assert_eq!(shared.hear(&hocuspocus::ping().to_bytes()), Ok(Heard::Ping));
    }
}
