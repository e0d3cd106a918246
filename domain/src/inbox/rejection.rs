//! Why an inbox refuses a command.

use super::SUBSCRIPTIONS_MAX;
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
    /// Groups are joined, direct chats written in.
    #[error("this is not a channel")]
    NotAChannel,
    /// One more would be too many.
    #[error("an account follows at most {SUBSCRIPTIONS_MAX} channels")]
    TooManySubscriptions,
}

impl Rejection {
    /// The stable name that clients see.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotYours => "not_yours",
            Self::NotSentYet(_) => "not_sent_yet",
            Self::NotAChannel => "not_a_channel",
            Self::TooManySubscriptions => "too_many_subscriptions",
        }
    }
}
