//! Many clients that type at the same time, each in a task of its own.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use tokio::{task::JoinHandle, time::sleep};

use crate::{client::Client, failure::Failure, random::Random};

/// How long everybody listens at a time.
const LISTEN: Duration = Duration::from_millis(50);
/// How long everybody listens on after the last token, so that what is under way is measured.
const LAST_WORDS: Duration = Duration::from_secs(2);

pub(crate) struct Crew {
    stages: Arc<Stages>,
    typing: Vec<JoinHandle<Client>>,
}

#[derive(Default)]
struct Stages {
    /// Nobody types any more.
    is_typed: AtomicBool,
    /// Nobody listens any more.
    is_over: AtomicBool,
}

impl Crew {
    /// Has these clients type, each a token after every pause, and one that is given none listen.
    pub(crate) fn start(clients: Vec<Client>, pause: impl Fn(&Client) -> Option<Duration>) -> Self {
        let stages = Arc::<Stages>::default();
        let typing = clients.into_iter().map(|client| {
            let pause = pause(&client);
            tokio::spawn(run(client, pause, Arc::clone(&stages)))
        });
        let typing = typing.collect();
        Self { stages, typing }
    }

    /// Has them stop typing; answers with everybody.
    ///
    /// # Errors
    ///
    /// [`Failure::Task`].
    pub(crate) async fn stop(self) -> Result<Vec<Client>, Failure> {
        self.stages.is_typed.store(true, Ordering::Relaxed);
        sleep(LAST_WORDS).await;
        self.stages.is_over.store(true, Ordering::Relaxed);
        let mut clients = Vec::new();
        for client in self.typing {
            clients.push(client.await?);
        }
        Ok(clients)
    }
}

async fn run(mut client: Client, pause: Option<Duration>, stages: Arc<Stages>) -> Client {
    let mut random = Random::seeded(client.number.into());
    while !stages.is_typed.load(Ordering::Relaxed) {
        let Some(pause) = pause else {
            client.live_for(LISTEN).await;
            continue;
        };
        // Around the pause, so that not everybody types at the same moment.
        let pause_ms = pause.as_millis() as u64;
        let mut left = random.time(pause_ms / 2, pause_ms * 3 / 2 + 1);
        while !left.is_zero() && !stages.is_typed.load(Ordering::Relaxed) {
            let some = left.min(LISTEN);
            client.live_for(some).await;
            left -= some;
        }
        client.type_token().await;
    }
    while !stages.is_over.load(Ordering::Relaxed) {
        client.live_for(LISTEN).await;
    }
    client
}

/// Has everybody listen until they are in step, for as long as `time`; answers how many are not.
pub(crate) async fn settle(clients: &mut [Client], time: Duration) -> usize {
    let settled = join_all(clients.iter_mut().map(|client| client.settle(time))).await;
    settled.into_iter().filter(|is_in_step| !is_in_step).count()
}
