//! How much the executor takes on.

use std::time::Duration;

use domain::aggregate::Aggregate;

/// The executor's bounds; the default is a laptop's.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Commands that may wait for one aggregate; more are `Overloaded`.
    pub queue: usize,
    /// Commands that may be under way in this process; more are `Overloaded`.
    pub in_flight: usize,
    /// Accepted commands that the read models may be behind; more are `Overloaded`.
    pub ahead: usize,
    /// Commands that share a commit, at most.
    pub batch: usize,
    /// Bytes of aggregates kept in memory, about; the smallest take 2 KiB.
    pub memory: u64,
    /// Commits behind its last snapshot after which an aggregate is snapshot again.
    pub snapshot_every: u32,
    /// How long one call of the log, the keys or the read models may take.
    pub call: Duration,
    /// How long a command may take in all, retries included, until it is `Unavailable`.
    pub patience: Duration,
    /// The hint that goes with `Overloaded`.
    pub retry_after: Duration,
}

impl Limits {
    /// How long a command for this kind of aggregate may take, whose commits keep a distance.
    pub(super) fn patience_with<A: Aggregate>(&self) -> Duration {
        self.patience + Duration::from_micros(A::PACE_MICROS)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            queue: 1_000,
            in_flight: 100_000,
            ahead: 500_000,
            batch: 256,
            memory: 256 << 20,
            snapshot_every: 200,
            call: Duration::from_secs(3),
            patience: Duration::from_secs(10),
            retry_after: Duration::from_millis(250),
        }
    }
}
