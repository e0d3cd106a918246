//! Why a chat's interactions refuse a command.

use super::{COUNTED_MAX, REACTIONS_MAX};

/// Why a chat's interactions refuse a command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Somebody asks who may not: the installation counts, accounts react.
    #[error("that is not for you to ask")]
    NotYours,
    /// The caller knows why not.
    #[error("this message is not for you to react to")]
    NotAllowed,
    /// Too many at once.
    #[error("at most {COUNTED_MAX} messages are counted at once")]
    TooManyMessages,
    /// One more would be too many.
    #[error("at most {REACTIONS_MAX} reactions to a message")]
    TooManyReactions,
}

impl Rejection {
    /// The stable name that clients see.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotYours => "not_yours",
            Self::NotAllowed => "forbidden",
            Self::TooManyMessages => "too_many_messages",
            Self::TooManyReactions => "too_many_reactions",
        }
    }
}
