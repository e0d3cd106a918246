//! Chats: direct, saved messages, groups; their members, roles and messages.

pub mod body;
pub mod command;
pub mod content;
mod decide;
pub mod description;
mod detection;
pub mod emoji;
pub mod event;
pub mod formatting;
pub mod link;
pub mod permission;
pub mod rejection;
pub mod role;
pub mod service;
pub mod slow_mode;
pub mod state;

pub use body::{Body, InvalidBody};
pub use command::Command;
pub use content::Kind;
pub use description::DescriptionText;
pub use emoji::{Emoji, NotAnEmoji};
pub use event::{Event, Terms};
pub use formatting::{EntityInput, InvalidEntity};
pub use link::{LINKS_MAX, LinkNameText, LinkToken, REQUESTS_MAX};
pub use permission::Permission;
pub use rejection::Rejection;
pub use role::{Right, Role};
pub use service::Service;
pub use slow_mode::SlowMode;
pub use state::Chat;

use serde::{Deserialize, Serialize};

use crate::id::AccountId;
use crate::text::line_text;
use crate::time::Timestamp;

/// Members of a group, at most.
pub const MEMBERS_MAX: usize = 1_000;

/// Banned accounts of a group, at most; restricted ones, too.
pub const BANS_MAX: usize = 10_000;

/// Messages deleted by one command, at most.
pub const DELETE_MAX: usize = 100;

/// Emoji that one account reacts to one message with, at most.
pub const REACTIONS_MAX: usize = 3;

/// Pinned messages of a chat, at most.
pub const PINS_MAX: usize = 100;
/// Messages forwarded by one command, at most.
pub const FORWARD_MAX: usize = 100;

/// Accounts that a message mentions, at most: those named first; further ones are not told.
pub const MENTIONS_MAX: usize = 50;

/// UTF-16 code units of a quotation, at most.
pub const QUOTE_MAX: u32 = 1_024;

line_text!(
    /// A group's title: 1 to 128 code points.
    TitleText,
    128
);

/// What a decision needs to know of an old message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its author.
    pub from: AccountId,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// Whether it is deleted.
    pub deleted: bool,
    /// Whether it is a service message: what happened, which nobody can edit or carry elsewhere.
    #[serde(default)]
    pub service: bool,
    /// What it is.
    #[serde(default)]
    pub kind: Kind,
    /// Whose message it answers.
    #[serde(default)]
    pub answers: Option<AccountId>,
    /// Whether somebody else said first what it says.
    #[serde(default)]
    pub carried: bool,
}

impl Message {
    /// A text that answers nobody.
    pub fn plain(from: AccountId, sent_at: Timestamp) -> Self {
        Self {
            from,
            sent_at,
            deleted: false,
            service: false,
            kind: Kind::Text,
            answers: None,
            carried: false,
        }
    }
}

#[cfg(test)]
mod stories;
