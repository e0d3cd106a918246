//! Unique names: each is free, claimed for a while, or taken.

pub mod command;
mod decide;
pub mod event;
pub mod holder;
pub mod rejection;
pub mod state;

pub use command::Command;
pub use event::Event;
pub use holder::Holder;
pub use rejection::Rejection;
pub use state::Name;

#[cfg(test)]
mod stories;
