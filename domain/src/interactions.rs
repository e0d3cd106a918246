//! What many do with a chat's messages, apart from what is said there: views, and reactions where many follow. A stream of its own per
//! chat, so that neither contends with writing.

pub mod command;
mod decide;
pub mod event;
pub mod rejection;
pub mod state;

pub use command::Command;
pub use event::Event;
pub use rejection::Rejection;
pub use state::Interactions;

/// Messages counted by one command, at most.
pub const COUNTED_MAX: usize = 1_000;

/// Reactions of one account to one message, at most.
pub const REACTIONS_MAX: usize = 3;

#[cfg(test)]
mod stories;
