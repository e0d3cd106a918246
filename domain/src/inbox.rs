//! Inboxes: one account's own view of its chats; reading never contends with writing.

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

#[cfg(test)]
mod stories;
