//! Why the installation refuses a command.

/// Why the installation refuses a command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// A device asks.
    #[error("only the installation itself and its operators may do this")]
    OperatorsOnly,
    /// There is nothing to release.
    #[error("the fact is not parked")]
    NotParked,
}

impl Rejection {
    /// The stable name that clients see.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OperatorsOnly => "operators_only",
            Self::NotParked => "not_parked",
        }
    }
}
