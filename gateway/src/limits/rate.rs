//! Rates: so many at once, and then one after the other; of each, or of all together.

use std::hash::Hash;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, StateStore};
use governor::{NotUntil, Quota, RateLimiter};
use infra::config::limits::Rate;

use super::Limit;
use super::store::Store;
use crate::error::Error;

/// What each of many may do.
pub(super) type OfEach<K, C = DefaultClock> = Limited<Store<K>, C>;
/// What all may do together.
pub(super) type OfAll<C = DefaultClock> = Limited<InMemoryState, C>;

/// A rate that is kept to.
#[derive(Debug)]
pub(super) struct Limited<S: StateStore, C: Clock> {
    limit: Limit,
    burst: NonZeroU32,
    limiter: RateLimiter<S::Key, S, C, NoOpMiddleware<C::Instant>>,
}

impl<S: StateStore + Default, C: Clock + Clone> Limited<S, C> {
    /// Nobody has done anything yet.
    pub(super) fn new(limit: Limit, rate: Rate, clock: &C) -> Self {
        let quota = Quota::with_period(rate.every).expect("a rate's time is above zero");
        Self {
            limit,
            burst: rate.burst,
            limiter: RateLimiter::new(quota.allow_burst(rate.burst), S::default(), clock.clone()),
        }
    }
}

impl<K: Hash + Eq + Copy, C: Clock> OfEach<K, C> {
    /// Counts it, or says when it may be tried again.
    pub(super) fn check(&self, key: &K) -> Result<(), Error> {
        self.limiter.check_key(key).map_err(|until| self.refused(&until))
    }

    /// Counts it as so many. More than may be done at once can't be, whenever: as many as can are counted.
    pub(super) fn check_many(&self, key: &K, count: NonZeroU32) -> Result<(), Error> {
        let count = count.min(self.burst);
        let counted = self.limiter.check_key_n(key, count).expect("no more than a burst");
        counted.map_err(|until| self.refused(&until))
    }
}

impl<C: Clock> OfAll<C> {
    /// Counts it, or says when it may be tried again.
    pub(super) fn check(&self) -> Result<(), Error> {
        self.limiter.check().map_err(|until| self.refused(&until))
    }
}

impl<S: StateStore, C: Clock> Limited<S, C> {
    #[cold]
    fn refused(&self, until: &NotUntil<C::Instant>) -> Error {
        metrics::counter!("heliograph_limited_total", "limit" => self.limit.name()).increment(1);
        Error::TooManyRequests {
            limit: self.limit,
            retry_after: whole_millis(until.wait_time_from(self.limiter.clock().now())),
        }
    }
}

/// Who is told milliseconds is not to come a moment too early.
fn whole_millis(wait: Duration) -> Duration {
    let millis = wait.as_nanos().div_ceil(1_000_000).max(1);
    Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    const MESSAGES: Rate = Rate {
        burst: NonZeroU32::new(60).unwrap(),
        every: Duration::from_secs(1),
    };

    /// How long the wait is.
    fn refused(checked: Result<(), Error>) -> Option<u128> {
        match checked {
            Ok(()) => None,
            Err(Error::TooManyRequests { retry_after, .. }) => Some(retry_after.as_millis()),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn sixty_at_once_and_then_one_per_second() {
        let clock = FakeRelativeClock::default();
        let messages = OfEach::new(Limit::Messages, MESSAGES, &clock);
        for _ in 0..60 {
            assert_eq!(refused(messages.check(&"Alice")), None);
        }
        assert_eq!(refused(messages.check(&"Alice")), Some(1000));
        assert_eq!(refused(messages.check(&"Bob")), None);
        clock.advance(Duration::from_micros(400_500));
        assert_eq!(refused(messages.check(&"Alice")), Some(600), "rounded up");
        clock.advance(Duration::from_millis(600));
        assert_eq!(refused(messages.check(&"Alice")), None, "after the wait that was told");
        assert_eq!(refused(messages.check(&"Alice")), Some(1000));
        clock.advance(Duration::from_mins(2));
        let after = (0..100).filter(|_| refused(messages.check(&"Alice")).is_none());
        assert_eq!(after.count(), 60, "no more than a burst is saved up");
    }

    #[test]
    fn what_counts_as_many_is_all_or_nothing() {
        let clock = FakeRelativeClock::default();
        let messages = OfEach::new(Limit::Messages, MESSAGES, &clock);
        let many = |count| refused(messages.check_many(&"Alice", NonZeroU32::new(count).unwrap()));
        assert_eq!(many(50), None);
        assert_eq!(many(20), Some(10_000));
        assert_eq!(many(10), None);
        clock.advance(Duration::from_mins(1));
        assert_eq!(many(1_000), None, "more than a burst is as much as a burst");
        assert_eq!(refused(messages.check(&"Alice")), Some(1_000));
    }

    #[test]
    fn all_share_what_is_of_all() {
        let clock = FakeRelativeClock::default();
        let all = OfAll::new(Limit::Requests, MESSAGES, &clock);
        let passed = (0..100).filter(|_| refused(all.check()).is_none());
        assert_eq!(passed.count(), 60);
        clock.advance(Duration::from_secs(3));
        assert_eq!((0..100).filter(|_| refused(all.check()).is_none()).count(), 3);
    }
}
