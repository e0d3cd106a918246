//! An honest client, written from `docs/API.md` alone: it knows nothing of the server's crates.

pub mod device;
pub mod http;
pub mod insist;
pub mod session;
pub mod snapshot;
pub mod socket;
pub mod update;
pub mod view;
