//! The installation itself: which facts its projections have parked, which tokens its operators have given to services.

pub mod command;
mod decide;
pub mod event;
pub mod rejection;
pub mod state;
pub mod token;

pub use command::Command;
pub use event::Event;
pub use rejection::Rejection;
pub use state::{Parked, System};
pub use token::{InvalidTokenName, Scope, TokenName};

/// Code points of a parked fact's error that are kept, at most.
pub const ERROR_MAX: usize = 1_000;

/// Service tokens that have not been ended, at most.
pub const TOKENS_MAX: usize = 1_000;

#[cfg(test)]
mod stories;
