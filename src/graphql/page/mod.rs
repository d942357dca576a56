//! Pages of a long list: arguments in, cursors out.

mod cursor;

use async_graphql::SimpleObject;

pub(crate) use self::cursor::{AuditPlace, Position};
use super::problem::Problem;
use crate::store::{Page, Slice};

/// Items of a page whose size nobody named.
pub(crate) const PAGE_SIZE_DEFAULT: usize = 20;

/// Where a page stands in its list.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
#[graphql(shareable)]
pub(crate) struct PageInfo {
    /// Whether there is more before this page (newer items, where the newest come first).
    has_previous_page: bool,
    /// Whether there is more after it.
    has_next_page: bool,
    /// Cursor of the first item; null on an empty page.
    start_cursor: Option<String>,
    /// Cursor of the last item; null on an empty page.
    end_cursor: Option<String>,
}

/// The four arguments of every page.
#[derive(Clone, Debug, Default)]
pub(crate) struct PageArguments {
    pub(crate) first: Option<i32>,
    pub(crate) after: Option<String>,
    pub(crate) last: Option<i32>,
    pub(crate) before: Option<String>,
}

impl PageArguments {
    /// What to read. Refuses sizes that are out of range, both directions at once, and cursors that are not of this list.
    pub(crate) fn slice<P: Position>(&self, size_max: usize) -> Result<Slice<P>, Problem> {
        if self.first.is_some() && self.last.is_some() {
            return Err(Problem::bad_input("last", "goes without `first`: a page has one direction"));
        }
        let limit = match (self.first, self.last) {
            (Some(first), _) => size("first", first, size_max)?,
            (None, Some(last)) => size("last", last, size_max)?,
            (None, None) => PAGE_SIZE_DEFAULT.min(size_max),
        };
        let cursor = |argument, text: &Option<String>| {
            text.as_deref().map(|text| P::from_cursor(argument, text)).transpose()
        };
        Ok(Slice {
            limit,
            backward: self.last.is_some(),
            after: cursor("after", &self.after)?,
            before: cursor("before", &self.before)?,
        })
    }
}

fn size(argument: &str, size: i32, size_max: usize) -> Result<usize, Problem> {
    let size_or_none = usize::try_from(size).ok().filter(|size| (1..=size_max).contains(size));
    size_or_none
        .ok_or_else(|| Problem::bad_input(argument, format!("must be from 1 to {size_max}, not {size}")))
}

/// Of a list that is whole in memory, as many as were asked for; all where no number is named.
pub(crate) fn taken<T>(items: Vec<T>, first: Option<i32>) -> Result<Vec<T>, Problem> {
    let Some(first) = first else { return Ok(items) };
    let first = usize::try_from(first)
        .map_err(|_| Problem::bad_input("first", format!("must be 0 or more, not {first}")))?;
    Ok(items.into_iter().take(first).collect())
}

/// Cursors of a page's items, and where the page stands.
pub(crate) fn cursors<T, P: Position>(page: &Page<T>, position: impl Fn(&T) -> P) -> (Vec<String>, PageInfo) {
    let cursors: Vec<String> = page.items.iter().map(|item| position(item).to_cursor()).collect();
    let info = PageInfo {
        has_previous_page: page.has_previous,
        has_next_page: page.has_next,
        start_cursor: cursors.first().cloned(),
        end_cursor: cursors.last().cloned(),
    };
    (cursors, info)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice(arguments: &PageArguments) -> Result<Slice<i64>, String> {
        arguments.slice(100).map_err(|problem| problem.message())
    }

    #[test]
    fn a_page_has_a_default_size_and_one_direction() {
        let all = PageArguments::default();
        assert_eq!(slice(&all), Ok(Slice { limit: 20, backward: false, after: None, before: None }));
        let last = PageArguments { last: Some(5), before: Some(7_i64.to_cursor()), ..all.clone() };
        assert_eq!(slice(&last), Ok(Slice { limit: 5, backward: true, after: None, before: Some(7) }));
        let both = PageArguments { first: Some(1), last: Some(1), ..all };
        assert_eq!(slice(&both), Err("last: goes without `first`: a page has one direction".to_owned()));
    }

    #[test]
    fn a_size_out_of_range_names_its_argument_and_the_range() {
        for size in [0, -1, 101] {
            let first = PageArguments { first: Some(size), ..PageArguments::default() };
            assert_eq!(slice(&first), Err(format!("first: must be from 1 to 100, not {size}")));
            let last = PageArguments { last: Some(size), ..PageArguments::default() };
            assert_eq!(slice(&last), Err(format!("last: must be from 1 to 100, not {size}")));
        }
    }

    #[test]
    fn a_list_in_memory_is_cut_and_a_negative_number_is_refused() {
        assert_eq!(taken(vec![1, 2, 3], None), Ok(vec![1, 2, 3]));
        assert_eq!(taken(vec![1, 2, 3], Some(2)), Ok(vec![1, 2]));
        assert_eq!(taken(vec![1, 2, 3], Some(0)), Ok(vec![]));
        assert!(taken(vec![1], Some(-1)).is_err());
    }

    #[test]
    fn a_page_knows_its_ends() {
        let page = Page { items: vec![9_i64, 8], has_previous: false, has_next: true };
        let (cursors, info) = cursors(&page, |n| *n);
        assert_eq!(info.start_cursor.as_ref(), cursors.first());
        assert_eq!(info.end_cursor.as_ref(), cursors.last());
        assert!(info.has_next_page && !info.has_previous_page);
    }
}
