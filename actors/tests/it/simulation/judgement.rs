//! What must hold in the end, whatever has happened.

use std::collections::BTreeSet;

use protocol::ids::RoomId;

use super::{
    document::{apply, document, text, title},
    scene::says,
    world::World,
};

/// Seconds after which nobody is shown any more who is not there.
const PRESENCE_SETTLES: u64 = 70;
/// Seconds after which everybody is connected, and the database is what it was.
const SESSIONS_SETTLE: u64 = 20;
/// Seconds after which an edit is everywhere, whatever the bus has lost.
const EDITS_SETTLE: u64 = 4;

impl World {
    /// Says everything that is wrong to the world's fate.
    pub(super) async fn judge(&self) {
        let has_presence = self.scene.plan.weights.announce > 0;
        self.wait(if has_presence { PRESENCE_SETTLES } else { SESSIONS_SETTLE }).await;
        // The lists show the title as of the last edit.
        for room in &self.scene.rooms {
            if let Some(person) = self.people.iter().find(|person| person.room == *room) {
                person.type_token();
            }
        }
        self.wait(EDITS_SETTLE).await;
        for room in &self.scene.rooms {
            self.judge_log(*room);
            self.judge_nodes(*room).await;
        }
        for person in &self.people {
            self.judge_person(person.number as usize);
        }
    }

    fn wrong_unless(&self, holds: bool, what: impl FnOnce() -> String) {
        self.scene.fate.wrong_unless(holds, what);
    }

    fn judge_log(&self, room: RoomId) {
        let (logged, from_snapshot, listed) = self.scene.database.with(room, |table| {
            table.repeat();
            let stored = table.stored();
            let from_snapshot = document(0);
            let snapshot = stored.snapshot.iter().map(|snapshot| &snapshot.update);
            let updates = snapshot.chain(&stored.tail).chain(&stored.tail);
            let is_whole = updates.fold(true, |_, update| apply(&from_snapshot, update));
            // What builds on something that nobody has any more waits for it for ever.
            self.wrong_unless(is_whole || table.was_rewound, || "the log has a gap".to_owned());
            (
                text(table.doc()),
                says(&from_snapshot),
                (table.title().map(str::to_owned), title(table.doc()), says(table.doc())),
            )
        });
        for wrong in self.scene.ledger.audit(room, &logged) {
            self.scene.fate.wrong(format!("in the log: {wrong}"));
        }
        let (list, title, logged) = listed;
        self.wrong_unless(from_snapshot == logged, || format!("snapshot and tail say {from_snapshot}, not {logged}"));
        self.wrong_unless(list.as_deref().unwrap_or_default() == title, || {
            format!("the lists show {list:?}, the title is {title:?}")
        });
    }

    async fn judge_nodes(&self, room: RoomId) {
        for node in &self.nodes {
            let Ok(handle) = node.rooms.open(room).await else {
                self.scene.fate.wrong(format!("node {} cannot open a room", node.number));
                continue;
            };
            let Ok((version, state)) = handle.state().await else {
                self.scene.fate.wrong(format!("node {} cannot read a room", node.number));
                continue;
            };
            let doc = document(0);
            apply(&doc, &state);
            let (head, logged) = self.scene.database.with(room, |table| (table.head(), says(table.doc())));
            let is_settled = version.ahead.is_none() && version.seq == head;
            self.wrong_unless(is_settled, || format!("node {} is at {version}, the log at {head}", node.number));
            let says = says(&doc);
            self.wrong_unless(says == logged, || format!("node {} says {says}, the log {logged}", node.number));
        }
    }

    fn judge_person(&self, number: usize) {
        let person = &self.people[number];
        let state = person.state.borrow();
        let Some(link) = &state.link else {
            return self.scene.fate.wrong(format!("person {number} is not connected"));
        };
        self.wrong_unless(link.owed == 0, || format!("person {number} has {} updates unanswered", link.owed));
        let (says, logged) = (says(&state.doc), self.log_says(person.room));
        self.wrong_unless(says == logged, || format!("person {number} has {says}, the log {logged}"));
        let here = self.people.iter().filter(|other| other.room == person.room && other.is_present());
        let here: BTreeSet<u64> = here.map(|other| other.client()).collect();
        let seen = state.others.values().filter(|entry| entry.state.is_some()).map(|entry| entry.client);
        let seen: BTreeSet<u64> = seen.collect();
        self.wrong_unless(here == seen, || format!("person {number} sees {seen:?}, present are {here:?}"));
    }

    fn log_says(&self, room: RoomId) -> String {
        self.scene.database.with(room, |table| says(table.doc()))
    }
}
