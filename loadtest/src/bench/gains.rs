//! What one update tells one client, counted.

use std::cell::Ref;

use protocol::wire::update::Visit;

use super::{client::Told, crowd::Crowd, room::Room};

/// Takes down what one client is told by one update.
pub(super) struct Gains<'a> {
    pub(super) crowd: &'a Crowd,
    pub(super) room: &'a Room,
    /// Who is told.
    pub(super) number: usize,
    /// Whose watcher that is.
    pub(super) watched: Option<usize>,
    pub(super) now_us: u32,
    pub(super) told: &'a mut Told,
}

impl Visit for Gains<'_> {
    #[inline]
    fn block(&mut self, client: u64, clock: u32, len: u32) {
        let Some(writer) = self.room.writer_with(client) else { return };
        if writer == self.number || !self.told.tally.tell(writer, clock..clock + len) {
            // Its own comes back from some servers.
            return;
        }
        let next = self.told.tally.next(writer);
        let (of, crowd) = (&self.room.writers[writer], self.crowd);
        let edits: Ref<'_, Vec<_>> = of.edits.borrow();
        let from = self.told.edits[writer] as usize;
        let gained = edits[from..].iter().take_while(|edit| edit.end <= next).count();
        self.told.edits[writer] = (from + gained) as u32;
        crowd.delivered.set(crowd.delivered.get() + gained as u64);
        let watches = self.watched == Some(writer);
        if watches {
            of.seen.set(from + gained);
        }
        if watches || crowd.measures_all.get() {
            let measured = edits[from..from + gained].iter().filter(|edit| crowd.measures(edit.at_us));
            crowd.latencies.borrow_mut().extend(measured.map(|edit| self.now_us.saturating_sub(edit.at_us)));
        }
    }

    #[inline]
    fn skip(&mut self, _client: u64, _clock: u32, _len: u32) {}
    #[inline]
    fn reference(&mut self, _client: u64, _clock: u32) {}
    #[inline]
    fn deletion(&mut self, _client: u64, _clock: u32, _len: u32) {}
}

#[cfg(test)]
mod tests {
    use protocol::wire::update;

    use super::*;
    use crate::{
        bench::{crowd::Size, edit, room::Edit, tally::Tally},
        target::Dialect,
    };

    /// A room of two, one of whom has written two edits of three letters each.
    fn crowd() -> Crowd {
        let room = Room::new("r".to_owned(), 2, 1);
        room.writers[0]
            .edits
            .borrow_mut()
            .extend([Edit { end: 3, at_us: 1_000_000_000 }, Edit { end: 6, at_us: 1_000_000_010 }]);
        let crowd = Crowd::of(
            vec![room],
            Vec::new(),
            Dialect::YWebsocket,
            Size { rooms: 1, clients_per_room: 2, writers_per_room: 1 },
        );
        crowd.begin_span();
        crowd
    }

    /// Tells one of them these letters; answers how many edits that completes.
    fn tell(crowd: &Crowd, number: usize, told: &mut Told, clock: u32, letters: u32) -> u64 {
        let (mut update, room, before) = (Vec::new(), &crowd.rooms[0], crowd.delivered.get());
        edit::put(&mut update, Room::client_id(0), clock, letters);
        let mut gains = Gains { crowd, room, number, watched: room.watched_by(number), now_us: 1_000_000_050, told };
        update::scan(&update, &mut gains).unwrap();
        crowd.delivered.get() - before
    }

    fn nothing() -> Told {
        Told { tally: Tally::of(1), edits: vec![0] }
    }

    #[test]
    fn an_edit_counts_once_when_the_last_of_its_letters_has_come() {
        let (crowd, mut told) = (crowd(), nothing());

        assert_eq!(tell(&crowd, 1, &mut told, 0, 2), 0);
        assert_eq!(tell(&crowd, 1, &mut told, 0, 4), 1);
        assert_eq!(tell(&crowd, 1, &mut told, 0, 4), 0);
        assert_eq!(tell(&crowd, 1, &mut told, 4, 2), 1);

        assert_eq!((crowd.owed(), crowd.delivered.get()), (2, 2));
        assert_eq!(*crowd.latencies.borrow(), [50, 40]);
    }

    #[test]
    fn two_edits_passed_on_as_one_are_two() {
        let (crowd, mut told) = (crowd(), nothing());

        assert_eq!(tell(&crowd, 1, &mut told, 0, 6), 2);
        assert_eq!(crowd.rooms[0].writers[0].seen.get(), 2);
    }

    #[test]
    fn what_was_left_out_stays_owed_whatever_comes_after_it() {
        let (crowd, mut told) = (crowd(), nothing());

        assert_eq!(tell(&crowd, 1, &mut told, 3, 3), 0);

        assert_eq!((crowd.owed(), crowd.delivered.get()), (2, 0));
        assert_eq!(tell(&crowd, 1, &mut told, 0, 3), 2);
    }

    #[test]
    fn nobody_counts_what_comes_back_of_their_own() {
        let (crowd, mut told) = (crowd(), nothing());

        assert_eq!(tell(&crowd, 0, &mut told, 0, 6), 0);
    }
}
