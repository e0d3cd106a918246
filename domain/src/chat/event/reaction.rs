//! Reactions to messages.

use serde::{Deserialize, Serialize};

use crate::chat::Emoji;
use crate::id::{AccountId, MessageId};

/// An account reacts to a message with these emoji, and with none that it did before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReactionChanged {
    /// To which message.
    pub message: MessageId,
    /// Who.
    pub account: AccountId,
    /// The account's whole set from now on, in its order; empty: none. Counted, so public.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Emoji>,
}
