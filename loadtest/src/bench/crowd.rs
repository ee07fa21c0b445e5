//! Everybody in all rooms of a scenario, on one thread: each listens in a task of its own, and all
//! count into the same figures.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::{Duration, Instant},
};

use futures_util::{StreamExt, TryStreamExt, stream};
use protocol::wire::update;
use tokio::{
    task::{JoinHandle, spawn_local},
    time::sleep,
};

use super::{
    board::Board,
    client::{self, Client, Unsaved},
    gains::Gains,
    room::Room,
    wire::{self, Heard},
};
use crate::{
    failure::Failure,
    target::{Dialect, Target},
};

/// Sockets that are opened at the same time.
const OPENING: usize = 64;
/// How long nothing may be told until what is owed counts as lost.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is asked whether everything has been told.
const LOOK: Duration = Duration::from_millis(1);

/// How many there are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) rooms: usize,
    pub(crate) clients_per_room: usize,
    pub(crate) writers_per_room: usize,
}

pub(crate) struct Crowd {
    pub(crate) rooms: Vec<Room>,
    /// Those of the first room first.
    pub(crate) clients: Vec<Client>,
    pub(crate) dialect: Dialect,
    began: Instant,
    /// Edits told to others than who wrote them.
    pub(crate) delivered: Cell<u64>,
    /// Messages of the server.
    pub(crate) frames: Cell<u64>,
    /// Edits the server did not take.
    pub(crate) refused: Cell<u64>,
    /// How long edits took, in microseconds, of those in the span that is measured.
    pub(crate) latencies: RefCell<Vec<u32>>,
    /// How long acknowledgements took, the same way.
    pub(crate) acknowledgements: RefCell<Vec<u32>>,
    /// When edits are written that are measured, in microseconds since the crowd came together.
    span: Cell<(u32, u32)>,
    /// Whether everybody's sight of an edit is measured, or that of the one who watches the writer.
    pub(crate) measures_all: Cell<bool>,
    /// How many edits a writer may be ahead of who watches it; each that is told makes it write the next.
    window: Cell<Option<usize>>,
    /// Why connections ended that should not have.
    pub(crate) ended: RefCell<Vec<String>>,
    /// Who shows what of themselves, in the only room there is.
    board: RefCell<Board>,
    /// The tasks that listen.
    listening: RefCell<Vec<Option<JoinHandle<()>>>>,
    scratch: RefCell<Vec<u8>>,
}

impl Crowd {
    /// Opens all sockets, and enters; [`Crowd::listen`] then has them listen.
    ///
    /// # Errors
    ///
    /// [`Failure`] if one cannot be opened.
    pub(crate) async fn enter(target: &Target, dialect: Dialect, size: Size) -> Result<Rc<Self>, Failure> {
        Self::enter_rooms(target, dialect, target.rooms(size.rooms).await?, size).await
    }

    /// The same into rooms that are there.
    ///
    /// # Errors
    ///
    /// [`Failure`] if a socket cannot be opened.
    pub(crate) async fn enter_rooms(
        target: &Target,
        dialect: Dialect,
        names: Vec<String>,
        size: Size,
    ) -> Result<Rc<Self>, Failure> {
        let rooms = names.into_iter().map(|name| Room::new(name, size.clients_per_room, size.writers_per_room));
        let rooms: Vec<Room> = rooms.collect();
        let places = (0..rooms.len()).flat_map(|room| (0..size.clients_per_room).map(move |number| (room, number)));
        let clients = stream::iter(places.enumerate().map(async |(nth, (room, number))| {
            let socket = client::open(target, dialect, &rooms[room].name, nth).await?;
            let client = Client::new((room, &rooms[room]), number, dialect, socket);
            client.enter(&rooms[room]).map(|()| client)
        }));
        let clients = clients.buffered(OPENING).try_collect().await?;
        Ok(Rc::new(Self::of(rooms, clients, dialect, size)))
    }

    /// Those who are in these rooms.
    pub(super) fn of(rooms: Vec<Room>, clients: Vec<Client>, dialect: Dialect, size: Size) -> Self {
        Self {
            rooms,
            clients,
            dialect,
            began: Instant::now(),
            delivered: Cell::default(),
            frames: Cell::default(),
            refused: Cell::default(),
            latencies: RefCell::default(),
            acknowledgements: RefCell::default(),
            span: Cell::new((u32::MAX, u32::MAX)),
            measures_all: Cell::new(true),
            window: Cell::default(),
            ended: RefCell::default(),
            board: RefCell::new(Board::of(size.clients_per_room)),
            listening: RefCell::default(),
            scratch: RefCell::default(),
        }
    }

    /// Has everybody listen, and waits until all have what was there before them.
    ///
    /// # Errors
    ///
    /// [`Failure::Unready`] if that takes too long, [`Failure::Closed`].
    pub(crate) async fn listen(self: &Rc<Self>) -> Result<(), Failure> {
        for nth in 0..self.clients.len() {
            self.listen_one(nth);
        }
        self.all_have_content().await
    }

    /// Has one listen, until its connection ends or it is told otherwise.
    pub(crate) fn listen_one(self: &Rc<Self>, nth: usize) {
        let crowd = Rc::clone(self);
        let listens = spawn_local(async move {
            let socket = Rc::clone(&crowd.clients[nth].socket());
            loop {
                if let Err(failure) = crowd.read(nth, &socket).await {
                    let Client { room, number, .. } = &crowd.clients[nth];
                    crowd.ended.borrow_mut().push(format!("client {number} of room {room}: {failure}"));
                    return;
                }
            }
        });
        let mut listening = self.listening.borrow_mut();
        if listening.len() <= nth {
            listening.resize_with(nth + 1, || None);
        }
        listening[nth] = Some(listens);
    }

    /// Has one listen no longer; its connection stays.
    pub(crate) fn stop_listening(&self, nth: usize) {
        if let Some(listens) = self.listening.borrow_mut().get_mut(nth).and_then(Option::take) {
            listens.abort();
        }
    }

    /// Has one connect again, enter its room with what it has been told, and listen.
    ///
    /// # Errors
    ///
    /// [`Failure`] if the server does not want to.
    pub(crate) async fn reconnect(self: &Rc<Self>, target: &Target, nth: usize) -> Result<(), Failure> {
        self.stop_listening(nth);
        let client = &self.clients[nth];
        let room = &self.rooms[client.room];
        let socket = client::open(target, self.dialect, &room.name, nth).await?;
        client.change_socket(socket);
        client.enter(room)?;
        self.listen_one(nth);
        Ok(())
    }

    /// Waits until all have what was there before them.
    ///
    /// # Errors
    ///
    /// [`Failure::Unready`] if that takes too long, [`Failure::Closed`].
    pub(crate) async fn all_have_content(&self) -> Result<(), Failure> {
        let start = Instant::now();
        while !self.clients.iter().all(|client| client.has_content.get()) {
            if let Some(why) = self.ended.borrow().first() {
                return Err(Failure::Closed(why.clone()));
            }
            if start.elapsed() > 6 * PATIENCE {
                return Err(Failure::Unready("the content of a room".to_owned()));
            }
            sleep(LOOK).await;
        }
        Ok(())
    }

    /// Microseconds since the crowd came together.
    pub(crate) fn now_us(&self) -> u32 {
        self.began.elapsed().as_micros() as u32
    }

    /// Edits that are written from now on are measured, until [`Crowd::end_span`].
    pub(crate) fn begin_span(&self) {
        self.latencies.borrow_mut().clear();
        self.acknowledgements.borrow_mut().clear();
        self.span.set((self.now_us(), u32::MAX));
    }

    pub(crate) fn end_span(&self) {
        self.span.set((self.span.get().0, self.now_us()));
    }

    /// A client writes now.
    ///
    /// # Errors
    ///
    /// [`Failure::Io`].
    pub(crate) fn write(&self, nth: usize, letters: u32) -> Result<(), Failure> {
        let client = &self.clients[nth];
        client.queue_edit(&self.rooms[client.room], letters, self.now_us(), &mut self.scratch.borrow_mut());
        client.socket().flush()
    }

    /// A client writes an edit of one letter without a connection.
    pub(crate) fn write_offline(&self, nth: usize) {
        let client = &self.clients[nth];
        client.note_edit(&self.rooms[client.room], 1, self.now_us());
    }

    /// A client shows something of itself.
    ///
    /// # Errors
    ///
    /// [`Failure::Io`].
    pub(crate) fn show(&self, nth: usize, state: impl FnOnce(u32) -> String) -> Result<(), Failure> {
        let client = &self.clients[nth];
        let clock = self.board.borrow_mut().shown(client.number, self.now_us());
        let state = state(clock);
        client.socket().send(|out| client.wire.put_presence(out, Room::client_id(client.number), clock, &state))
    }

    /// States that were told to somebody, however many changes of them that covers.
    pub(crate) fn states_told(&self) -> u64 {
        self.board.borrow().told
    }

    /// Everybody who writes does so as fast as this many edits ahead of who watches allow; `None` stops them.
    ///
    /// # Errors
    ///
    /// [`Failure::Io`].
    pub(crate) fn write_ahead(&self, window: Option<usize>) -> Result<(), Failure> {
        self.window.set(window);
        for client in &self.clients {
            if client.number < self.rooms[client.room].writers.len() {
                self.catch_up(client)?;
            }
        }
        Ok(())
    }

    /// Edits, and changes of states, everybody else should have been told by now.
    pub(crate) fn owed(&self) -> u64 {
        self.rooms.iter().map(Room::owed).sum::<u64>() + self.board.borrow().owed()
    }

    /// Waits until everybody has been told everything and every edit is acknowledged; false if nothing
    /// has come for long and something lacks.
    pub(crate) async fn settle(&self) -> bool {
        let progress = || (self.delivered.get(), self.unsaved());
        let (mut last, mut since) = (progress(), Instant::now());
        while (self.delivered.get(), self.unsaved()) != (self.owed(), 0) {
            if progress() != last {
                (last, since) = (progress(), Instant::now());
            }
            if since.elapsed() > PATIENCE {
                return false;
            }
            sleep(LOOK).await;
        }
        true
    }

    /// Whether somebody has the content of its room, and with it everything that was written there.
    pub(crate) fn is_in_step(&self, nth: usize) -> bool {
        let client = &self.clients[nth];
        let told = client.told.borrow();
        let writers = self.rooms[client.room].writers.iter().enumerate();
        let has_all = |(number, writer): (usize, &super::room::Writer)| {
            number == client.number || told.edits[number] as usize == writer.edits.borrow().len()
        };
        client.has_content.get() && writers.into_iter().all(has_all)
    }

    /// Letters that were told to somebody more than once.
    pub(crate) fn doubled(&self) -> u64 {
        self.clients.iter().map(|client| client.told.borrow().tally.doubled).sum()
    }

    /// Edits that are not acknowledged, where the dialect knows acknowledgements.
    fn unsaved(&self) -> usize {
        match self.dialect {
            Dialect::YWebsocket => 0,
            Dialect::Hocuspocus => self.clients.iter().map(|client| client.unsaved.borrow().len()).sum(),
        }
    }

    async fn read(&self, nth: usize, socket: &Rc<super::socket::Socket>) -> Result<(), Failure> {
        let client = &self.clients[nth];
        let room = &self.rooms[client.room];
        let mut now_us = None;
        socket
            .read(|payload| {
                let now_us = *now_us.get_or_insert_with(|| self.now_us());
                self.frames.set(self.frames.get() + 1);
                self.hear(client, room, payload, now_us)
            })
            .await?;
        match room.watched_by(client.number) {
            Some(writer) if self.window.get().is_some() => {
                self.catch_up(&self.clients[client.room * room.clients + writer])
            }
            _ => Ok(()),
        }
    }

    fn hear(&self, client: &Client, room: &Room, payload: &[u8], now_us: u32) -> Result<(), Failure> {
        match client.wire.hear(payload)? {
            Heard::Update(update) => self.take(client, room, update, now_us),
            Heard::Step2(update) => {
                client.has_content.set(true);
                self.take(client, room, update, now_us)
            }
            Heard::Step1(theirs) => client.give(room, theirs, now_us),
            Heard::Saved(true) => {
                let saved = client.unsaved.borrow_mut().pop_front();
                if let Some(Unsaved { at_us, edits }) = saved {
                    client.saved.set(edits);
                    if self.measures(at_us) {
                        self.acknowledgements.borrow_mut().push(now_us.saturating_sub(at_us));
                    }
                }
                Ok(())
            }
            Heard::Saved(false) => {
                client.unsaved.borrow_mut().pop_front();
                self.refused.set(self.refused.get() + 1);
                Ok(())
            }
            Heard::Presence(payload) => {
                let mut latencies = self.latencies.borrow_mut();
                let told = self.board.borrow_mut().tell(client.number, payload, |at_us| {
                    if self.measures(at_us) {
                        latencies.push(now_us.saturating_sub(at_us));
                    }
                });
                self.delivered.set(self.delivered.get() + told?);
                Ok(())
            }
            Heard::Ping => client.socket().send(|out| out.extend_from_slice(&wire::PONG)),
            Heard::Out => Err(Failure::Closed("put out of the room".to_owned())),
            Heard::Other => Ok(()),
        }
    }

    #[inline]
    fn take(&self, client: &Client, room: &Room, update: &[u8], now_us: u32) -> Result<(), Failure> {
        let watched = room.watched_by(client.number);
        let mut gains =
            Gains { crowd: self, room, number: client.number, watched, now_us, told: &mut client.told.borrow_mut() };
        Ok(update::scan(update, &mut gains)?)
    }

    /// Whether what was sent then is measured.
    #[inline]
    pub(super) fn measures(&self, at_us: u32) -> bool {
        let (from, to) = self.span.get();
        from <= at_us && at_us < to
    }

    /// Writes as many edits as the window has room for, in one go, once that is a good part of it.
    fn catch_up(&self, client: &Client) -> Result<(), Failure> {
        let Some(window) = self.window.get() else { return Ok(()) };
        let room = &self.rooms[client.room];
        let writer = &room.writers[client.number];
        let ahead = writer.edits.borrow().len() - writer.seen.get();
        let more = window.saturating_sub(ahead);
        if more < window.div_ceil(4) {
            return Ok(());
        }
        let now_us = self.now_us();
        let mut scratch = self.scratch.borrow_mut();
        for _ in 0..more {
            client.queue_edit(room, 1, now_us, &mut scratch);
        }
        client.socket().flush()
    }
}
