//! `[updates]`: how long a device may stay away and still catch up.

use serde::{Deserialize, Serialize};

use super::within;

/// How long a device may stay away and still catch up; beyond it, it is told `resync` and starts from
/// a snapshot.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Updates {
    /// Days that updates are kept, 1 … 3,650.
    pub keep_days: u32,
    /// Updates kept per device, 1,000 … 1,000,000,000.
    pub keep_per_device: u32,
    /// Seconds between two rounds of trimming, 10 … 86,400.
    pub trim_seconds: u64,
}

impl Default for Updates {
    fn default() -> Self {
        Self {
            keep_days: 90,
            keep_per_device: 2_000_000,
            trim_seconds: 600,
        }
    }
}

impl Updates {
    pub(super) fn check(&self, wrong: &mut Vec<String>) {
        within(wrong, "updates.keep_days", &self.keep_days, 1..=3650);
        within(wrong, "updates.keep_per_device", &self.keep_per_device, 1000..=1_000_000_000);
        within(wrong, "updates.trim_seconds", &self.trim_seconds, 10..=86_400);
    }
}
