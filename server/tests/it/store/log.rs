//! A room's log: order, group commit, refusals, damage.

use std::{collections::HashSet, time::Duration};

use actors::room::{
    LeftOut, Why,
    log::{LogError, RoomLog, Stored},
};
use bytes::Bytes;
use futures_util::{FutureExt, future::join_all};
use protocol::{ids::RoomId, rooms::RoomKind};

use super::{event, new_page, new_room, new_rooms, of_room, positions, tail, updates, workspace};
use crate::engines::on_both;

on_both! {
    async fn a_new_room_holds_its_first_update(database) {
        let store = database.store().await;

        let room = new_room(&store).await;

        let stored = store.load(room).await.unwrap();
        let tail = vec![Bytes::from_static(b"first")];
        let (snapshot, left_out, erased) = (None, vec![], Bytes::new());
        let expected = Stored { kind: RoomKind::Page, generation: 1, head: 1, snapshot, tail, left_out, erased };
        assert_eq!(stored, expected);
        assert_eq!(workspace(&store).await.room(room).await.unwrap().unwrap().head_seq, 1);
    }

    async fn a_room_that_does_not_exist_is_gone(database) {
        let store = database.store().await;

        assert!(matches!(store.load(RoomId::new()).await, Err(LogError::Gone)));
        assert!(matches!(store.append(updates(RoomId::new(), ["a"])).await, Err(LogError::Gone)));
        assert!(matches!(store.compact(RoomId::new()).await, Err(LogError::Gone)));
        assert_eq!(workspace(&store).await.room(RoomId::new()).await.unwrap(), None);
    }

    async fn appends_get_the_positions_of_their_order(database) {
        let store = database.store().await;
        let room = new_room(&store).await;

        let appends = (0..100).map(|n| store.append(updates(room, [format!("{n}a"), format!("{n}b")])));
        let firsts: Vec<u64> = join_all(appends).await.into_iter().map(Result::unwrap).collect();

        let expected: Vec<u64> = (0..100).map(|n| 2 + 2 * n).collect();
        assert_eq!(firsts, expected);
        drop(store);
        let stored = database.store().await.load(room).await.unwrap();
        let written: Vec<Bytes> = (0..100).flat_map(|n| [format!("{n}a").into(), format!("{n}b").into()]).collect();
        assert_eq!((stored.head, &stored.tail[1..]), (201, &written[..]));
    }

    async fn appends_of_many_rooms_share_commits(database) {
        let store = database.store().await;
        let rooms = new_rooms(&store, 200).await;

        let appends = rooms.iter().map(|&room| store.append(updates(room, ["a"])));
        for answer in join_all(appends).await {
            assert_eq!(answer.unwrap(), 2);
        }

        // Every segment of a commit has the same time.
        let commits = database.query("SELECT count(DISTINCT created_at) FROM room_log WHERE first_seq = 2").await;
        let commits: u32 = commits[0].parse().unwrap();
        assert!(commits <= 20, "{commits} commits");
    }

    async fn a_load_sees_what_was_appended_before(database) {
        let store = database.store().await;
        let room = new_room(&store).await;

        // Never awaited: what the room that crashed had handed over.
        let mut appended = store.append(updates(room, ["a"]));
        assert!((&mut appended).now_or_never().is_none());
        drop(appended);

        assert_eq!(tail(&store, room).await, ["first", "a"]);
    }

    async fn a_store_that_has_settled_has_written_everything(database) {
        let store = database.store().await;
        let rooms = new_rooms(&store, 20).await;

        for &room in &rooms {
            let mut appended = store.append(updates(room, ["a"]));
            assert!((&mut appended).now_or_never().is_none());
        }
        store.settle(Duration::from_secs(10)).await.unwrap();

        let pages = workspace(&store).await;
        for room in rooms {
            assert_eq!(pages.room(room).await.unwrap().unwrap().head_seq, 2);
        }
    }

    async fn two_nodes_append_to_one_room_without_gaps(database) {
        let (one, other) = (database.store().await, database.store().await);
        let room = new_room(&one).await;

        let appends = (0..50).flat_map(|n| [&one, &other].map(|node| node.append(updates(room, [n.to_string()]))));
        let mut seqs: Vec<u64> = join_all(appends).await.into_iter().map(Result::unwrap).collect();

        seqs.sort_unstable();
        assert_eq!(seqs, positions(2, 100));
        assert_eq!(tail(&other, room).await.len(), 101);
    }

    async fn a_room_in_the_trash_is_gone_and_the_others_are_not(database) {
        let store = database.store().await;
        let (trashed, other) = (new_room(&store).await, new_room(&store).await);
        let pages = workspace(&store).await;
        pages.trash_page(trashed, &event()).await.unwrap().unwrap();

        let (refused, taken) = tokio::join!(store.append(updates(trashed, ["a"])), store.append(updates(other, ["a"])));

        assert!(matches!(refused, Err(LogError::Gone)));
        assert_eq!(taken.unwrap(), 2);
        assert!(matches!(store.load(trashed).await, Err(LogError::Gone)));
        pages.restore_page(trashed, &event()).await.unwrap();
        assert_eq!(tail(&store, trashed).await, ["first"]);
    }

    async fn updates_of_another_generation_are_refused(database) {
        let store = database.store().await;
        let room = new_room(&store).await;
        let mut stale = updates(room, ["a"]);
        stale.generation = 2;

        let (refused, taken) = tokio::join!(store.append(stale), store.append(updates(room, ["b"])));

        assert!(matches!(refused, Err(LogError::Erased)));
        assert_eq!(taken.unwrap(), 2);
        assert_eq!(tail(&store, room).await, ["first", "b"]);
    }

    async fn a_title_is_shown_from_its_commit_on(database) {
        let store = database.store().await;
        let pages = workspace(&store).await;
        let page = new_page(None, "before");
        let created = pages.create_page(page.clone(), &event()).await.unwrap();

        store.append(updates(page.id, ["a"])).await.unwrap();
        let unnamed = pages.page(page.id).await.unwrap().unwrap();
        let mut renaming = updates(page.id, ["b"]);
        // Postgres keeps no NUL in texts, and a hostile client may well send one.
        renaming.title = Some("aft\0er".to_owned());
        store.append(renaming).await.unwrap();
        let renamed = pages.page(page.id).await.unwrap().unwrap();

        assert_eq!((unnamed.title.as_str(), renamed.title.as_str()), ("before", "aft\u{fffd}er"));
        assert!(created.updated_at < unnamed.updated_at && unnamed.updated_at <= renamed.updated_at);
    }

    async fn one_room_that_cannot_be_written_does_not_stop_the_others(database) {
        let store = database.store().await;
        let rooms = new_rooms(&store, 9).await;
        let damaged = rooms[4];
        // The log of this room goes further than the room knows.
        database.query(&format!("UPDATE room_log SET first_seq = 2 WHERE {}", of_room(database, damaged))).await;

        let answers = join_all(rooms.iter().map(|&room| store.append(updates(room, ["a"])))).await;

        for (room, answer) in rooms.iter().zip(answers) {
            match answer {
                Ok(seq) => assert_eq!((seq, *room == damaged), (2, false)),
                Err(error) => assert!(matches!(error, LogError::Corrupt(_)) && *room == damaged, "{error:?}"),
            }
        }
    }

    async fn a_damaged_segment_costs_its_updates(database) {
        let store = database.store().await;
        let room = new_room(&store).await;
        store.append(updates(room, ["a", "b"])).await.unwrap();
        store.append(updates(room, ["c"])).await.unwrap();
        let segment = of_room(database, room) + " AND first_seq = 2";
        let left_out = async |why| {
            let stored = store.load(room).await.unwrap();
            assert_eq!((stored.head, stored.tail), (4, ["first", "\0\0", "\0\0", "c"].map(Bytes::from).to_vec()));
            assert_eq!(stored.left_out, [LeftOut { first: 2, last: 3, why }]);
        };

        database.query(&format!("UPDATE room_log SET checksum = checksum + 1 WHERE {segment}")).await;
        left_out(Why::Unreadable).await;

        database.query(&format!("DELETE FROM room_log WHERE {segment}")).await;
        left_out(Why::Lost).await;
        assert_eq!(store.append(updates(room, ["d"])).await.unwrap(), 5);
    }

    async fn what_the_operator_sets_aside_is_damage_no_more_and_can_be_let_back(database) {
        let store = database.store().await;
        let room = new_room(&store).await;
        store.append(updates(room, ["a", "b"])).await.unwrap();
        let second = LeftOut { first: 2, last: 2, why: Why::Breaks };
        let third = LeftOut { first: 3, last: 3, why: Why::Breaks };

        store.set_aside(room, &[second], &event()).await.unwrap();
        store.set_aside(room, &[third], &event()).await.unwrap();

        let stored = store.load(room).await.unwrap();
        assert_eq!((stored.tail, stored.left_out), (["first", "\0\0", "\0\0"].map(Bytes::from).to_vec(), vec![]));
        assert_eq!(store.let_back(room, &event()).await.unwrap(), 2);
        assert_eq!(tail(&store, room).await, ["first", "a", "b", "a", "b"]);
        assert!(store.let_back(RoomId::new(), &event()).await.is_err());
    }

    async fn a_room_that_claims_more_than_its_log_can_lack_is_not_opened(database) {
        let store = database.store().await;
        let room = new_room(&store).await;
        let head = async |seq: &str| {
            database.query(&format!("UPDATE room SET head_seq = {seq} WHERE {}", of_room(database, room).replace("room_id", "id"))).await;
            store.load(room).await
        };

        assert!(matches!(head("4000000000000000000").await, Err(LogError::Corrupt(_))));
        assert!(matches!(head("0").await, Err(LogError::Corrupt(_))));
    }

    async fn large_updates_come_back_as_they_were(database) {
        let store = database.store().await;
        let room = new_room(&store).await;
        let large: Vec<Bytes> = (0..3_u8).map(|n| Bytes::from(vec![n; 3_000_000])).collect();

        let appends = large.iter().map(|update| store.append(updates(room, [update.clone()])));
        let seqs: HashSet<u64> = join_all(appends).await.into_iter().map(Result::unwrap).collect();

        assert_eq!(seqs, HashSet::from([2, 3, 4]));
        assert_eq!(tail(&store, room).await[1..], large);
    }
}
