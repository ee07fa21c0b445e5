//! Pages: made, listed, moved, trashed and restored.

use futures_util::future::join_all;
use protocol::{
    ids::{RoomId, WorkspaceId},
    pages::{MAX_PAGE_DEPTH, PageTree},
    time::Timestamp,
};
use server::store::{CreatePageError, MovePageError, Store};

use super::{AT, new_page};
use crate::engines::on_both;

on_both! {
    async fn pages_are_listed_in_the_order_in_which_they_were_made(database) {
        let store = database.store().await;
        let a = page(&store, None, "a").await;
        let b = page(&store, None, "b").await;
        page(&store, Some(a), "a1").await;
        let a2 = page(&store, Some(a), "a2").await;
        page(&store, Some(a2), "a2x").await;
        page(&store, Some(b), "b1").await;

        assert_eq!(listed(&store).await, "a(a1 a2(a2x)) b(b1)");
        let found = store.page(a2).await.unwrap().unwrap();
        assert_eq!((found.parent_id, found.title.as_str(), found.trashed_at), (Some(a), "a2", None));
        assert_eq!(store.page(RoomId::new()).await.unwrap(), None);
    }

    async fn a_page_is_made_only_under_a_page_of_its_workspace(database) {
        let store = database.store().await;
        let trashed = page(&store, None, "t").await;
        store.trash_page(trashed, AT).await.unwrap().unwrap();
        let elsewhere = page(&store, None, "e").await;
        let mut foreign = new_page(&store, Some(elsewhere), "f").await;
        foreign.workspace = WorkspaceId::new();

        for refused in [
            new_page(&store, Some(RoomId::new()), "n").await,
            new_page(&store, Some(trashed), "n").await,
            foreign,
        ] {
            let id = refused.id;
            assert!(matches!(store.create_page(refused).await, Err(CreatePageError::ParentNotFound)));
            assert_eq!(store.page(id).await.unwrap(), None);
            assert_eq!(store.room(id).await.unwrap(), None);
        }
    }

    async fn long_lists_come_in_parts(database) {
        let store = database.store().await;
        let workspace = store.default_workspace().await.unwrap().id;
        let pages = [page(&store, None, "a").await, page(&store, None, "b").await, page(&store, None, "c").await];
        page(&store, Some(pages[1]), "b1").await;

        let first = store.page_roots(workspace, 2, None).await.unwrap();
        let second = store.page_roots(workspace, 2, first.next).await.unwrap();

        assert_eq!((text_of(&first.items), first.next), ("a b(b1)".to_owned(), Some(pages[1])));
        assert_eq!((text_of(&second.items), second.next), ("c".to_owned(), None));
        assert_eq!(store.page_roots(workspace, 2, Some(RoomId::new())).await.unwrap().items, []);
    }

    async fn a_page_moves_with_everything_below_it(database) {
        let store = database.store().await;
        let a = page(&store, None, "a").await;
        let b = page(&store, None, "b").await;
        let c = page(&store, None, "c").await;
        page(&store, Some(a), "a1").await;

        let moved = store.move_page(a, Some(b), None).await.unwrap();
        assert_eq!((moved.parent_id, listed(&store).await), (Some(b), "b(a(a1)) c".to_owned()));
        store.move_page(c, Some(b), Some(a)).await.unwrap();
        assert_eq!(listed(&store).await, "b(c a(a1))");
        store.move_page(a, None, Some(b)).await.unwrap();
        assert_eq!(listed(&store).await, "a(a1) b(c)");
        store.move_page(a, None, None).await.unwrap();
        assert_eq!(listed(&store).await, "b(c) a(a1)");
        assert_eq!(store.page(a).await.unwrap().unwrap().updated_at, AT);
    }

    async fn siblings_keep_their_order_however_often_they_move(database) {
        let store = database.store().await;
        let mut names: Vec<String> = (0..5).map(|n| n.to_string()).collect();
        let mut pages = Vec::new();
        for name in &names {
            pages.push(page(&store, None, name).await);
        }

        for step in 0..20 {
            let (from, before) = (step * 7 % 5, step * 3 % 5);
            if from != before {
                store.move_page(pages[from], None, Some(pages[before])).await.unwrap();
                let to = if from < before { before - 1 } else { before };
                let (name, id) = (names.remove(from), pages.remove(from));
                names.insert(to, name);
                pages.insert(to, id);
            }
            assert_eq!(listed(&store).await, names.join(" "));
        }
    }

    async fn a_page_is_moved_only_where_it_can_stand(database) {
        let store = database.store().await;
        let a = page(&store, None, "a").await;
        let a1 = page(&store, Some(a), "a1").await;
        let b = page(&store, None, "b").await;
        let trashed = page(&store, None, "t").await;
        store.trash_page(trashed, AT).await.unwrap().unwrap();
        let nobody = RoomId::new();

        assert!(matches!(store.move_page(nobody, None, None).await, Err(MovePageError::NotFound)));
        assert!(matches!(store.move_page(trashed, None, None).await, Err(MovePageError::NotFound)));
        assert!(matches!(store.move_page(a, Some(nobody), None).await, Err(MovePageError::ParentNotFound)));
        assert!(matches!(store.move_page(a, Some(trashed), None).await, Err(MovePageError::ParentNotFound)));
        assert!(matches!(store.move_page(a, Some(a), None).await, Err(MovePageError::Cycle)));
        assert!(matches!(store.move_page(a, Some(a1), None).await, Err(MovePageError::Cycle)));
        for before in [nobody, a1, b, trashed] {
            assert!(matches!(store.move_page(b, None, Some(before)).await, Err(MovePageError::BeforeNotFound)));
        }
        assert_eq!(listed(&store).await, "a(a1) b");
    }

    async fn the_tree_has_a_limited_depth(database) {
        let store = database.store().await;
        let mut chain = vec![page(&store, None, "x").await];
        while chain.len() < MAX_PAGE_DEPTH {
            chain.push(page(&store, chain.last().copied(), "x").await);
        }
        let other = page(&store, None, "o").await;
        page(&store, Some(other), "o1").await;

        let deeper = new_page(&store, chain.last().copied(), "x").await;
        assert!(matches!(store.create_page(deeper).await, Err(CreatePageError::TooDeep)));
        let too_deep = store.move_page(other, Some(chain[MAX_PAGE_DEPTH - 2]), None).await;
        assert!(matches!(too_deep, Err(MovePageError::TooDeep)));
        store.move_page(other, Some(chain[MAX_PAGE_DEPTH - 3]), None).await.unwrap();
    }

    async fn two_moves_at_once_make_no_circle(database) {
        let store = database.store().await;
        for _ in 0..10 {
            let a = page(&store, None, "a").await;
            let b = page(&store, None, "b").await;

            let (down, up) = tokio::join!(store.move_page(a, Some(b), None), store.move_page(b, Some(a), None));

            let moved = [down, up].into_iter().filter(Result::is_ok).count();
            assert_eq!(moved, 1);
        }
        assert_eq!(listed(&store).await.matches('a').count(), 10);
    }

    async fn pages_made_at_once_all_have_their_place(database) {
        let store = database.store().await;
        let parent = page(&store, None, "p").await;

        join_all((0..20).map(|_| page(&store, Some(parent), "c"))).await;

        assert_eq!(listed(&store).await.matches('c').count(), 20);
        let positions = database.query("SELECT count(DISTINCT position) FROM page WHERE parent_id IS NOT NULL").await;
        assert_eq!(positions, ["20"]);
    }

    async fn what_was_trashed_together_comes_back_together(database) {
        let store = database.store().await;
        let a = page(&store, None, "a").await;
        let a1 = page(&store, Some(a), "a1").await;
        let a1x = page(&store, Some(a1), "a1x").await;
        let a2 = page(&store, Some(a), "a2").await;
        page(&store, None, "b").await;

        assert_eq!(store.trash_page(a1, AT).await.unwrap().unwrap(), sorted([a1, a1x]));
        assert_eq!(store.trash_page(a1, AT).await.unwrap(), None);
        assert_eq!(store.trash_page(a, later(1)).await.unwrap().unwrap(), sorted([a, a2]));
        assert_eq!((listed(&store).await, trash(&store).await), ("b".to_owned(), "a(a2) a1(a1x)".to_owned()));
        assert_eq!(store.page(a2).await.unwrap().unwrap().trashed_at, Some(later(1)));
        assert_eq!(store.room(a2).await.unwrap(), None);

        let restored = store.restore_page(a).await.unwrap().unwrap();
        assert_eq!(restored, store.page(a).await.unwrap().unwrap());
        assert_eq!((listed(&store).await, trash(&store).await), ("a(a2) b".to_owned(), "a1(a1x)".to_owned()));
        assert!(store.room(a2).await.unwrap().is_some());
        store.restore_page(a1).await.unwrap().unwrap();
        assert_eq!((listed(&store).await, trash(&store).await), ("a(a1(a1x) a2) b".to_owned(), String::new()));
        assert_eq!(store.restore_page(a1).await.unwrap(), None);
    }

    async fn a_page_comes_back_to_the_top_while_its_parent_is_in_the_trash(database) {
        let store = database.store().await;
        let a = page(&store, None, "a").await;
        let a1 = page(&store, Some(a), "a1").await;
        page(&store, Some(a1), "a1x").await;
        store.trash_page(a1, AT).await.unwrap().unwrap();
        store.trash_page(a, later(1)).await.unwrap().unwrap();

        let restored = store.restore_page(a1).await.unwrap().unwrap();

        assert_eq!(restored.parent_id, None);
        assert_eq!((listed(&store).await, trash(&store).await), ("a1(a1x)".to_owned(), "a".to_owned()));
    }

    async fn a_long_trash_comes_in_parts(database) {
        let store = database.store().await;
        let workspace = store.default_workspace().await.unwrap().id;
        for (name, n) in [("a", 0), ("b", 1), ("c", 2)] {
            let id = page(&store, None, name).await;
            store.trash_page(id, later(n)).await.unwrap().unwrap();
        }

        let first = store.trash_roots(workspace, 2, None).await.unwrap();
        let second = store.trash_roots(workspace, 2, first.next).await.unwrap();

        assert_eq!((text_of(&first.items), text_of(&second.items)), ("c b".to_owned(), "a".to_owned()));
        assert_eq!(second.next, None);
    }
}

async fn page(store: &Store, parent: Option<RoomId>, title: &str) -> RoomId {
    let page = new_page(store, parent, title).await;
    store.create_page(page).await.unwrap().id
}

/// The pages outside the trash: `a(a1 a2) b`.
async fn listed(store: &Store) -> String {
    let workspace = store.default_workspace().await.unwrap().id;
    text_of(&store.page_roots(workspace, 200, None).await.unwrap().items)
}

/// The pages in the trash.
async fn trash(store: &Store) -> String {
    let workspace = store.default_workspace().await.unwrap().id;
    text_of(&store.trash_roots(workspace, 200, None).await.unwrap().items)
}

fn text_of(trees: &[PageTree]) -> String {
    let text = |tree: &PageTree| match text_of(&tree.children).as_str() {
        "" => tree.page.title.clone(),
        children => format!("{}({children})", tree.page.title),
    };
    trees.iter().map(text).collect::<Vec<_>>().join(" ")
}

fn later(seconds: i64) -> Timestamp {
    AT.plus_seconds(seconds)
}

fn sorted<const N: usize>(mut rooms: [RoomId; N]) -> [RoomId; N] {
    rooms.sort_unstable();
    rooms
}
