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
}

/// The account has read a chat up to and including a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// Which chat.
    pub chat: ChatId,
    /// Up to and including this message; only rises.
    pub up_to: MessageId,
}
