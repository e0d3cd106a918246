//! Accounts: profile, devices, username.

pub mod command;
pub mod event;

pub use command::Command;
pub use event::Event;

use serde::Serialize;

/// A display name, valid once it exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NameText(String);
/// A device's name, valid once it exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeviceNameText(String);
/// A username, valid once it exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UsernameText(String);
