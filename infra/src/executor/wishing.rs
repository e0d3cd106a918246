//! What accounts wish of each other: as the read models say, or said a moment ago.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::account::Wishes;
use domain::id::{AccountId, Position};
use moka::sync::Cache;
use tokio::time::Instant;

use super::together::Together;
use super::{Recall, RecallError};

/// For how long what an account wishes of another is believed without asking the read models; a refusal rests on what they say now.
/// `docs/API.md` names it.
pub const WISHES_STALE: Duration = Duration::from_secs(1);

/// Pairs remembered, at most.
const REMEMBERED: u64 = 100_000;

/// Who wishes, and of whom.
type Pair = (AccountId, AccountId);

/// Knows what accounts wish of each other.
#[derive(Debug)]
pub(super) struct Wishing {
    /// With when they were asked about.
    remembered: Cache<Pair, (Instant, Wishes)>,
    asked: Together<Pair, Wishes>,
}

/// What some accounts wish of others.
#[derive(Debug, Default)]
pub(super) struct Wished {
    /// Of those asked about, those that wish anything.
    pub(super) wishes: BTreeMap<Pair, Wishes>,
    /// Whether any of that was remembered, and so may have changed.
    pub(super) stale: bool,
}

impl Wishing {
    /// Answers within `limit`, or not at all.
    pub(super) fn start(recall: Arc<dyn Recall>, limit: Duration) -> Self {
        let asked = Together::start(limit, move |included, pairs: Vec<Pair>| {
            let recall = Arc::clone(&recall);
            async move { recall.wishes(included, &pairs).await }
        });
        let remembered = Cache::builder().max_capacity(REMEMBERED).time_to_live(WISHES_STALE).build();
        Self { remembered, asked }
    }

    /// What these wish, as far as it is remembered, else as the read models say.
    pub(super) async fn of(&self, included: Option<Position>, pairs: impl Iterator<Item = Pair>) -> Result<Wished, RecallError> {
        let (mut wished, mut unknown) = (Wished::default(), Vec::new());
        for pair in pairs {
            match self.remembered.get(&pair) {
                Some((asked_at, kept)) if asked_at.elapsed() < WISHES_STALE => wished.take(pair, kept),
                Some(_) | None => unknown.push(pair),
            }
        }
        wished.stale = !wished.wishes.is_empty();
        self.now(included, unknown, &mut wished).await?;
        Ok(wished)
    }

    /// The same, all as the read models say.
    pub(super) async fn anew(&self, included: Option<Position>, pairs: impl Iterator<Item = Pair>) -> Result<Wished, RecallError> {
        let mut wished = Wished::default();
        self.now(included, pairs.collect(), &mut wished).await?;
        Ok(wished)
    }

    async fn now(&self, included: Option<Position>, pairs: Vec<Pair>, wished: &mut Wished) -> Result<(), RecallError> {
        if pairs.is_empty() {
            return Ok(());
        }
        let asked_at = Instant::now();
        let found = self.asked.ask(included, pairs.clone()).await?;
        for (pair, wishes) in pairs.into_iter().zip(found) {
            self.remembered.insert(pair, (asked_at, wishes));
            wished.take(pair, wishes);
        }
        Ok(())
    }
}

impl Wished {
    fn take(&mut self, pair: Pair, wishes: Wishes) {
        if wishes != Wishes::default() {
            self.wishes.insert(pair, wishes);
        }
    }
}
