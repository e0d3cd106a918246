//! Somebody's name and phone number, as a message.

use serde::{Deserialize, Serialize};

use crate::text::{self, InvalidText};

/// A name and a phone number; made by [`Contact::parse`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// As it was given: digits, perhaps with a plus and what groups them.
    phone: String,
    /// What the sender calls them.
    name: String,
}

/// Why a name and a number are no contact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidContact {
    /// Not a number that anybody could call.
    #[error(
        "a contact's phone has 3 to 15 digits, perhaps a plus before them, and at most {} characters",
        Contact::PHONE_MAX
    )]
    Phone,
    /// Not a name.
    #[error("a contact's name: {0}")]
    Name(InvalidText),
}

impl Contact {
    /// Characters of a phone number, at most.
    pub const PHONE_MAX: usize = 32;
    /// Code points of a name, at most.
    pub const NAME_MAX: usize = 128;

    /// A contact by its phone number and name.
    pub fn parse(phone: &str, name: &str) -> Result<Self, InvalidContact> {
        let phone = phone.trim();
        if !is_phone(phone) {
            return Err(InvalidContact::Phone);
        }
        Ok(Self {
            phone: phone.to_owned(),
            name: text::line(name, Self::NAME_MAX).map_err(InvalidContact::Name)?,
        })
    }

    /// The phone number.
    pub fn phone(&self) -> &str {
        &self.phone
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

fn is_phone(phone: &str) -> bool {
    let rest = phone.strip_prefix('+').unwrap_or(phone);
    let digits = rest.bytes().filter(u8::is_ascii_digit).count();
    let fits = phone.len() <= Contact::PHONE_MAX && (3..=15).contains(&digits);
    fits && rest.bytes().all(|byte| byte.is_ascii_digit() || b" ()-.".contains(&byte))
}
