//! The reactors: what follows the log and issues commands.

pub mod username;
