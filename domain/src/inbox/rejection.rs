//! Why an inbox refuses a command.

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
}

impl Rejection {
    /// The stable name that clients see.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotYours => "not_yours",
            Self::NotSentYet(_) => "not_sent_yet",
        }
    }
}
