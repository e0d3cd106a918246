//! The reactors: what follows the log and issues commands.

pub mod address;
pub mod banned;
pub mod claims;
pub mod erasure;
pub mod username;
