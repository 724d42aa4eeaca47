//! Pages of a list: at most 100 items and a cursor to the next.

use serde::Serialize;

/// The most items one page carries (api.md).
pub const MAX_LIMIT: i64 = 100;

/// One page of a list.
#[derive(Debug, Serialize)]
pub struct Page<T> {
    /// The items of this page, in the list's order.
    pub items: Vec<T>,
    /// Give this as `?cursor=` to get the next page; absent on the last.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Cuts `items`, fetched with `limit + 1`, to a page; `cursor_of` names the last item kept.
    #[must_use]
    pub fn cut(mut items: Vec<T>, limit: i64, cursor_of: impl Fn(&T) -> String) -> Self {
        let limit = usize::try_from(limit).unwrap_or(0);
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = if more { items.last().map(cursor_of) } else { None };
        Self { items, next_cursor }
    }
}
