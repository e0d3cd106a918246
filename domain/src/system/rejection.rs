//! Why the installation refuses a command.

use super::TOKENS_MAX;
use crate::id::ServiceTokenId;

/// Why the installation refuses a command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// A device asks.
    #[error("only the installation itself and its operators may do this")]
    OperatorsOnly,
    /// There is nothing to release.
    #[error("the fact is not parked")]
    NotParked,
    /// There never was such a token.
    #[error("there is no service token {0}")]
    TokenNotFound(ServiceTokenId),
    /// Some have to be ended first.
    #[error("there are {TOKENS_MAX} service tokens already; end one first")]
    TooManyTokens,
    /// The program's own tools act under this name.
    #[error("the names admin, import, sign-in and upkeep are the program's own")]
    ReservedName,
    /// A token that could never be used.
    #[error("expires_at lies in the past")]
    ExpiresInThePast,
}

impl Rejection {
    /// The stable name that clients see.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OperatorsOnly => "operators_only",
            Self::NotParked => "not_parked",
            Self::TokenNotFound(_) => "token_not_found",
            Self::TooManyTokens => "too_many_tokens",
            Self::ReservedName => "invalid_request",
            Self::ExpiresInThePast => "expires_in_the_past",
        }
    }
}
