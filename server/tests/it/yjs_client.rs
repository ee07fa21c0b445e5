//! A Yjs client over a real socket, in either dialect. It encodes and decodes by its own few lines,
//! so that a mistake in the server's codecs is not made twice.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{Bytes, Error, Message, client::IntoClientRequest, http::HeaderValue, protocol::WebSocketConfig},
};
use yrs::{
    Doc, OffsetKind, Options, ReadTxn, StateVector, Text, Transact, Update,
    updates::{decoder::Decode, encoder::Encode},
};

use crate::signed_in::SignedIn;

/// How long anything may take before the test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    YWebsocket,
    Hocuspocus,
}

/// What a frame of the server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Step1,
    Step2,
    Update,
    Presence(Vec<u8>),
    Denied(String),
    Authenticated(String),
    Generation(String),
    TokenWanted,
    Saved(bool),
    Left,
    Ping,
    Closed(u16),
}

pub(crate) struct YjsClient {
    pub(crate) doc: Doc,
    pub(crate) dialect: Dialect,
    room: String,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Update frames sent and not acknowledged; Hocuspocus only.
    pub(crate) unsaved: i64,
}

pub(crate) fn new_doc() -> Doc {
    Doc::with_options(Options { offset_kind: OffsetKind::Utf16, ..Options::default() })
}

impl YjsClient {
    /// Opens a socket to the room, with somebody's cookie and a token if there is one, and asks for what it lacks.
    pub(crate) async fn connect(
        who: &SignedIn,
        room: &str,
        token: Option<&str>,
        dialect: Dialect,
        doc: Doc,
    ) -> Result<Self, Error> {
        let mut client = Self::open(who, room, token, dialect, doc).await?;
        if dialect == Dialect::Hocuspocus {
            let body = [&[2, 0][..], &text(token.unwrap_or_default()), &text("4.8.0")].concat();
            client.send(&body).await?;
        }
        let state_vector = client.doc.transact().state_vector().encode_v1();
        client.send(&[&[0, 0][..], &bytes(&state_vector)].concat()).await?;
        Ok(client)
    }

    /// Opens a socket and says nothing.
    pub(crate) async fn open(
        who: &SignedIn,
        room: &str,
        token: Option<&str>,
        dialect: Dialect,
        doc: Doc,
    ) -> Result<Self, Error> {
        let base = who.url.replacen("http", "ws", 1);
        let url = match dialect {
            Dialect::Hocuspocus => format!("{base}/collab"),
            Dialect::YWebsocket => {
                let query = token.map(|token| format!("?token={token}")).unwrap_or_default();
                format!("{base}/collab/{room}{query}")
            }
        };
        let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
        let mut request = url.into_client_request()?;
        request.headers_mut().insert("cookie", HeaderValue::try_from(&who.cookie)?);
        let (socket, _) = connect_async_with_config(request, Some(config), true).await?;
        Ok(Self { doc, dialect, room: room.to_owned(), socket, unsaved: 0 })
    }

    /// Sends one message, behind the room's address where the dialect has one.
    pub(crate) async fn send(&mut self, body: &[u8]) -> Result<(), Error> {
        let frame = match self.dialect {
            Dialect::YWebsocket => body.to_vec(),
            Dialect::Hocuspocus => [&text(&self.room)[..], body].concat(),
        };
        self.send_raw(frame).await
    }

    pub(crate) async fn send_raw(&mut self, frame: Vec<u8>) -> Result<(), Error> {
        self.socket.send(Message::Binary(Bytes::from(frame))).await
    }

    pub(crate) async fn send_message(&mut self, message: Message) -> Result<(), Error> {
        self.socket.send(message).await
    }

    /// From now on the client is in another room, which it asks to enter.
    pub(crate) async fn enter_as_well(&mut self, room: &str) {
        room.clone_into(&mut self.room);
        self.send(&[&[2, 0][..], &text(""), &text("4.8.0")].concat()).await.expect("the socket is open");
    }

    /// Appends to the text `t` and sends the update.
    pub(crate) async fn append(&mut self, piece: &str) -> Result<(), Error> {
        let update = {
            let shared = self.doc.get_or_insert_text("t");
            let mut txn = self.doc.transact_mut();
            let end = shared.len(&txn);
            shared.insert(&mut txn, end, piece);
            txn.encode_update_v1()
        };
        self.update(&update).await
    }

    pub(crate) async fn update(&mut self, update: &[u8]) -> Result<(), Error> {
        self.unsaved += 1;
        self.send(&[&[0, 2][..], &bytes(update)].concat()).await
    }

    pub(crate) async fn announce(&mut self, client: u64, clock: u64, state: &str) -> Result<(), Error> {
        let entry = [&uint(1)[..], &uint(client), &uint(clock), &text(state)].concat();
        self.send(&[&[1][..], &bytes(&entry)].concat()).await
    }

    /// The next thing the server says, taken in and answered as a provider would.
    pub(crate) async fn hear(&mut self) -> Result<Heard, Error> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Binary(frame))) => return self.take(&frame).await,
                Some(Ok(Message::Close(close))) => {
                    return Ok(Heard::Closed(close.map_or(1005, |close| close.code.into())));
                }
                Some(Ok(_)) => (),
                Some(Err(error)) => return Err(error),
                None => return Err(Error::ConnectionClosed),
            }
        }
    }

    /// The next message as it came; `None` when the socket has ended.
    pub(crate) async fn hear_raw(&mut self) -> Option<Result<Message, Error>> {
        self.socket.next().await
    }

    /// Hears until it hears this; what else was said is forgotten.
    pub(crate) async fn hear_until(&mut self, wanted: impl Fn(&Heard) -> bool) -> Heard {
        let heard = tokio::time::timeout(PATIENCE, async {
            loop {
                let heard = self.hear().await.expect("the socket is open");
                if wanted(&heard) {
                    return heard;
                }
            }
        });
        heard.await.expect("the server says it in time")
    }

    /// Hears until the socket is closed; answers with the code, if there was one.
    pub(crate) async fn hear_until_closed(&mut self) -> Option<u16> {
        let closed = tokio::time::timeout(PATIENCE, async {
            loop {
                match self.hear().await {
                    Ok(Heard::Closed(code)) => return Some(code),
                    Ok(_) => (),
                    Err(_) => return None,
                }
            }
        });
        closed.await.expect("the socket is closed in time")
    }

    /// Hears until everything sent is acknowledged and the content has arrived.
    pub(crate) async fn hear_until_saved(&mut self) {
        while self.unsaved > 0 {
            self.hear_until(|heard| matches!(heard, Heard::Saved(true))).await;
        }
    }

    pub(crate) async fn hear_until_synced(&mut self) {
        self.hear_until(|heard| *heard == Heard::Step1).await;
    }

    /// Asks for everything and hears until the answer is complete; answers with the bytes it took.
    /// What the server asks in turn is left unanswered until then, so that only sending is measured.
    pub(crate) async fn first_sync(&mut self) -> usize {
        if self.dialect == Dialect::Hocuspocus {
            self.send(&[&[2, 0][..], &text(""), &text("4.8.0")].concat()).await.expect("the socket is open");
        }
        self.send(&[0, 0, 1, 0]).await.expect("the socket is open");
        let mut frames = Vec::new();
        loop {
            let Some(Ok(Message::Binary(frame))) = self.hear_raw().await else { panic!("the socket has ended") };
            let head = if self.dialect == Dialect::Hocuspocus { text(&self.room).len() } else { 0 };
            let last = frame.get(head..head + 2) == Some(&[0, 1]);
            frames.push(frame);
            if last {
                break;
            }
        }
        for frame in &frames {
            self.take(frame).await.expect("the socket is open");
        }
        frames.iter().map(Bytes::len).sum()
    }

    /// Hears until the text is this long.
    pub(crate) async fn hear_until_length(&mut self, length: usize) {
        while self.text().len() < length {
            self.hear_until(|heard| matches!(heard, Heard::Update | Heard::Step2)).await;
        }
    }

    pub(crate) fn text(&self) -> String {
        use yrs::GetString;
        self.doc.get_or_insert_text("t").get_string(&self.doc.transact())
    }

    async fn take(&mut self, frame: &[u8]) -> Result<Heard, Error> {
        let mut rest = frame;
        if self.dialect == Dialect::Hocuspocus {
            if frame == [9] {
                return Ok(Heard::Ping);
            }
            assert_eq!(take_bytes(&mut rest), self.room.as_bytes());
        }
        Ok(match take_uint(&mut rest) {
            0 => match (take_uint(&mut rest), take_bytes(&mut rest)) {
                (0, peer) => {
                    let peer = StateVector::decode_v1(peer).expect("a state vector");
                    let answer = self.doc.transact().encode_state_as_update_v1(&peer);
                    self.unsaved += 1;
                    self.send(&[&[0, 1][..], &bytes(&answer)].concat()).await?;
                    Heard::Step1
                }
                (kind, update) => {
                    let update = Update::decode_v1(update).expect("an update");
                    self.doc.transact_mut().apply_update(update).expect("an update that fits");
                    if kind == 1 { Heard::Step2 } else { Heard::Update }
                }
            },
            1 => Heard::Presence(take_bytes(&mut rest).to_vec()),
            2 => {
                // y-protocols knows only the refusal, with tag 0; Hocuspocus has it at 1.
                let kind = take_uint(&mut rest);
                if rest.is_empty() {
                    return Ok(Heard::TokenWanted);
                }
                let words = String::from_utf8_lossy(take_bytes(&mut rest)).into_owned();
                if kind == 2 { Heard::Authenticated(words) } else { Heard::Denied(words) }
            }
            5 => Heard::Generation(String::from_utf8_lossy(take_bytes(&mut rest)).into_owned()),
            7 => Heard::Left,
            8 => {
                let saved = rest == [1];
                self.unsaved -= i64::from(saved);
                Heard::Saved(saved)
            }
            other => panic!("message {other}"),
        })
    }
}

pub(crate) fn uint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value > 127 {
        out.push((value & 127) as u8 | 128);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

pub(crate) fn bytes(payload: &[u8]) -> Vec<u8> {
    [&uint(payload.len() as u64)[..], payload].concat()
}

pub(crate) fn text(text: &str) -> Vec<u8> {
    bytes(text.as_bytes())
}

pub(crate) fn take_uint(rest: &mut &[u8]) -> u64 {
    let (mut value, mut shift) = (0, 0);
    loop {
        let (first, after) = rest.split_first().expect("an integer");
        *rest = after;
        value |= u64::from(first & 127) << shift;
        shift += 7;
        if *first < 128 {
            return value;
        }
    }
}

pub(crate) fn take_bytes<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let length = take_uint(rest) as usize;
    let (taken, after) = rest.split_at(length);
    *rest = after;
    taken
}
