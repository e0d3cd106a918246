//! All events, whatever their aggregate: what the log holds and projections match on.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::sealed::SealedPart;
use crate::{account, chat, inbox, name, system};

/// Any event. Stored as `{"type":"chat.message_sent","data":{…}}`; types are stable names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// Of a chat.
    Chat(chat::Event),
    /// Of an account.
    Account(account::Event),
    /// Of an account's inbox.
    Inbox(inbox::Event),
    /// Of a unique name.
    Name(name::Event),
    /// Of the installation.
    System(system::Event),
}

/// A stored event that this program can't read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// No aggregate of this program records such events.
    #[error("unknown event type {0:?}")]
    UnknownType(String),
    /// The type is known, its data is not of the documented shape.
    #[error("malformed event: {0}")]
    Malformed(#[from] serde_json::Error),
}

impl Event {
    /// Reads an event as the log stores it.
    pub fn from_json(json: &str) -> Result<Self, Unreadable> {
        fn read<E: DeserializeOwned + Into<Event>>(json: &str) -> Result<Event, Unreadable> {
            Ok(serde_json::from_str::<E>(json)?.into())
        }
        #[derive(serde::Deserialize)]
        struct Type {
            r#type: String,
        }
        let Type { r#type } = serde_json::from_str(json)?;
        match r#type.split_once('.').map_or("", |(category, _)| category) {
            "chat" => read::<chat::Event>(json),
            "account" => read::<account::Event>(json),
            "inbox" => read::<inbox::Event>(json),
            "name" => read::<name::Event>(json),
            "system" => read::<system::Event>(json),
            _ => Err(Unreadable::UnknownType(r#type)),
        }
    }

    /// The event's sealed part, if it has one.
    pub fn sealed_mut(&mut self) -> Option<&mut dyn SealedPart> {
        match self {
            Self::Chat(event) => event.sealed_mut(),
            Self::Account(event) => event.sealed_mut(),
            Self::Inbox(_) | Self::Name(_) | Self::System(_) => None,
        }
    }
}

macro_rules! from_aggregate {
    ($($module:ident => $variant:ident),* $(,)?) => {$(
        impl From<$module::Event> for Event {
            fn from(event: $module::Event) -> Self {
                Self::$variant(event)
            }
        }
    )*};
}

from_aggregate!(chat => Chat, account => Account, inbox => Inbox, name => Name, system => System);
