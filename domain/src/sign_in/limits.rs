//! How often something may happen: so many at once, then one per interval. Figures arrive with the command, from the configuration.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// How far the clocks of processes may be apart, and one may go back, so that nobody notices: a minute.
pub const CLOCKS_APART_SECONDS: i64 = 60;

/// A rate: `burst` at once, then one every `every_seconds`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many may happen at once; at least 1.
    pub burst: u32,
    /// Seconds until one more may; at least 1.
    pub every_seconds: u32,
}

impl Rate {
    /// Takes one at `now`, when all would be there again at `full_at` (`None`: they are): when they will be from then on, or from when on
    /// there is one.
    ///
    /// Where all would be there again later than that may be, a clock has gone back. That must not shut anybody out until it has caught
    /// up: then there is one, and from then on the rate holds.
    pub fn take(self, full_at: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, Timestamp> {
        let (burst, every) = (i64::from(self.burst.max(1)), i64::from(self.every_seconds.max(1)));
        let latest = now.plus_seconds(burst.saturating_mul(every));
        let next = match full_at {
            Some(full_at) if full_at > latest.plus_seconds(CLOCKS_APART_SECONDS) => latest,
            Some(full_at) => full_at.max(now).plus_seconds(every),
            None => now.plus_seconds(every),
        };
        if next <= latest {
            Ok(next)
        } else {
            Err(Timestamp(now.0.saturating_add(next.0 - latest.0)))
        }
    }
}

/// From when until when something holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// From then on.
    pub from: Timestamp,
    /// But not then any more.
    pub until: Timestamp,
}

impl Span {
    pub(super) fn of(from: Timestamp, until: Timestamp) -> Self {
        Self { from, until }
    }

    /// Whether it holds now. Where the clock has gone back behind its beginning it is over, else it would hold for longer than it was meant to.
    pub fn includes(self, now: Timestamp) -> bool {
        self.from <= now.plus_seconds(CLOCKS_APART_SECONDS) && now < self.until
    }
}

/// How long, in seconds, until another code may be asked for: twice as long with each that there was `before`.
pub(super) fn resend_delay(first: u32, before: u32) -> i64 {
    i64::from(first) << before.min(10)
}

/// The limits of a contact, as configured. `None`: no limit (a server for trying out).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Codes that are made.
    pub codes: Option<Rate>,
    /// Wrong codes that are shown.
    pub tries: Option<Rate>,
    /// Codes that are sent to the contact itself.
    pub sends: Option<Rate>,
    /// Wrong codes in the place of one, until that is of no use; at least 1.
    pub tries_of_code: u32,
    /// How long a code is good, in seconds.
    pub code_seconds: u32,
    /// How long what was proved may be used, in seconds.
    pub proof_seconds: u32,
    /// How long until the first repetition, in seconds; each further takes twice as long.
    pub resend_seconds: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            codes: Some(Rate {
                burst: 6,
                every_seconds: 30,
            }),
            tries: Some(Rate {
                burst: 5,
                every_seconds: 120,
            }),
            sends: Some(Rate {
                burst: 6,
                every_seconds: 1_800,
            }),
            tries_of_code: 5,
            code_seconds: 300,
            proof_seconds: 600,
            resend_seconds: 30,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::NOON;

    const RATE: Rate = Rate {
        burst: 3,
        every_seconds: 10,
    };

    /// After so many seconds.
    fn at(seconds: i64) -> Timestamp {
        NOON.plus_seconds(seconds)
    }

    /// What is left at each of these times, taking one at each.
    fn takes(rate: Rate, times: impl IntoIterator<Item = i64>) -> Vec<Result<(), Timestamp>> {
        let mut full_at = None;
        let take = |seconds| rate.take(full_at, at(seconds)).map(|then| full_at = Some(then));
        times.into_iter().map(take).collect()
    }

    #[test]
    fn so_many_at_once_then_one_per_interval() {
        assert_eq!(takes(RATE, [0, 0, 0, 0]), [Ok(()), Ok(()), Ok(()), Err(at(10))]);
        assert_eq!(
            takes(RATE, [0, 0, 0, 9, 10, 10]),
            [Ok(()), Ok(()), Ok(()), Err(at(10)), Ok(()), Err(at(20))]
        );
    }

    #[test]
    fn what_is_refused_takes_nothing() {
        assert_eq!(takes(RATE, [0, 0, 0, 1, 2, 3, 10])[6], Ok(()));
    }

    #[test]
    fn after_a_long_rest_there_are_as_many_as_at_first() {
        let taken = takes(RATE, [0, 0, 0, 1_000, 1_000, 1_000, 1_000]);
        assert_eq!(taken[3..], [Ok(()), Ok(()), Ok(()), Err(at(1_010))]);
    }

    #[test]
    fn when_there_is_one_again_is_told_exactly() {
        let Err(retry_at) = RATE.take(Some(at(25)), at(1)) else {
            panic!("none is there")
        };
        assert_eq!(retry_at, at(5));
        assert!(RATE.take(Some(at(25)), Timestamp(retry_at.0 - 1)).is_err());
        assert_eq!(RATE.take(Some(at(25)), retry_at), Ok(at(35)));
    }

    #[test]
    fn a_clock_that_went_back_gives_one_and_then_the_rate_holds() {
        let day = 86_400;
        let taken = takes(RATE, [day, day, day, 0, 0, 9, 10]);
        assert_eq!(taken[3..], [Ok(()), Err(at(10)), Err(at(10)), Ok(())]);
    }

    #[test]
    fn clocks_that_are_a_little_apart_give_no_more() {
        assert_eq!(takes(RATE, [20, 20, 20, 0, 20]), [Ok(()), Ok(()), Ok(()), Err(at(30)), Err(at(30))]);
    }

    #[test]
    fn a_rate_of_nothing_is_one_per_second() {
        let rate = Rate {
            burst: 0,
            every_seconds: 0,
        };
        assert_eq!(takes(rate, [0, 0, 1]), [Ok(()), Err(at(1)), Ok(())]);
    }

    #[test]
    fn a_span_holds_from_its_beginning_until_before_its_end() {
        let span = Span::of(at(0), at(10));
        assert!(span.includes(at(0)) && span.includes(at(9)) && !span.includes(at(10)));
        assert!(span.includes(at(-CLOCKS_APART_SECONDS)) && !span.includes(at(-CLOCKS_APART_SECONDS - 1)));
    }

    #[test]
    fn each_further_code_is_waited_for_twice_as_long() {
        assert_eq!([0, 1, 2, 3].map(|before| resend_delay(30, before)), [30, 60, 120, 240]);
        assert_eq!(resend_delay(u32::MAX, u32::MAX), i64::from(u32::MAX) << 10);
    }
}
