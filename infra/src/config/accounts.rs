//! `[accounts]`: what time does to accounts.

use serde::{Deserialize, Serialize};

use super::within;

/// What time does to accounts and their devices.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Accounts {
    /// Days after which a device that was not seen is ended, 0 … 3,650; 0: never.
    pub idle_days: u32,
    /// Days from an account's wish to be erased until it is, in which it may think better of it, 0 … 90.
    pub erasure_grace_days: u32,
    /// Days that a username which was given up rests: only who had it may have it again, 0 … 3,650; 0: it is free at once. What rests already
    /// does so until the time that was said then.
    pub username_rest_days: u32,
    /// Seconds between two looks for what is due, 1 … 86,400.
    pub upkeep_seconds: u64,
}

impl Default for Accounts {
    fn default() -> Self {
        Self {
            idle_days: 180,
            erasure_grace_days: 7,
            username_rest_days: 30,
            upkeep_seconds: 600,
        }
    }
}

impl Accounts {
    pub(super) fn check(&self, wrong: &mut Vec<String>) {
        within(wrong, "accounts.idle_days", &self.idle_days, 0..=3650);
        within(wrong, "accounts.erasure_grace_days", &self.erasure_grace_days, 0..=90);
        within(wrong, "accounts.username_rest_days", &self.username_rest_days, 0..=3650);
        within(wrong, "accounts.upkeep_seconds", &self.upkeep_seconds, 1..=86_400);
    }
}
