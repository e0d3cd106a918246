//! inbox

pub mod event;

pub use event::Event;
