//! The dialect of Hocuspocus (providers v3 and v4): one socket carries many documents, and every
//! frame but ping and pong begins with the address of one.
//!
//! An address is the name of a document, or `name NUL session` from providers that tell their tabs
//! apart. A provider finds its room again by the raw bytes, so answers carry what was received.

use bytes::{Bytes, BytesMut};

use super::varint::{Reader, put_bytes};
use super::y_protocols::{AUTH, AWARENESS, QUERY_AWARENESS, STEP_1, STEP_2, SYNC, UPDATE};
use super::y_protocols::{HEAD_BYTES, bare_frame, read_presence, read_sync, read_tag, shared_frame, text_frame};
use super::{Frame, Inbound, Outbound, WireError, check_frame};
use crate::access::Access;

/// Bytes of the longest address.
pub const MAX_ADDRESS_BYTES: usize = 512;

/// Bytes of the longest token: what other servers take as a whole header.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// Bytes of the longest version a provider may call itself.
pub const MAX_VERSION_BYTES: usize = 64;

/// Message types after those of y-protocols (`@hocuspocus/server/src/types.ts`).
const SYNC_REPLY: u8 = 4;
const STATELESS: u8 = 5;
const CLOSE: u8 = 7;
const SYNC_STATUS: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// Types of an auth message (`@hocuspocus/common/src/auth.ts`).
const TOKEN: u8 = 0;
const PERMISSION_DENIED: u8 = 1;
const AUTHENTICATED: u8 = 2;

/// What a frame of a client was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// The answer to [`ping`], about no document.
    Pong,
    /// A message about one document.
    Message {
        /// The raw address, to answer with. UTF-8 with a [`document_name`] that is not blank.
        address: Bytes,
        /// What the client says. Payloads are not looked into.
        message: Inbound,
    },
}

/// Reads one frame of a client.
///
/// # Errors
/// [`WireError`] if the frame is not exactly one message, or one that only servers may send.
pub fn decode(frame: &Bytes) -> Result<Received, WireError> {
    check_frame(frame)?;
    if frame[..] == [PONG] {
        return Ok(Received::Pong);
    }
    let mut reader = Reader::new(frame);
    let address = reader.bytes_up_to(MAX_ADDRESS_BYTES as u64, "address in bytes")?;
    if std::str::from_utf8(address).is_err() {
        return Err(WireError::NotUtf8);
    }
    if document_name(address).is_none() {
        return Err(WireError::Empty("address"));
    }
    let message = match read_tag(&mut reader, "message type")? {
        // A reply asks for no Step1 in return, and rooms send none for a Step2 anyway.
        SYNC | SYNC_REPLY => read_sync(frame, &mut reader)?,
        AWARENESS => read_presence(frame, &mut reader)?,
        AUTH => read_token(&mut reader)?,
        QUERY_AWARENESS => Inbound::QueryPresence,
        STATELESS => {
            reader.text()?;
            Inbound::Stateless
        }
        CLOSE => Inbound::Leave,
        tag => return Err(WireError::Unknown { what: "message type", value: tag.into() }),
    };
    reader.finish()?;
    Ok(Received::Message { address: frame.slice_ref(address), message })
}

/// The name of the document at this address: what stands before NUL. `None` if that is blank, or not UTF-8.
pub fn document_name(address: &[u8]) -> Option<&str> {
    let name = address.split(|&byte| byte == 0).next()?;
    std::str::from_utf8(name).ok().filter(|name| !name.trim().is_empty())
}

/// Writes one message to this address, which is given as it was received.
pub fn encode(address: &[u8], message: &Outbound) -> Frame {
    let mut head = BytesMut::with_capacity(HEAD_BYTES + address.len());
    put_bytes(&mut head, address);
    match message {
        Outbound::Step1(payload) => shared_frame(head, &[SYNC, STEP_1], payload),
        Outbound::Step2(payload) => shared_frame(head, &[SYNC, STEP_2], payload),
        Outbound::Update(payload) => shared_frame(head, &[SYNC, UPDATE], payload),
        Outbound::Presence(payload) => shared_frame(head, &[AWARENESS], payload),
        Outbound::PermissionDenied(reason) => text_frame(head, &[AUTH, PERMISSION_DENIED], reason),
        Outbound::Authenticated(access) => text_frame(head, &[AUTH, AUTHENTICATED], scope(*access)),
        // Providers hand what is stateless to their application, which knows ours or passes it over.
        Outbound::Generation(generation) => {
            text_frame(head, &[STATELESS], &format!(r#"{{"generation":{generation}}}"#))
        }
        Outbound::TokenWanted => bare_frame(head, &[AUTH, TOKEN]),
        // The status is a signed integer; 0 and 1 look the same as unsigned ones.
        Outbound::Saved(saved) => bare_frame(head, &[SYNC_STATUS, u8::from(*saved)]),
        Outbound::Left(reason) => text_frame(head, &[CLOSE], reason),
    }
}

/// The frame that keeps a provider of version 4 or later awake. Version 3 reads it as an address
/// without end: send that one an empty presence instead.
pub const fn ping() -> Frame {
    Frame { head: Bytes::from_static(&[PING]), body: Bytes::new() }
}

fn read_token(reader: &mut Reader<'_>) -> Result<Inbound, WireError> {
    match read_tag(reader, "auth message type")? {
        TOKEN => {}
        tag => return Err(WireError::Unknown { what: "auth message type", value: tag.into() }),
    }
    let token = read_text_up_to(reader, MAX_TOKEN_BYTES, "token in bytes")?;
    // Version 3 ends here.
    let version = match reader.remaining() {
        0 => None,
        _ => Some(read_text_up_to(reader, MAX_VERSION_BYTES, "version in bytes")?),
    };
    Ok(Inbound::Token { token, version })
}

fn read_text_up_to(reader: &mut Reader<'_>, limit_bytes: usize, what: &'static str) -> Result<String, WireError> {
    let bytes = reader.bytes_up_to(limit_bytes as u64, what)?;
    std::str::from_utf8(bytes).map(str::to_owned).or(Err(WireError::NotUtf8))
}

/// What the provider calls an access (`@hocuspocus/common/src/types.ts`). It knows no commenters.
const fn scope(access: Access) -> &'static str {
    match access {
        Access::Write => "read-write",
        Access::Read | Access::Comment => "readonly",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::*;

    fn read(frame: &[u8]) -> Result<Received, WireError> {
        decode(&Bytes::copy_from_slice(frame))
    }

    fn written(message: &Outbound) -> Bytes {
        encode(b"doc", message).to_bytes()
    }

    #[test]
    fn every_message_of_a_provider_is_read() {
        let token = |token: &str, version: Option<&str>| Inbound::Token {
            token: token.to_owned(),
            version: version.map(str::to_owned),
        };
        for (frame, message) in [
            (&b"\x03doc\x00\x00\x01\x00"[..], Inbound::Step1(Bytes::from_static(&[0]))),
            (b"\x03doc\x00\x01\x02\x00\x00", Inbound::Step2(Bytes::from_static(&[0, 0]))),
            (b"\x03doc\x00\x02\x03abc", Inbound::Update(Bytes::from_static(b"abc"))),
            (b"\x03doc\x04\x01\x02\x00\x00", Inbound::Step2(Bytes::from_static(&[0, 0]))),
            (b"\x03doc\x01\x01\x00", Inbound::Presence(Bytes::from_static(&[0]))),
            (b"\x03doc\x02\x00\x06secret\x054.8.0", token("secret", Some("4.8.0"))),
            (b"\x03doc\x02\x00\x06secret", token("secret", None)),
            (b"\x03doc\x02\x00\x00", token("", None)),
            (b"\x03doc\x03", Inbound::QueryPresence),
            (b"\x03doc\x05\x02hi", Inbound::Stateless),
            (b"\x03doc\x07", Inbound::Leave),
        ] {
            let address = Bytes::from_static(b"doc");
            assert_eq!(read(frame), Ok(Received::Message { address, message }), "{frame:?}");
        }
    }

    #[test]
    fn a_pong_has_no_address() {
        assert_eq!(read(&[10]), Ok(Received::Pong));
        assert_eq!(ping().to_bytes()[..], [9]);
        assert_eq!(read(&[9]), Err(WireError::Truncated));
    }

    #[test]
    fn what_only_servers_may_say_is_refused() {
        for (frame, what, value) in [
            (&b"\x03doc\x06\x02hi"[..], "message type", 6),
            (b"\x03doc\x08\x01", "message type", 8),
            (b"\x03doc\x09", "message type", 9),
            (b"\x03doc\x0a", "message type", 10),
            (b"\x03doc\x66", "message type", 0x66),
            (b"\x03doc\x02\x01\x02no", "auth message type", 1),
            (b"\x03doc\x02\x02\x08readonly", "auth message type", 2),
            (b"\x03doc\x00\x03\x00", "sync message type", 3),
        ] {
            assert_eq!(read(frame), Err(WireError::Unknown { what, value }), "{frame:?}");
        }
    }

    #[test]
    fn frames_end_where_their_message_does() {
        assert_eq!(read(b"\x03doc\x07\x00"), Err(WireError::Trailing { bytes: 1 }));
        assert_eq!(read(b"\x03doc\x02\x00\x01t\x01v\x00"), Err(WireError::Trailing { bytes: 1 }));
        assert_eq!(read(b"\x03doc\x05\x03hi"), Err(WireError::Truncated));
        assert_eq!(read(b"\x03doc"), Err(WireError::Truncated));
        assert_eq!(read(b""), Err(WireError::Truncated));
    }

    #[test]
    fn an_address_is_what_stands_before_the_session() {
        assert_eq!(document_name(b"doc"), Some("doc"));
        assert_eq!(document_name("höhle\0tab 1".as_bytes()), Some("höhle"));
        for address in [&b""[..], b" ", b"\0tab", b" \t\0tab", b"\xff"] {
            assert_eq!(document_name(address), None, "{address:?}");
        }
    }

    #[test]
    fn blank_addresses_are_refused() {
        assert_eq!(read(b"\x00\x07"), Err(WireError::Empty("address")));
        assert_eq!(read(b"\x02  \x07"), Err(WireError::Empty("address")));
        assert_eq!(read(b"\x04\x00tab\x07"), Err(WireError::Empty("address")));
        assert_eq!(read(b"\x01\xff\x07"), Err(WireError::NotUtf8));
    }

    #[test]
    fn the_raw_address_comes_back_with_its_session() {
        let received = read(b"\x07doc\x00tab\x07");

        let address = Bytes::from_static(b"doc\0tab");
        assert_eq!(received, Ok(Received::Message { address: address.clone(), message: Inbound::Leave }));
        assert_eq!(encode(&address, &Outbound::TokenWanted).to_bytes()[..], *b"\x07doc\x00tab\x02\x00");
    }

    #[test]
    fn names_and_tokens_have_limits() {
        let message = |address: usize, token: usize, version: usize| {
            let mut frame = BytesMut::new();
            put_bytes(&mut frame, &vec![b'a'; address]);
            frame.extend_from_slice(&[AUTH, TOKEN]);
            put_bytes(&mut frame, &vec![b't'; token]);
            put_bytes(&mut frame, &vec![b'v'; version]);
            decode(&frame.freeze())
        };
        let oversized = |what, limit: usize| Err(WireError::Oversized { what, limit: limit as u64 });

        assert!(message(MAX_ADDRESS_BYTES, MAX_TOKEN_BYTES, MAX_VERSION_BYTES).is_ok());
        assert_eq!(message(MAX_ADDRESS_BYTES + 1, 0, 0), oversized("address in bytes", MAX_ADDRESS_BYTES));
        assert_eq!(message(1, MAX_TOKEN_BYTES + 1, 0), oversized("token in bytes", MAX_TOKEN_BYTES));
        assert_eq!(message(1, 0, MAX_VERSION_BYTES + 1), oversized("version in bytes", MAX_VERSION_BYTES));
    }

    #[test]
    fn every_message_of_the_server_is_written() {
        for (message, frame) in [
            (Outbound::Step1(Bytes::from_static(&[0])), &b"\x03doc\x00\x00\x01\x00"[..]),
            (Outbound::Step2(Bytes::from_static(&[0, 0])), b"\x03doc\x00\x01\x02\x00\x00"),
            (Outbound::Update(Bytes::from_static(b"abc")), b"\x03doc\x00\x02\x03abc"),
            (Outbound::Presence(Bytes::from_static(&[0])), b"\x03doc\x01\x01\x00"),
            (Outbound::PermissionDenied("no".to_owned()), b"\x03doc\x02\x01\x02no"),
            (Outbound::Authenticated(Access::Write), b"\x03doc\x02\x02\x0aread-write"),
            (Outbound::Authenticated(Access::Comment), b"\x03doc\x02\x02\x08readonly"),
            (Outbound::Authenticated(Access::Read), b"\x03doc\x02\x02\x08readonly"),
            (Outbound::Generation(12), b"\x03doc\x05\x11{\"generation\":12}"),
            (Outbound::TokenWanted, b"\x03doc\x02\x00"),
            (Outbound::Saved(true), b"\x03doc\x08\x01"),
            (Outbound::Saved(false), b"\x03doc\x08\x00"),
            (Outbound::Left("bye".to_owned()), b"\x03doc\x07\x03bye"),
        ] {
            assert_eq!(written(&message)[..], *frame, "{message:?}");
        }
    }

    proptest! {
        #[test]
        fn no_frame_makes_it_panic(frame in any::<Vec<u8>>()) {
            drop(read(&frame));
        }

        #[test]
        fn payloads_survive_the_way(address in "[a-zäöü /]{1,40}x", payload in any::<Vec<u8>>()) {
            let (address, payload) = (Bytes::from(address), Bytes::from(payload));
            for (said, heard) in [
                (Outbound::Step1(payload.clone()), Inbound::Step1(payload.clone())),
                (Outbound::Step2(payload.clone()), Inbound::Step2(payload.clone())),
                (Outbound::Update(payload.clone()), Inbound::Update(payload.clone())),
                (Outbound::Presence(payload.clone()), Inbound::Presence(payload.clone())),
            ] {
                let received = decode(&encode(&address, &said).to_bytes());
                prop_assert_eq!(received, Ok(Received::Message { address: address.clone(), message: heard }));
            }
        }
    }
}
