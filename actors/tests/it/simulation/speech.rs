//! What a Hocuspocus provider understands of a frame.

use bytes::Bytes;
use protocol::wire::{
    presence::{self, PresenceEntry},
    varint::Reader,
};

/// What a room said to one session.
pub(super) enum Speech {
    /// It asks for what it lacks.
    Step1(Bytes),
    Content(Bytes),
    Presence(Vec<PresenceEntry>),
    /// An update is saved, or is not taken.
    Saved(bool),
    /// The session may do something else now, or is denied something.
    Access,
    /// Which generation the room is of.
    Generation,
    /// The session is out of the room.
    Left,
}

impl Speech {
    pub(super) fn read(frame: &Bytes) -> Self {
        let mut reader = Reader::new(frame);
        reader.bytes().unwrap();
        let bytes = |bytes: &[u8]| Bytes::copy_from_slice(bytes);
        match reader.uint().unwrap() {
            0 => match (reader.uint().unwrap(), reader.bytes().unwrap()) {
                (0, peer) => Self::Step1(bytes(peer)),
                (_, update) => Self::Content(bytes(update)),
            },
            1 => Self::Presence(presence::decode(&bytes(reader.bytes().unwrap())).unwrap()),
            2 => Self::Access,
            5 => Self::Generation,
            7 => Self::Left,
            8 => Self::Saved(reader.int().unwrap() == 1),
            other => panic!("message {other}"),
        }
    }
}
