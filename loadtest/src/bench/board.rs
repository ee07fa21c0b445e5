//! What those in a room show of themselves, and who was told of it. A server need not pass on every
//! state: a later one covers those before it, and in the end everybody must know everybody's last.

use protocol::wire::{WireError, varint::Reader};

use super::room::Room;

/// Who shows what in a room.
#[derive(Debug)]
pub(crate) struct Board {
    /// By client and clock, when a state was shown, in microseconds since the crowd came together.
    shown: Vec<Vec<u32>>,
    /// By receiver and client, the clock of the last state that was told.
    last: Vec<u32>,
    /// States that were told to somebody who did not know them or later ones.
    pub(crate) told: u64,
}

impl Board {
    pub(crate) fn of(clients: usize) -> Self {
        Self { shown: vec![Vec::new(); clients], last: Vec::new(), told: 0 }
    }

    /// A client shows a state now; answers with its clock, the first of which is 1.
    pub(crate) fn shown(&mut self, client: usize, at_us: u32) -> u32 {
        self.shown[client].push(at_us);
        self.shown[client].len() as u32
    }

    /// Changes all others have to be told, or something later.
    pub(crate) fn owed(&self) -> u64 {
        let shown: usize = self.shown.iter().map(Vec::len).sum();
        (shown * self.shown.len().saturating_sub(1)) as u64
    }

    /// A receiver is told these states; answers how many changes of the others that covers, and calls
    /// `measure` with when each of the states was shown.
    ///
    /// # Errors
    ///
    /// [`WireError`] if these are none.
    pub(crate) fn tell(
        &mut self,
        receiver: usize,
        payload: &[u8],
        mut measure: impl FnMut(u32),
    ) -> Result<u64, WireError> {
        let clients = self.shown.len();
        self.last.resize(clients * clients, 0);
        let mut reader = Reader::new(payload);
        let mut covered = 0;
        for _ in 0..reader.count(3)? {
            let (client, clock, _state) = (reader.uint()?, reader.uint()? as u32, reader.bytes()?);
            let number = Room::number_with(client);
            if number >= clients || number == receiver {
                continue;
            }
            let last = &mut self.last[receiver * clients + number];
            let shown = (clock as usize).checked_sub(1).and_then(|at| self.shown[number].get(at));
            if let Some(at_us) = shown.filter(|_| clock > *last) {
                covered += u64::from(clock - *last);
                *last = clock;
                self.told += 1;
                measure(*at_us);
            }
        }
        Ok(covered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::edit::{put_bytes, put_uint};

    fn states(of: &[(usize, u32)]) -> Vec<u8> {
        let mut payload = vec![of.len() as u8];
        for (number, clock) in of {
            put_uint(&mut payload, Room::client_id(*number));
            put_uint(&mut payload, (*clock).into());
            put_bytes(&mut payload, b"{}");
        }
        payload
    }

    #[test]
    fn a_later_state_covers_those_before_it_once() {
        let mut board = Board::of(3);
        for at_us in [10, 20, 30] {
            board.shown(0, at_us);
        }
        board.shown(1, 40);
        let mut measured = Vec::new();

        assert_eq!(board.tell(2, &states(&[(0, 1)]), |at| measured.push(at)), Ok(1));
        assert_eq!(board.tell(2, &states(&[(0, 3), (1, 1)]), |at| measured.push(at)), Ok(3));
        assert_eq!(board.tell(2, &states(&[(0, 3), (0, 2)]), |at| measured.push(at)), Ok(0));

        assert_eq!((board.told, board.owed()), (3, 8));
        assert_eq!(measured, [10, 30, 40]);
    }

    #[test]
    fn nobody_is_told_of_itself_or_of_strangers() {
        let mut board = Board::of(2);
        board.shown(0, 10);

        assert_eq!(board.tell(0, &states(&[(0, 1), (7, 1)]), |_| ()), Ok(0));
        assert_eq!(board.tell(1, &states(&[(0, 9)]), |_| ()), Ok(0));
        assert!(board.tell(1, &[1, 2], |_| ()).is_err());
    }
}
