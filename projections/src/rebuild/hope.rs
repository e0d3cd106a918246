//! Whether read models that are outdated are soon to be others.

use std::time::Duration;

use tokio::time::Instant;

use super::Error;

/// After how many failures those that serve are no longer taken for soon to be others, so that what fails on them is parked.
const TRIES: u32 = 5;

/// How long it is believed that another process makes them: it may do so without an end.
const BELIEVED: Duration = Duration::from_hours(1);

/// Whether those that serve, being outdated, are soon to be others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hope {
    /// They are being made, or will be tried again after so many failures.
    After(u32),
    /// Another process makes them, since then at the latest; there were so many failures before.
    Elsewhere(Instant, u32),
    /// An operator does not want them, or what was built came no further: that takes as long each time, and is likely to end the same.
    GivenUp,
}

impl Hope {
    pub(super) fn after(self, made: &Result<(), Error>, now: Instant) -> Self {
        match (self, made) {
            (_, Ok(())) => Self::After(0),
            (_, Err(Error::Cancelled | Error::Building(_))) | (Self::GivenUp, Err(_)) => Self::GivenUp,
            (Self::After(failures), Err(Error::Elsewhere)) => Self::Elsewhere(now, failures),
            (Self::Elsewhere(since, failures), Err(Error::Elsewhere)) => Self::Elsewhere(since, failures),
            (Self::After(failures) | Self::Elsewhere(_, failures), Err(_)) => Self::After(failures + 1),
        }
    }

    pub(super) fn lasts(self, now: Instant) -> bool {
        match self {
            Self::After(failures) => failures < TRIES,
            Self::Elsewhere(since, failures) => failures < TRIES && now.duration_since(since) < BELIEVED,
            Self::GivenUp => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed() -> Result<(), Error> {
        Err(Error::Log(infra::log::Error::Unavailable("away".to_owned())))
    }

    #[test]
    fn hope_lasts_while_it_is_tried_again() {
        let now = Instant::now();
        let mut hope = Hope::After(0);
        for _ in 1..TRIES {
            hope = hope.after(&failed(), now);
        }
        assert!(hope.lasts(now));
        hope = hope.after(&failed(), now);
        assert!(!hope.lasts(now));
        assert!(!hope.after(&Err(Error::Elsewhere), now).lasts(now));
        assert!(hope.after(&Ok(()), now).lasts(now));
        assert!(!Hope::After(0).after(&Err(Error::Cancelled), now).lasts(now));
    }

    #[test]
    fn hope_in_others_lasts_an_hour_however_often_they_are_met() {
        let begun = Instant::now();
        let mut hope = Hope::After(0);
        for minutes in 0..60 {
            let now = begun + Duration::from_mins(minutes);
            hope = hope.after(&Err(Error::Elsewhere), now);
            assert!(hope.lasts(now), "after {minutes} minutes");
        }
        assert!(!hope.lasts(begun + BELIEVED));
        let later = begun + 2 * BELIEVED;
        assert!(!hope.after(&Err(Error::Elsewhere), later).lasts(later));
        assert!(hope.after(&failed(), later).lasts(later), "it was its own turn meanwhile");
    }

    #[test]
    fn what_comes_no_further_ends_hope_at_once_until_it_is_made() {
        let now = Instant::now();
        let stuck = Hope::After(0).after(&Err(Error::Building("it can't apply a fact".to_owned())), now);
        assert!(!stuck.lasts(now));
        for made in [failed(), Err(Error::Elsewhere)] {
            assert!(!stuck.after(&made, now).lasts(now), "{made:?}");
        }
        assert!(stuck.after(&Ok(()), now).lasts(now));
    }
}
