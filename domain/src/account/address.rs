//! Phone numbers and e-mail addresses of an account, and what they serve.

use serde::{Deserialize, Serialize};

/// What an address serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressUse {
    /// A phone number that the account signs in with, and is found by.
    Phone,
    /// An e-mail address that the account signs in with.
    Email,
    /// An e-mail address to which a code is sent when the password was forgotten; nobody signs in with it alone.
    Recovery,
}

impl AddressUse {
    /// Whether its name is the account's alone: who signs in with the address is this account.
    pub fn has_a_name(self) -> bool {
        match self {
            Self::Phone | Self::Email => true,
            Self::Recovery => false,
        }
    }
}
