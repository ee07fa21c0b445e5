//! One client's stay in one room: from being let in until it leaves or is put out.

use std::time::Duration;

use actors::room::RoomHandle;
use protocol::{
    ids::{RoomId, SessionId},
    time::Timestamp,
    wire::close::CloseCode,
};

use super::admission::{self, Admitted};
use crate::services::Services;

/// How long before a token expires its client is asked for another one; half of what is left of
/// shorter ones.
const ASK_BEFORE: Duration = Duration::from_secs(60);
/// When permissions are looked at again after the database could not say.
const TRY_AGAIN: Duration = Duration::from_secs(1);
/// When they are looked at again though nothing has been heard of them.
const LOOK_EVERY: Duration = Duration::from_secs(300);

/// A client in a room.
pub(super) struct Stay {
    pub(super) id: RoomId,
    pub(super) room: RoomHandle,
    pub(super) session: SessionId,
    pub(super) admitted: Admitted,
    /// When to ask the client for another token; `None` when it has none, or was asked.
    ask_at: Option<Timestamp>,
    look_at: Timestamp,
}

impl Stay {
    pub(super) fn new(id: RoomId, room: RoomHandle, session: SessionId, admitted: Admitted, now: Timestamp) -> Self {
        let mut stay = Self { id, room, session, admitted, ask_at: None, look_at: now };
        stay.renewed(now);
        stay
    }

    /// When there is something to do for it.
    pub(super) fn wake_at(&self) -> Timestamp {
        self.ask_at.map_or(self.look_at, |ask_at| ask_at.min(self.look_at))
    }

    /// Whether the client has to be asked for another token now. Says so once.
    pub(super) fn asks_for_token(&mut self, now: Timestamp) -> bool {
        self.ask_at.take_if(|ask_at| *ask_at <= now).is_some()
    }

    /// Lets the session go on with what it is let in with now.
    pub(super) async fn renew(&mut self, admitted: Admitted, now: Timestamp) {
        if admitted.access != self.admitted.access {
            self.room.set_access(self.session, admitted.access).await;
        }
        self.admitted = admitted;
        self.renewed(now);
    }

    /// Looks again at what the client may do, because it may have changed or expired.
    ///
    /// # Errors
    ///
    /// The code to put it out with.
    pub(super) async fn look_again(&mut self, services: &Services) -> Result<(), CloseCode> {
        let now = services.clock.now();
        match admission::readmit(services, self.id, self.admitted.pass).await {
            Ok(admitted) => {
                let ask_at = self.ask_at;
                self.renew(admitted, now).await;
                // The token is the same: whoever was asked is not asked again.
                self.ask_at = ask_at;
                Ok(())
            }
            // Nobody is put out because the database is not there.
            Err(CloseCode::Unavailable) => {
                self.look_at = after(now, TRY_AGAIN);
                Ok(())
            }
            Err(code) => Err(code),
        }
    }

    fn renewed(&mut self, now: Timestamp) {
        let every = after(now, LOOK_EVERY);
        self.look_at = self.admitted.until.map_or(every, |until| until.min(every));
        self.ask_at = self.admitted.pass.expires_at.map(|expires_at| {
            let left = Duration::from_millis(expires_at.millis_since(now));
            before(expires_at, ASK_BEFORE.min(left / 2))
        });
    }
}

fn after(at: Timestamp, duration: Duration) -> Timestamp {
    Timestamp::from_micros(at.as_micros().saturating_add(micros(duration)))
}

fn before(at: Timestamp, duration: Duration) -> Timestamp {
    Timestamp::from_micros(at.as_micros().saturating_sub(micros(duration)))
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
