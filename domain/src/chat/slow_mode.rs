//! Slow mode: how long a member waits between two messages.

use serde::{Deserialize, Serialize};

/// Seconds between two messages of a member: 0 (off) … 86,400.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SlowMode(u32);

impl SlowMode {
    /// A day.
    pub const MAX: u32 = 86_400;

    /// So many seconds; `None` above the greatest.
    pub const fn new(seconds: u32) -> Option<Self> {
        if seconds <= Self::MAX { Some(Self(seconds)) } else { None }
    }

    /// In seconds.
    pub const fn seconds(self) -> u32 {
        self.0
    }

    /// Whether there is nothing to wait for.
    pub const fn is_off(self) -> bool {
        self.0 == 0
    }
}
