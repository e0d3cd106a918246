//! What somebody wants of a chat.

mod message;

use serde::Serialize;

pub use message::{Carried, Edit, EditWindow, Forward, Quoted, Send};

use super::{Emoji, Role, TitleText};
use crate::id::{AccountId, MessageId};

/// Something somebody wants of a chat. A direct chat comes into being with its first message.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    /// Create the group, the asker being its owner.
    Create(Create),
    /// Give a group another title.
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
    /// Change a member's role, or an admin's rights.
    SetRole {
        /// Whose.
        account: AccountId,
        /// The role from now on; not `Owner`.
        role: Role,
    },
    /// Send a message.
    Send(Send),
    /// Send messages of this or another chat on, into this one.
    Forward(Forward),
    /// Replace what a message says.
    Edit(Edit),
    /// Delete messages for everybody; those deleted already are passed over.
    Delete {
        /// Which; at most [`super::DELETE_MAX`].
        messages: Vec<MessageId>,
    },
    /// React to a message with these and no others.
    React {
        /// Which message.
        message: MessageId,
        /// The asker's whole set from now on, at most [`super::REACTIONS_MAX`]; named twice: once. Empty: none.
        reactions: Vec<Emoji>,
    },
    /// Pin a message, for everybody; nothing changes if it is pinned.
    Pin {
        /// Which message.
        message: MessageId,
    },
    /// Take a message down; nothing changes if it is not pinned.
    Unpin {
        /// Which message.
        message: MessageId,
    },
    /// Take all pinned messages down.
    UnpinAll,
}

/// Create the group.
#[derive(Debug, Clone, Serialize)]
pub struct Create {
    /// Its title.
    pub title: TitleText,
    /// Members beside the creator; must exist. Named twice, or the creator named: once.
    pub members: Vec<AccountId>,
}
