//! Leases: who gets a duty, how it ends, and that nobody writes who has lost it.

use std::{sync::Arc, time::Duration};

use actors::room::log::RoomLog;
use bytes::Bytes;
use futures_util::future::join_all;
use protocol::ids::RoomId;
use server::store::{Duty, Store};

use super::{compaction::Typist, of_room, tail, updates};
use crate::engines::{ManualClock, on_both};

/// No test takes so long.
const LONG: Duration = Duration::from_secs(3600);
/// Ends when it begins: the holder was paused for longer than its lease.
const OVER: Duration = Duration::ZERO;

on_both! {
    async fn a_duty_is_one_nodes_until_it_is_released(database) {
        let (one, other) = (database.store().await, database.store().await);
        let (duty, another) = (some_duty(), some_duty());

        let lease = one.lease(duty, LONG).await.unwrap().unwrap();
        assert_eq!((lease.duty(), lease.epoch()), (duty, 1));
        assert_eq!(other.lease(duty, LONG).await.unwrap(), None);
        assert_eq!(one.lease(duty, LONG).await.unwrap(), None);
        assert!(other.lease(another, LONG).await.unwrap().is_some());

        one.release(&lease).await.unwrap();
        assert_eq!(other.lease(duty, LONG).await.unwrap().map(|lease| lease.epoch()), Some(2));
    }

    async fn of_nodes_that_want_a_duty_at_once_one_gets_it(database) {
        let nodes = join_all((0..4).map(|_| database.store())).await;

        for _ in 0..10 {
            let duty = some_duty();
            let leases = join_all(nodes.iter().chain(&nodes).map(|node| node.lease(duty, LONG))).await;
            assert_eq!(leases.into_iter().filter_map(Result::unwrap).count(), 1);
        }
    }

    async fn a_lease_ends_unless_it_is_renewed(database) {
        let (one, other) = (database.store().await, database.store().await);
        let duty = some_duty();

        let lease = one.lease(duty, OVER).await.unwrap().unwrap();
        assert!(one.renew(&lease, LONG).await.unwrap());
        assert_eq!(other.lease(duty, LONG).await.unwrap(), None);

        assert!(one.renew(&lease, OVER).await.unwrap());
        let next = other.lease(duty, LONG).await.unwrap().unwrap();
        assert_eq!(next.epoch(), 2);
        assert!(!one.renew(&lease, LONG).await.unwrap());
        one.release(&lease).await.unwrap();
        assert!(other.renew(&next, LONG).await.unwrap());
    }

    async fn the_clock_of_a_node_does_not_matter(database) {
        let (past, future) = (ManualClock::new(), ManualClock::new());
        past.advance_seconds(-1_000_000_000);
        future.advance_seconds(1_000_000_000);
        let (slow, fast) = (database.store_at(past).await, database.store_at(future).await);
        let duty = some_duty();

        let held = slow.lease(duty, LONG).await.unwrap().unwrap();
        assert_eq!(fast.lease(duty, LONG).await.unwrap(), None);
        slow.release(&held).await.unwrap();
        assert!(fast.lease(duty, OVER).await.unwrap().is_some());
        assert!(slow.lease(duty, LONG).await.unwrap().is_some());
    }

    async fn a_node_that_stops_leaves_its_duties_to_the_others(database) {
        let (one, other) = (database.store().await, database.store().await);
        let (mine, also_mine, yours) = (some_duty(), some_duty(), some_duty());
        for duty in [mine, also_mine] {
            one.lease(duty, LONG).await.unwrap().unwrap();
        }
        other.lease(yours, LONG).await.unwrap().unwrap();

        one.release_all().await.unwrap();

        assert!(other.lease(mine, LONG).await.unwrap().is_some());
        assert!(other.lease(also_mine, LONG).await.unwrap().is_some());
        assert!(one.lease(yours, LONG).await.unwrap().is_none());
    }

    async fn a_holder_that_was_paused_writes_nothing(database) {
        let (paused, other) = (database.store().await, database.store().await);
        let mut typist = Typist::begin(&paused).await;
        typist.types("hello").await;
        let duty = Duty::Compaction(typist.room);
        let snapshots = format!("SELECT count(*) FROM room_snapshot WHERE {}", of_room(database, typist.room));

        let lost = paused.lease(duty, OVER).await.unwrap().unwrap();
        let lease = other.lease(duty, OVER).await.unwrap().unwrap();
        assert_eq!(paused.compact_under(lost).await.unwrap(), None);
        assert_eq!(database.query(&snapshots).await, ["0"]);

        // Not even when the node has the duty once more: that is another lease.
        let again = paused.lease(duty, LONG).await.unwrap().unwrap();
        assert_eq!(paused.compact_under(lost).await.unwrap(), None);
        assert_eq!(other.compact_under(lease).await.unwrap(), None);
        assert_eq!(database.query(&snapshots).await, ["0"]);
        assert!(paused.compact_under(again).await.unwrap().is_some());
        assert_eq!(database.query(&snapshots).await, ["1"]);
    }

    async fn a_room_is_compacted_by_whoever_gets_its_lease(database) {
        let (one, other) = (database.store().await, database.store().await);
        let typist = Typist::begin(&one).await;
        let duty = Duty::Compaction(typist.room);

        let held = other.lease(duty, LONG).await.unwrap().unwrap();
        assert_eq!(one.compact(typist.room).await.unwrap(), None);

        other.release(&held).await.unwrap();
        assert!(one.compact(typist.room).await.unwrap().is_some());
        assert!(other.lease(duty, LONG).await.unwrap().is_some(), "it is released after the work");
    }

    async fn holders_that_lose_their_leases_all_the_time_do_no_harm(database) {
        let clock = ManualClock::new();
        let nodes: Vec<Store> = join_all((0..3).map(|_| database.store_at(Arc::clone(&clock) as _))).await;
        let mut typist = Typist::begin(&nodes[0]).await;
        let duty = Duty::Compaction(typist.room);
        for _ in 0..10 {
            clock.advance_seconds(3600);
            let made: Vec<Bytes> = (0..5).map(|_| typist.makes('x')).collect();
            let appends = async {
                for update in made {
                    nodes[0].append(updates(typist.room, [update])).await.unwrap();
                }
            };
            let compactions = join_all(nodes.iter().map(async |node| {
                for _ in 0..3 {
                    let lease = node.lease(duty, OVER).await.unwrap().unwrap();
                    node.compact_under(lease).await.unwrap();
                }
            }));
            tokio::join!(appends, compactions);
        }

        let room = of_room(database, typist.room);
        database.query(&format!("DELETE FROM room_snapshot WHERE {room}")).await;
        assert_eq!(tail(&nodes[1], typist.room).await, typist.updates);
    }
}

/// Something nobody does yet.
fn some_duty() -> Duty {
    Duty::Compaction(RoomId::new())
}
