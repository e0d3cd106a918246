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

#[cfg(test)]
mod stories;
