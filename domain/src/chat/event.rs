//! What happens in a chat.

mod message;
mod pin;
mod reaction;

use serde::{Deserialize, Serialize};

pub use message::{Forwarded, MessageEdited, MessageSent, MessagesDeleted, Quote};
pub use pin::{MessagePinned, MessagesUnpinned};
pub use reaction::ReactionChanged;

use super::content::Title;
use super::role::Role;
use crate::id::{AccountId, MessageId};
use crate::sealed::{Parts, Sealed, SealedPart, nothing, one};

/// Something that happened in a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    /// The chat came into being: the first event of its stream.
    #[serde(rename = "chat.created")]
    Created(Created),
    /// A group got another title.
    #[serde(rename = "chat.renamed")]
    Renamed(Renamed),
    /// An account became a member.
    #[serde(rename = "chat.member_added")]
    MemberAdded(MemberAdded),
    /// A member was removed by another.
    #[serde(rename = "chat.member_removed")]
    MemberRemoved(MemberGone),
    /// A member left.
    #[serde(rename = "chat.member_left")]
    MemberLeft(MemberGone),
    /// A member got another role, or an admin other rights.
    #[serde(rename = "chat.role_changed")]
    RoleChanged(RoleChanged),
    /// A message was sent.
    #[serde(rename = "chat.message_sent")]
    MessageSent(MessageSent),
    /// A message's text was replaced.
    #[serde(rename = "chat.message_edited")]
    MessageEdited(MessageEdited),
    /// Messages were deleted for everybody.
    #[serde(rename = "chat.messages_deleted")]
    MessagesDeleted(MessagesDeleted),
    /// Somebody reacts to a message, otherwise than before.
    #[serde(rename = "chat.reaction_changed")]
    ReactionChanged(ReactionChanged),
    /// A message was pinned.
    #[serde(rename = "chat.message_pinned")]
    MessagePinned(MessagePinned),
    /// Messages were taken down.
    #[serde(rename = "chat.messages_unpinned")]
    MessagesUnpinned(MessagesUnpinned),
}

/// The chat came into being.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    /// Who is in it from the start, with their roles: both sides of a direct chat as members (one for
    /// saved messages), a group's creator as owner.
    pub members: Vec<MemberAdded>,
    /// A group's title; direct chats have none.
    #[serde(default, rename = "sealed", skip_serializing_if = "Option::is_none")]
    pub title: Option<Sealed<Title>>,
}

/// A group got another title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renamed {
    /// The new title, sealed with the key of who gave it.
    #[serde(rename = "sealed")]
    pub title: Sealed<Title>,
}

/// An account became a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberAdded {
    /// Who.
    pub account: AccountId,
    /// As what.
    pub role: Role,
    /// The chat's last message at that time, if it had one: what was said before is not unread for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<MessageId>,
}

/// An account is no longer a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberGone {
    /// Who.
    pub account: AccountId,
}

/// A member's role changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleChanged {
    /// Whose.
    pub account: AccountId,
    /// The role from now on.
    pub role: Role,
}

impl Event {
    /// The event's sealed parts, if it has any; what is said first.
    pub fn sealed_parts_mut(&mut self) -> Parts<'_> {
        match self {
            Self::Created(created) => one(created.title.as_mut().map(|title| title as &mut dyn SealedPart)),
            Self::Renamed(renamed) => one(&mut renamed.title as &mut dyn SealedPart),
            Self::MessageSent(sent) => sent.sealed_parts_mut(),
            Self::MessageEdited(edited) => one(&mut edited.text as &mut dyn SealedPart),
            Self::MemberAdded(_)
            | Self::MemberRemoved(_)
            | Self::MemberLeft(_)
            | Self::RoleChanged(_)
            | Self::MessagesDeleted(_)
            | Self::ReactionChanged(_)
            | Self::MessagePinned(_)
            | Self::MessagesUnpinned(_) => nothing(),
        }
    }
}
