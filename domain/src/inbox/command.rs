//! What somebody wants of an inbox.

use serde::Serialize;

use crate::id::{ChatId, MessageId};

/// Something somebody wants of an inbox.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    /// Mark a chat as read. The asker's membership is for the caller to check.
    Read {
        /// Which chat.
        chat: ChatId,
        /// Up to and including this message.
        up_to: MessageId,
        /// The chat's newest message as the caller knows it; `None` while there is none. It is news, not
        /// a wish, so no part of the command's digest.
        #[serde(skip)]
        top: Option<MessageId>,
    },
    /// Follow a channel. That the asker may is for the caller to check.
    Subscribe {
        /// Which.
        chat: ChatId,
        /// Its newest message as the caller knows it: what was said before is not unread. News, too.
        #[serde(skip)]
        top: Option<MessageId>,
    },
    /// Follow it no more. A reactor says so, too: of who was banned, or erased.
    Unsubscribe {
        /// Which.
        chat: ChatId,
    },
}
