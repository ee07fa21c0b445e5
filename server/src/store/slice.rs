//! Part of a long list.

/// Some items of a list, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice<T, K> {
    /// The items.
    pub items: Vec<T>,
    /// Ask for what comes after this one; `None` after the last.
    pub next: Option<K>,
}

/// How many rows to ask for, to learn whether more follow after `limit`.
pub(super) fn rows_for(limit: u32) -> i64 {
    i64::from(limit) + 1
}

impl<T, K> Slice<T, K> {
    /// No items, and none after them.
    pub(super) const fn empty() -> Self {
        Self { items: Vec::new(), next: None }
    }

    /// The first `limit` of the rows that [`rows_for`] asked for.
    pub(super) fn cut(mut items: Vec<T>, limit: u32, key: impl Fn(&T) -> K) -> Self {
        let limit = limit as usize;
        let has_more = items.len() > limit;
        items.truncate(limit);
        Self { next: items.last().filter(|_| has_more).map(key), items }
    }
}
