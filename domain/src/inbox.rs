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

use crate::time::Timestamp;

/// Messages hidden by one command, at most.
pub const HIDE_MAX: usize = 100;

/// Pinned chats, at most.
pub const PINNED_MAX: usize = 100;

/// Until when what is muted for ever is muted: the greatest number that every JSON reader holds exactly; in the year 2255.
pub const MUTED_FOR_EVER: Timestamp = Timestamp((1 << 53) - 1);

#[cfg(test)]
mod stories;
