//! What a Hocuspocus provider says and hears, on the wire.

use bytes::{BufMut, BytesMut};
use protocol::wire::{
    WireError,
    varint::{Reader, put_bytes},
};

/// Message types (`@hocuspocus/server/src/types.ts`) and types of sync messages (`y-protocols/sync.js`).
const SYNC: u8 = 0;
const AUTH: u8 = 2;
const CLOSE: u8 = 7;
const SYNC_STATUS: u8 = 8;
const STEP_1: u8 = 0;
const STEP_2: u8 = 1;
const UPDATE: u8 = 2;
/// A type of an auth message: not let in.
const PERMISSION_DENIED: u64 = 1;
/// Frames of their own, about no room.
pub(crate) const PING: [u8; 1] = [9];
pub(crate) const PONG: [u8; 1] = [10];

/// What the server said.
#[derive(Debug)]
pub(crate) enum Heard<'a> {
    /// What it has; it wants the rest.
    Step1(&'a [u8]),
    /// What was lacking, all of it.
    Step2(&'a [u8]),
    Update(&'a [u8]),
    /// Whether the oldest frame that was not answered is durable.
    Saved(bool),
    /// Not in the room, or not any more.
    Out,
    /// Something this client has no use for.
    Other,
}

/// Asks to be let into a room, as whoever has opened the socket.
pub(crate) fn enter(room: &str) -> Vec<u8> {
    frame(room, &[AUTH, 0], &[b"", b"4.8.0"])
}

pub(crate) fn step_1(room: &str, state_vector: &[u8]) -> Vec<u8> {
    frame(room, &[SYNC, STEP_1], &[state_vector])
}

pub(crate) fn step_2(room: &str, update: &[u8]) -> Vec<u8> {
    frame(room, &[SYNC, STEP_2], &[update])
}

pub(crate) fn update(room: &str, update: &[u8]) -> Vec<u8> {
    frame(room, &[SYNC, UPDATE], &[update])
}

/// Reads one frame of the server.
///
/// # Errors
///
/// [`WireError`] if it ends too early.
pub(crate) fn decode(frame: &[u8]) -> Result<Heard<'_>, WireError> {
    let mut reader = Reader::new(frame);
    reader.bytes()?;
    Ok(match reader.byte()? {
        SYNC => match (reader.byte()?, reader.bytes()?) {
            (STEP_1, state_vector) => Heard::Step1(state_vector),
            (STEP_2, update) => Heard::Step2(update),
            (_, update) => Heard::Update(update),
        },
        SYNC_STATUS => Heard::Saved(reader.byte()? == 1),
        AUTH if reader.uint()? == PERMISSION_DENIED => Heard::Out,
        CLOSE => Heard::Out,
        _ => Heard::Other,
    })
}

fn frame(room: &str, kind: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut out = BytesMut::new();
    put_bytes(&mut out, room.as_bytes());
    out.put_slice(kind);
    parts.iter().for_each(|part| put_bytes(&mut out, part));
    out.to_vec()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use protocol::wire::{Inbound, Outbound, hocuspocus};

    use super::*;

    #[test]
    fn the_server_understands_what_is_said() {
        let said = |frame: Vec<u8>| match hocuspocus::decode(&Bytes::from(frame)) {
            Ok(hocuspocus::Received::Message { message, .. }) => message,
            other => panic!("{other:?}"),
        };

        assert_eq!(said(step_1("a", &[0])), Inbound::Step1(Bytes::from_static(&[0])));
        assert_eq!(said(step_2("a", &[0, 0])), Inbound::Step2(Bytes::from_static(&[0, 0])));
        assert_eq!(said(update("a", b"u")), Inbound::Update(Bytes::from_static(b"u")));
        assert!(matches!(said(enter("a")), Inbound::Token { .. }));
    }

    #[test]
    fn what_the_server_says_is_understood() {
        let heard =
            |message: &Outbound| format!("{:?}", decode(&hocuspocus::encode(b"a", message).to_bytes()).unwrap());

        assert_eq!(heard(&Outbound::Step1(Bytes::from_static(&[0]))), "Step1([0])");
        assert_eq!(heard(&Outbound::Step2(Bytes::from_static(&[0, 0]))), "Step2([0, 0])");
        assert_eq!(heard(&Outbound::Update(Bytes::from_static(&[1]))), "Update([1])");
        assert_eq!(heard(&Outbound::Saved(false)), "Saved(false)");
        assert_eq!(heard(&Outbound::PermissionDenied("no".to_owned())), "Out");
        assert_eq!(heard(&Outbound::Left("bye".to_owned())), "Out");
        assert_eq!(heard(&Outbound::TokenWanted), "Other");
    }
}
