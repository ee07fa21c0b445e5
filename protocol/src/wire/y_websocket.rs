//! The dialect of `y-websocket`: y-protocols over binary frames, one socket for one room.
//!
//! The client reads exactly one message per frame and drops what follows, so a frame is one message,
//! in both directions.

use bytes::{Bytes, BytesMut};

use super::varint::Reader;
use super::y_protocols::{AUTH, AWARENESS, QUERY_AWARENESS, STEP_1, STEP_2, SYNC, UPDATE};
use super::y_protocols::{HEAD_BYTES, read_presence, read_sync, read_tag, shared_frame, text_frame};
use super::{Frame, Inbound, Outbound, WireError, check_frame};

/// The one type of an auth message (`y-protocols/auth.js`). There is none for "granted".
const PERMISSION_DENIED: u8 = 0;

/// Reads one message of a client. Payloads are not looked into.
///
/// # Errors
/// [`WireError`] if the frame is not exactly one message.
pub fn decode(frame: &Bytes) -> Result<Inbound, WireError> {
    check_frame(frame)?;
    let mut reader = Reader::new(frame);
    let message = match read_tag(&mut reader, "message type")? {
        SYNC => read_sync(frame, &mut reader)?,
        AWARENESS => read_presence(frame, &mut reader)?,
        // Some clients put a body after a query, and an auth message from a client tells us nothing:
        // what follows is not read.
        AUTH => return Ok(Inbound::Stateless),
        QUERY_AWARENESS => return Ok(Inbound::QueryPresence),
        tag => return Err(WireError::Unknown { what: "message type", value: tag.into() }),
    };
    reader.finish()?;
    Ok(message)
}

/// Writes one message, or nothing where the dialect has no words for it.
pub fn encode(message: &Outbound) -> Option<Frame> {
    let head = BytesMut::with_capacity(HEAD_BYTES);
    match message {
        Outbound::Step1(payload) => Some(shared_frame(head, &[SYNC, STEP_1], payload)),
        Outbound::Step2(payload) => Some(shared_frame(head, &[SYNC, STEP_2], payload)),
        Outbound::Update(payload) => Some(shared_frame(head, &[SYNC, UPDATE], payload)),
        Outbound::Presence(payload) => Some(shared_frame(head, &[AWARENESS], payload)),
        Outbound::PermissionDenied(reason) => Some(text_frame(head, &[AUTH, PERMISSION_DENIED], reason)),
        Outbound::Authenticated(_)
        | Outbound::Generation(_)
        | Outbound::TokenWanted
        | Outbound::Saved(_)
        | Outbound::Left(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::*;
    use crate::access::Access;
    use crate::wire::MAX_FRAME_BYTES;

    fn read(frame: &'static [u8]) -> Result<Inbound, WireError> {
        decode(&Bytes::from_static(frame))
    }

    fn written(message: &Outbound) -> Bytes {
        encode(message).unwrap().to_bytes()
    }

    #[test]
    fn every_message_of_a_client_is_read() {
        for (frame, message) in [
            (&b"\x00\x00\x01\x00"[..], Inbound::Step1(Bytes::from_static(&[0]))),
            (b"\x00\x01\x02\x00\x00", Inbound::Step2(Bytes::from_static(&[0, 0]))),
            (b"\x00\x02\x03abc", Inbound::Update(Bytes::from_static(b"abc"))),
            (b"\x01\x01\x00", Inbound::Presence(Bytes::from_static(&[0]))),
            (b"\x02\x00\x01x", Inbound::Stateless),
            (b"\x03", Inbound::QueryPresence),
            (b"\x03\x00", Inbound::QueryPresence),
        ] {
            assert_eq!(read(frame), Ok(message), "{frame:?}");
        }
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for (frame, error) in [
            (&b""[..], WireError::Truncated),
            (b"\x00", WireError::Truncated),
            (b"\x00\x02\x04abc", WireError::Truncated),
            (b"\x00\x03\x00", WireError::Unknown { what: "sync message type", value: 3 }),
            (b"\x04", WireError::Unknown { what: "message type", value: 4 }),
            (b"\x80\x02", WireError::Unknown { what: "message type", value: 256 }),
            (b"\x00\x00\x01\x00\x00", WireError::Trailing { bytes: 1 }),
        ] {
            assert_eq!(read(frame), Err(error), "{frame:?}");
        }
    }

    #[test]
    fn a_frame_has_a_limit() {
        let frame = Bytes::from(vec![3; MAX_FRAME_BYTES + 1]);

        assert!(matches!(decode(&frame), Err(WireError::Oversized { .. })));
        assert_eq!(decode(&frame.slice(1..)), Ok(Inbound::QueryPresence));
    }

    #[test]
    fn payloads_are_slices_of_the_frame() {
        let frame = Bytes::from(vec![0, 2, 3, b'a', b'b', b'c']);

        let Ok(Inbound::Update(payload)) = decode(&frame) else { panic!() };

        assert_eq!(payload.as_ptr(), frame[3..].as_ptr());
    }

    #[test]
    fn every_message_of_the_server_is_one_frame() {
        let payload = Bytes::from(vec![7; 200]);

        assert_eq!(written(&Outbound::Step1(Bytes::from_static(&[0])))[..], [0, 0, 1, 0]);
        assert_eq!(written(&Outbound::Step2(Bytes::from_static(&[0, 0])))[..], [0, 1, 2, 0, 0]);
        assert_eq!(written(&Outbound::Update(payload.clone()))[..], [&[0, 2, 0xc8, 0x01], &payload[..]].concat());
        assert_eq!(written(&Outbound::Presence(Bytes::from_static(&[0])))[..], [1, 1, 0]);
        assert_eq!(written(&Outbound::PermissionDenied("no".to_owned()))[..], *b"\x02\x00\x02no");
    }

    #[test]
    fn what_the_dialect_cannot_say_is_not_said() {
        for message in [
            Outbound::Authenticated(Access::Write),
            Outbound::TokenWanted,
            Outbound::Saved(true),
            Outbound::Left("gone".to_owned()),
        ] {
            assert_eq!(encode(&message), None);
        }
    }

    #[test]
    fn a_body_is_shared_by_all_frames() {
        let payload = Bytes::from(vec![1, 2, 3]);

        let frame = encode(&Outbound::Update(payload.clone())).unwrap();

        assert_eq!(frame.body.as_ptr(), payload.as_ptr());
        assert_eq!((frame.len(), frame.is_empty()), (6, false));
    }

    proptest! {
        #[test]
        fn no_frame_makes_it_panic(frame in any::<Vec<u8>>()) {
            drop(decode(&Bytes::from(frame)));
        }

        #[test]
        fn payloads_survive_the_way(payload in any::<Vec<u8>>()) {
            let payload = Bytes::from(payload);
            for (said, heard) in [
                (Outbound::Step1(payload.clone()), Inbound::Step1(payload.clone())),
                (Outbound::Step2(payload.clone()), Inbound::Step2(payload.clone())),
                (Outbound::Update(payload.clone()), Inbound::Update(payload.clone())),
                (Outbound::Presence(payload.clone()), Inbound::Presence(payload.clone())),
            ] {
                prop_assert_eq!(decode(&written(&said)), Ok(heard));
            }
        }
    }
}
