//! People who type in one room all at once, while the test breaks something.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::task::JoinHandle;

use super::{nodes::Cluster, typist::Typist};

/// Time between two tokens of one person.
const PAUSE: Duration = Duration::from_millis(20);

pub(crate) struct Crew {
    stop: Arc<AtomicBool>,
    typing: Vec<JoinHandle<Typist>>,
}

impl Crew {
    /// Has this many people begin at every node, on a new page.
    pub(crate) async fn start(cluster: &mut Cluster, per_node: usize) -> Self {
        let room = cluster.nodes[0].gala().create_page("Crew").await;
        let nodes = cluster.nodes.len();
        let typists = (0..nodes * per_node).map(|number| cluster.typist(&room, number % nodes)).collect();
        Self::of(typists, PAUSE)
    }

    /// Has these people type, each a token after every pause.
    pub(crate) fn of(typists: Vec<Typist>, pause: Duration) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let typing = typists.into_iter().map(|typist| tokio::spawn(typist.run(pause, Arc::clone(&stop))));
        let typing = typing.collect();
        Self { stop, typing }
    }

    /// Has them stop; answers with everybody.
    pub(crate) async fn stop(self) -> Vec<Typist> {
        self.stop.store(true, Ordering::Relaxed);
        let mut typists = Vec::new();
        for typist in self.typing {
            typists.push(typist.await.expect("nobody panics"));
        }
        typists
    }
}
