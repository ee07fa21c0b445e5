//! Somebody who types into a page: what a Yjs provider of Hocuspocus does. It keeps what is not
//! acknowledged in its document, and gives it to the next node when its connection ends.

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use tokio::{
    net::TcpStream,
    time::{Instant, sleep_until, timeout, timeout_at},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{Bytes, Message, client::IntoClientRequest, http::HeaderValue, protocol::WebSocketConfig},
};
use yrs::{
    Doc, ReadTxn, StateVector, Transact,
    updates::{decoder::Decode, encoder::Encode},
};

use crate::{
    desk::Desk,
    page,
    random::Random,
    token::{self, Token},
    wire::{self, Heard},
};

/// How long a connection, or a frame on its way out, may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait before the next node is tried; as long again at most, by chance.
const RETRY_PAUSE_MS: u64 = 100;
/// Tokens typed ahead of the acknowledgements.
const MAX_UNSAVED: u32 = 200;

/// How much of a room a client keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeps {
    /// The document, as a browser does.
    Everything,
    /// Its own edits, and which tokens of others it has been told: a thousand of these fit on two cores.
    Tokens,
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub(crate) struct Client {
    pub(crate) number: u32,
    pub(crate) room: String,
    /// The document, or its own part of it.
    pub(crate) doc: Doc,
    /// Tokens it was told, if that is all it keeps.
    pub(crate) told: HashSet<Token>,
    keeps: Keeps,
    /// Whether what it is told counts as seen.
    observes: bool,
    desk: Arc<Desk>,
    /// `host:port` of the nodes; it goes from one to the next.
    doors: Vec<String>,
    door: usize,
    socket: Option<Socket>,
    /// Whether everything that was there when it connected has come.
    has_content: bool,
    /// For every frame that is not acknowledged, how much was typed when it was sent.
    frames: VecDeque<u32>,
    /// Of every token that is not acknowledged, when it was typed.
    unsaved: VecDeque<(Instant, &'static str)>,
    typed: u32,
    heard_at: Instant,
    lost_at: Option<Instant>,
    random: Random,
}

impl Client {
    pub(crate) fn new(number: u32, room: &str, doors: Vec<String>, keeps: Keeps, desk: &Arc<Desk>) -> Self {
        Self {
            number,
            room: room.to_owned(),
            doc: page::new(),
            told: HashSet::new(),
            keeps,
            observes: false,
            desk: Arc::clone(desk),
            doors,
            door: 0,
            socket: None,
            has_content: false,
            frames: VecDeque::new(),
            unsaved: VecDeque::new(),
            typed: 0,
            heard_at: Instant::now(),
            lost_at: None,
            random: Random::seeded(number.into()),
        }
    }

    /// The same, for one whose sight counts.
    pub(crate) fn observing(mut self) -> Self {
        self.observes = true;
        self
    }

    pub(crate) fn keeps(&self) -> Keeps {
        self.keeps
    }

    /// Whether it is connected, has everything, and everything it has typed is acknowledged.
    pub(crate) fn is_in_step(&self) -> bool {
        self.socket.is_some() && self.has_content && self.frames.is_empty() && self.unsaved.is_empty()
    }

    /// Types a token, and sends it if there is a connection; not when it is too far ahead.
    pub(crate) async fn type_token(&mut self) {
        if self.unsaved.len() >= MAX_UNSAVED as usize {
            return;
        }
        let token = Token { writer: self.number, number: self.typed };
        let update = page::type_token(&self.doc, token, &mut self.random);
        self.typed += 1;
        self.unsaved.push_back(self.desk.typed(token));
        if self.socket.is_some() {
            self.frames.push_back(self.typed);
            self.send(wire::update(&self.room, &update)).await;
        }
    }

    /// Listens, and comes back when its connection ends, for as long as this takes.
    pub(crate) async fn live_for(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while Instant::now() < until {
            self.live(until).await;
        }
    }

    /// Listens until it is in step; false if that takes longer than `time`.
    pub(crate) async fn settle(&mut self, time: Duration) -> bool {
        let until = Instant::now() + time;
        while !self.is_in_step() && Instant::now() < until {
            self.live(until.min(Instant::now() + Duration::from_millis(100))).await;
        }
        self.is_in_step()
    }

    async fn live(&mut self, until: Instant) {
        let dead_at = if self.frames.is_empty() { until } else { self.heard_at + self.desk.patience };
        let Some(socket) = &mut self.socket else { return self.connect(until).await };
        match timeout_at(until.min(dead_at), socket.next()).await {
            Ok(Some(Ok(Message::Binary(frame)))) => self.hear(&frame).await,
            Ok(Some(Ok(Message::Close(_)) | Err(_)) | None) => self.lose(),
            Ok(Some(Ok(_))) => self.heard_at = Instant::now(),
            Err(_elapsed) if !self.frames.is_empty() && Instant::now() >= dead_at => self.lose(),
            Err(_elapsed) => (),
        }
    }

    async fn connect(&mut self, until: Instant) {
        match timeout(CONNECT_TIMEOUT, self.open()).await {
            Ok(Some(socket)) => {
                self.socket = Some(socket);
                self.heard_at = Instant::now();
                self.desk.connected();
                let state_vector = self.doc.transact().state_vector().encode_v1();
                self.send(wire::enter(&self.room)).await;
                self.send(wire::step_1(&self.room, &state_vector)).await;
            }
            _ => {
                self.door = (self.door + 1) % self.doors.len();
                let pause = self.random.time(RETRY_PAUSE_MS, 2 * RETRY_PAUSE_MS);
                sleep_until(until.min(Instant::now() + pause)).await;
            }
        }
    }

    async fn open(&self) -> Option<Socket> {
        let mut request = format!("ws://{}/collab", self.doors[self.door]).into_client_request().ok()?;
        request.headers_mut().insert("cookie", HeaderValue::try_from(&self.desk.cookie).ok()?);
        let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
        connect_async_with_config(request, Some(config), true).await.ok().map(|(socket, _)| socket)
    }

    async fn send(&mut self, frame: Vec<u8>) {
        let Some(socket) = &mut self.socket else { return };
        let sent = timeout(CONNECT_TIMEOUT, socket.send(Message::Binary(Bytes::from(frame)))).await;
        if !matches!(sent, Ok(Ok(()))) {
            self.lose();
        }
    }

    async fn hear(&mut self, frame: &[u8]) {
        self.heard_at = Instant::now();
        if frame == wire::PING {
            return self.send(wire::PONG.to_vec()).await;
        }
        match wire::decode(frame) {
            Ok(Heard::Step1(theirs)) => {
                let Ok(theirs) = StateVector::decode_v1(theirs) else { return self.lose() };
                let lacking = self.doc.transact().encode_state_as_update_v1(&theirs);
                self.frames.push_back(self.typed);
                self.send(wire::step_2(&self.room, &lacking)).await;
            }
            Ok(Heard::Step2(update)) => {
                self.take(update);
                self.has_content = true;
            }
            Ok(Heard::Update(update)) => self.take(update),
            Ok(Heard::Saved(true)) => self.saved(),
            Ok(Heard::Saved(false) | Heard::Out) | Err(_) => self.lose(),
            Ok(Heard::Other) => (),
        }
        if let Some(lost_at) = self.lost_at.take_if(|_| self.socket.is_some() && self.has_content) {
            self.desk.returned(lost_at);
        }
    }

    fn take(&mut self, update: &[u8]) {
        if self.observes || self.keeps == Keeps::Tokens {
            for token in token::find(update) {
                if self.observes {
                    self.desk.seen(token);
                }
                if self.keeps == Keeps::Tokens {
                    self.told.insert(token);
                }
            }
        }
        if self.keeps == Keeps::Everything && !page::apply(&self.doc, update) {
            self.lose();
        }
    }

    /// The oldest frame is acknowledged, and with it whatever was typed before it was sent: an update
    /// is only taken in behind those it builds on.
    fn saved(&mut self) {
        let through = self.frames.pop_front().unwrap_or(0);
        let first = self.typed - self.unsaved.len() as u32;
        for number in first..through {
            if let Some(typed) = self.unsaved.pop_front() {
                self.desk.saved(&self.room, Token { writer: self.number, number }, typed);
            }
        }
    }

    /// Goes on without the connection; the next one will be to the next node.
    fn lose(&mut self) {
        self.socket = None;
        self.has_content = false;
        self.frames.clear();
        self.lost_at.get_or_insert_with(Instant::now);
        self.door = (self.door + 1) % self.doors.len();
    }
}
