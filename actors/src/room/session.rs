//! How a room tells one session, and how a session ends.

use protocol::wire::{Outbound, close::CloseCode};

use crate::session::{Format, Outbox};

/// Sweeps in a row in which a reader may stand still: 30 s.
const MAX_STILL_SWEEPS: u32 = 6;

/// How a room tells one session.
pub(super) struct Session {
    pub(super) format: Format,
    pub(super) outbox: Outbox,
    ended: bool,
    /// Whether something waits for the outbox to drain.
    pub(super) waits: bool,
    takes: u64,
    still_sweeps: u32,
}

impl Session {
    pub(super) fn new(format: Format, outbox: Outbox) -> Self {
        Self { format, outbox, ended: false, waits: false, takes: 0, still_sweeps: 0 }
    }

    /// Whether the client has read nothing for too long. To be asked once every sweep.
    pub(super) fn stands_still(&mut self) -> bool {
        let stands_still = self.outbox.stands_still_since(&mut self.takes);
        self.still_sweeps = if stands_still { self.still_sweeps + 1 } else { 0 };
        self.still_sweeps >= MAX_STILL_SWEEPS
    }

    /// Whether nothing waits for the client to read it.
    pub(super) fn is_read_out(&self) -> bool {
        !self.waits && self.outbox.is_empty()
    }

    /// The client has left the room by itself; its socket may serve other rooms.
    pub(super) fn leave(mut self) {
        self.ended = true;
    }

    /// The session must go. Where a socket serves many rooms it goes on for the others, if it is
    /// only in this one that nothing is to be had.
    pub(super) fn close(mut self, code: CloseCode) {
        self.ended = true;
        let shared = matches!(self.format, Format::Hocuspocus { .. });
        if !shared || !is_of_one_room(code) {
            return self.outbox.close(code);
        }
        for last in [Outbound::PermissionDenied(code.reason().to_owned()), Outbound::Left(code.reason().to_owned())] {
            if let Some(frame) = self.format.encode(&last) {
                self.outbox.push_answer(frame);
            }
        }
    }
}

/// Whether the code is about one room only: each room of a socket is entered with a token of its own.
fn is_of_one_room(code: CloseCode) -> bool {
    matches!(
        code,
        CloseCode::Unauthorized
            | CloseCode::Forbidden
            | CloseCode::NotFound
            | CloseCode::Erased
            | CloseCode::DocumentFull
            | CloseCode::Refused
    )
}

/// Whatever ends a room, a panic included, ends its sessions: their clients come back to a new one.
impl Drop for Session {
    fn drop(&mut self) {
        if !self.ended {
            self.outbox.close(CloseCode::Restarting);
        }
    }
}
