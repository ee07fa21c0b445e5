//! What is done in a world, and done to it.

use std::{collections::BTreeSet, rc::Rc};

use actix::spawn;
use protocol::{access::Access, wire::close::CloseCode};
use tokio::time::{Instant, sleep};

use super::{caller::Caller, document::text, plan::Weights, world::World};

/// Seconds a clock may jump.
const JUMPS: [i64; 6] = [-86_400, -3_600, -10, 10, 3_600, 86_400];

/// Something that is done, and how often against the others.
pub(super) type Act = (u64, fn(&mut World));

pub(super) fn acts(weights: &Weights) -> [Act; 18] {
    [
        (60, World::type_something),
        (weights.delete, World::delete_something),
        (weights.rest, World::call),
        (weights.rename, World::call_to_rename),
        (weights.move_on, World::move_somebody),
        (weights.stall, World::stall_somebody),
        (weights.announce, World::announce_somebody),
        (weights.access, World::change_access),
        (weights.forget, World::forget_something),
        (weights.crash, World::kill_a_node),
        (weights.stop, World::stop_a_node),
        (weights.pause, World::pause_a_node),
        (weights.cut, World::cut_the_bus),
        (weights.clock, World::let_a_clock_jump),
        (weights.compact, World::compact_a_room),
        (weights.end_room, World::end_a_room),
        (weights.trash, World::trash_a_room),
        (weights.rewind, World::rewind_the_database),
    ]
}

impl World {
    fn type_something(&mut self) {
        let person = self.anybody();
        for _ in 0..=self.scene.fate.below(3) {
            person.type_token();
        }
    }

    fn delete_something(&mut self) {
        self.anybody().delete_token();
    }

    fn call(&mut self) {
        spawn(self.caller().add());
    }

    fn call_to_rename(&mut self) {
        spawn(self.caller().rename());
    }

    fn caller(&mut self) -> Caller {
        self.callers += 1;
        let client = 1_000_000 + self.callers;
        let room = *self.scene.fate.one_of(&self.scene.rooms).unwrap();
        Caller { scene: Rc::clone(&self.scene), node: self.any_node().clone(), room, client }
    }

    fn move_somebody(&mut self) {
        let (person, node) = (self.anybody(), self.any_node());
        person.hang_up();
        if self.scene.fate.coin() {
            person.connect(node);
        }
    }

    fn stall_somebody(&mut self) {
        let until = Instant::now() + self.scene.fate.millis(0..40_000);
        self.anybody().state.borrow_mut().stalls_until = until;
    }

    fn announce_somebody(&mut self) {
        self.anybody().announce();
    }

    fn change_access(&mut self) {
        let access = if self.scene.fate.coin() { Access::Read } else { Access::Write };
        self.anybody().set_access(access);
    }

    fn forget_something(&mut self) {
        self.anybody().forget();
    }

    fn kill_a_node(&mut self) {
        let node = self.any_node();
        self.scene.fate.note(|| format!("node {} is killed", node.number));
        node.kill(&self.scene.rooms);
    }

    fn stop_a_node(&mut self) {
        let node = self.any_node().clone();
        self.scene.fate.note(|| format!("node {} is stopped", node.number));
        spawn(node.stop(self.scene.rooms.clone()));
    }

    fn pause_a_node(&mut self) {
        let (life, pause) = (self.any_node().life.clone(), self.scene.fate.millis(0..20_000));
        life.pause();
        spawn(async move {
            sleep(pause).await;
            life.go_on();
        });
    }

    fn cut_the_bus(&mut self) {
        let (one, other) = (self.any_node().number, self.any_node().number);
        if one == other {
            self.scene.network.deafen(one);
        } else {
            self.scene.network.cut(one, other);
        }
        let (network, healed_after) = (self.scene.network.clone(), self.scene.fate.millis(0..30_000));
        spawn(async move {
            sleep(healed_after).await;
            network.heal();
        });
    }

    fn let_a_clock_jump(&mut self) {
        let seconds = *self.scene.fate.one_of(&JUMPS).unwrap();
        let node = self.any_node();
        self.scene.fate.note(|| format!("the clock of node {} jumps by {seconds} s", node.number));
        node.clock.jump(seconds);
    }

    fn compact_a_room(&mut self) {
        self.any_node().compact(*self.scene.fate.one_of(&self.scene.rooms).unwrap());
    }

    fn end_a_room(&mut self) {
        let (rooms, room) = (self.any_node().rooms.clone(), *self.scene.fate.one_of(&self.scene.rooms).unwrap());
        spawn(async move { rooms.close(room, CloseCode::Restarting).await });
    }

    fn trash_a_room(&mut self) {
        let room = *self.scene.fate.one_of(&self.scene.rooms).unwrap();
        let (database, restored_after) = (self.scene.database.clone(), self.scene.fate.millis(0..10_000));
        database.trash(room, true);
        spawn(async move {
            sleep(restored_after).await;
            database.trash(room, false);
        });
    }

    fn rewind_the_database(&mut self) {
        self.scene.database.rewind();
        for room in &self.scene.rooms {
            let people = self.people.iter().filter(|person| person.room == *room);
            let held: BTreeSet<char> =
                people.flat_map(|person| text(&person.state.borrow().doc).chars().collect::<Vec<_>>()).collect();
            self.scene.ledger.rewound(*room, &held);
        }
    }
}
