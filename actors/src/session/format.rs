//! The dialect a session speaks.

use bytes::Bytes;
use protocol::wire::{Frame, Outbound, hocuspocus, y_websocket};

/// How to write to one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// y-websocket: the socket is the room.
    YWebsocket,
    /// Hocuspocus: every frame names its room by the address the client used, byte for byte.
    Hocuspocus {
        /// What the client called the room.
        address: Bytes,
    },
}

impl Format {
    /// The message as this session reads it; `None` where its dialect has no such message.
    pub fn encode(&self, message: &Outbound) -> Option<Frame> {
        match self {
            // y-websocket has no acknowledgements. What was not taken must not go unsaid.
            Self::YWebsocket if matches!(message, Outbound::Saved(false)) => {
                y_websocket::encode(&Outbound::PermissionDenied("this session may only read".to_owned()))
            }
            Self::YWebsocket => y_websocket::encode(message),
            Self::Hocuspocus { address } => Some(hocuspocus::encode(address, message)),
        }
    }
}

/// One message for many sessions, encoded once per dialect and address.
///
/// Sessions of a room nearly always share one address, so the last one is enough to remember.
pub(crate) struct Frames {
    message: Outbound,
    y_websocket: Option<Option<Frame>>,
    hocuspocus: Option<(Bytes, Frame)>,
}

impl Frames {
    pub(crate) fn new(message: Outbound) -> Self {
        Self { message, y_websocket: None, hocuspocus: None }
    }

    pub(crate) fn for_format(&mut self, format: &Format) -> Option<Frame> {
        match format {
            Format::YWebsocket => self.y_websocket.get_or_insert_with(|| y_websocket::encode(&self.message)).clone(),
            Format::Hocuspocus { address } => match &self.hocuspocus {
                Some((known, frame)) if known == address => Some(frame.clone()),
                _ => {
                    let frame = hocuspocus::encode(address, &self.message);
                    self.hocuspocus = Some((address.clone(), frame.clone()));
                    Some(frame)
                }
            },
        }
    }
}
