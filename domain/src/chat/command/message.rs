//! What somebody wants to say.
//!
//! What the caller has looked up for a command is no part of it: sent again, the command is the same, whatever is found then.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::chat::Body;
use crate::chat::content::{Entity, Kind, Text};
use crate::chat::event::{Forwarded, Quote};
use crate::id::{AccountId, ChatId, MessageId};
use crate::time::Timestamp;

/// Send a message.
#[derive(Debug, Clone, Serialize)]
pub struct Send {
    /// What it says.
    pub body: Body,
    /// The message of this chat that it answers.
    pub reply_to: Option<MessageId>,
    /// The part of that message that it quotes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<Quote>,
    /// Looked up: the quoted words; `None`: there are no such words.
    #[serde(skip)]
    pub quoted: Option<Quoted>,
    /// Looked up: whose usernames it mentions.
    #[serde(skip)]
    pub named: Vec<AccountId>,
    /// Whether nobody is to be disturbed by it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub silent: bool,
    /// Whether it may not be forwarded.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub protected: bool,
}

impl Send {
    /// Only this, in answer to nothing.
    pub fn plain(body: Body) -> Self {
        Self {
            body,
            reply_to: None,
            quote: None,
            quoted: None,
            named: Vec::new(),
            silent: false,
            protected: false,
        }
    }
}

/// Words of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quoted {
    /// Who wrote them: whose key seals that message.
    pub of: AccountId,
    /// The words.
    pub words: String,
}

/// Replace what a message says; what it was stays: a text becomes another text, a place another place.
#[derive(Debug, Clone, Serialize)]
pub struct Edit {
    /// One's own message.
    pub message: MessageId,
    /// The new content.
    pub body: Body,
    /// Looked up: whose usernames it mentions from now on.
    #[serde(skip)]
    pub named: Vec<AccountId>,
    /// Looked up: how long messages may be edited.
    #[serde(skip)]
    pub window: EditWindow,
}

impl Edit {
    /// Only this, for ever.
    pub fn plain(message: MessageId, body: Body) -> Self {
        Self {
            message,
            body,
            named: Vec::new(),
            window: EditWindow::default(),
        }
    }
}

/// How long after it was sent a message may be edited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EditWindow(Option<u32>);

impl EditWindow {
    /// So many hours; 0: for ever.
    pub fn hours(hours: u32) -> Self {
        Self((hours > 0).then_some(hours))
    }

    /// Whether what was sent then may be edited now.
    pub(in crate::chat) fn is_open(self, sent_at: Timestamp, now: Timestamp) -> bool {
        self.0.is_none_or(|hours| now <= sent_at.plus_seconds(i64::from(hours) * 3_600))
    }
}

/// Send messages on, in the order of their ids.
#[derive(Debug, Clone, Serialize)]
pub struct Forward {
    /// The chat that they are from.
    pub from: ChatId,
    /// Which; at most [`crate::chat::FORWARD_MAX`].
    pub messages: Vec<MessageId>,
    /// Whether nobody is to be disturbed by them.
    pub silent: bool,
    /// Whether it is left out who said them first.
    pub without_origin: bool,
    /// Looked up: those that there are; `None`: there is nothing in it any more.
    #[serde(skip)]
    pub found: BTreeMap<MessageId, Option<Carried>>,
}

/// A message that is sent on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// What it is.
    pub kind: Kind,
    /// What it says.
    pub text: Text,
    /// The text's length in UTF-16 code units.
    pub length: u32,
    /// Formatted ranges of the text.
    pub entities: Vec<Entity>,
    /// Who wrote it: whose key seals it.
    pub of: AccountId,
    /// Where it was said first.
    pub origin: Forwarded,
    /// Whether it may not be forwarded.
    pub protected: bool,
}
