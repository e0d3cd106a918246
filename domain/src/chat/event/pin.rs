//! Pinned messages.

use serde::{Deserialize, Serialize};

use crate::id::MessageId;

/// A message was pinned, for everybody in the chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessagePinned {
    /// Which.
    pub message: MessageId,
    /// The message of the chat that says so, where one does.
    #[serde(default, rename = "message_id", skip_serializing_if = "Option::is_none")]
    pub service: Option<MessageId>,
}

/// Messages were taken down. A deleted message is down without this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessagesUnpinned {
    /// Which, ascending.
    pub messages: Vec<MessageId>,
}
