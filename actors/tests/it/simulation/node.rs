//! One node: the rooms of production, with what they ask for simulated.

use std::{sync::Arc, time::Duration};

use actix::spawn;
use actors::{
    room::{RoomHandle, Rooms, log::RoomLog},
    threads::Threads,
};
use protocol::{
    ids::{NodeId, RoomId},
    wire::close::CloseCode,
};

use super::{clock::NodeClock, life::Life, log::NodeLog, scene::Scene};

/// A node from its start to its end. A clone is the same one.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) number: usize,
    pub(super) life: Life,
    pub(super) clock: NodeClock,
    pub(super) rooms: Rooms,
    pub(super) log: NodeLog,
}

impl Node {
    /// Starts in this place.
    pub(super) fn start(number: usize, scene: &Scene) -> Self {
        let Scene { fate, plan, database, network, .. } = scene;
        let (life, clock) = (Life::new(), NodeClock::new());
        let log = NodeLog::new(&life, database, fate, &plan.database);
        let bus = network.join(number, NodeId::new(), &life);
        let threads = Threads::default();
        threads.join();
        let rooms = Rooms::new(
            Arc::new(log.clone()),
            Arc::new(bus),
            Arc::new(clock.clone()),
            threads,
            Duration::from_millis(plan.idle_timeout_ms),
        );
        let (follow, listen) =
            (rooms.clone().follow_logs(), network.clone().listen(number, rooms.clone(), life.clone()));
        let death = life.clone();
        spawn(async move {
            tokio::select! {
                biased;
                () = death.death() => (),
                () = follow => (),
                () = listen => (),
            }
        });
        Self { number, life, clock, rooms, log }
    }

    /// Ends it as `kill -9` does: what it was about to do stays undone.
    pub(super) fn kill(&self, rooms: &[RoomId]) {
        self.life.end();
        for room in rooms.iter().copied() {
            let node = self.rooms.clone();
            // Its actors reach nothing any more; this is only to have them out of the way.
            spawn(async move { node.close(room, CloseCode::NotFound).await });
        }
    }

    /// Ends it as SIGTERM does: what it was told is saved before.
    pub(super) async fn stop(self, rooms: Vec<RoomId>) {
        self.rooms.stop().await;
        self.kill(&rooms);
    }

    /// Writes a snapshot of the room, as a sweep over idle rooms does.
    pub(super) fn compact(&self, room: RoomId) {
        spawn(self.log.compact(room));
    }

    pub(super) async fn open(&self, room: RoomId) -> Option<RoomHandle> {
        self.life.passage().await;
        let opened = self.rooms.open(room).await.ok();
        self.life.passage().await;
        opened
    }
}
