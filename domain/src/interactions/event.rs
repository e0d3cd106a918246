//! What many do with a chat's messages.

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, MessageId};

/// Something that happened to a chat's messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    /// It was counted how often messages were seen, and how they are reacted to.
    #[serde(rename = "interactions.counted")]
    Counted(Counted),
    /// An account reacts to a message otherwise than before. Told to others by the next count.
    #[serde(rename = "interactions.reaction_changed")]
    ReactionChanged(ReactionChanged),
}

/// Messages were counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Which, in ascending order.
    pub messages: Vec<Count>,
}

/// What was counted of a message: whole numbers, no differences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Which message.
    pub message: MessageId,
    /// By how many accounts it was seen; only rises. Absent: as before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub views: Option<u32>,
    /// How it is reacted to, the most frequent first. Absent: as before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reactions: Option<Vec<ReactionCount>>,
}

/// How many accounts react with an emoji.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReactionCount {
    /// With which.
    pub emoji: String,
    /// How many.
    pub count: u32,
}

/// An account reacts otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReactionChanged {
    /// To which message.
    pub message: MessageId,
    /// Who.
    pub account: AccountId,
    /// The account's whole set from now on.
    pub reactions: Vec<String>,
}
