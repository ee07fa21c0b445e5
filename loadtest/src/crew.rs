//! Many clients that type at the same time, each in a task of its own.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use tokio::task::JoinHandle;

use crate::{client::Client, failure::Failure, random::Random};

pub(crate) struct Crew {
    stop: Arc<AtomicBool>,
    typing: Vec<JoinHandle<Client>>,
}

impl Crew {
    /// Has these clients type, each a token after every pause, and one that is given none listen.
    pub(crate) fn start(clients: Vec<Client>, pause: impl Fn(&Client) -> Option<Duration>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let typing = clients.into_iter().map(|client| {
            let pause = pause(&client);
            tokio::spawn(run(client, pause, Arc::clone(&stop)))
        });
        let typing = typing.collect();
        Self { stop, typing }
    }

    /// Has them stop typing; answers with everybody.
    ///
    /// # Errors
    ///
    /// [`Failure::Task`].
    pub(crate) async fn stop(self) -> Result<Vec<Client>, Failure> {
        self.stop.store(true, Ordering::Relaxed);
        let mut clients = Vec::new();
        for client in self.typing {
            clients.push(client.await?);
        }
        Ok(clients)
    }
}

async fn run(mut client: Client, pause: Option<Duration>, stop: Arc<AtomicBool>) -> Client {
    const LISTEN: Duration = Duration::from_millis(50);
    let mut random = Random::seeded(client.number.into());
    while !stop.load(Ordering::Relaxed) {
        let Some(pause) = pause else {
            client.live_for(LISTEN).await;
            continue;
        };
        // Around the pause, so that not everybody types at the same moment.
        let pause_ms = pause.as_millis() as u64;
        let mut left = random.time(pause_ms / 2, pause_ms * 3 / 2 + 1);
        while !left.is_zero() && !stop.load(Ordering::Relaxed) {
            let some = left.min(LISTEN);
            client.live_for(some).await;
            left -= some;
        }
        client.type_token().await;
    }
    client
}

/// Has everybody listen until they are in step, for as long as `time`; answers how many are not.
pub(crate) async fn settle(clients: &mut [Client], time: Duration) -> usize {
    let settled = join_all(clients.iter_mut().map(|client| client.settle(time))).await;
    settled.into_iter().filter(|is_in_step| !is_in_step).count()
}
