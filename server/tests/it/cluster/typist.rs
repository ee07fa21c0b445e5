//! Somebody who types into a page, and goes to another node when one is gone: what a
//! `HocuspocusProvider` does, with a document of its own.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::time::{Instant, timeout, timeout_at};
use yrs::Doc;

use super::{ledger::Ledger, page};
use crate::{
    signed_in::SignedIn,
    storm::Random,
    yjs_client::{Dialect, Heard, YjsClient, new_doc},
};

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a typist waits before it tries the next node.
const RETRY_PAUSE: Duration = Duration::from_millis(100);
/// How long it waits for an acknowledgement before it takes its connection for dead.
const WATCHDOG: Duration = Duration::from_secs(3);
/// Tokens it types ahead of the acknowledgements.
const MAX_UNSAVED: u32 = 200;

pub(crate) struct Typist {
    /// Unique among all typists of a test.
    pub(crate) number: u32,
    pub(crate) doc: Doc,
    pub(crate) room: String,
    /// Tokens typed so far.
    pub(crate) typed: u32,
    /// How many of them, from the first on, were acknowledged.
    pub(crate) saved: u32,
    /// How often its connection has ended without being asked to.
    pub(crate) interruptions: u32,
    who: SignedIn,
    /// Where the nodes answer; it goes from one to the next.
    doors: Vec<String>,
    door: usize,
    socket: Option<YjsClient>,
    /// Whether everything that was there when it connected has come.
    has_content: bool,
    /// For every frame that is not acknowledged, how much was typed when it was sent.
    frames: VecDeque<u32>,
    heard_at: Instant,
    ledger: Ledger,
    random: Random,
}

impl Typist {
    pub(crate) fn new(number: u32, who: SignedIn, room: &str, doors: Vec<String>, ledger: Ledger) -> Self {
        Self {
            number,
            doc: new_doc(),
            room: room.to_owned(),
            typed: 0,
            saved: 0,
            interruptions: 0,
            who,
            doors,
            door: 0,
            socket: None,
            has_content: false,
            frames: VecDeque::new(),
            heard_at: Instant::now(),
            ledger,
            random: Random(u64::from(number) << 8 | 1),
        }
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.socket.is_some()
    }

    /// Every token typed so far.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = String> + use<> {
        let number = self.number;
        (0..self.typed).map(move |token| name(number, token))
    }

    /// Types one token, and sends it if there is a connection.
    pub(crate) async fn type_token(&mut self) {
        self.type_long_token("").await;
    }

    /// The same with something long before it.
    pub(crate) async fn type_long_token(&mut self, before: &str) {
        let token = name(self.number, self.typed);
        let update = page::type_token(&self.doc, &format!("{before} {token}"), &mut self.random);
        self.typed += 1;
        if let Some(socket) = &mut self.socket {
            self.frames.push_back(self.typed);
            if !matches!(timeout(CONNECT_TIMEOUT, socket.update(&update)).await, Ok(Ok(()))) {
                self.lose();
            }
        }
    }

    /// Types until it is told to stop, a token every few milliseconds.
    pub(crate) async fn run(mut self, pause: Duration, stop: Arc<AtomicBool>) -> Self {
        while !stop.load(Ordering::Relaxed) {
            if self.typed - self.saved < MAX_UNSAVED {
                self.type_token().await;
            }
            self.live_for(pause).await;
        }
        self
    }

    /// Listens, and comes back when its connection ends, for as long as this takes.
    pub(crate) async fn live_for(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while Instant::now() < until {
            self.live(until).await;
        }
    }

    /// Listens until something holds of it; false if that takes longer than `time`.
    pub(crate) async fn live_until(&mut self, time: Duration, holds: impl Fn(&Self) -> bool) -> bool {
        let until = Instant::now() + time;
        while !holds(self) {
            if Instant::now() >= until {
                return false;
            }
            self.live(until.min(Instant::now() + Duration::from_millis(100))).await;
        }
        true
    }

    /// Whether everything it has typed is acknowledged, and all that it was asked for.
    pub(crate) fn is_saved(&self) -> bool {
        self.is_connected() && self.has_content && self.saved == self.typed && self.frames.is_empty()
    }

    /// Whether its document has this many tokens.
    pub(crate) fn sees(&self, tokens: usize) -> bool {
        page::tokens(&page::text(&self.doc)).len() == tokens
    }

    /// Leaves without a word, as a lost network does; comes back when it lives on.
    pub(crate) fn leave(&mut self) {
        self.socket = None;
        self.has_content = false;
        self.frames.clear();
    }

    /// From now on there is only this way to go.
    pub(crate) fn go_to(&mut self, door: String) {
        (self.doors, self.door) = (vec![door], 0);
    }

    async fn live(&mut self, until: Instant) {
        if self.socket.is_none() {
            return self.connect(until).await;
        }
        let dead_at = if self.frames.is_empty() { until } else { self.heard_at + WATCHDOG };
        let Some(socket) = &mut self.socket else { return };
        match timeout_at(until.min(dead_at), socket.hear()).await {
            Ok(Ok(heard)) => self.take(&heard),
            Ok(Err(_ended)) => self.lose(),
            Err(_elapsed) if Instant::now() >= dead_at && !self.frames.is_empty() => self.lose(),
            Err(_elapsed) => (),
        }
    }

    async fn connect(&mut self, until: Instant) {
        let who = self.who.at(&self.doors[self.door]);
        let opening = YjsClient::connect(&who, &self.room, None, Dialect::Hocuspocus, self.doc.clone());
        match timeout(CONNECT_TIMEOUT, opening).await {
            Ok(Ok(socket)) => {
                (self.socket, self.heard_at) = (Some(socket), Instant::now());
                self.frames.clear();
            }
            _ => {
                self.door = (self.door + 1) % self.doors.len();
                tokio::time::sleep_until(until.min(Instant::now() + RETRY_PAUSE)).await;
            }
        }
    }

    fn take(&mut self, heard: &Heard) {
        self.heard_at = Instant::now();
        match heard {
            Heard::Step2 => self.has_content = true,
            // It was answered with everything the node lacks.
            Heard::Step1 => self.frames.push_back(self.typed),
            Heard::Saved(true) => {
                let through = self.frames.pop_front().unwrap_or(0);
                for token in self.saved..through {
                    self.ledger.saved(&self.room, name(self.number, token));
                }
                self.saved = self.saved.max(through);
            }
            Heard::Saved(false) | Heard::Closed(_) | Heard::Denied(_) | Heard::Left => self.lose(),
            _ => (),
        }
    }

    fn lose(&mut self) {
        self.leave();
        self.interruptions += 1;
        self.door = (self.door + 1) % self.doors.len();
    }
}

fn name(number: u32, token: u32) -> String {
    format!("w{number}-{token}")
}
