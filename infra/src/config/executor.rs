//! `[executor]`: how much may wait, and for how long.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::within;
use crate::executor::Limits;

/// How much may wait to be decided, and for how long. What is over is answered `overloaded`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Executor {
    /// Commands that may wait at one aggregate (a chat, an account …), 1 … 100,000.
    pub queue: usize,
    /// Commands that may be under way altogether, 1 … 10,000,000.
    pub in_flight: usize,
    /// Accepted commands that the read models may be behind, 1,000 … 100,000,000.
    pub ahead: usize,
    /// Commands that may share a commit, 1 … 10,000.
    pub batch: usize,
    /// About how many MiB of aggregates are kept in memory, 1 … 1,000,000; the smallest take 2 KiB, a group of 1,000 members 128.
    pub memory_mb: u64,
    /// Seconds that a command, or any other request, may take in all before its sender is told `unavailable`, 1 … 300.
    pub patience_seconds: u64,
}

impl Default for Executor {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            queue: limits.queue,
            in_flight: limits.in_flight,
            ahead: limits.ahead,
            batch: limits.batch,
            memory_mb: limits.memory >> 20,
            patience_seconds: limits.patience.as_secs(),
        }
    }
}

impl Executor {
    /// As the executor takes them.
    pub fn limits(&self) -> Limits {
        Limits {
            queue: self.queue,
            in_flight: self.in_flight,
            ahead: self.ahead,
            batch: self.batch,
            memory: self.memory_mb << 20,
            patience: Duration::from_secs(self.patience_seconds),
            ..Limits::default()
        }
    }

    pub(super) fn check(&self, wrong: &mut Vec<String>) {
        within(wrong, "executor.queue", &self.queue, 1..=100_000);
        within(wrong, "executor.in_flight", &self.in_flight, 1..=10_000_000);
        within(wrong, "executor.ahead", &self.ahead, 1_000..=100_000_000);
        within(wrong, "executor.batch", &self.batch, 1..=10_000);
        within(wrong, "executor.memory_mb", &self.memory_mb, 1..=1_000_000);
        within(wrong, "executor.patience_seconds", &self.patience_seconds, 1..=300);
    }
}
