//! Why a unique name refuses a command.

/// Why a unique name refuses a command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Somebody other than a reactor asks.
    #[error("only a reactor may ask for a name")]
    ReactorsOnly,
    /// Another account has it, or a claim on it.
    #[error("the name is taken")]
    Taken,
    /// It can be taken only by who claimed it.
    #[error("the name has not been claimed")]
    NotClaimed,
}

impl Rejection {
    /// The stable name that clients see.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ReactorsOnly => "reactors_only",
            Self::Taken => "name_taken",
            Self::NotClaimed => "name_not_claimed",
        }
    }
}
