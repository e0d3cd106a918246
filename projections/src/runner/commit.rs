//! A commit on its way to the lanes: decoded once, shared by all.

use std::borrow::Cow;
use std::sync::Arc;

use domain::fact::Fact;
use domain::time::Timestamp;
use infra::log::Mark;
use tokio::sync::OwnedSemaphorePermit;

use crate::parking::{Place, Skips};
use crate::projection::Batch;

/// A commit with its facts.
#[derive(Debug)]
pub(super) struct Commit {
    pub(super) mark: Mark,
    /// When it was recorded; `None`: it can't be read.
    pub(super) recorded_at: Option<Timestamp>,
    /// W3C trace context of what led to it.
    pub(super) trace: Option<String>,
    pub(super) bytes: usize,
    pub(super) items: Vec<Item>,
    /// Its share of what may be read ahead, given back when the last lane is done with it.
    pub(super) _room: OwnedSemaphorePermit,
}

/// A fact where it may be applied.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) fact: Arc<Fact>,
    pub(super) place: Place,
    /// The projection it is released for; `None`: it is for all.
    pub(super) only: Option<String>,
}

impl Item {
    /// A fact at its own place.
    pub(super) fn own(fact: Arc<Fact>) -> Self {
        let place = Place::own(fact.at);
        Self { fact, place, only: None }
    }

    fn is_for(&self, projection: &str, skips: &Skips) -> bool {
        self.only.as_deref().is_none_or(|only| only == projection) && skips.applies(projection, self.place)
    }
}

/// Commits that are applied together, as each projection gets them.
#[derive(Debug)]
pub(super) struct Share<'a> {
    items: Vec<&'a Item>,
    whole: Batch,
}

impl<'a> Share<'a> {
    pub(super) fn of(commits: &'a [Arc<Commit>]) -> Self {
        let items: Vec<&Item> = commits.iter().flat_map(|commit| &commit.items).collect();
        let facts = items.iter().map(|item| Arc::clone(&item.fact)).collect();
        Self {
            items,
            whole: Batch { facts },
        }
    }

    pub(super) fn items(&self) -> &[&'a Item] {
        &self.items
    }

    /// What a projection applies of it: mostly everything, and then nothing is copied.
    pub(super) fn batch(&self, projection: &str, skips: &Skips) -> Cow<'_, Batch> {
        if self.items.iter().all(|item| item.is_for(projection, skips)) {
            Cow::Borrowed(&self.whole)
        } else {
            Cow::Owned(self.first(self.items.len(), projection, skips))
        }
    }

    /// What a projection applies of the first `count` facts.
    pub(super) fn first(&self, count: usize, projection: &str, skips: &Skips) -> Batch {
        let wanted = self.items.iter().take(count).filter(|item| item.is_for(projection, skips));
        Batch {
            facts: wanted.map(|item| Arc::clone(&item.fact)).collect(),
        }
    }
}
