//! Why an inbox refuses a command.

use super::{HIDE_MAX, PINNED_MAX};
use crate::id::MessageId;

/// Why an inbox refuses a command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Somebody else asks, or no device at all.
    #[error("only the account's own devices may use its inbox")]
    NotYours,
    /// The chat has no such message yet.
    #[error("the chat has no message {0} yet")]
    NotSentYet(MessageId),
    /// Only who is in a chat has it marked, muted, pinned, archived, or a draft in it.
    #[error("you are not a member of this chat")]
    NotAMember,
    /// Too many at once.
    #[error("at most {HIDE_MAX} messages can be hidden at once")]
    TooManyMessages,
    /// One more would be too many.
    #[error("at most {PINNED_MAX} chats can be pinned")]
    TooManyPinned,
}

impl Rejection {
    /// The stable name that clients see.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotYours => "not_yours",
            Self::NotSentYet(_) => "not_sent_yet",
            Self::NotAMember => "not_a_member",
            Self::TooManyMessages => "too_many_messages",
            Self::TooManyPinned => "too_many_pinned",
        }
    }
}
