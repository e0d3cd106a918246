//! What tests are told with: real servers of their own, and ways to break them.

pub mod fed;
pub mod history;
pub mod nats;
pub mod port;
pub mod postgres;
pub mod proxy;
