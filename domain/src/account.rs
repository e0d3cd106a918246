//! Accounts: profile, devices, username.

pub mod address;
pub mod command;
mod decide;
pub mod event;
pub mod factor;
pub mod names;
pub mod privacy;
pub mod rejection;
pub mod state;
pub mod wishes;

pub use command::Command;
pub use event::Event;
pub use names::{BioText, ContactNameText, DeviceNameText, NameText, PlatformText, UsernameText};
pub use rejection::Rejection;
pub use state::Account;
pub use wishes::Wishes;

/// Devices that may act for an account at the same time, at most.
pub const DEVICES_MAX: usize = 100;

#[cfg(test)]
mod stories;
