//! What a chat's people write: texts with formatted ranges, places, contacts, and titles.

mod contact;
mod extra;
mod location;

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use contact::{Contact, InvalidContact};
pub use extra::{EXTRA_MAX, Extra, ExtraTooLong};
pub use location::{InvalidLocation, Location};

use crate::id::AccountId;

/// A title's content, the sealed part of its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Title {
    /// The title.
    pub title: String,
}

/// What a group says of itself, the sealed part of its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// The description.
    pub description: String,
}

/// What only admins know of an invite link, the sealed part of its making.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkSecret {
    /// What lets people in.
    pub token: String,
    /// What the link is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl std::fmt::Debug for LinkSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkSecret")
    }
}

/// What a link is called from now on, the sealed part of its change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkLabel {
    /// The name; absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What a message is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A text.
    #[default]
    Text,
    /// A place.
    Location,
    /// Somebody's name and phone number.
    Contact,
}

impl Kind {
    /// Whether it is a text.
    pub fn is_text(&self) -> bool {
        match self {
            Self::Text => true,
            Self::Location | Self::Contact => false,
        }
    }

    /// Its name, as stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Location => "location",
            Self::Contact => "contact",
        }
    }
}

/// No kind is called so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a kind of message")]
pub struct UnknownKind;

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        let all = [Self::Text, Self::Location, Self::Contact];
        all.into_iter().find(|kind| kind.as_str() == name).ok_or(UnknownKind)
    }
}

/// A message's content, the sealed part of its events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// The text; empty where it is something else.
    pub text: String,
    /// What entities say beyond their range, by their index: a link's address, a code's language.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Detail>,
    /// A place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// Somebody's name and phone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    /// What an integrator's program adds; any JSON but `null`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra: Option<Value>,
}

impl Text {
    /// A text without formatting.
    pub fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }
}

/// What the entity with this index says beyond its range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// The index in the message's `entities`.
    pub entity: u32,
    /// A text link's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// A code block's language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// A formatted range of a text; the public part: what is formatted how, not what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// How the range is formatted.
    pub kind: EntityKind,
    /// Where it starts, in UTF-16 code units.
    pub offset: u32,
    /// How long it is, in UTF-16 code units; at least 1.
    pub length: u32,
    /// Whom a text mention names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
}

/// How a range is formatted; the Bot API's names (<https://core.telegram.org/bots/api#messageentity>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntityKind {
    /// `@username`
    Mention,
    /// `#hashtag`
    Hashtag,
    /// `$USD`
    Cashtag,
    /// `/start`
    BotCommand,
    /// `https://example.org`
    Url,
    /// `me@example.org`
    Email,
    /// `+1-212-555-0123`
    PhoneNumber,
    /// Bold.
    Bold,
    /// Italic.
    Italic,
    /// Underlined.
    Underline,
    /// Struck through.
    Strikethrough,
    /// Hidden until touched.
    Spoiler,
    /// A quotation.
    Blockquote,
    /// A quotation, collapsed at first.
    ExpandableBlockquote,
    /// Monowidth.
    Code,
    /// A monowidth block, perhaps with a language.
    Pre,
    /// A link behind other words.
    TextLink,
    /// A mention of an account without a username.
    TextMention,
}
