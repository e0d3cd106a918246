//! Where a client is in its updates.

use serde_json::Value;

/// A place in a device's updates. Keep it with what the updates up to there brought about, in one transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// What the number belongs to: another epoch numbers otherwise.
    pub epoch: i64,
    /// The last update that was applied; 0: none yet.
    pub seq: i64,
    /// That update's `at`, by which the server sees that it is still the same; absent before the first.
    pub at: Option<i64>,
}

impl Cursor {
    /// As a snapshot tells it.
    pub(crate) fn of(told: &Value) -> Self {
        Self {
            epoch: told["epoch"].as_i64().unwrap_or_default(),
            seq: told["seq"].as_i64().unwrap_or_default(),
            at: told["at"].as_i64(),
        }
    }

    /// As `GET /v1/updates` asks with it: `epoch=1&after=41&at=1750000000000000`.
    #[must_use]
    pub fn query(&self) -> String {
        let at = self.at.map(|at| format!("&at={at}")).unwrap_or_default();
        format!("epoch={}&after={}{at}", self.epoch, self.seq)
    }
}
