//! Inboxes: one account's own view of its chats: read marks, what is hidden, muted, pinned, archived, drafts; reading never contends with writing.

pub mod command;
mod decide;
pub mod event;
pub mod rejection;
pub mod state;

pub use command::Command;
pub use event::Event;
pub use rejection::Rejection;
pub use state::Inbox;

/// Channels that an account follows, at most.
pub const SUBSCRIPTIONS_MAX: usize = 5_000;

/// Channels that an account that is gone ceases to follow at a time: a commit has its limits.
pub const UNSUBSCRIBED_AT_ONCE: usize = 500;
use crate::time::Timestamp;

/// Messages hidden by one command, at most.
pub const HIDE_MAX: usize = 100;

/// Pinned chats, at most.
pub const PINNED_MAX: usize = 100;

/// Until when what is muted for ever is muted: the greatest number that every JSON reader holds exactly; in the year 2255.
pub const MUTED_FOR_EVER: Timestamp = Timestamp((1 << 53) - 1);

#[cfg(test)]
mod stories;
