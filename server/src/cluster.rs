//! Joins this node with the others of the installation: rooms and permissions, by Redis where there
//! is one, and by the database in any case.

use std::sync::Arc;

use actors::{
    bus::{Alone, Bus},
    room::Rooms,
};
use protocol::ids::NodeId;
use tokio::{sync::broadcast::error::RecvError, task::JoinHandle};

use crate::{
    adapters::redis_bus::{Hearing, InvalidRedisUrl, RedisBus},
    config::ClusterConfig,
    secret::{Secret, SecretError},
    services::changes::Changes,
};

/// What the key is derived for that messages between nodes are sealed with.
const SEAL_PURPOSE: &str = "bus";

/// Why a node cannot join the others.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// The setting is no address of a Redis.
    #[error(transparent)]
    Address(#[from] InvalidRedisUrl),
    /// There is no key.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

/// This node's place among the others.
pub struct Cluster {
    redis: Option<(RedisBus, Hearing)>,
    tasks: Vec<JoinHandle<()>>,
}

impl Cluster {
    /// Joins by the Redis the settings name. It need not be there.
    ///
    /// # Errors
    ///
    /// [`JoinError`].
    pub fn join(config: &ClusterConfig, node: NodeId, secret: &Secret) -> Result<Self, JoinError> {
        let Some(url) = &config.redis_url else { return Ok(Self { redis: None, tasks: Vec::new() }) };
        let (bus, hearing, tasks) = RedisBus::join(url.expose(), node, &secret.key_for(SEAL_PURPOSE)?)?;
        Ok(Self { redis: Some((bus, hearing)), tasks: tasks.into() })
    }

    /// How rooms speak to other nodes.
    pub fn bus(&self) -> Arc<dyn Bus> {
        match &self.redis {
            Some((bus, _)) => Arc::new(bus.clone()),
            None => Arc::new(Alone),
        }
    }

    /// What says goodbye to the others.
    pub fn farewell(&self) -> Farewell {
        Farewell(self.redis.as_ref().map(|(bus, _)| bus.clone()))
    }

    /// Begins to pass on what is heard and what is to be told. `is_shared` says whether other nodes can
    /// write to the same database. Answers with what has to be ended when the node stops.
    pub fn begin(mut self, rooms: &Rooms, changes: &Changes, is_shared: bool) -> Vec<JoinHandle<()>> {
        if is_shared {
            self.tasks.push(actix_web::rt::spawn(rooms.clone().follow_logs()));
        }
        if let Some((bus, Hearing { rooms: mut news, changes: mut heard })) = self.redis {
            let listening = rooms.clone();
            self.tasks.push(actix_web::rt::spawn(async move {
                while let Some(heard) = news.recv().await {
                    listening.hear(heard);
                }
            }));
            let hearing = changes.clone();
            self.tasks.push(actix_web::rt::spawn(async move {
                while let Some(change) = heard.recv().await {
                    hearing.hear(change);
                }
            }));
            self.tasks.push(actix_web::rt::spawn(tell_changes(changes.clone(), bus)));
        }
        self.tasks
    }
}

/// Says goodbye to the other nodes.
pub struct Farewell(Option<RedisBus>);

impl Farewell {
    /// Tells them that nobody is present through this node any more. To be said once that is so.
    pub async fn say(self) {
        if let Self(Some(bus)) = self {
            bus.say_goodbye().await;
        }
    }
}

async fn tell_changes(changes: Changes, bus: RedisBus) {
    let mut own = changes.listen_to_own();
    loop {
        match own.recv().await {
            Ok(change) => bus.tell_change(change),
            // The others find the rest in the audit.
            Err(RecvError::Lagged(_)) => (),
            Err(RecvError::Closed) => return,
        }
    }
}
