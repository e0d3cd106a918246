//! Places in the log: positions, and times, which are looked up.

use std::str::FromStr;

use domain::id::Position;
use domain::time::Timestamp;
use infra::commit;
use infra::log::{Error, EventLog};

/// A place in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The commit at a position, or where it would stand.
    Position(Position),
    /// A time: what was recorded until then stands before it.
    Time(Timestamp),
}

/// A text that is no place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is neither a position (48211) nor a time (RFC 3339, as in 2026-01-31T12:00:00Z)")]
pub struct InvalidPlace {
    /// What was read, its beginning.
    pub found: String,
}

impl FromStr for Place {
    type Err = InvalidPlace;

    fn from_str(text: &str) -> Result<Self, InvalidPlace> {
        let position = text.parse().ok().map(Self::Position);
        let place = position.or_else(|| text.parse().ok().map(Self::Time));
        place.ok_or_else(|| InvalidPlace {
            found: text.chars().take(64).collect(),
        })
    }
}

impl Place {
    /// The last commit before the place; `None`: there is none.
    pub(super) async fn last_before(self, log: &dyn EventLog) -> Result<Option<Position>, Error> {
        match self {
            Self::Position(position) => down_from(log, position.get() - 1).await,
            Self::Time(time) => last_until(log, Timestamp(time.0.saturating_sub(1))).await,
        }
    }

    /// The last commit up to the place, what stands there included; `None`: there is none.
    pub async fn last_until(self, log: &dyn EventLog) -> Result<Option<Position>, Error> {
        match self {
            Self::Position(position) => down_from(log, position.get()).await,
            Self::Time(time) => last_until(log, time).await,
        }
    }
}

/// The last commit at or before a number.
async fn down_from(log: &dyn EventLog, number: i64) -> Result<Option<Position>, Error> {
    let Some(end) = log.end().await? else { return Ok(None) };
    for number in (1..=number.min(end.get())).rev() {
        let Some(position) = Position::new(number) else { continue };
        if log.at(position).await?.is_some() {
            return Ok(Some(position));
        }
    }
    Ok(None)
}

/// The last commit that was recorded at or before a time; `None`: there was none yet. All up to it is the log as of that time.
///
/// A binary search over positions. Times rise within a stream; of different streams, commits that stand close together may have
/// times in another order, by as much as the clocks of the processes that wrote them differ, or one of them was set back. Such commits may
/// then be found on either side. What is found is always one cut through the log: all before it, nothing behind it.
pub async fn last_until(log: &dyn EventLog, time: Timestamp) -> Result<Option<Position>, Error> {
    let Some(end) = log.end().await? else { return Ok(None) };
    let (mut until, mut behind) = (0, end.get() + 1);
    while behind - until > 1 {
        let middle = until + (behind - until) / 2;
        match recorded(log, middle, behind).await? {
            Some((position, at)) if at <= time => until = position,
            Some(_) | None => behind = middle,
        }
    }
    Ok(Position::new(until))
}

/// The first commit from a number on, but before another, that says when it was recorded.
async fn recorded(log: &dyn EventLog, from: i64, before: i64) -> Result<Option<(i64, Timestamp)>, Error> {
    for number in from..before {
        let Some(position) = Position::new(number) else { continue };
        if let Some(record) = log.at(position).await?
            && let Ok(stored) = commit::decode(&record)
        {
            return Ok(Some((number, stored.at)));
        }
    }
    Ok(None)
}
