//! What happens to an account's view of its chats.

use serde::{Deserialize, Serialize};

use crate::chat::content::{Entity, Text};
use crate::id::{ChatId, MessageId};
use crate::sealed::{Parts, Sealed, SealedPart, nothing, one};
use crate::time::Timestamp;

/// Something that happened in an account's inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    /// The account has read a chat up to a message, and has it marked as unread no more.
    #[serde(rename = "inbox.read")]
    Read(Read),
    /// The account has hidden messages from itself.
    #[serde(rename = "inbox.messages_hidden")]
    MessagesHidden(MessagesHidden),
    /// The account has hidden everything from itself that was said in a chat.
    #[serde(rename = "inbox.chat_cleared")]
    Cleared(Cleared),
    /// The account has marked a chat as unread, or taken that back.
    #[serde(rename = "inbox.marked_unread")]
    MarkedUnread(MarkedUnread),
    /// The account is told of a chat in silence, or aloud again.
    #[serde(rename = "inbox.muted")]
    Muted(Muted),
    /// The account has pinned other chats, or has them in another order.
    #[serde(rename = "inbox.pins_changed")]
    PinsChanged(PinsChanged),
    /// The account has put a chat away, or taken it out again.
    #[serde(rename = "inbox.archived")]
    Archived(Archived),
    /// The account is about to say something else in a chat, or nothing any more.
    #[serde(rename = "inbox.draft_changed")]
    DraftChanged(DraftChanged),
}

/// The account has read a chat up to and including a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// Which chat.
    pub chat: ChatId,
    /// Up to and including this message; only rises.
    pub up_to: MessageId,
}

/// Messages are hidden from the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessagesHidden {
    /// In which chat.
    pub chat: ChatId,
    /// Which, ascending.
    pub messages: Vec<MessageId>,
}

/// All messages of a chat up to one are hidden from the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cleared {
    /// Which chat.
    pub chat: ChatId,
    /// Up to and including this message; only rises.
    pub up_to: MessageId,
}

/// A chat is marked as unread, or not any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkedUnread {
    /// Which chat.
    pub chat: ChatId,
    /// Whether it is marked from now on.
    pub unread: bool,
}

/// A chat is muted, or not any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Muted {
    /// Which chat.
    pub chat: ChatId,
    /// Until when; absent: not muted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// Which chats are pinned, in what order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinsChanged {
    /// All of them, the uppermost first.
    pub chats: Vec<ChatId>,
}

/// A chat is archived, or not any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archived {
    /// Which chat.
    pub chat: ChatId,
    /// Whether it is archived from now on.
    pub archived: bool,
}

/// What the account is about to say in a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftChanged {
    /// In which chat.
    pub chat: ChatId,
    /// The message of the chat that it is to answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// Formatted ranges of the text, by offset.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<Entity>,
    /// The text, sealed with the account's key; absent: there is no draft any more.
    #[serde(default, rename = "sealed", skip_serializing_if = "Option::is_none")]
    pub text: Option<Sealed<Text>>,
}

impl Event {
    /// The chat that it is about; `None`: all that are pinned.
    pub fn chat(&self) -> Option<ChatId> {
        match self {
            Self::Read(read) => Some(read.chat),
            Self::MessagesHidden(hidden) => Some(hidden.chat),
            Self::Cleared(cleared) => Some(cleared.chat),
            Self::MarkedUnread(marked) => Some(marked.chat),
            Self::Muted(muted) => Some(muted.chat),
            Self::PinsChanged(_) => None,
            Self::Archived(archived) => Some(archived.chat),
            Self::DraftChanged(changed) => Some(changed.chat),
        }
    }

    /// The event's sealed parts, if it has any.
    pub fn sealed_parts_mut(&mut self) -> Parts<'_> {
        match self {
            Self::DraftChanged(changed) => one(changed.text.as_mut().map(|text| text as &mut dyn SealedPart)),
            Self::Read(_)
            | Self::MessagesHidden(_)
            | Self::Cleared(_)
            | Self::MarkedUnread(_)
            | Self::Muted(_)
            | Self::PinsChanged(_)
            | Self::Archived(_) => nothing(),
        }
    }
}
