//! A room in which nothing happens: it looks after nothing any more, and lets its document go.
//!
//! Sessions and presence stay, and so do the bytes the document is made of: what joins, and what comes next,
//! finds everything as it was. The document is made again when something has to be decided by it.

use std::time::Duration;

use actix::prelude::{AsyncContext, Context};

use super::{actor::RoomActor, cluster::Following};

/// How often a room in which something happens looks after its sessions.
pub(super) const SWEEP_INTERVAL: Duration = Duration::from_secs(5);
/// Sweeps after which a document that nothing has needed is let go: 30 s.
const SWEEPS_UNTIL_LET_GO: u32 = 6;

/// How long a room has had nothing to do.
#[derive(Default)]
pub(super) struct Rest {
    /// Whether the next sweep is on its way.
    sweeps: bool,
    /// How often the document had been needed at the last sweep.
    uses: u64,
    /// Sweeps since then.
    unused: u32,
}

impl RoomActor {
    /// Something happens in the room: it looks after its sessions until nothing does any more.
    pub(super) fn stay_awake(&mut self, ctx: &mut Context<Self>) {
        if !self.rest.sweeps {
            self.rest.sweeps = true;
            ctx.run_later(SWEEP_INTERVAL, |room, ctx| {
                room.sweep(ctx);
                room.let_go_of_unused(ctx);
                room.rest.sweeps = false;
                if room.has_something_to_do() {
                    room.stay_awake(ctx);
                }
            });
        }
    }

    /// Lets the document go once nothing has needed it for some sweeps.
    fn let_go_of_unused(&mut self, ctx: &mut Context<Self>) {
        let document = self.state.document_mut();
        if document.uses() != self.rest.uses {
            self.rest.uses = document.uses();
            self.rest.unused = 0;
        } else if document.is_made() {
            self.rest.unused += 1;
            if self.rest.unused >= SWEEPS_UNTIL_LET_GO {
                document.let_go();
                metrics::counter!("gala_documents_let_go_total").increment(1);
                self.compact_if_worth_it(ctx);
            }
        }
    }

    /// Whether there will be something to look after though nobody says anything.
    fn has_something_to_do(&self) -> bool {
        let is_settled = self.is_settled() && self.following == Following::Idle;
        !is_settled
            || self.state.document().is_made()
            || !self.state.presence_is_empty()
            || !self.sessions.values().all(|session| session.is_read_out())
    }
}

#[cfg(test)]
mod tests {
    use protocol::content::Node;

    use crate::room::{
        content::page,
        document::{Applied, Document},
    };

    #[test]
    fn a_document_that_was_let_go_is_made_again_from_its_bytes() {
        let content = vec![Node::block("paragraph", vec![Node::text("hello", vec![])])];
        let mut document = Document::default();
        assert_eq!(document.apply(&page::initial_update("t", &content)), Ok(Applied::Changed));
        let before = document.diff(&[0]).unwrap();

        document.let_go();

        assert!(!document.is_made());
        assert_eq!(document.diff(&[0]).unwrap(), before);
        assert_eq!(page::title(document.doc().unwrap()).as_deref(), Some("t"));
    }
}
