//! The reactors: what follows the log and issues commands, or notes what is to be done.

pub mod address;
pub mod banned;
pub mod claims;
pub mod erasure;
pub mod reacted;
pub mod username;
