//! `[executor]`: how much may wait, and for how long.

use serde::{Deserialize, Serialize};

use super::within;

/// How much may wait to be decided, and for how long. What is over is answered `overloaded`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Executor {
    /// Commands that may wait at one aggregate (a chat, an account …), 1 … 100,000.
    pub queue_per_stream: usize,
    /// Commands that may wait altogether, 1 … 10,000,000.
    pub queue_total: usize,
    /// Commands that may share a commit, 1 … 10,000.
    pub commands_per_commit: usize,
    /// Aggregates kept in memory, 100 … 10,000,000.
    pub cached_streams: u64,
    /// Seconds that the log may take to confirm an append before the caller is told `unavailable`, 1 … 300.
    pub confirm_seconds: u64,
}

impl Default for Executor {
    fn default() -> Self {
        Self {
            queue_per_stream: 1_000,
            queue_total: 100_000,
            commands_per_commit: 256,
            cached_streams: 100_000,
            confirm_seconds: 10,
        }
    }
}

impl Executor {
    pub(super) fn check(&self, wrong: &mut Vec<String>) {
        within(wrong, "executor.queue_per_stream", &self.queue_per_stream, 1..=100_000);
        within(wrong, "executor.queue_total", &self.queue_total, 1..=10_000_000);
        within(wrong, "executor.commands_per_commit", &self.commands_per_commit, 1..=10_000);
        within(wrong, "executor.cached_streams", &self.cached_streams, 100..=10_000_000);
        within(wrong, "executor.confirm_seconds", &self.confirm_seconds, 1..=300);
    }
}
