//! Why a chat refuses a command.

use super::{BANS_MAX, DELETE_MAX, LINKS_MAX, MEMBERS_MAX, PINS_MAX, Permission, QUOTE_MAX, REACTIONS_MAX, REQUESTS_MAX, Right};
use crate::id::{AccountId, LinkId, MessageId};

/// Why a chat refuses a command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// No device asks, so nobody who could be in a chat.
    #[error("only an account's device may act in a chat")]
    DevicesOnly,
    /// Not of this version.
    #[error("channels do not exist yet")]
    NoChannelsYet,
    /// Direct chats have no title, no roles, and the same two sides for ever.
    #[error("this is not a group")]
    NotAGroup,
    /// The id is in use.
    #[error("the chat exists already")]
    AlreadyExists,
    /// The asker is not in the chat, or nobody has created it.
    #[error("you are not a member of this chat")]
    NotAMember,
    /// The asker's role does not include the right.
    #[error("your role does not include the right to {0}")]
    MissingRight(Right),
    /// The account that is to be removed, or to get a role, is not in the group.
    #[error("account {0} is not a member of this group")]
    MemberNotFound(AccountId),
    /// One more would be too many.
    #[error("a group has at most {MEMBERS_MAX} members")]
    TooManyMembers,
    /// One leaves; one is not removed by oneself.
    #[error("to leave is another command than to remove others")]
    RemovingOneself,
    /// Nobody is above the owner.
    #[error("the owner can't be removed or given another role")]
    TargetIsOwner,
    /// Admins are the owner's business.
    #[error("only the owner may remove another admin or change that admin's role")]
    TargetIsAdmin,
    /// Ownership passes on by a command of its own, and by leaving.
    #[error("ownership is no role that is given to members; to pass it on is another command")]
    OwnershipNotGiven,
    /// An admin gives at most what the admin has.
    #[error("you can't give the right to {0} without having it")]
    RightNotHeld(Right),
    /// The chat never had that message.
    #[error("there is no message {0} in this chat")]
    MessageNotFound(MessageId),
    /// The message is gone.
    #[error("message {0} is deleted")]
    MessageDeleted(MessageId),
    /// Only its author may edit a message.
    #[error("message {0} is another's")]
    NotYourMessage(MessageId),
    /// What somebody else said first is not one's own to change.
    #[error("message {0} was forwarded: such messages can't be edited")]
    ForwardNotEdited(MessageId),
    /// A text becomes no place, and a place no text.
    #[error("message {0} is of another kind than what it is to become")]
    OtherKind(MessageId),
    /// It was sent too long ago.
    #[error("message {0} was sent too long ago to be edited")]
    EditTooLate(MessageId),
    /// A quotation is of the message that is answered.
    #[error("a quote needs reply_to, the message that it is of")]
    QuoteWithoutReply,
    /// There are no such words.
    #[error("the quote is no part of message {0}'s text, or longer than {QUOTE_MAX} UTF-16 code units")]
    InvalidQuote(MessageId),
    /// It stays where it was said.
    #[error("message {0} may not be forwarded")]
    ProtectedContent(MessageId),
    /// Too many at once.
    #[error("at most {DELETE_MAX} messages can be deleted or forwarded at once")]
    TooManyMessages,
    /// One of the two has blocked the other, or the other wishes that the asker does not: which, is not told.
    #[error("you can't write to account {0}")]
    CannotWrite(AccountId),
    /// The same of adding it to a group.
    #[error("you can't add account {0} to a group")]
    CannotAdd(AccountId),
    /// All message ids are used up.
    #[error("the chat can hold no further message")]
    Full,
    /// The group denies it its members, or this one.
    #[error("you may not {0} in this group")]
    NotPermitted(Permission),
    /// The group is in slow mode.
    #[error("the group is in slow mode; you may write again in {retry_after} s")]
    SlowMode {
        /// Seconds until then.
        retry_after: u32,
    },
    /// It is what happened, not what somebody said.
    #[error("message {0} is a service message")]
    ServiceMessage(MessageId),
    /// Only the owner may.
    #[error("only the owner may do this")]
    OwnerOnly,
    /// What is to end some day has to end in the future.
    #[error("until lies in the past")]
    UntilInThePast,
    /// A ban has to be lifted first.
    #[error("account {0} is banned from this group")]
    Banned(AccountId),
    /// Some have to be lifted first.
    #[error("a group has at most {BANS_MAX} banned accounts, and as many restricted ones")]
    TooManyBans,
    /// Some have to be revoked first.
    #[error("a group has at most {LINKS_MAX} invite links")]
    TooManyLinks,
    /// The group never had that link, or it was revoked.
    #[error("there is no invite link {0} in this group")]
    LinkNotFound(LinkId),
    /// The link does not let anybody in, or not any more.
    #[error("the invite link is not, or no longer, valid")]
    LinkNotValid,
    /// Nobody of that id asks to join.
    #[error("account {0} does not ask to join this group")]
    RequestNotFound(AccountId),
    /// Some have to be answered first.
    #[error("at most {REQUESTS_MAX} may ask to join a group at once")]
    TooManyJoinRequests,
    /// Too many at once.
    #[error("one reacts to a message with at most {REACTIONS_MAX} emoji")]
    TooManyReactions,
    /// One more would be too many.
    #[error("a chat has at most {PINS_MAX} pinned messages")]
    TooManyPins,
}

impl Rejection {
    /// The stable name that clients see.
    pub fn code(&self) -> &'static str {
        match self {
            Self::DevicesOnly => "devices_only",
            Self::NoChannelsYet => "no_channels_yet",
            Self::NotAGroup => "not_a_group",
            Self::AlreadyExists => "chat_already_exists",
            Self::NotAMember => "not_a_member",
            Self::MissingRight(_) => "missing_right",
            Self::MemberNotFound(_) => "member_not_found",
            Self::TooManyMembers => "too_many_members",
            Self::RemovingOneself => "removing_oneself",
            Self::TargetIsOwner => "target_is_owner",
            Self::TargetIsAdmin => "target_is_admin",
            Self::OwnershipNotGiven => "ownership_not_given",
            Self::RightNotHeld(_) => "right_not_held",
            Self::MessageNotFound(_) => "message_not_found",
            Self::MessageDeleted(_) => "message_deleted",
            Self::NotYourMessage(_) => "not_your_message",
            Self::ForwardNotEdited(_) => "forward_not_edited",
            Self::OtherKind(_) => "other_kind",
            Self::EditTooLate(_) => "edit_too_late",
            Self::QuoteWithoutReply => "quote_without_reply",
            Self::InvalidQuote(_) => "invalid_quote",
            Self::ProtectedContent(_) => "protected_content",
            Self::TooManyMessages => "too_many_messages",
            Self::CannotWrite(_) => "cannot_write",
            Self::CannotAdd(_) => "cannot_add",
            Self::Full => "chat_full",
            Self::NotPermitted(_) => "not_permitted",
            Self::SlowMode { .. } => "slow_mode",
            Self::ServiceMessage(_) => "service_message",
            Self::OwnerOnly => "owner_only",
            Self::UntilInThePast => "until_in_the_past",
            Self::Banned(_) => "banned",
            Self::TooManyBans => "too_many_bans",
            Self::TooManyLinks => "too_many_links",
            Self::LinkNotFound(_) => "link_not_found",
            Self::LinkNotValid => "link_not_valid",
            Self::RequestNotFound(_) => "join_request_not_found",
            Self::TooManyJoinRequests => "too_many_join_requests",
            Self::TooManyReactions => "too_many_reactions",
            Self::TooManyPins => "too_many_pins",
        }
    }
}
