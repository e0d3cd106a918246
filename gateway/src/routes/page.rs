//! Pages of lists: how long they may be, in entries and in bytes.

use domain::id::{AccountId, ServiceTokenId};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::error::Error;
use crate::extract::{id, number};

/// Entries of a page, unless asked for otherwise.
pub(super) const PAGE: u32 = 50;
/// Entries of a page, at most.
pub(super) const PAGE_MAX: u32 = 200;

/// Which accounts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Pages {
    /// Those behind this id.
    #[serde(default, deserialize_with = "id")]
    #[param(value_type = Option<i64>)]
    pub(super) after: Option<AccountId>,
    /// At most so many: 1 … 200, else 50.
    #[serde(default, deserialize_with = "number")]
    #[param(minimum = 1)]
    pub(super) limit: Option<u32>,
}

/// Which tokens.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TokenPages {
    /// Those behind this number.
    #[serde(default, deserialize_with = "id")]
    #[param(value_type = Option<i64>)]
    pub(super) after: Option<ServiceTokenId>,
    /// At most so many: 1 … 200, else 50.
    #[serde(default, deserialize_with = "number")]
    #[param(minimum = 1)]
    pub(super) limit: Option<u32>,
}

/// A page's length as asked for, within bounds.
pub(super) fn page_length(asked: Option<u32>, usual: u32, max: u32) -> Result<u32, Error> {
    match asked {
        None => Ok(usual),
        Some(asked) if (1..=max).contains(&asked) => Ok(asked),
        Some(_) => Err(Error::InvalidRequest(format!("limit: must be 1 to {max}"))),
    }
}

/// What the next page is behind: the last entry of a full one.
pub(super) fn behind<T, K>(rows: &[T], limit: u32, key: impl FnOnce(&T) -> K) -> Option<K> {
    rows.last().filter(|_| rows.len() == limit as usize).map(key)
}

/// How many of the entries with these sizes a page holds that is full once they take `bytes`: at least one, if there is one.
pub(super) fn fitting(sizes: impl Iterator<Item = usize>, bytes: usize) -> usize {
    let mut taken = 0;
    let fits = |size: &usize| {
        let fits = taken < bytes;
        taken += size;
        fits
    };
    sizes.take_while(fits).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_full_once_its_bytes_are_taken() {
        assert_eq!(fitting([4, 5, 1, 1].into_iter(), 10), 3);
        assert_eq!(fitting([4, 5, 2, 1].into_iter(), 10), 3);
        assert_eq!(fitting([100, 1].into_iter(), 10), 1);
        assert_eq!(fitting([1, 1].into_iter(), 10), 2);
        assert_eq!(fitting([].into_iter(), 10), 0);
    }
}
