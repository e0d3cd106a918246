//! What is wanted of a chat's interactions.

use serde::Serialize;

use super::event::Count;
use crate::id::MessageId;

/// Something wanted of a chat's interactions.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    /// The installation's: tell how often messages were seen, and how they are reacted to.
    Count {
        /// Which, by what was counted; at most [`super::COUNTED_MAX`].
        messages: Vec<Count>,
    },
    /// React to a message: the asker's whole set from now on. What is news is no part of the digest.
    React {
        /// To which.
        message: MessageId,
        /// With what; none: no more.
        reactions: Vec<String>,
        /// The asker's set as the caller knows it. News.
        #[serde(skip)]
        present: Vec<String>,
        /// Whether the caller finds that the asker may: follows the chat, is not kept from it, and the message is there. News.
        #[serde(skip)]
        allowed: bool,
    },
}
