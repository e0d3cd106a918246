//! Contacts: phone numbers and e-mail addresses that people sign in with or are reached at, in the one spelling that all spellings share.

use std::fmt;

use domain::account::address::AddressUse;
use domain::id::NameKey;

use crate::seal::Keys;

mod email;
mod phone;

pub use email::Email;
pub use phone::Phone;

/// A phone number or an e-mail address. Never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub enum Contact {
    /// A phone number.
    Phone(Phone),
    /// An e-mail address.
    Email(Email),
}

/// What was written is no contact. Says nothing of what was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidContact {
    /// No phone number.
    #[error("phone must be a phone number with its country code, as in +49 151 23456789")]
    Phone,
    /// No e-mail address.
    #[error("email must be an address of ASCII characters, as in alice@example.org, of at most 254 characters")]
    Email,
}

impl Contact {
    /// Takes a phone number with its country code, however it is grouped.
    pub fn phone(text: &str) -> Result<Self, InvalidContact> {
        Phone::parse(text).map(Self::Phone)
    }

    /// Takes an e-mail address.
    pub fn email(text: &str) -> Result<Self, InvalidContact> {
        Email::parse(text).map(Self::Email)
    }

    /// In its canonical spelling: where it is written to.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Phone(phone) => phone.as_str(),
            Self::Email(email) => email.as_str(),
        }
    }

    /// What it serves an account that signs in with it.
    pub fn sign_in_use(&self) -> AddressUse {
        match self {
            Self::Phone(_) => AddressUse::Phone,
            Self::Email(_) => AddressUse::Email,
        }
    }

    /// The key that names its streams; two contacts that may be one person's have one key.
    pub fn key(&self, keys: &Keys) -> NameKey {
        match self {
            Self::Phone(phone) => keys.name_key("phone", phone.as_str()),
            Self::Email(email) => keys.name_key("email", &email.folded()),
        }
    }
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phone(_) => f.write_str("Phone(***)"),
            Self::Email(_) => f.write_str("Email(***)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_of_a_contact_says_nothing_of_it() {
        let contacts = [Contact::phone("+49 151 23456789"), Contact::email("alice@example.org")];
        let printed = format!("{contacts:?} {:?}", Contact::phone("+49 1 alice").unwrap_err());
        assert!(!printed.contains("151") && !printed.contains("alice"), "{printed}");
    }
}
