//! What the domain needs from the world: the log, deciding at scale, sealing, databases, time.

pub mod clock;
pub mod commit;
pub mod config;
pub mod contact;
pub mod db;
pub mod delivery;
pub mod executor;
mod gather;
pub mod log;
pub mod proof;
pub mod seal;
pub mod signals;
pub mod telemetry;
pub mod trace;
mod wal;
