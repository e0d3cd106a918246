//! What a client wants a message to say.

use domain::id::MessageId;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::extract::{object_or_none, objects, or_default};
use crate::rendering::{ContactShape, Entity, EntityShape, LocationShape, QuoteRange};
use crate::saying::{Content, Saying};

/// A message to send: a text, a place or a contact.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMessage {
    /// What it says: 1 to 4,096 characters.
    text: Option<String>,
    /// How it is formatted: at most 100 ranges. What else is an address, a tag or the like is found by the server.
    #[serde(default, deserialize_with = "objects")]
    #[schema(value_type = Option<Vec<EntityShape>>)]
    entities: Vec<Entity>,
    /// A place.
    #[serde(default, deserialize_with = "object_or_none")]
    location: Option<LocationShape>,
    /// Somebody's name and phone number.
    #[serde(default, deserialize_with = "object_or_none")]
    contact: Option<ContactShape>,
    /// Any JSON, for the sender's program: at most 4,096 bytes.
    #[schema(value_type = Option<Object>)]
    extra: Option<Value>,
    /// The message of the chat that it answers.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    reply_to: Option<MessageId>,
    /// The part of that message that it quotes.
    #[serde(default, deserialize_with = "object_or_none")]
    quote: Option<QuoteRange>,
    /// Whether nobody is to be disturbed by it.
    #[serde(default, deserialize_with = "or_default")]
    #[schema(value_type = Option<bool>)]
    silent: bool,
    /// Whether it may not be forwarded.
    #[serde(default, deserialize_with = "or_default")]
    #[schema(value_type = Option<bool>)]
    protected: bool,
}

/// What a message says from now on, all of it: of the kind that it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewText {
    /// The text: 1 to 4,096 characters.
    text: Option<String>,
    /// How that is formatted: at most 100 ranges.
    #[serde(default, deserialize_with = "objects")]
    #[schema(value_type = Option<Vec<EntityShape>>)]
    entities: Vec<Entity>,
    /// The place.
    #[serde(default, deserialize_with = "object_or_none")]
    location: Option<LocationShape>,
    /// The name and phone number.
    #[serde(default, deserialize_with = "object_or_none")]
    contact: Option<ContactShape>,
    /// Any JSON, for the sender's program: at most 4,096 bytes.
    #[schema(value_type = Option<Object>)]
    extra: Option<Value>,
}

impl From<NewMessage> for Saying {
    fn from(new: NewMessage) -> Self {
        Self {
            content: Content {
                text: new.text,
                entities: new.entities,
                location: new.location,
                contact: new.contact,
                extra: new.extra,
            },
            reply_to: new.reply_to,
            quote: new.quote,
            silent: new.silent,
            protected: new.protected,
        }
    }
}

impl From<NewText> for Content {
    fn from(new: NewText) -> Self {
        Self {
            text: new.text,
            entities: new.entities,
            location: new.location,
            contact: new.contact,
            extra: new.extra,
        }
    }
}
