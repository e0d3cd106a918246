//! How far making read models anew has come, and how long it will take.

use std::time::Duration;

use domain::id::Position;
use serde::Serialize;

/// Where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Nothing was made anew since the start of the process.
    #[default]
    Idle,
    /// The log is read from its beginning.
    Building,
    /// All is there but what has just come; it is about to take the place of what serves.
    Swapping,
    /// What was made serves.
    Done,
    /// Given up because somebody wanted it so.
    Cancelled,
    /// Given up for a reason.
    Failed,
}

impl Phase {
    /// Whether it goes on by itself.
    pub fn is_under_way(self) -> bool {
        match self {
            Self::Building | Self::Swapping => true,
            Self::Idle | Self::Done | Self::Cancelled | Self::Failed => false,
        }
    }
}

/// How far making read models anew has come, or how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Status {
    /// Where it is.
    pub phase: Phase,
    /// What serves is of another version, or in another number of lanes, than this program makes.
    pub outdated: bool,
    /// Facts taken in.
    pub facts: u64,
    /// Facts in the whole log, about: as many in each commit as so far.
    pub of: u64,
    /// Facts a second, since the beginning.
    pub per_s: u64,
    /// Seconds that it will still take, about; `None`: not under way, or too early to say.
    pub eta_s: Option<u64>,
    /// Why it was given up.
    pub error: Option<String>,
}

impl Status {
    pub(super) fn begun(outdated: bool) -> Self {
        Self {
            phase: Phase::Building,
            outdated,
            ..Self::default()
        }
    }

    /// What is built includes so many facts, up to here in the log, after so long.
    pub(super) fn stands(&mut self, facts: u64, at: Option<Position>, end: Option<Position>, after: Duration) {
        let count = |position: Option<Position>| position.map_or(0, |position| u128::try_from(position.get()).unwrap_or(0));
        let (at, end) = (count(at), count(end).max(count(at)));
        let whole = u128::from(facts) * end / at.max(1);
        let per_s = u128::from(facts) * 1_000 / after.as_millis().max(1);
        let small = |number: u128| u64::try_from(number).unwrap_or(u64::MAX);
        self.facts = facts;
        self.of = small(whole).max(facts);
        self.per_s = small(per_s);
        self.eta_s = (per_s > 0).then(|| (self.of - facts).div_ceil(self.per_s));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(position: i64) -> Option<Position> {
        Position::try_from(position).ok()
    }

    #[test]
    fn what_is_left_takes_as_long_as_what_is_done() {
        let mut status = Status::begun(false);
        status.stands(3_000, at(1_000), at(4_000), Duration::from_secs(2));
        assert_eq!(
            (status.facts, status.of, status.per_s, status.eta_s),
            (3_000, 12_000, 1_500, Some(6))
        );
    }

    #[test]
    fn before_the_first_fact_nothing_is_estimated() {
        let mut status = Status::begun(false);
        status.stands(0, None, at(4_000), Duration::ZERO);
        assert_eq!((status.facts, status.of, status.eta_s), (0, 0, None));
    }
}
