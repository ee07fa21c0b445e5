//! What nodes tell each other ([`Said`]), as bytes.
//!
//! One byte names this layout, 16 are the node that speaks, one says what follows. Ids are their 16
//! bytes; everything else is lib0 integers and byte strings.

use bytes::{BufMut, Bytes, BytesMut};
use uuid::Uuid;

use super::{
    MAX_FRAME_BYTES, WireError, presence,
    varint::{Reader, put_bytes, put_uint},
};
use crate::{
    ids::NodeId,
    nodes::{Change, Head, News, Said},
    principal::CredentialId,
};

/// The layout described above.
const LAYOUT: u8 = 1;
/// Heads one message may tell of.
pub const MAX_HEADS: u64 = 1_024;
/// Updates one message may carry.
pub const MAX_UPDATES: u64 = 10_000;

const COMMITTED: u8 = 1;
const REACHES: u8 = 2;
const PRESENCE: u8 = 3;
const PRESENCE_WANTED: u8 = 4;
const ALIVE: u8 = 5;
const DEVICE_CHANGED: u8 = 6;
const KEY_CHANGED: u8 = 7;
const PRINCIPAL_CHANGED: u8 = 8;
const WORKSPACE_CHANGED: u8 = 9;
const LEAVING: u8 = 10;

/// Writes what a node says.
pub fn encode(node: NodeId, said: &Said) -> Bytes {
    let mut out = BytesMut::new();
    out.put_u8(LAYOUT);
    put_id(&mut out, node.as_uuid());
    match said {
        Said::Room(room, news) => put_news(&mut out, room.as_uuid(), news),
        Said::Alive(heads) => {
            out.put_u8(ALIVE);
            put_uint(&mut out, heads.len() as u64);
            for Head { room, generation, head } in heads {
                put_id(&mut out, room.as_uuid());
                put_uint(&mut out, *generation);
                put_uint(&mut out, *head);
            }
        }
        Said::Leaving => out.put_u8(LEAVING),
        Said::Changed(change) => {
            let (kind, id) = match change {
                Change::Credential(CredentialId::Device(id)) => (DEVICE_CHANGED, id.as_uuid()),
                Change::Credential(CredentialId::Key(id)) => (KEY_CHANGED, id.as_uuid()),
                Change::Principal(id) => (PRINCIPAL_CHANGED, id.as_uuid()),
                Change::Workspace(id) => (WORKSPACE_CHANGED, id.as_uuid()),
            };
            out.put_u8(kind);
            put_id(&mut out, id);
        }
    }
    out.freeze()
}

fn put_news(out: &mut BytesMut, room: Uuid, news: &News) {
    let kind = match news {
        News::Committed { .. } => COMMITTED,
        News::Reaches { .. } => REACHES,
        News::Presence(_) => PRESENCE,
        News::PresenceWanted => PRESENCE_WANTED,
    };
    out.put_u8(kind);
    put_id(out, room);
    match news {
        News::Committed { generation, first, updates } => {
            put_uint(out, *generation);
            put_uint(out, *first);
            put_uint(out, updates.len() as u64);
            updates.iter().for_each(|update| put_bytes(out, update));
        }
        News::Reaches { generation, head } => {
            put_uint(out, *generation);
            put_uint(out, *head);
        }
        News::Presence(entries) => out.put_slice(&presence::encode(entries.iter())),
        News::PresenceWanted => (),
    }
}

/// Reads what a node says. Updates and states are slices of the message.
///
/// # Errors
/// [`WireError`] if the bytes are not exactly one message within the limits.
pub fn decode(message: &Bytes) -> Result<(NodeId, Said), WireError> {
    if message.len() > MAX_FRAME_BYTES {
        return Err(WireError::Oversized { what: "message in bytes", limit: MAX_FRAME_BYTES as u64 });
    }
    let mut reader = Reader::new(message);
    let layout = reader.byte()?;
    if layout != LAYOUT {
        return Err(WireError::Unknown { what: "layout", value: layout.into() });
    }
    let node = id(&mut reader)?;
    let said = match reader.byte()? {
        COMMITTED => Said::Room(id(&mut reader)?, committed(&mut reader, message)?),
        REACHES => {
            let room = id(&mut reader)?;
            Said::Room(room, News::Reaches { generation: reader.uint()?, head: reader.uint()? })
        }
        PRESENCE => {
            let room = id(&mut reader)?;
            let payload = message.slice(message.len() - reader.remaining()..);
            return Ok((node, Said::Room(room, News::Presence(presence::decode(&payload)?))));
        }
        PRESENCE_WANTED => Said::Room(id(&mut reader)?, News::PresenceWanted),
        ALIVE => Said::Alive(heads(&mut reader)?),
        LEAVING => Said::Leaving,
        DEVICE_CHANGED => Said::Changed(Change::Credential(CredentialId::Device(id(&mut reader)?))),
        KEY_CHANGED => Said::Changed(Change::Credential(CredentialId::Key(id(&mut reader)?))),
        PRINCIPAL_CHANGED => Said::Changed(Change::Principal(id(&mut reader)?)),
        WORKSPACE_CHANGED => Said::Changed(Change::Workspace(id(&mut reader)?)),
        kind => return Err(WireError::Unknown { what: "kind of message", value: kind.into() }),
    };
    reader.finish()?;
    Ok((node, said))
}

fn committed(reader: &mut Reader<'_>, message: &Bytes) -> Result<News, WireError> {
    let (generation, first) = (reader.uint()?, reader.uint()?);
    let count = reader.count(1)?;
    match count {
        0 => return Err(WireError::Empty("commit")),
        1..=MAX_UPDATES => (),
        _ => return Err(WireError::Oversized { what: "number of updates", limit: MAX_UPDATES }),
    }
    let updates = (0..count).map(|_| Ok(message.slice_ref(reader.bytes()?)));
    Ok(News::Committed { generation, first, updates: updates.collect::<Result<_, WireError>>()? })
}

fn heads(reader: &mut Reader<'_>) -> Result<Vec<Head>, WireError> {
    let count = reader.count(18)?;
    if count > MAX_HEADS {
        return Err(WireError::Oversized { what: "number of heads", limit: MAX_HEADS });
    }
    (0..count).map(|_| Ok(Head { room: id(reader)?, generation: reader.uint()?, head: reader.uint()? })).collect()
}

fn put_id(out: &mut BytesMut, id: Uuid) {
    out.put_slice(id.as_bytes());
}

fn id<T: From<Uuid>>(reader: &mut Reader<'_>) -> Result<T, WireError> {
    let id = Uuid::from_slice(reader.take(16)?).map_err(|_length| WireError::Truncated)?;
    Ok(id.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, prop_assert_eq, proptest};

    use super::*;
    use crate::{
        ids::{ApiKeyId, DeviceId, PrincipalId, RoomId, WorkspaceId},
        wire::presence::PresenceEntry,
    };

    fn everything() -> Vec<Said> {
        let room = RoomId::new();
        let entry = PresenceEntry { client: 7, clock: 2, state: Some(Bytes::from_static(b"{}")) };
        let updates = vec![Bytes::from_static(b"ab"), Bytes::new()];
        vec![
            Said::Room(room, News::Committed { generation: 3, first: 141, updates }),
            Said::Room(room, News::Reaches { generation: 1, head: 300 }),
            Said::Room(room, News::Presence(vec![entry, PresenceEntry { client: 300, clock: 1, state: None }])),
            Said::Room(room, News::PresenceWanted),
            Said::Alive(vec![Head { room, generation: 1, head: 9 }]),
            Said::Alive(vec![]),
            Said::Leaving,
            Said::Changed(Change::Credential(CredentialId::Device(DeviceId::new()))),
            Said::Changed(Change::Credential(CredentialId::Key(ApiKeyId::new()))),
            Said::Changed(Change::Principal(PrincipalId::new())),
            Said::Changed(Change::Workspace(WorkspaceId::new())),
        ]
    }

    #[test]
    fn what_is_said_is_heard() {
        let node = NodeId::new();
        for said in everything() {
            assert_eq!(decode(&encode(node, &said)), Ok((node, said)));
        }
    }

    #[test]
    fn nothing_is_heard_of_a_message_that_was_cut_off() {
        for said in everything() {
            let whole = encode(NodeId::new(), &said);
            for cut in 0..whole.len() {
                assert!(decode(&whole.slice(..cut)).is_err(), "{said:?} cut at {cut}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), kind in 0_u8..12) {
            let mut message = BytesMut::new();
            message.put_u8(LAYOUT);
            put_id(&mut message, Uuid::nil());
            message.put_u8(kind);
            message.put_slice(&bytes);
            if let Ok((node, said)) = decode(&message.freeze()) {
                prop_assert_eq!(decode(&encode(node, &said)), Ok((node, said)));
            }
        }
    }
}
