//! What happens to an account's view of its chats.

use serde::{Deserialize, Serialize};

use crate::id::{ChatId, MessageId};

/// Something that happened in an account's inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    /// The account has read a chat up to a message.
    #[serde(rename = "inbox.read")]
    Read(Read),
    /// The account follows a channel from now on.
    #[serde(rename = "inbox.subscribed")]
    Subscribed(Subscribed),
    /// The account follows a channel no more.
    #[serde(rename = "inbox.unsubscribed")]
    Unsubscribed(Unsubscribed),
}

/// The account has read a chat up to and including a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// Which chat.
    pub chat: ChatId,
    /// Up to and including this message; only rises.
    pub up_to: MessageId,
}

/// The account follows a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscribed {
    /// Which.
    pub chat: ChatId,
    /// Its last message at that time, if it had one: what was said before is not unread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<MessageId>,
}

/// The account follows a channel no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsubscribed {
    /// Which.
    pub chat: ChatId,
}
