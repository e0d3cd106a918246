//! The installation itself: which facts its projections have parked.

pub mod command;
mod decide;
pub mod event;
pub mod rejection;
pub mod state;

pub use command::Command;
pub use event::Event;
pub use rejection::Rejection;
pub use state::{Parked, System};

/// Code points of a parked fact's error that are kept, at most.
pub const ERROR_MAX: usize = 1_000;

#[cfg(test)]
mod stories;
