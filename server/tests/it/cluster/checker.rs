//! What must be true in the end: every acknowledged token once in everything that says what a room
//! holds, and all of them the same.

use std::{collections::BTreeMap, time::Duration};

use futures_util::future::join_all;
use reqwest::Method;

use super::{
    nodes::{Cluster, MENDING, Node},
    page,
    typist::Typist,
};

/// How long replicas may take to agree once everything is acknowledged.
const CONVERGENCE: Duration = Duration::from_secs(60);

impl Cluster {
    /// Waits until everything typed is acknowledged and everybody sees the same, and compares it
    /// with what the nodes answer, what the log says and what the ledger has. All typists are in
    /// the same room; those who have left for good are only known to the ledger.
    pub(crate) async fn check(&mut self, mut typists: Vec<Typist>) -> Vec<Typist> {
        let room = typists.first().expect("somebody is there").room.clone();
        let settled = join_all(typists.iter_mut().map(|typist| typist.live_until(MENDING, Typist::is_saved))).await;
        for (typist, is_settled) in typists.iter().zip(settled) {
            let (number, typed, saved) = (typist.number, typist.typed, typist.saved);
            assert!(
                is_settled,
                "typist {number}: {saved} of {typed} tokens are acknowledged after everything is mended"
            );
        }
        // Somebody new on every node, who has nothing but what the node has.
        for node in 0..self.nodes.len() {
            typists.push(self.typist_by(&room, vec![self.nodes[node].url()]));
        }
        let expected = self.converge(&mut typists).await;
        for node in self.running() {
            self.check_node(node, &room, &expected).await;
        }
        self.check_log(&room, &expected).await;
        self.check_history(&room).await;
        self.check_tokens(&room, &typists, &expected).await;
        typists
    }

    /// Waits until all see the same; answers with what they see.
    async fn converge(&self, typists: &mut [Typist]) -> String {
        let until = tokio::time::Instant::now() + CONVERGENCE;
        loop {
            join_all(typists.iter_mut().map(|typist| typist.live_for(Duration::from_millis(50)))).await;
            let texts: Vec<String> = typists.iter().map(|typist| page::text(&typist.doc)).collect();
            if texts.iter().all(|text| *text == texts[0]) && typists.iter().all(Typist::is_saved) {
                return texts[0].clone();
            }
            if tokio::time::Instant::now() > until {
                let seen: Vec<_> = texts.iter().map(|text| page::tokens(text).len()).collect();
                panic!("replicas differ: they have {seen:?} tokens");
            }
        }
    }

    async fn check_node(&self, node: &Node, room: &str, expected: &str) {
        let state = node.gala().state(room).await;
        assert_eq!(page::text(&page::of_updates([state.as_slice()])), expected, "the content a node answers with");
        let request = node.gala().owner.request(Method::GET, &format!("/api/v1/pages/{room}/content"));
        let answer = request.header("accept", "text/markdown").send().await.expect("an answer");
        assert_eq!(page::tokens(&answer.text().await.expect("text")), page::tokens(expected), "the Markdown of a node");
    }

    async fn check_log(&self, room: &str, expected: &str) {
        let log = self.log(room).await;
        assert_eq!(page::text(&log.document()), expected, "what the log makes");
    }

    /// What a node says of the past is what the log makes of its updates up to then.
    async fn check_history(&self, room: &str) {
        let updates = self.log(room).await.updates;
        let node = self.running().next().expect("a node runs").gala();
        for seq in [1, updates.len().div_ceil(2), updates.len()] {
            let request = node.owner.request(Method::GET, &format!("/api/v1/rooms/{room}/history?at={seq}"));
            let answer = request.header("accept", "application/octet-stream").send().await.expect("an answer");
            assert!(answer.status().is_success(), "{}", answer.status());
            let state = answer.bytes().await.expect("a body");
            let then = page::of_updates(updates[..seq].iter().map(Vec::as_slice));
            assert_eq!(page::text(&page::of_updates([&state[..]])), page::text(&then), "the history at {seq}");
        }
    }

    async fn check_tokens(&self, room: &str, typists: &[Typist], expected: &str) {
        let found = page::tokens(expected);
        let doubled: BTreeMap<_, _> = found.iter().filter(|(_, times)| **times > 1).collect();
        assert!(doubled.is_empty(), "doubled: {doubled:?}");
        let acknowledged = self.ledger.of(room).await;
        let typed = typists.iter().flat_map(Typist::tokens);
        let lost: Vec<String> =
            acknowledged.into_iter().chain(typed).filter(|token| !found.contains_key(token)).collect();
        assert!(lost.is_empty(), "lost: {lost:?}");
    }
}
