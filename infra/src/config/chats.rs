//! `[chats]`: what holds in all chats.

use serde::{Deserialize, Serialize};

use super::within;

/// What holds in all chats.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Chats {
    /// Hours after which a message can't be edited any more, counted from when it was sent, 0 … 87,600; 0: it can for ever. What one keeps
    /// for oneself always can.
    pub edit_hours: u32,
    /// Days after which a channel's post is not counted as seen any more, counted from when it was sent, 1 … 3,650. Who has seen it is kept for that long
    /// at least, and for twice as long at most.
    pub views_days: u32,
    /// Channels with a username that one account owns, at most, 0 … 100,000. Names are few, and who hoards them takes them from others.
    pub public_channels: u32,
}

impl Default for Chats {
    fn default() -> Self {
        Self {
            edit_hours: 48,
            views_days: 30,
            public_channels: 10,
        }
    }
}

impl Chats {
    pub(super) fn check(&self, wrong: &mut Vec<String>) {
        within(wrong, "chats.edit_hours", &self.edit_hours, 0..=87_600);
        within(wrong, "chats.views_days", &self.views_days, 1..=3650);
        within(wrong, "chats.public_channels", &self.public_channels, 0..=100_000);
    }
}
