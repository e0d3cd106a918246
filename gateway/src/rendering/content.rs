//! What a message holds beside its text, as JSON: places and contacts are read and written alike.

use domain::chat::content::{Contact, Extra, Location, Text};
use domain::chat::event::{Forwarded, Quote};
use domain::id::{AccountId, ChatId, MessageId};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::Shut;
use crate::error::Error;

/// A place on the earth.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Location)]
pub(crate) struct LocationShape {
    /// Degrees north of the equator, -90 to 90; kept to 7 places.
    latitude: f64,
    /// Degrees east of Greenwich, -180 to 180; kept to 7 places.
    longitude: f64,
    /// How far off it may be, in metres: at most 1,500.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    accuracy_m: Option<u32>,
}

/// Somebody's name and phone number.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SharedContact)]
pub(crate) struct ContactShape {
    /// 3 to 15 digits, perhaps with a plus before them and in groups.
    phone: String,
    /// 1 to 128 characters.
    name: String,
}

/// The part of the answered message that a message quotes.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Quote)]
pub(crate) struct QuoteView {
    /// Where it stood there, in UTF-16 code units.
    offset: u32,
    /// How long it is, in UTF-16 code units.
    length: u32,
    /// The words, as they were then; `null` when erased or unreadable.
    #[schema(value_type = Option<String>)]
    text: Option<String>,
    /// The key of who wrote them is gone, and the words with it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    erased: bool,
    /// The server can't read the words at present; they are not gone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unreadable: bool,
}

/// Where a forwarded message was said first.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Origin)]
pub(crate) struct OriginView {
    /// Who said it; absent where that is hidden, or a channel did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    from: Option<AccountId>,
    /// Whether who said it wishes that this is not told.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    hidden: bool,
    /// The chat, of a channel's post and in one's saved messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    chat: Option<ChatId>,
    /// The message of that chat.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    message: Option<MessageId>,
    /// When it was said, in µs since 1970.
    #[schema(value_type = i64)]
    sent_at: Timestamp,
}

/// What an answer quotes, as a client asks for it.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = QuoteRange)]
pub(crate) struct QuoteRange {
    /// Where it starts in the answered message's text, in UTF-16 code units.
    offset: u32,
    /// How long it is: 1 to 1,024 UTF-16 code units.
    length: u32,
}

impl LocationShape {
    /// The place, if there is one there.
    pub(crate) fn parse(self) -> Result<Location, Error> {
        Ok(Location::parse(self.latitude, self.longitude, self.accuracy_m)?)
    }
}

impl From<Location> for LocationShape {
    fn from(location: Location) -> Self {
        Self {
            latitude: location.latitude(),
            longitude: location.longitude(),
            accuracy_m: location.accuracy_m(),
        }
    }
}

impl ContactShape {
    /// The contact, if it can be one.
    pub(crate) fn parse(&self) -> Result<Contact, Error> {
        Ok(Contact::parse(&self.phone, &self.name)?)
    }
}

impl From<Contact> for ContactShape {
    fn from(contact: Contact) -> Self {
        Self {
            phone: contact.phone().to_owned(),
            name: contact.name().to_owned(),
        }
    }
}

impl From<QuoteRange> for Quote {
    fn from(range: QuoteRange) -> Self {
        let QuoteRange { offset, length } = range;
        Self { offset, length }
    }
}

impl QuoteView {
    /// A range, and its words if they open.
    pub(super) fn of(range: Quote, words: Result<Text, Shut>) -> Self {
        let shut = words.as_ref().err().copied();
        Self {
            offset: range.offset,
            length: range.length,
            text: words.ok().map(|words| words.text),
            erased: shut == Some(Shut::Erased),
            unreadable: shut == Some(Shut::Unreadable),
        }
    }
}

impl From<Forwarded> for OriginView {
    fn from(origin: Forwarded) -> Self {
        let Forwarded {
            from,
            hidden,
            chat,
            message,
            sent_at,
        } = origin;
        Self {
            from,
            hidden,
            chat,
            message,
            sent_at,
        }
    }
}

/// What a program adds, if it is short enough.
pub(crate) fn extra(value: Option<Value>) -> Result<Option<Extra>, Error> {
    Ok(value.map(Extra::parse).transpose()?.flatten())
}
