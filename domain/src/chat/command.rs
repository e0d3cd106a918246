//! What somebody wants of a chat.

use serde::Serialize;

use super::content::{Detail, Entity};
use super::role::Role;
use crate::id::{AccountId, MessageId};

/// Something somebody wants of a chat. A direct chat comes into being with its first message.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    /// Create the group, the asker being its owner.
    Create(Create),
    /// Give a group another title.
    Rename {
        /// The new title.
        title: super::TitleText,
    },
    /// Make an account a member.
    Add {
        /// Whom; must exist.
        account: AccountId,
    },
    /// Remove another member.
    Remove {
        /// Whom.
        account: AccountId,
    },
    /// Leave.
    Leave,
    /// Change a member's role.
    SetRole {
        /// Whose.
        account: AccountId,
        /// The role from now on; not `Owner`.
        role: Role,
    },
    /// Send a message.
    Send(Send),
    /// Replace a message's text.
    Edit {
        /// One's own message.
        message: MessageId,
        /// The new content.
        body: Body,
    },
    /// Delete messages for everybody.
    Delete {
        /// Which; at most [`super::DELETE_MAX`].
        messages: Vec<MessageId>,
    },
}

/// Create the group.
#[derive(Debug, Clone, Serialize)]
pub struct Create {
    /// Its title.
    pub title: super::TitleText,
    /// Members beside the creator; must exist.
    pub members: Vec<AccountId>,
}

/// Send a message.
#[derive(Debug, Clone, Serialize)]
pub struct Send {
    /// What it says.
    pub body: Body,
    /// The message of this chat that it answers.
    pub reply_to: Option<MessageId>,
}

/// A text with its formatting, valid once it exists: made by [`Body::parse`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Body {
    pub(super) text: String,
    pub(super) length: u32,
    pub(super) entities: Vec<Entity>,
    pub(super) details: Vec<Detail>,
}
