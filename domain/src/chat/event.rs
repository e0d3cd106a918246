//! What happens in a chat.

mod links;
mod members;
mod message;
mod pin;
mod reaction;
mod settings;

use serde::{Deserialize, Serialize};

use crate::sealed::{Parts, SealedPart, nothing, one};

pub use links::{JoinDeclined, JoinRequested, LinkChanged, LinkMade, LinkRevoked, Terms};
pub use members::{Created, MemberAdded, MemberBanned, MemberGone, MemberRestricted, MemberUnbanned, RoleChanged};
pub use message::{Forwarded, MessageEdited, MessageSent, MessagesDeleted, Quote};
pub use pin::{MessagePinned, MessagesUnpinned};
pub use reaction::ReactionChanged;
pub use settings::{Described, PermissionsChanged, ProtectionChanged, Renamed, SlowModeChanged};

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
    /// A group says something else of itself.
    #[serde(rename = "chat.described")]
    Described(Described),
    /// What members may do changed.
    #[serde(rename = "chat.permissions_changed")]
    PermissionsChanged(PermissionsChanged),
    /// A member was restricted, or is no more.
    #[serde(rename = "chat.member_restricted")]
    MemberRestricted(MemberRestricted),
    /// An account was banned.
    #[serde(rename = "chat.member_banned")]
    MemberBanned(MemberBanned),
    /// An account's ban was lifted.
    #[serde(rename = "chat.member_unbanned")]
    MemberUnbanned(MemberUnbanned),
    /// How long members wait between two messages changed.
    #[serde(rename = "chat.slow_mode_changed")]
    SlowModeChanged(SlowModeChanged),
    /// Whether what is said may be carried elsewhere changed.
    #[serde(rename = "chat.protection_changed")]
    ProtectionChanged(ProtectionChanged),
    /// An invite link was made.
    #[serde(rename = "chat.link_made")]
    LinkMade(LinkMade),
    /// An invite link was changed.
    #[serde(rename = "chat.link_changed")]
    LinkChanged(LinkChanged),
    /// An invite link was revoked.
    #[serde(rename = "chat.link_revoked")]
    LinkRevoked(LinkRevoked),
    /// An account asked to join.
    #[serde(rename = "chat.join_requested")]
    JoinRequested(JoinRequested),
    /// A request to join came to nothing.
    #[serde(rename = "chat.join_declined")]
    JoinDeclined(JoinDeclined),
}

impl Event {
    /// The event's sealed parts, if it has any; what is said first.
    pub fn sealed_parts_mut(&mut self) -> Parts<'_> {
        match self {
            Self::Created(created) => one(created.title.as_mut().map(|title| title as &mut dyn SealedPart)),
            Self::Renamed(renamed) => one(&mut renamed.title as &mut dyn SealedPart),
            Self::MessageSent(sent) => sent.sealed_parts_mut(),
            Self::MessageEdited(edited) => one(&mut edited.text as &mut dyn SealedPart),
            Self::Described(described) => one(described.description.as_mut().map(|description| description as &mut dyn SealedPart)),
            Self::LinkMade(made) => one(&mut made.secret as &mut dyn SealedPart),
            Self::LinkChanged(changed) => one(&mut changed.label as &mut dyn SealedPart),
            Self::MemberAdded(_)
            | Self::MemberRemoved(_)
            | Self::MemberLeft(_)
            | Self::RoleChanged(_)
            | Self::MessagesDeleted(_)
            | Self::PermissionsChanged(_)
            | Self::MemberRestricted(_)
            | Self::MemberBanned(_)
            | Self::MemberUnbanned(_)
            | Self::SlowModeChanged(_)
            | Self::ProtectionChanged(_)
            | Self::LinkRevoked(_)
            | Self::JoinRequested(_)
            | Self::JoinDeclined(_)
            | Self::ReactionChanged(_)
            | Self::MessagePinned(_)
            | Self::MessagesUnpinned(_) => nothing(),
        }
    }
}
