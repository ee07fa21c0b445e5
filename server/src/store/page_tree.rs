//! Pages in the database, listed as trees.

use std::{cmp::Reverse, collections::HashMap};

use protocol::{
    ids::{PrincipalId, RoomId},
    time::Timestamp,
};
use uuid::Uuid;

use super::{
    Tenant,
    database::Transaction,
    error::StoreError,
    pages::{PAGE, PAGE_COLUMNS, Page, page},
    slice::{Slice, rows_for},
    sql::{Column, Row, Statement, sql},
    standing::Said,
};

/// A page and everything below it, with what is said there of who may enter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// The page itself.
    pub page: Page,
    /// What it says of the principal the list was asked for.
    pub said: Said,
    /// The pages directly below it, in their order.
    pub children: Vec<Tree>,
}

/// Later than any page was trashed: 9999-12-30, the last day that can be written.
const END_OF_TIME: Timestamp = Timestamp::from_micros(253_402_207_199_999_999);

/// `statement` behind `subtree`: the pages that `roots` selects (the columns of `page`) and what is
/// below them, outside the trash what is not in it, inside the trash what was put there together.
pub(super) fn with_subtree(roots: &str, statement: &str) -> Statement {
    sql(format!(
        "WITH RECURSIVE root AS ({roots}), subtree (id, trashed_at, depth) AS ( \
             SELECT root.id, root.trashed_at, CAST(1 AS BIGINT) FROM root \
             UNION ALL \
             SELECT page.id, page.trashed_at, subtree.depth + 1 FROM subtree JOIN page \
             ON COALESCE(page.parent_id, page.workspace_id) = subtree.id \
             AND page.trashed_at IS NOT DISTINCT FROM subtree.trashed_at \
         ) {statement}"
    ))
}

impl Tenant {
    /// The pages at the top of a workspace in their order, each with all pages below it: the
    /// `limit` behind `after`; none if there is no page `after`.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn page_roots(
        &self,
        principal: PrincipalId,
        limit: u32,
        after: Option<RoomId>,
    ) -> Result<Slice<Tree, RoomId>, StoreError> {
        let mut tx = self.read().await?;
        let (position, id) = match after {
            None => (i64::MIN, Uuid::nil().into()),
            Some(after) => match self.column(&mut tx, "position", after).await? {
                Some(position) => (position, after),
                None => return Ok(Slice::empty()),
            },
        };
        let roots = "SELECT id, trashed_at FROM page \
             WHERE COALESCE(parent_id, workspace_id) = $1 AND trashed_at IS NULL AND (position, id) > ($2, $3) \
             ORDER BY position, id LIMIT $4";
        let list =
            listed(roots, 5).bind(self.workspace()).bind(position).bind(id).bind(rows_for(limit)).bind(principal);
        let trees = assemble(&tx.query(list).await?)?;
        Ok(Slice::cut(trees, limit, |tree| tree.page.id))
    }

    /// What was put into the trash, the latest first, each page with all pages that were put there
    /// with it: the `limit` behind `after`; none if there is no page `after` in the trash.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn trash_roots(
        &self,
        principal: PrincipalId,
        limit: u32,
        after: Option<RoomId>,
    ) -> Result<Slice<Tree, RoomId>, StoreError> {
        let mut tx = self.read().await?;
        let (trashed_at, id) = match after {
            None => (END_OF_TIME, Uuid::max().into()),
            Some(after) => match self.column::<Option<Timestamp>>(&mut tx, "trashed_at", after).await?.flatten() {
                Some(trashed_at) => (trashed_at, after),
                None => return Ok(Slice::empty()),
            },
        };
        let roots = "SELECT id, trashed_at FROM page \
             WHERE workspace_id = $1 AND trashed_at IS NOT NULL AND (trashed_at, id) < ($2, $3) AND NOT EXISTS ( \
                 SELECT 1 FROM page AS parent \
                 WHERE parent.id = page.parent_id AND parent.trashed_at = page.trashed_at \
             ) ORDER BY trashed_at DESC, id DESC LIMIT $4";
        let list =
            listed(roots, 5).bind(self.workspace()).bind(trashed_at).bind(id).bind(rows_for(limit)).bind(principal);
        let mut trees = assemble(&tx.query(list).await?)?;
        trees.sort_by_key(|tree| Reverse((tree.page.trashed_at, tree.page.id)));
        Ok(Slice::cut(trees, limit, |tree| tree.page.id))
    }

    /// A page and all pages below it, in the trash what was put there with it; `None` if there is no such
    /// page.
    ///
    /// # Errors
    ///
    /// As [`StoreError`] says.
    pub async fn page_tree(&self, id: RoomId, principal: PrincipalId) -> Result<Option<Tree>, StoreError> {
        let root = "SELECT id, trashed_at FROM page WHERE id = $1 AND workspace_id = $2";
        let list = listed(root, 3).bind(id).bind(self.workspace()).bind(principal);
        Ok(assemble(&self.read().await?.query(list).await?)?.into_iter().next())
    }

    /// A column of one page; `None` if there is no such page.
    async fn column<T: Column>(
        &self,
        tx: &mut Transaction,
        name: &'static str,
        page: RoomId,
    ) -> Result<Option<T>, StoreError> {
        let one = sql(format!("SELECT {name} FROM page WHERE id = $1 AND workspace_id = $2"));
        tx.query_opt(one.bind(page).bind(self.workspace())).await?.map(|row| row.get(0)).transpose()
    }
}

/// The subtrees below the roots: what [`assemble`] reads. The parameter with this number is whose grants
/// count.
fn listed(roots: &str, principal: usize) -> Statement {
    let list = format!(
        "SELECT {PAGE}, subtree.depth, page.member_level, page_grant.level \
         FROM subtree JOIN page ON page.id = subtree.id JOIN room ON room.id = page.id \
         LEFT JOIN page_grant ON page_grant.page_id = page.id AND page_grant.principal_id = ${principal} \
         ORDER BY subtree.depth, page.position, page.id"
    );
    with_subtree(roots, &list)
}

/// Puts pages into their parents. They come level by level from the roots down, siblings in order.
fn assemble(rows: &[Row]) -> Result<Vec<Tree>, StoreError> {
    let mut roots = Vec::new();
    let mut below: HashMap<RoomId, Vec<Tree>> = HashMap::new();
    // From the leaves up, so that a page comes when its children are complete.
    for row in rows.iter().rev() {
        let (page, depth): (Page, i64) = (page(row)?, row.get(PAGE_COLUMNS)?);
        let said = Said::read(row, PAGE_COLUMNS + 1)?;
        let mut children = below.remove(&page.id).unwrap_or_default();
        children.reverse();
        let siblings = match page.parent {
            Some(parent) if depth > 1 => below.entry(parent).or_default(),
            _ => &mut roots,
        };
        siblings.push(Tree { page, said, children });
    }
    roots.reverse();
    Ok(roots)
}
