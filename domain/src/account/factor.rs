//! The second factor: what is asked for beside the code, when a device signs in. A passkey would be a further [`Factor`].

use serde::{Deserialize, Serialize};

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

/// A password as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordSecret {
    /// Argon2id with its parameters and salt, in the PHC string format.
    pub phc: String,
    /// What reminds its owner of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// A time-based one-time password's shared secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TotpSecret {
    /// In base32 (RFC 4648), without padding.
    pub secret: String,
}

/// Recovery codes as they are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryCodes {
    /// Hashes, by index.
    pub hashes: Vec<String>,
}

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
}
