//! `[password]`: what it costs to try a password.

use serde::{Deserialize, Serialize};

use super::within;
use crate::proof::password::Cost;

/// What it costs to try a password: Argon2id's parameters. A password that is set keeps those of its time.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Password {
    /// KiB of memory, 8,192 … 1,048,576. As many are needed for each processor.
    pub memory_kib: u32,
    /// How often it is gone through, 1 … 100.
    pub passes: u32,
    /// Into how many lanes it is divided, 1 … 64. They are gone through one after the other here; whoever guesses may do it at once.
    pub lanes: u32,
}

impl Default for Password {
    /// What OWASP's cheat sheet names first; about 30 ms of a processor.
    fn default() -> Self {
        Self {
            memory_kib: 19 * 1024,
            passes: 2,
            lanes: 1,
        }
    }
}

impl Password {
    /// As hashing takes it.
    pub fn cost(&self) -> Cost {
        Cost {
            memory_kib: self.memory_kib,
            passes: self.passes,
            lanes: self.lanes,
        }
    }

    pub(super) fn check(&self, wrong: &mut Vec<String>) {
        within(wrong, "password.memory_kib", &self.memory_kib, 8_192..=1_048_576);
        within(wrong, "password.passes", &self.passes, 1..=100);
        within(wrong, "password.lanes", &self.lanes, 1..=64);
    }
}
