//! Pages: made, listed, moved, trashed and restored.

use futures_util::future::join_all;
use protocol::{
    ids::{PrincipalId, RoomId},
    pages::MAX_PAGE_DEPTH,
    time::Timestamp,
};
use server::store::{CreatePageError, MovePageError, RestorePageError, Tenant, Tree};

use super::{AT, event, event_at, new_page, new_workspace, workspace};
use crate::engines::on_both;

/// Somebody nothing is said of.
const NOBODY: PrincipalId = PrincipalId::nil();

on_both! {
    async fn pages_are_listed_in_the_order_in_which_they_were_made(database) {
        let pages = workspace(&database.store().await).await;
        let a = page(&pages, None, "a").await;
        let b = page(&pages, None, "b").await;
        page(&pages, Some(a), "a1").await;
        let a2 = page(&pages, Some(a), "a2").await;
        page(&pages, Some(a2), "a2x").await;
        page(&pages, Some(b), "b1").await;

        assert_eq!(listed(&pages).await, "a(a1 a2(a2x)) b(b1)");
        let found = pages.page(a2).await.unwrap().unwrap();
        assert_eq!((found.parent, found.title.as_str(), found.trashed_at), (Some(a), "a2", None));
        assert_eq!(pages.page(RoomId::new()).await.unwrap(), None);
    }

    async fn a_page_is_made_only_under_a_page_of_its_workspace(database) {
        let store = database.store().await;
        let pages = workspace(&store).await;
        let trashed = page(&pages, None, "t").await;
        pages.trash_page(trashed, &event()).await.unwrap().unwrap();
        let foreign = new_workspace(&store, PrincipalId::new()).await;
        let elsewhere = page(&foreign, None, "e").await;

        for parent in [RoomId::new(), trashed, elsewhere] {
            let refused = new_page(Some(parent), "n");
            let id = refused.id;
            assert!(matches!(pages.create_page(refused, &event()).await, Err(CreatePageError::ParentNotFound)));
            assert_eq!(pages.page(id).await.unwrap(), None);
            assert_eq!(pages.room(id).await.unwrap(), None);
        }
    }

    async fn long_lists_come_in_parts(database) {
        let pages = workspace(&database.store().await).await;
        let made = [page(&pages, None, "a").await, page(&pages, None, "b").await, page(&pages, None, "c").await];
        page(&pages, Some(made[1]), "b1").await;

        let first = pages.page_roots(NOBODY, 2, None).await.unwrap();
        let second = pages.page_roots(NOBODY, 2, first.next).await.unwrap();

        assert_eq!((text_of(&first.items), first.next), ("a b(b1)".to_owned(), Some(made[1])));
        assert_eq!((text_of(&second.items), second.next), ("c".to_owned(), None));
        assert_eq!(pages.page_roots(NOBODY, 2, Some(RoomId::new())).await.unwrap().items, []);
    }

    async fn a_page_moves_with_everything_below_it(database) {
        let pages = workspace(&database.store().await).await;
        let a = page(&pages, None, "a").await;
        let b = page(&pages, None, "b").await;
        let c = page(&pages, None, "c").await;
        page(&pages, Some(a), "a1").await;

        let moved = pages.move_page(a, Some(b), None, &event()).await.unwrap();
        assert_eq!((moved.parent, listed(&pages).await), (Some(b), "b(a(a1)) c".to_owned()));
        pages.move_page(c, Some(b), Some(a), &event()).await.unwrap();
        assert_eq!(listed(&pages).await, "b(c a(a1))");
        pages.move_page(a, None, Some(b), &event()).await.unwrap();
        assert_eq!(listed(&pages).await, "a(a1) b(c)");
        pages.move_page(a, None, None, &event()).await.unwrap();
        assert_eq!(listed(&pages).await, "b(c) a(a1)");
        assert_eq!(pages.page(a).await.unwrap().unwrap().updated_at, AT);
    }

    async fn siblings_keep_their_order_however_often_they_move(database) {
        let pages = workspace(&database.store().await).await;
        let mut names: Vec<String> = (0..5).map(|n| n.to_string()).collect();
        let mut made = Vec::new();
        for name in &names {
            made.push(page(&pages, None, name).await);
        }

        for step in 0..20 {
            let (from, before) = (step * 7 % 5, step * 3 % 5);
            if from != before {
                pages.move_page(made[from], None, Some(made[before]), &event()).await.unwrap();
                let to = if from < before { before - 1 } else { before };
                let (name, id) = (names.remove(from), made.remove(from));
                names.insert(to, name);
                made.insert(to, id);
            }
            assert_eq!(listed(&pages).await, names.join(" "));
        }
    }

    async fn a_page_is_moved_only_where_it_can_stand(database) {
        let pages = workspace(&database.store().await).await;
        let a = page(&pages, None, "a").await;
        let a1 = page(&pages, Some(a), "a1").await;
        let b = page(&pages, None, "b").await;
        let trashed = page(&pages, None, "t").await;
        pages.trash_page(trashed, &event()).await.unwrap().unwrap();
        let nobody = RoomId::new();

        assert!(matches!(pages.move_page(nobody, None, None, &event()).await, Err(MovePageError::NotFound)));
        assert!(matches!(pages.move_page(trashed, None, None, &event()).await, Err(MovePageError::NotFound)));
        assert!(matches!(pages.move_page(a, Some(nobody), None, &event()).await, Err(MovePageError::ParentNotFound)));
        assert!(matches!(pages.move_page(a, Some(trashed), None, &event()).await, Err(MovePageError::ParentNotFound)));
        assert!(matches!(pages.move_page(a, Some(a), None, &event()).await, Err(MovePageError::Cycle)));
        assert!(matches!(pages.move_page(a, Some(a1), None, &event()).await, Err(MovePageError::Cycle)));
        for before in [nobody, a1, b, trashed] {
            assert!(matches!(pages.move_page(b, None, Some(before), &event()).await, Err(MovePageError::BeforeNotFound)));
        }
        assert_eq!(listed(&pages).await, "a(a1) b");
    }

    async fn the_tree_has_a_limited_depth(database) {
        let pages = workspace(&database.store().await).await;
        let mut chain = vec![page(&pages, None, "x").await];
        while chain.len() < MAX_PAGE_DEPTH {
            chain.push(page(&pages, chain.last().copied(), "x").await);
        }
        let other = page(&pages, None, "o").await;
        page(&pages, Some(other), "o1").await;

        let deeper = new_page(chain.last().copied(), "x");
        assert!(matches!(pages.create_page(deeper, &event()).await, Err(CreatePageError::TooDeep)));
        let too_deep = pages.move_page(other, Some(chain[MAX_PAGE_DEPTH - 2]), None, &event()).await;
        assert!(matches!(too_deep, Err(MovePageError::TooDeep)));
        pages.move_page(other, Some(chain[MAX_PAGE_DEPTH - 3]), None, &event()).await.unwrap();
    }

    async fn two_moves_at_once_make_no_circle(database) {
        let pages = workspace(&database.store().await).await;
        for _ in 0..10 {
            let a = page(&pages, None, "a").await;
            let b = page(&pages, None, "b").await;

            let told = event();
            let (down, up) = tokio::join!(pages.move_page(a, Some(b), None, &told), pages.move_page(b, Some(a), None, &told));

            let moved = [down, up].into_iter().filter(Result::is_ok).count();
            assert_eq!(moved, 1);
        }
        assert_eq!(listed(&pages).await.matches('a').count(), 10);
    }

    async fn pages_made_at_once_all_have_their_place(database) {
        let pages = workspace(&database.store().await).await;
        let parent = page(&pages, None, "p").await;

        join_all((0..20).map(|_| page(&pages, Some(parent), "c"))).await;

        assert_eq!(listed(&pages).await.matches('c').count(), 20);
        let positions = database.query("SELECT count(DISTINCT position) FROM page WHERE parent_id IS NOT NULL").await;
        assert_eq!(positions, ["20"]);
    }

    async fn what_was_trashed_together_comes_back_together(database) {
        let pages = workspace(&database.store().await).await;
        let a = page(&pages, None, "a").await;
        let a1 = page(&pages, Some(a), "a1").await;
        let a1x = page(&pages, Some(a1), "a1x").await;
        let a2 = page(&pages, Some(a), "a2").await;
        page(&pages, None, "b").await;

        assert_eq!(pages.trash_page(a1, &event()).await.unwrap().unwrap(), sorted([a1, a1x]));
        assert_eq!(pages.trash_page(a1, &event()).await.unwrap(), None);
        assert_eq!(pages.trash_page(a, &event_at(later(1))).await.unwrap().unwrap(), sorted([a, a2]));
        assert_eq!((listed(&pages).await, trash(&pages).await), ("b".to_owned(), "a(a2) a1(a1x)".to_owned()));
        assert_eq!(pages.page(a2).await.unwrap().unwrap().trashed_at, Some(later(1)));
        assert_eq!(pages.room(a2).await.unwrap(), None);

        let restored = pages.restore_page(a, &event()).await.unwrap();
        assert_eq!(restored, pages.page(a).await.unwrap().unwrap());
        assert_eq!((listed(&pages).await, trash(&pages).await), ("a(a2) b".to_owned(), "a1(a1x)".to_owned()));
        assert!(pages.room(a2).await.unwrap().is_some());
        pages.restore_page(a1, &event()).await.unwrap();
        assert_eq!((listed(&pages).await, trash(&pages).await), ("a(a1(a1x) a2) b".to_owned(), String::new()));
        assert!(matches!(pages.restore_page(a1, &event()).await, Err(RestorePageError::NotFound)));
    }

    async fn a_page_comes_back_to_the_top_while_its_parent_is_in_the_trash(database) {
        let pages = workspace(&database.store().await).await;
        let a = page(&pages, None, "a").await;
        let a1 = page(&pages, Some(a), "a1").await;
        page(&pages, Some(a1), "a1x").await;
        pages.trash_page(a1, &event()).await.unwrap().unwrap();
        pages.trash_page(a, &event_at(later(1))).await.unwrap().unwrap();

        let refused = pages.restore_page(a1, &event()).await;
        let restored = pages.restore_page_at_top(a1, &event()).await.unwrap();

        assert!(matches!(refused, Err(RestorePageError::PlaceGone)));
        assert_eq!(restored.parent, None);
        assert_eq!((listed(&pages).await, trash(&pages).await), ("a1(a1x)".to_owned(), "a".to_owned()));
    }

    async fn a_long_trash_comes_in_parts(database) {
        let pages = workspace(&database.store().await).await;
        for (name, n) in [("a", 0), ("b", 1), ("c", 2)] {
            let id = page(&pages, None, name).await;
            pages.trash_page(id, &event_at(later(n))).await.unwrap().unwrap();
        }

        let first = pages.trash_roots(NOBODY, 2, None).await.unwrap();
        let second = pages.trash_roots(NOBODY, 2, first.next).await.unwrap();

        assert_eq!((text_of(&first.items), text_of(&second.items)), ("c b".to_owned(), "a".to_owned()));
        assert_eq!(second.next, None);
    }
}

async fn page(pages: &Tenant, parent: Option<RoomId>, title: &str) -> RoomId {
    pages.create_page(new_page(parent, title), &event()).await.unwrap().id
}

/// The pages outside the trash: `a(a1 a2) b`.
async fn listed(pages: &Tenant) -> String {
    text_of(&pages.page_roots(NOBODY, 200, None).await.unwrap().items)
}

/// The pages in the trash.
async fn trash(pages: &Tenant) -> String {
    text_of(&pages.trash_roots(NOBODY, 200, None).await.unwrap().items)
}

fn text_of(trees: &[Tree]) -> String {
    let text = |tree: &Tree| match text_of(&tree.children).as_str() {
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
