//! What the nemesis breaks, and how it is mended.

use std::time::Duration;

use serde::Serialize;

use crate::{
    cluster::{Cluster, Link, Node, Proxy},
    failure::Failure,
    random::Random,
};

/// Something that breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    NodeKilled,
    NodeStopped,
    NodePaused,
    NodeCutFromPostgres,
    NodeCutFromRedis,
    ClientsCutFromNode,
    RedisKilled,
    RedisFlushed,
    RedisPaused,
    PostgresCrashed,
    PostgresPaused,
    PostgresDisconnected,
    DiskFull,
    PostgresPutBack,
}

/// Each as often as it stands here; the last one where there is a disk to fill.
const KINDS: [Kind; 18] = [
    Kind::NodeKilled,
    Kind::NodeKilled,
    Kind::NodeKilled,
    Kind::NodeStopped,
    Kind::NodePaused,
    Kind::NodePaused,
    Kind::NodeCutFromPostgres,
    Kind::NodeCutFromPostgres,
    Kind::NodeCutFromRedis,
    Kind::ClientsCutFromNode,
    Kind::ClientsCutFromNode,
    Kind::RedisKilled,
    Kind::RedisFlushed,
    Kind::RedisPaused,
    Kind::PostgresCrashed,
    Kind::PostgresPaused,
    Kind::PostgresDisconnected,
    Kind::DiskFull,
];

/// One thing that is broken, for a while.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fault {
    pub(super) kind: Kind,
    node: usize,
    link: Link,
    /// How long it lasts.
    pub(super) lasts: Duration,
}

impl Fault {
    /// Draws one; `None` if what was drawn is not possible here.
    pub(super) fn draw(random: &mut Random, cluster: &Cluster, puts_back: bool) -> Option<Self> {
        let kind = if puts_back && random.below(20) == 0 { Kind::PostgresPutBack } else { *random.one_of(&KINDS)? };
        let node = random.below(cluster.nodes.len() as u64) as usize;
        let link = *random.one_of(&Link::CLOSED)?;
        let lasts = random.time(300, 6_000);
        (kind != Kind::DiskFull || cluster.postgres.has_disk()).then_some(Self { kind, node, link, lasts })
    }

    /// Whether both break the same thing.
    pub(super) fn collides_with(&self, other: &Self) -> bool {
        self.target() == other.target()
    }

    pub(super) async fn begin(&self, cluster: &mut Cluster) -> Result<(), Failure> {
        let node = &mut cluster.nodes[self.node];
        match self.kind {
            Kind::NodeKilled => node.kill().await,
            // One that was about to end for want of a database does not end well.
            Kind::NodeStopped => node.stop().await.or_else(|failure| match failure {
                Failure::Ended { .. } => Ok(()),
                failure => Err(failure),
            }),
            Kind::NodePaused => node.signal("STOP").await,
            Kind::NodeCutFromPostgres | Kind::NodeCutFromRedis | Kind::ClientsCutFromNode => {
                self.way(node).set(self.link);
                Ok(())
            }
            Kind::RedisKilled => cluster.redis.kill().await,
            Kind::RedisFlushed => cluster.redis.flush().await,
            Kind::RedisPaused => cluster.redis.signal("STOP").await,
            Kind::PostgresCrashed => cluster.postgres.crash().await,
            Kind::PostgresPaused => cluster.postgres.signal("STOP").await,
            Kind::PostgresDisconnected => cluster.postgres.disconnect().await,
            Kind::DiskFull => cluster.postgres.fill_disk().await,
            Kind::PostgresPutBack => cluster.postgres.restore().await,
        }
    }

    pub(super) async fn end(&self, cluster: &mut Cluster) -> Result<(), Failure> {
        let node = &mut cluster.nodes[self.node];
        match self.kind {
            Kind::NodeKilled | Kind::NodeStopped => node.launch(),
            Kind::NodePaused => node.signal("CONT").await,
            Kind::NodeCutFromPostgres | Kind::NodeCutFromRedis | Kind::ClientsCutFromNode => {
                self.way(node).set(Link::Open);
                Ok(())
            }
            Kind::RedisKilled => cluster.redis.restart().await,
            Kind::RedisPaused => cluster.redis.signal("CONT").await,
            Kind::PostgresCrashed => cluster.postgres.recover().await,
            Kind::PostgresPaused => cluster.postgres.signal("CONT").await,
            Kind::DiskFull => cluster.postgres.free_disk().await,
            Kind::RedisFlushed | Kind::PostgresDisconnected | Kind::PostgresPutBack => Ok(()),
        }
    }

    /// The way it closes, if it closes one.
    fn way<'a>(&self, node: &'a Node) -> &'a Proxy {
        match self.kind {
            Kind::NodeCutFromPostgres => &node.postgres,
            Kind::NodeCutFromRedis => &node.redis,
            _ => &node.door,
        }
    }

    /// What it breaks: ways of one node are one thing, and so is all there is of Redis or Postgres.
    fn target(&self) -> (u8, usize) {
        match self.kind {
            Kind::NodeKilled | Kind::NodeStopped | Kind::NodePaused => (0, self.node),
            Kind::NodeCutFromPostgres | Kind::NodeCutFromRedis | Kind::ClientsCutFromNode => (1, self.node),
            Kind::RedisKilled | Kind::RedisFlushed | Kind::RedisPaused => (2, 0),
            _ => (3, 0),
        }
    }
}
