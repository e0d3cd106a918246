//! Accounts: profile, devices, username, addresses, second factor, contacts, roles, erasure.

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
pub use names::{BioText, ContactNameText, DeviceNameText, HintText, NameText, PlatformText, UsernameText};
pub use rejection::Rejection;
pub use state::{Account, Erasure};
pub use wishes::Wishes;

/// Devices that may act for an account at the same time, at most.
pub const DEVICES_MAX: usize = 100;

/// Contacts of an account, at most.
pub const CONTACTS_MAX: usize = 5_000;

/// Accounts that one may block, at most.
pub const BLOCKED_MAX: usize = 5_000;

/// How long a sign-in may rely on a factor that it has shown, in seconds.
pub const PASS_SECONDS: i64 = 600;

/// Sign-ins whose factors are remembered at the same time, at most: the newest.
pub const PASSES_MAX: usize = 16;

#[cfg(test)]
mod stories;
