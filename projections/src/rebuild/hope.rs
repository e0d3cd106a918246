//! Whether read models that are outdated are soon to be others.

use super::Error;

/// After how many failures those that serve are no longer taken for soon to be others, so that what fails on them is parked.
const TRIES: u32 = 5;

/// Whether those that serve, being outdated, are soon to be others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hope {
    /// They are being made, here or elsewhere, or will be tried again after so many failures.
    After(u32),
    /// An operator does not want them, or what was built came no further: that takes as long each time, and is likely to end the same.
    GivenUp,
}

impl Hope {
    pub(super) fn after(self, made: &Result<(), Error>) -> Self {
        match (self, made) {
            (_, Ok(())) => Self::After(0),
            (_, Err(Error::Cancelled | Error::Building(_))) => Self::GivenUp,
            // Another process makes them.
            (hope, Err(Error::Elsewhere)) | (hope @ Self::GivenUp, Err(_)) => hope,
            (Self::After(failures), Err(_)) => Self::After(failures + 1),
        }
    }

    pub(super) fn lasts(self) -> bool {
        match self {
            Self::After(failures) => failures < TRIES,
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
    fn hope_lasts_while_others_build_and_while_it_is_tried_again() {
        let mut hope = Hope::After(0);
        for _ in 0..20 {
            hope = hope.after(&Err(Error::Elsewhere));
        }
        assert!(hope.lasts());
        for _ in 1..TRIES {
            hope = hope.after(&failed());
        }
        assert!(hope.lasts());
        hope = hope.after(&failed());
        assert!(!hope.lasts());
        assert!(hope.after(&Ok(())).lasts());
        assert!(!Hope::After(0).after(&Err(Error::Cancelled)).lasts());
    }

    #[test]
    fn what_comes_no_further_ends_hope_at_once_until_it_is_made() {
        let stuck = Hope::After(0).after(&Err(Error::Building("it can't apply a fact".to_owned())));
        assert!(!stuck.lasts());
        for made in [failed(), Err(Error::Elsewhere)] {
            assert!(!stuck.after(&made).lasts(), "{made:?}");
        }
        assert!(stuck.after(&Ok(())).lasts());
    }
}
