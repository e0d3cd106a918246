//! Service messages: what everybody in a group should see of what happened, in the place where it happened.

use serde::{Deserialize, Serialize};

use super::Event;
use crate::id::{AccountId, MessageId};

/// What a service message tells. A new title is its content, which is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Service {
    /// The group got another title.
    Renamed,
    /// An account became a member.
    MemberAdded {
        /// Who.
        account: AccountId,
        /// Whether it came by an invite link.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        by_link: bool,
    },
    /// A member was removed.
    MemberRemoved {
        /// Who.
        account: AccountId,
    },
    /// A member left.
    MemberLeft {
        /// Who.
        account: AccountId,
    },
    /// A message was pinned.
    MessagePinned {
        /// Which.
        message: MessageId,
    },
}

impl Service {
    /// Whose message it is: who acted, else whom it is about.
    pub fn author(&self, by: Option<AccountId>) -> Option<AccountId> {
        match self {
            Self::Renamed | Self::MessagePinned { .. } => by,
            Self::MemberAdded { account, .. } | Self::MemberRemoved { account } => by.or(Some(*account)),
            Self::MemberLeft { account } => Some(*account),
        }
    }
}

impl Event {
    /// The service message that the event is in the timeline, if it is one.
    pub fn service(&self) -> Option<(MessageId, Service)> {
        match self {
            Self::Renamed(renamed) => Some((renamed.message?, Service::Renamed)),
            Self::MemberAdded(added) => {
                let (account, by_link) = (added.account, added.link.is_some());
                Some((added.message?, Service::MemberAdded { account, by_link }))
            }
            Self::MemberRemoved(gone) => Some((gone.message?, Service::MemberRemoved { account: gone.account })),
            Self::MemberLeft(gone) => Some((gone.message?, Service::MemberLeft { account: gone.account })),
            Self::MessagePinned(pinned) => {
                let message = pinned.message;
                Some((pinned.service?, Service::MessagePinned { message }))
            }
            Self::Created(_)
            | Self::ReactionChanged(_)
            | Self::MessagesUnpinned(_)
            | Self::RoleChanged(_)
            | Self::MessageSent(_)
            | Self::MessageEdited(_)
            | Self::MessagesDeleted(_)
            | Self::Described(_)
            | Self::PermissionsChanged(_)
            | Self::MemberRestricted(_)
            | Self::MemberBanned(_)
            | Self::MemberUnbanned(_)
            | Self::SlowModeChanged(_)
            | Self::ProtectionChanged(_)
            | Self::LinkMade(_)
            | Self::LinkChanged(_)
            | Self::LinkRevoked(_)
            | Self::JoinRequested(_)
            | Self::JoinDeclined(_) => None,
        }
    }
}
