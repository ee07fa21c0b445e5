//! A room that many are in: who writes in it, and when each edit left.

use std::cell::{Cell, RefCell};

use super::edit;

/// What all client ids have in common: as long as those of real clients, which are 32 random bits.
const FIRST_CLIENT_ID: u64 = 0x9a3f_0000;

pub(crate) struct Room {
    pub(crate) name: String,
    pub(crate) writers: Vec<Writer>,
    /// How many are in it, those who write included; they are the first ones.
    pub(crate) clients: usize,
}

/// What one of its clients has written.
#[derive(Default)]
pub(crate) struct Writer {
    pub(crate) edits: RefCell<Vec<Edit>>,
    /// How many of its edits the one who watches it has been told.
    pub(crate) seen: Cell<usize>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Edit {
    /// The clock after its last letter.
    pub(crate) end: u32,
    /// When it was handed to the socket, in microseconds since the crowd came together.
    pub(crate) at_us: u32,
}

impl Room {
    pub(crate) fn new(name: String, clients: usize, writers: usize) -> Self {
        Self { name, writers: (0..writers).map(|_| Writer::default()).collect(), clients }
    }

    /// The id with which a client writes.
    pub(crate) fn client_id(number: usize) -> u64 {
        FIRST_CLIENT_ID | number as u64
    }

    /// The number of the client that writes with this id, which may be one nobody has.
    #[inline]
    pub(crate) fn number_with(client_id: u64) -> usize {
        (client_id ^ FIRST_CLIENT_ID) as usize
    }

    /// Whose id this is, if it is one of those who write here.
    #[inline]
    pub(crate) fn writer_with(&self, client_id: u64) -> Option<usize> {
        let number = Self::number_with(client_id);
        (number < self.writers.len()).then_some(number)
    }

    /// The writer whose edits a client watches. Where not everybody's sight counts, it is that of the
    /// client after the writer: everybody is looked at where everybody writes.
    pub(crate) fn watched_by(&self, client: usize) -> Option<usize> {
        let writer = (client + self.clients - 1) % self.clients;
        (writer < self.writers.len() && self.clients > 1).then_some(writer)
    }

    /// How many edits all others have to be told.
    pub(crate) fn owed(&self) -> u64 {
        let edits: usize = self.writers.iter().map(|writer| writer.edits.borrow().len()).sum();
        (edits * (self.clients - 1)) as u64
    }

    /// What every writer has written, as one update each.
    pub(crate) fn runs(&self) -> impl Iterator<Item = Vec<u8>> {
        self.writers.iter().enumerate().filter(|(_, writer)| writer.clock() > 0).map(|(number, writer)| {
            let mut update = Vec::new();
            edit::put(&mut update, Self::client_id(number), 0, writer.clock());
            update
        })
    }
}

impl Writer {
    /// The clock after its last edit.
    pub(crate) fn clock(&self) -> u32 {
        self.edits.borrow().last().map_or(0, |edit| edit.end)
    }
}
