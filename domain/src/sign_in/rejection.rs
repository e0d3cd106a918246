//! Why a contact refuses a command.

use crate::time::Timestamp;

/// Why a contact refuses a command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Somebody other than the service that lets people in asks.
    #[error("only the installation itself may do this")]
    NotYours,
    /// The contact has no such sign-in (any more).
    #[error("there is no such sign-in; begin another")]
    NotFound,
    /// The id is in use.
    #[error("the sign-in exists already")]
    AlreadyExists,
    /// Enough codes were made for a while.
    #[error("too many codes were asked for; ask again later")]
    TooManyCodes {
        /// When one more may be.
        retry_at: Timestamp,
    },
    /// Enough codes were sent to the contact for a while.
    #[error("too many codes were sent there; ask again later, or have it sent to the account's other devices")]
    TooManySends {
        /// When one more may be.
        retry_at: Timestamp,
    },
    /// Enough wrong codes were shown for a while. Nothing was compared.
    #[error("too many wrong codes were tried; try again later")]
    TooManyTries {
        /// When one more may be.
        retry_at: Timestamp,
    },
    /// The former code has only just been sent.
    #[error("a code was sent just now; wait for it")]
    TooSoon {
        /// When another may be asked for.
        retry_at: Timestamp,
    },
    /// The code is too old.
    #[error("the code has expired; ask for another")]
    Expired,
    /// Too many wrong codes were shown in its place.
    #[error("too many wrong codes were tried; ask for another")]
    Spent,
    /// It was shown already.
    #[error("the code was used already")]
    CodeUsed,
    /// No right code was shown.
    #[error("the code has not been shown")]
    NotProved,
    /// It was shown too long ago.
    #[error("the sign-in took too long; begin another")]
    TooLate,
    /// What was proved was used, for another account.
    #[error("the sign-in was used already")]
    AlreadyUsed,
    /// It was begun for another account.
    #[error("the sign-in is another account's")]
    OtherAccount,
}

impl Rejection {
    /// The stable name that clients see.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotYours | Self::OtherAccount => "not_yours",
            Self::NotFound => "sign_in_not_found",
            Self::AlreadyExists => "sign_in_already_exists",
            Self::TooManyCodes { .. } => "too_many_codes",
            Self::TooManySends { .. } => "too_many_sends",
            Self::TooManyTries { .. } => "too_many_tries",
            Self::TooSoon { .. } => "too_soon",
            Self::Expired => "code_expired",
            Self::Spent => "code_spent",
            Self::CodeUsed => "code_used",
            Self::NotProved => "code_not_shown",
            Self::TooLate => "sign_in_expired",
            Self::AlreadyUsed => "sign_in_used",
        }
    }

    /// When the same may be asked again, where waiting helps.
    pub fn retry_at(&self) -> Option<Timestamp> {
        match self {
            Self::TooManyCodes { retry_at }
            | Self::TooManySends { retry_at }
            | Self::TooManyTries { retry_at }
            | Self::TooSoon { retry_at } => Some(*retry_at),
            Self::NotYours
            | Self::NotFound
            | Self::AlreadyExists
            | Self::Expired
            | Self::Spent
            | Self::CodeUsed
            | Self::NotProved
            | Self::TooLate
            | Self::AlreadyUsed
            | Self::OtherAccount => None,
        }
    }
}
