//! Flags a room of which something is left out: in the log, in the metrics, and towards its sessions.

use actix::prelude::Context;

use super::{actor::RoomActor, left_out::LeftOut};

/// Rooms in memory of which something is left out.
const DAMAGED: &str = "gala_rooms_damaged";

/// Counts a damaged room for as long as it is held.
pub(super) struct Flag(());

impl Flag {
    fn raise() -> Self {
        metrics::gauge!(DAMAGED).increment(1);
        Self(())
    }
}

impl Drop for Flag {
    fn drop(&mut self) {
        metrics::gauge!(DAMAGED).decrement(1);
    }
}

impl RoomActor {
    /// Says once what is left out of the room, and asks its sessions for what they have of it.
    pub(super) fn look_at_damage(&mut self, ctx: &mut Context<Self>) {
        let Some((left_out, questions)) = self.state.news_of_damage() else { return };
        match (left_out.first(), &self.flag) {
            (Some(first), _) => {
                tracing::error!(
                    room.id = %self.id,
                    seq = first.first,
                    why = first.why.name(),
                    updates = left_out.iter().map(LeftOut::count).sum::<u64>(),
                    "updates are left out of a damaged room; gala doctor says more"
                );
                self.flag.get_or_insert_with(Flag::raise);
            }
            (None, Some(_)) => {
                tracing::info!(room.id = %self.id, "everything that was left out of a room is part of it again");
                self.flag = None;
            }
            (None, None) => (),
        }
        self.carry_out(questions, ctx);
    }
}
