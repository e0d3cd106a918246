//! Stream names: which aggregate an event belongs to. They never hold personal data.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, ChatId, InvalidId, NameKey};

/// The events of one aggregate: `chat.g-42`, `account.77`. Also a valid NATS subject suffix: ASCII
/// letters, digits, `-`, `_`, and the one dot behind the category.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Stream {
    /// `chat.<chat id>`
    Chat(ChatId),
    /// `account.<account id>`
    Account(AccountId),
    /// `sign_in.<name key of the contact>`
    SignIn(NameKey),
    /// `inbox.<account id>`
    Inbox(AccountId),
    /// `name.<name key>`
    Name(NameKey),
    /// `interactions.<chat id>`: views of a chat's messages, and reactions where many follow.
    Interactions(ChatId),
    /// `system`: what the installation decides about itself.
    System,
}

impl Stream {
    /// The first word of its name, with which the types of its events begin, too.
    pub fn category(&self) -> &'static str {
        match self {
            Self::Chat(_) => "chat",
            Self::Account(_) => "account",
            Self::SignIn(_) => "sign_in",
            Self::Inbox(_) => "inbox",
            Self::Name(_) => "name",
            Self::Interactions(_) => "interactions",
            Self::System => "system",
        }
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let category = self.category();
        match self {
            Self::Chat(id) | Self::Interactions(id) => write!(f, "{category}.{id}"),
            Self::Account(id) | Self::Inbox(id) => write!(f, "{category}.{id}"),
            Self::SignIn(key) | Self::Name(key) => write!(f, "{category}.{key}"),
            Self::System => f.write_str(category),
        }
    }
}

impl FromStr for Stream {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text.split_once('.') {
            Some(("chat", id)) => id.parse().map(Self::Chat),
            Some(("account", id)) => id.parse().map(Self::Account),
            Some(("sign_in", key)) => key.parse().map(Self::SignIn),
            Some(("inbox", id)) => id.parse().map(Self::Inbox),
            Some(("interactions", id)) => id.parse().map(Self::Interactions),
            Some(("name", key)) => key.parse().map(Self::Name),
            None if text == "system" => Ok(Self::System),
            _ => Err(InvalidId {
                found: text.chars().take(64).collect(),
                expected: "a stream name (chat.g-42, account.77 …)",
            }),
        }
    }
}

impl TryFrom<String> for Stream {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<Stream> for String {
    fn from(stream: Stream) -> String {
        stream.to_string()
    }
}
