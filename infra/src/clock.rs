//! The one place that reads the time and draws chance; tests own it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::UNIX_EPOCH;

use domain::id::{CommandId, CommitId};
use domain::time::Timestamp;
use rand::Rng;
use uuid::Uuid;

/// Time and chance. Cheap to clone; clones of a manual clock share its time.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until it is [`set`](Self::set).
    pub fn manual(now: Timestamp) -> Self {
        Self(Source::Manual(Arc::new(AtomicI64::new(now.0))))
    }

    /// Moves a manual clock, forward or back; the machine's clock can't be moved, nothing happens.
    pub fn set(&self, now: Timestamp) {
        match &self.0 {
            Source::System => {}
            Source::Manual(micros) => micros.store(now.0, Ordering::SeqCst),
        }
    }

    /// The time. May jump back: whoever needs order asks the log.
    #[expect(clippy::disallowed_methods, reason = "this is the place that may")]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => {
                let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
            }
            Source::Manual(micros) => Timestamp(micros.load(Ordering::SeqCst)),
        }
    }

    /// When a commit behind one recorded at `last` is recorded: now, but never before `last`.
    pub fn not_before(&self, last: Option<Timestamp>) -> Timestamp {
        let now = self.now();
        last.map_or(now, |last| now.max(last))
    }

    /// A new commit's id (`UUIDv7`).
    pub fn commit_id(&self) -> CommitId {
        CommitId(self.uuid())
    }

    /// A command's id, for callers that sent none (`UUIDv7`).
    pub fn command_id(&self) -> CommandId {
        CommandId(self.uuid())
    }

    /// 32 bytes that nobody can guess.
    pub fn secret(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.fill(&mut bytes);
        bytes
    }

    /// Fills the bytes with what nobody can guess.
    #[expect(clippy::disallowed_methods, reason = "this is the place that may")]
    pub fn fill(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }

    fn uuid(&self) -> Uuid {
        let millis = u64::try_from(self.now().0 / 1000).unwrap_or(0);
        let mut random = [0; 10];
        self.fill(&mut random);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_stands_still_and_its_clones_move_with_it() {
        let clock = Clock::manual(Timestamp(5));
        let clone = clock.clone();
        clock.set(Timestamp(3));
        assert_eq!(clone.now(), Timestamp(3));
    }

    #[test]
    fn nothing_is_recorded_before_what_came_before_it() {
        let clock = Clock::manual(Timestamp(100));
        assert_eq!(clock.not_before(None), Timestamp(100));
        assert_eq!(clock.not_before(Some(Timestamp(50))), Timestamp(100));
        assert_eq!(clock.not_before(Some(Timestamp(200))), Timestamp(200));
    }

    #[test]
    fn ids_are_version_7_of_the_clocks_time_and_never_repeat() {
        let clock = Clock::manual(Timestamp(1_700_000_000_123_456));
        let (one, other) = (clock.commit_id().0, clock.commit_id().0);
        assert_ne!(one, other);
        assert_eq!(one.get_version_num(), 7);
        assert_eq!(one.get_timestamp().map(|at| at.to_unix()), Some((1_700_000_000, 123_000_000)));
    }
}
