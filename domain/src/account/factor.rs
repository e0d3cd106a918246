//! The second factor: what is asked for beside the code, when a device signs in. A passkey would be a further [`Factor`].

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// What was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    /// The password.
    Password,
    /// A time-based one-time password (RFC 6238).
    Totp,
    /// One of the recovery codes, in the place of a time-based one-time password.
    RecoveryCode,
}

/// What can be set, and is asked for then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A password.
    Password,
    /// A time-based one-time password; a recovery code stands for it.
    Totp,
}

impl Factor {
    /// What it is shown for.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Password => Kind::Password,
            Self::Totp | Self::RecoveryCode => Kind::Totp,
        }
    }
}

/// A password as it is kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordSecret {
    /// Argon2id with its parameters and salt, in the PHC string format.
    pub phc: String,
    /// What reminds its owner of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// A time-based one-time password's shared secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TotpSecret {
    /// In base32 (RFC 4648), without padding.
    pub secret: String,
}

/// Recovery codes as they are kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryCodes {
    /// Hashes, by index.
    pub hashes: Vec<String>,
}

/// Tells one new secret from another, and nothing of it: so a command that is sent again with another secret is another command. Costly, and of
/// no use beside that one command.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Print(pub String);

/// Says nothing of what it holds, wherever it is printed.
macro_rules! kept_quiet {
    ($($secret:ident),*) => {$(
        impl fmt::Debug for $secret {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($secret)).finish_non_exhaustive()
            }
        }
    )*};
}

kept_quiet!(PasswordSecret, TotpSecret, RecoveryCodes, Print);

/// A factor that was shown and has been compared with what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Which.
    pub factor: Factor,
    /// Of the kept secrets it was compared with: those may have changed since, then it is [refused](super::Rejection::FactorsChanged).
    #[serde(skip)]
    pub revision: u32,
    /// Whether it was the right one.
    #[serde(skip)]
    pub right: bool,
    /// The time step of a time-based one-time password.
    #[serde(skip)]
    pub step: Option<i64>,
    /// The index of a recovery code.
    #[serde(skip)]
    pub code: Option<u32>,
    /// When it was compared, by the asker's clock. That may have gone back, which the time of deciding may not: a clock that once ran ahead would
    /// shut out until then who shows a few wrong ones.
    #[serde(skip)]
    pub now: Timestamp,
}
