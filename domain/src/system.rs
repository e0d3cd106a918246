//! system

pub mod event;

pub use event::Event;
