//! One world: nodes, people and callers, and what befalls them.

use std::{rc::Rc, time::Duration};

use protocol::access::Access;
use tokio::time::{Instant, sleep};

use super::{acts::acts, node::Node, person::Person, scene::Scene};

/// How likely somebody who is not connected tries to be, in percent of the steps.
const COMES_BACK: u64 = 30;
/// How likely a node that has died is started again.
const STARTS_AGAIN: u64 = 30;

pub(super) struct World {
    pub(super) scene: Rc<Scene>,
    pub(super) nodes: Vec<Node>,
    pub(super) people: Vec<Person>,
    /// Counts those who have called.
    pub(super) callers: u64,
}

impl World {
    pub(super) fn new(scene: &Rc<Scene>) -> Self {
        let plan = &scene.plan;
        let room = |number: usize| scene.rooms[number % scene.rooms.len()];
        let people = (0..plan.people).map(|number| Person::new(number as u64, room(number), scene));
        let nodes = (0..plan.nodes).map(|number| Node::start(number, scene));
        Self { nodes: nodes.collect(), people: people.collect(), scene: Rc::clone(scene), callers: 0 }
    }

    /// Lets it go its way.
    pub(super) async fn live(&mut self) {
        let acts = acts(&self.scene.plan.weights);
        let all: u64 = acts.iter().map(|(weight, _)| weight).sum();
        for _ in 0..self.scene.plan.steps {
            self.replace_the_dead();
            self.come_back();
            let mut chosen = self.scene.fate.below(all);
            let act = acts.iter().find(|(weight, _)| {
                let is_it = chosen < *weight;
                chosen = chosen.saturating_sub(*weight);
                is_it
            });
            if let Some((_, act)) = act {
                act(self);
            }
            sleep(self.scene.fate.millis(0..self.scene.plan.step_ms)).await;
        }
    }

    /// Ends everything that is wrong with the world, and has everybody connected.
    pub(super) async fn heal(&mut self) {
        self.scene.fate.calm();
        self.scene.fate.note(|| "everything is well again".to_owned());
        self.scene.network.heal();
        for room in &self.scene.rooms {
            self.scene.database.trash(*room, false);
        }
        for node in &self.nodes {
            node.life.go_on();
        }
        for person in &self.people {
            person.state.borrow_mut().stalls_until = Instant::now();
            person.set_access(Access::Write);
        }
        // A node may be stopping still.
        sleep(Duration::from_secs(6)).await;
        for node in &mut self.nodes {
            if node.life.is_dead() {
                *node = Node::start(node.number, &self.scene);
            }
        }
    }

    /// Lets so many seconds pass, in which whoever is not connected tries to be.
    pub(super) async fn wait(&self, seconds: u64) {
        for _ in 0..seconds {
            for person in self.people.iter().filter(|person| !person.is_connected()) {
                person.connect(self.any_node());
            }
            sleep(Duration::from_secs(1)).await;
        }
    }

    fn replace_the_dead(&mut self) {
        for node in &mut self.nodes {
            if node.life.is_dead() && self.scene.fate.below(100) < STARTS_AGAIN {
                self.scene.fate.note(|| format!("node {} starts again", node.number));
                node.kill(&self.scene.rooms);
                *node = Node::start(node.number, &self.scene);
            }
        }
    }

    fn come_back(&self) {
        for person in self.people.iter().filter(|person| !person.is_connected()) {
            if self.scene.fate.below(100) < COMES_BACK {
                person.connect(self.any_node());
            }
        }
    }

    pub(super) fn anybody(&self) -> &Person {
        self.scene.fate.one_of(&self.people).unwrap()
    }

    pub(super) fn any_node(&self) -> &Node {
        self.scene.fate.one_of(&self.nodes).unwrap()
    }
}
