//! Why a unique name refuses a command.

/// Why a unique name refuses a command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Somebody asks who is no part of the installation, or not the right one.
    #[error("only the installation itself may ask for a name")]
    ReactorsOnly,
    /// Another account has it, or a claim on it, or gave it up lately.
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
