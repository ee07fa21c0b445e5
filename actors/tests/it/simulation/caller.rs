//! Somebody who changes a room without a socket, as by REST.

use std::{rc::Rc, time::Duration};

use actors::room::{Change, EditRequest, RoomError, RoomHandle, Version};
use protocol::ids::{PrincipalId, RoomId};
use tokio::time::{sleep, timeout};

use super::{
    document::{apply, document, insert},
    ledger::Verdict,
    node::Node,
    plan::Plan,
    scene::Scene,
};

/// How long a caller waits for an answer.
const PATIENCE: Duration = Duration::from_secs(40);
/// Titles there are. They are few, so that many give a room the title it had before.
const TITLES: [&str; 3] = ["one", "two", "three"];

/// One request.
pub(super) struct Caller {
    pub(super) scene: Rc<Scene>,
    pub(super) node: Node,
    pub(super) room: RoomId,
    /// The Yjs client its update is made by.
    pub(super) client: u64,
}

impl Caller {
    /// Reads the room, thinks, and adds a token.
    pub(super) async fn add(self) {
        let token = self.scene.ledger.mint(self.room);
        let author = PrincipalId::new();
        let answer = self.while_it_lives(self.try_to_add(token, author)).await;
        self.scene.fate.note(|| format!("a caller at node {} adds {token}: {}", self.node.number, told(&answer)));
        let verdict = match answer {
            Some(Ok(_)) => {
                let is_held = self.scene.database.has_from(self.room, author);
                self.scene.fate.wrong_unless(is_held, || format!("a caller was told that {token} is saved"));
                // What was acknowledged and then lost with the end of the log may have had no witness.
                if self.scene.plan.weights.rewind > 0 { Verdict::May } else { Verdict::Must }
            }
            Some(Err(error)) if is_refusal(&error) => Verdict::MustNot,
            Some(Err(_)) | None => Verdict::May,
        };
        self.scene.ledger.typed(token, verdict);
    }

    /// Reads the room, thinks, and gives it another title.
    pub(super) async fn rename(self) {
        let answer = self.while_it_lives(self.try_to_rename()).await;
        self.scene.fate.note(|| format!("a caller at node {} renames: {}", self.node.number, told(&answer)));
    }

    async fn try_to_add(&self, token: char, author: PrincipalId) -> Result<Version, RoomError> {
        // Until it is sent, nothing can be there.
        self.scene.ledger.typed(token, Verdict::MustNot);
        let handle = self.open().await?;
        let (version, state) = handle.state().await?;
        let doc = document(self.client);
        apply(&doc, &state);
        self.scene.has_read(self.room, version, &doc);
        let update = insert(&doc, self.scene.fate.below(1 << 20) as u32, token);
        let expected = self.think(version).await;
        self.scene.ledger.typed(token, Verdict::May);
        let made = handle.edit(EditRequest { author, change: Change::Update(update.into()), expected }).await?;
        if let Some(expected) = expected.filter(|expected| expected.ahead.is_none() && self.is_alone()) {
            let follows = made.seq == expected.seq + 1;
            self.scene.fate.wrong_unless(follows, || format!("an edit for version {expected} made {made}"));
        }
        Ok(made)
    }

    /// Whether nothing can be written to a room except by the one node there ever is.
    fn is_alone(&self) -> bool {
        let Plan { nodes, weights, database, .. } = &self.scene.plan;
        *nodes == 1 && weights.crash + weights.stop + weights.rewind + database.kills == 0
    }

    async fn try_to_rename(&self) -> Result<Version, RoomError> {
        let handle = self.open().await?;
        let page = handle.read().await?;
        let expected = self.think(page.version).await;
        let title = TITLES[self.scene.fate.below(TITLES.len() as u64) as usize].to_owned();
        handle.edit(EditRequest { author: PrincipalId::new(), change: Change::Rename(title), expected }).await
    }

    async fn open(&self) -> Result<RoomHandle, RoomError> {
        self.node.open(self.room).await.ok_or(RoomError::Restarting)
    }

    /// Takes some time, after which some insist on what they have read.
    async fn think(&self, version: Version) -> Option<Version> {
        sleep(self.scene.fate.millis(0..50)).await;
        self.node.life.passage().await;
        self.scene.fate.coin().then_some(version)
    }

    /// `None` when nobody answers.
    async fn while_it_lives<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.node.life.death() => None,
            answer = timeout(PATIENCE, work) => answer.ok(),
        }
    }
}

/// Whether nothing can have come of it.
fn is_refusal(error: &RoomError) -> bool {
    !matches!(error, RoomError::Restarting | RoomError::Unavailable | RoomError::Gone)
}

/// The answer without what is different in every run.
fn told(answer: &Option<Result<Version, RoomError>>) -> &'static str {
    match answer {
        Some(Ok(_)) => "done",
        Some(Err(RoomError::Stale(_))) => "the room has changed",
        Some(Err(_)) => "an error",
        None => "no answer",
    }
}
