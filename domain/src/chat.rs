//! Chats: direct, saved messages, groups; their members, roles and messages.

pub mod command;
pub mod content;
pub mod event;
pub mod role;

pub use command::{Body, Command};
pub use event::Event;
pub use role::{Right, Role};

use serde::{Deserialize, Serialize};

use crate::id::AccountId;
use crate::time::Timestamp;

/// Messages deleted by one command, at most.
pub const DELETE_MAX: usize = 100;

/// What a decision needs to know of an old message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its author.
    pub from: AccountId,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// Whether it is deleted.
    pub deleted: bool,
}

/// A group's title, valid once it exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TitleText(String);
