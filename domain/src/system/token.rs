//! What a service's token is called, and what it may.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::actor::{ADMIN, IMPORT, SIGN_IN, UPKEEP};

/// What a service may do with its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// Read all facts, without what people wrote.
    #[serde(rename = "events:read")]
    EventsRead,
    /// Read all facts with what people wrote.
    #[serde(rename = "events:content")]
    EventsContent,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::EventsRead, Self::EventsContent];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EventsRead => "events:read",
            Self::EventsContent => "events:content",
        }
    }

    /// Whether it includes another: who may read what people wrote may read the rest.
    pub const fn includes(self, other: Self) -> bool {
        match (self, other) {
            (Self::EventsContent, Self::EventsRead | Self::EventsContent) | (Self::EventsRead, Self::EventsRead) => true,
            (Self::EventsRead, Self::EventsContent) => false,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// As whom a service acts: 1 to 32 of `a-z`, `0-9`, `-` and `_`, a letter first. A label, not a person's name: it stands in facts for
/// ever, unsealed. Every name that ever had this form is one: which are kept back may change, what was recorded does not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TokenName(String);

/// As whom the program's own tools act.
const RESERVED: [&str; 4] = [ADMIN, IMPORT, SIGN_IN, UPKEEP];

/// A text that can't be a service's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a service's name is 1 to 32 of a-z, 0-9, - and _, a letter first")]
pub struct InvalidTokenName;

impl TokenName {
    /// Its greatest length, in characters.
    pub const MAX: usize = 32;

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the program's own tools act under it: then it is given to no service.
    pub fn is_reserved(&self) -> bool {
        RESERVED.contains(&self.as_str())
    }
}

impl FromStr for TokenName {
    type Err = InvalidTokenName;

    fn from_str(text: &str) -> Result<Self, InvalidTokenName> {
        let is_a_name = text.len() <= Self::MAX
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_');
        if is_a_name {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidTokenName)
        }
    }
}

impl TryFrom<String> for TokenName {
    type Error = InvalidTokenName;

    fn try_from(text: String) -> Result<Self, InvalidTokenName> {
        text.parse()
    }
}

impl From<TokenName> for String {
    fn from(name: TokenName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_services_name_is_a_label() {
        for good in ["a", "analytics", "bi-2_x", &"a".repeat(32)] {
            assert_eq!(good.parse::<TokenName>().map(String::from), Ok(good.to_owned()));
        }
        for bad in ["", "2fast", "-a", "Ann", "a b", "ä", &"a".repeat(33)] {
            assert_eq!(bad.parse::<TokenName>(), Err(InvalidTokenName), "{bad}");
        }
    }

    #[test]
    fn a_name_that_was_recorded_is_read_also_when_it_is_kept_back_today() {
        let name = |text: &str| serde_json::from_value::<TokenName>(text.into()).expect("a name");
        for own in ["import", "admin", "sign-in", "upkeep"] {
            assert!(name(own).is_reserved(), "{own}");
        }
        assert!(!name("analytics").is_reserved());
    }

    #[test]
    fn a_scope_is_stored_by_its_name_and_includes_itself() {
        for scope in Scope::ALL {
            assert_eq!(serde_json::to_value(scope).expect("a name"), scope.name());
            assert!(scope.includes(scope));
        }
        assert!(Scope::EventsContent.includes(Scope::EventsRead) && !Scope::EventsRead.includes(Scope::EventsContent));
    }
}
