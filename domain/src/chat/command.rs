//! What somebody wants of a chat.

use serde::Serialize;

use super::{Body, Role, TitleText};
use crate::account::UsernameText;
use crate::id::{AccountId, MessageId, NameKey};
use crate::sealed::Closed;

/// Something somebody wants of a chat. A direct chat comes into being with its first message.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    /// Create the group or the channel, the asker being its owner.
    Create(Create),
    /// Give a group or a channel another title.
    Rename {
        /// The new title.
        title: TitleText,
    },
    /// Make an account a member; nothing changes if it is one.
    Add {
        /// Whom; must exist.
        account: AccountId,
    },
    /// Remove another member.
    Remove {
        /// Whom.
        account: AccountId,
    },
    /// Leave; an owner's place goes to the longest-serving admin, else to the longest-serving member.
    Leave,
    /// Change a member's role, or an admin's rights. In a channel: of whom, the caller has checked to be a subscriber.
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
        /// One's own message; in a channel, another's, too, for who may.
        message: MessageId,
        /// The new content.
        body: Body,
    },
    /// Delete messages for everybody; those deleted already are passed over.
    Delete {
        /// Which; at most [`super::DELETE_MAX`].
        messages: Vec<MessageId>,
    },
    /// Ask for a username for a channel.
    RequestUsername {
        /// The name's key.
        name: NameKey,
        /// The name.
        username: UsernameText,
    },
    /// Give a channel's username up.
    DropUsername,
    /// A reactor's, who asks before it claims a name: nothing happens where the channel has asked for it, or goes by it.
    WantUsername {
        /// The name's key.
        name: NameKey,
    },
    /// A reactor's: the requested name was claimed; use it.
    AdoptUsername {
        /// The claimed name's key.
        name: NameKey,
        /// The claimed name, as sealed in the request.
        username: Closed,
    },
    /// A reactor's: the requested name can't be had.
    RefuseUsername {
        /// The name's key.
        name: NameKey,
    },
}

/// Create the group or the channel.
#[derive(Debug, Clone, Serialize)]
pub struct Create {
    /// Its title.
    pub title: TitleText,
    /// Members beside the creator; must exist. Named twice, or the creator named: once. None in a channel.
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
