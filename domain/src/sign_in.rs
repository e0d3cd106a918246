//! Signing in: one stream per contact (a phone number or an e-mail address), known by its keyed hash. Proves by a one-time code that
//! somebody holds the contact; limits hold across processes, for they are its state.

pub mod attempt;
pub mod code;
pub mod command;
mod decide;
pub mod event;
pub mod limits;
pub mod rejection;
pub mod state;

pub use attempt::Attempt;
pub use code::CodeHash;
pub use command::Command;
pub use event::Event;
pub use limits::Limits;
pub use rejection::Rejection;
pub use state::SignIn;

/// Sign-ins of one contact that are remembered at a time. So many codes can't be made, by the limits as they are, before the first of
/// them is too old: who begins one after the other voids nobody's.
pub const OPEN_MAX: usize = 16;

#[cfg(test)]
mod stories;
