//! The vocabulary of Heliograph and its rules: pure and synchronous, no clock, no chance, no I/O.
//!
//! | word | where |
//! |---|---|
//! | ids | [`id`] |
//! | who asks | [`actor`] |
//! | streams, events, facts | [`stream`], [`event`], [`fact`] |
//! | what a human wrote, encrypted | [`sealed`] |
//! | deciding | [`aggregate`] |
//! | the aggregates | [`chat`], [`account`], [`inbox`], [`name`], [`system`] |

pub mod account;
pub mod actor;
pub mod aggregate;
pub mod chat;
pub mod event;
pub mod fact;
pub mod id;
pub mod inbox;
pub mod name;
pub mod sealed;
pub mod stream;
pub mod system;
pub mod text;
pub mod time;
