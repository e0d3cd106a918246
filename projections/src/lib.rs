//! The read models: what the log says, as rows that can be asked.
//!
//! | word | where |
//! |---|---|
//! | what a read model is, and which facts are its share | [`projection`], [`lane`] |
//! | the loop that feeds them, and where it stands | [`runner`], [`checkpoint`], [`progress`] |
//! | facts that projections go on without | [`parking`] |
//! | each device's numbered updates, and their live delivery | [`updates`], [`feed`] |
//! | what is durable but not from the log | [`state`] |
//! | what follows the log and issues commands | [`reactor`] |
//! | whether two databases say the same | [`hash`] |

pub mod checkpoint;
pub mod feed;
pub mod lane;
pub mod parking;
pub mod progress;
pub mod projection;
pub mod read_models;
pub mod runner;
pub mod state;
pub mod updates;

pub use read_models::ReadModels;
