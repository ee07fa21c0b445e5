//! Somebody in a room: a socket, and how far it has been told of what the others write.

use std::{
    cell::{Cell, Ref, RefCell},
    collections::VecDeque,
    net::{IpAddr, Ipv4Addr},
    rc::Rc,
};

use protocol::wire::state_vector;

use super::{
    edit,
    room::{Edit, Room},
    socket::Socket,
    tally::Tally,
    wire::Wire,
};
use crate::{
    failure::Failure,
    target::{Dialect, Target},
};

/// Sockets from one address: ports are 28,232 by default (`ip_local_port_range`).
const SOCKETS_PER_ADDRESS: usize = 10_000;
/// The update that says nothing.
const NOTHING: [u8; 2] = [0, 0];

pub(crate) struct Client {
    /// Which room it is in, and which one in there.
    pub(crate) room: usize,
    pub(crate) number: usize,
    pub(crate) wire: Wire,
    socket: RefCell<Rc<Socket>>,
    pub(crate) told: RefCell<Told>,
    /// Whether everything that was there when it came has been told.
    pub(crate) has_content: Cell<bool>,
    pub(crate) unsaved: RefCell<VecDeque<Unsaved>>,
    /// How many of its edits are acknowledged.
    pub(crate) saved: Cell<usize>,
}

/// A message that is not acknowledged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unsaved {
    /// When it was handed to the socket, in microseconds since the crowd came together.
    pub(crate) at_us: u32,
    /// How many edits of the client the server has when it has this one.
    pub(crate) edits: usize,
}

/// What a client has been told.
pub(crate) struct Told {
    pub(crate) tally: Tally,
    /// By writer, how many whole edits.
    pub(crate) edits: Vec<u32>,
}

/// How to open a client's socket.
pub(crate) async fn open(target: &Target, dialect: Dialect, room: &str, number: usize) -> Result<Rc<Socket>, Failure> {
    let last = (number / SOCKETS_PER_ADDRESS) as u8;
    let from = (last > 0).then(|| IpAddr::from(Ipv4Addr::new(127, 0, 0, 1 + last)));
    Socket::open(target.address(), &target.upgrade(dialect, room), from).await
}

impl Client {
    /// Somebody in a room over this socket, on which nothing has been said yet.
    pub(crate) fn new(room: (usize, &Room), number: usize, dialect: Dialect, socket: Rc<Socket>) -> Self {
        let writers = room.1.writers.len();
        Self {
            room: room.0,
            number,
            wire: Wire::about(&room.1.name, dialect),
            socket: RefCell::new(socket),
            told: RefCell::new(Told { tally: Tally::of(writers), edits: vec![0; writers] }),
            has_content: Cell::new(false),
            unsaved: RefCell::default(),
            saved: Cell::new(0),
        }
    }

    pub(crate) fn socket(&self) -> Ref<'_, Rc<Socket>> {
        self.socket.borrow()
    }

    /// Ends the connection, as if its network had gone.
    pub(crate) fn hang_up(&self) {
        self.socket().hang_up();
    }

    /// Goes on over another socket.
    pub(crate) fn change_socket(&self, socket: Rc<Socket>) {
        self.hang_up();
        self.has_content.set(false);
        self.unsaved.borrow_mut().clear();
        self.socket.replace(socket);
    }

    /// Enters the room, and asks for what it has not been told.
    ///
    /// # Errors
    ///
    /// [`Failure::Io`].
    pub(crate) fn enter(&self, room: &Room) -> Result<(), Failure> {
        let socket = self.socket();
        let mut token = Vec::new();
        if self.wire.put_token(&mut token) {
            socket.queue(super::frame::BINARY, |out| out.extend_from_slice(&token));
        }
        let told = self.told.borrow();
        let known: Vec<(u64, u32)> = (0..room.writers.len())
            .map(|writer| {
                let own = (writer == self.number).then(|| room.writers[writer].clock());
                (Room::client_id(writer), own.unwrap_or_else(|| told.tally.next(writer)))
            })
            .filter(|(_, clock)| *clock > 0)
            .collect();
        socket.send(|out| self.wire.put_step_1(out, &state_vector::encode(known)))
    }

    /// Gives the server what it lacks of this client's edits.
    ///
    /// # Errors
    ///
    /// [`Failure::Unreadable`], [`Failure::Io`].
    pub(crate) fn give(&self, room: &Room, theirs: &[u8], now_us: u32) -> Result<(), Failure> {
        let own = Room::client_id(self.number);
        let theirs = state_vector::decode(theirs)?;
        let known = theirs.iter().find(|(client, _)| *client == own).map_or(0, |(_, clock)| *clock);
        let clock = room.writers.get(self.number).map_or(0, |writer| writer.clock());
        let mut update = Vec::new();
        if clock > known {
            edit::put(&mut update, own, known, clock - known);
        } else {
            update.extend_from_slice(&NOTHING);
        }
        let edits = room.writers.get(self.number).map_or(0, |writer| writer.edits.borrow().len());
        self.unsaved.borrow_mut().push_back(Unsaved { at_us: now_us, edits });
        self.socket().send(|out| self.wire.put_step_2(out, &update))
    }

    /// Puts an edit of this many letters behind what waits to be sent; it leaves with [`Socket::flush`].
    #[inline]
    pub(crate) fn queue_edit(&self, room: &Room, letters: u32, now_us: u32, scratch: &mut Vec<u8>) {
        let clock = self.note_edit(room, letters, now_us);
        let edits = room.writers[self.number].edits.borrow();
        scratch.clear();
        edit::put(scratch, Room::client_id(self.number), clock, letters);
        self.socket().queue(super::frame::BINARY, |out| self.wire.put_update(out, scratch));
        if self.wire.dialect() == Dialect::Hocuspocus {
            self.unsaved.borrow_mut().push_back(Unsaved { at_us: now_us, edits: edits.len() });
        }
    }

    /// Writes an edit without a connection; answers with the clock of its first letter.
    #[inline]
    pub(crate) fn note_edit(&self, room: &Room, letters: u32, now_us: u32) -> u32 {
        let mut edits = room.writers[self.number].edits.borrow_mut();
        let clock = edits.last().map_or(0, |edit| edit.end);
        edits.push(Edit { end: clock + letters, at_us: now_us });
        clock
    }
}
