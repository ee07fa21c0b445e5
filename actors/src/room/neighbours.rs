//! The open rooms and other nodes: what is heard is passed on, and what is not heard is found by
//! asking the log.

use std::{
    collections::HashMap,
    sync::{Arc, Weak, atomic::Ordering},
    time::Duration,
};

use actix::prelude::Addr;
use protocol::{ids::RoomId, nodes::Head, rooms::Seq, wire::close::CloseCode};

use super::{
    actor::RoomActor,
    messages::{Close, Hear, LogSays, NodeGone},
    registry::{Rooms, Slot},
};
use crate::bus::Heard;

/// How often the log is asked while the bus is heard.
const ASK_BESIDE_BUS: Duration = Duration::from_secs(1);
/// How often the log is asked while nothing is heard of other nodes.
const ASK_ALONE: Duration = Duration::from_millis(200);
/// Rooms asked for at once; others have their turn the next time.
const MAX_ASKED: usize = 1_000;

impl Rooms {
    /// Passes on what another node says. What reaches no open room, or one that has too much to do,
    /// is lost: the room finds it in its log.
    pub fn hear(&self, heard: Heard) {
        match heard {
            Heard::News { node, room, news } => {
                let Some(address) = self.address(room) else { return };
                if address.try_send(Hear { node, news }).is_err() {
                    metrics::counter!("gala_bus_ignored_total", "why" => "busy").increment(1);
                }
            }
            Heard::Gone(node) => {
                for address in self.live() {
                    address.do_send(NodeGone(node));
                }
            }
        }
    }

    /// Asks the log how far it reaches, again and again, and tells the rooms that are behind it. For
    /// ever; to be run where other nodes write to the same log.
    pub async fn follow_logs(self) {
        let mut turn = Vec::new();
        loop {
            let pause = if self.shared.bus.is_heard() { ASK_BESIDE_BUS } else { ASK_ALONE };
            tokio::time::sleep(pause).await;
            if turn.is_empty() {
                turn = self.slots().into_iter().map(|(room, _)| room).collect();
            }
            let asked = turn.split_off(turn.len().saturating_sub(MAX_ASKED));
            if !asked.is_empty() {
                self.ask(asked).await;
            }
        }
    }

    async fn ask(&self, asked: Vec<RoomId>) {
        // Before it is asked: what is committed meanwhile is no reason to wonder. Whoever asks keeps no
        // room in memory.
        let before: Vec<(RoomId, Weak<Slot>, Seq)> = {
            let open = self.shared.lock();
            let slots = asked.into_iter().filter_map(|room| Some((room, open.slots.get(&room)?)));
            let heads = slots.filter_map(|(room, slot)| {
                let head = slot.head.load(Ordering::Acquire).checked_sub(1)?;
                Some((room, Arc::downgrade(slot), head))
            });
            heads.collect()
        };
        let heads = match self.shared.log.heads(before.iter().map(|(room, ..)| *room).collect()).await {
            Ok(heads) => heads,
            Err(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "the log does not say how far it reaches");
                return;
            }
        };
        let heads: HashMap<RoomId, Head> = heads.into_iter().map(|head| (head.room, head)).collect();
        for (room, slot, before) in before {
            let Some(slot) = slot.upgrade() else { continue };
            let Some(address) = slot.address() else { continue };
            match heads.get(&room) {
                Some(said) if said.head == before && said.generation == slot.generation.load(Ordering::Acquire) => (),
                Some(Head { generation, head, .. }) => {
                    // One that has too much to do is told the next time.
                    address.try_send(LogSays { generation: *generation, head: *head, before }).ok();
                }
                None => address.do_send(Close(CloseCode::NotFound)),
            }
        }
    }

    fn address(&self, room: RoomId) -> Option<Addr<RoomActor>> {
        let slot = self.shared.lock().slots.get(&room).cloned()?;
        slot.address().cloned()
    }

    fn live(&self) -> Vec<Addr<RoomActor>> {
        self.slots().iter().filter_map(|(_, slot)| slot.address().cloned()).collect()
    }

    fn slots(&self) -> Vec<(RoomId, Arc<Slot>)> {
        self.shared.lock().slots.iter().map(|(room, slot)| (*room, Arc::clone(slot))).collect()
    }
}
