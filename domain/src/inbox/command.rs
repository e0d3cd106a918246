//! What somebody wants of an inbox.

use serde::Serialize;

use crate::chat::Body;
use crate::id::{ChatId, MessageId};
use crate::time::Timestamp;

/// Something somebody wants of an inbox. A chat's newest message (`None` while there is none, and for who is not in it), and whether
/// the asker is in it, are news that the caller brings, and no wish, so no part of the command's digest.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    /// Mark a chat as read, and not as unread.
    Read {
        /// Which chat.
        chat: ChatId,
        /// Up to and including this message.
        up_to: MessageId,
        /// The chat's newest message.
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
    /// Follow it no more. A reactor says so, too, of who was banned; and upkeep of who is erased.
    Unsubscribe {
        /// Which.
        chat: ChatId,
    },
    /// Follow nothing any more, so many channels at a time: [`super::UNSUBSCRIBED_AT_ONCE`]. A reactor says so of who is erased.
    UnsubscribeAll,
    /// Hide messages from oneself, for ever.
    Hide {
        /// In which chat.
        chat: ChatId,
        /// Which; at most [`super::HIDE_MAX`].
        messages: Vec<MessageId>,
        /// The chat's newest message.
        #[serde(skip)]
        top: Option<MessageId>,
    },
    /// Hide everything that was said in a chat from oneself, for ever.
    Clear {
        /// Which chat.
        chat: ChatId,
        /// Up to and including this message; `None`: all.
        up_to: Option<MessageId>,
        /// The chat's newest message.
        #[serde(skip)]
        top: Option<MessageId>,
    },
    /// Mark a chat as unread, whatever was read in it, or take that back.
    MarkUnread {
        /// Which chat.
        chat: ChatId,
        /// Whether it is marked from now on.
        unread: bool,
        /// Whether the asker is in the chat.
        #[serde(skip)]
        member: bool,
    },
    /// Be told of a chat in silence.
    Mute {
        /// Which chat.
        chat: ChatId,
        /// Until when, at most [`super::MUTED_FOR_EVER`]; `None`, or what is over: not any more.
        until: Option<Timestamp>,
        /// Whether the asker is in the chat.
        #[serde(skip)]
        member: bool,
    },
    /// Keep a chat above all others, or do not any more.
    Pin {
        /// Which chat; a new one comes first.
        chat: ChatId,
        /// Whether it is pinned from now on.
        pinned: bool,
        /// Whether the asker is in the chat.
        #[serde(skip)]
        member: bool,
    },
    /// Put the pinned chats in another order.
    Reorder {
        /// Those that come first, in this order; those that are not pinned are passed over.
        chats: Vec<ChatId>,
    },
    /// Put a chat away, or take it out again.
    Archive {
        /// Which chat.
        chat: ChatId,
        /// Whether it is archived from now on.
        archived: bool,
        /// Whether the asker is in the chat.
        #[serde(skip)]
        member: bool,
    },
    /// Keep what one is about to say in a chat; sending ends it.
    Draft {
        /// In which chat.
        chat: ChatId,
        /// What; `None`: nothing.
        draft: Option<Box<Draft>>,
        /// Whether the asker is in the chat.
        #[serde(skip)]
        member: bool,
    },
}

/// Commands without their news, which whoever has them decided brings.
impl Command {
    /// Mark a chat as read.
    pub fn read(chat: ChatId, up_to: MessageId) -> Self {
        let top = None;
        Self::Read { chat, up_to, top }
    }

    /// Hide messages.
    pub fn hide(chat: ChatId, messages: Vec<MessageId>) -> Self {
        let top = None;
        Self::Hide { chat, messages, top }
    }

    /// Clear a chat.
    pub fn clear(chat: ChatId, up_to: Option<MessageId>) -> Self {
        let top = None;
        Self::Clear { chat, up_to, top }
    }

    /// Mark a chat as unread, or take that back.
    pub fn mark_unread(chat: ChatId, unread: bool) -> Self {
        let member = false;
        Self::MarkUnread { chat, unread, member }
    }

    /// Mute a chat, or do not any more.
    pub fn mute(chat: ChatId, until: Option<Timestamp>) -> Self {
        let member = false;
        Self::Mute { chat, until, member }
    }

    /// Pin a chat, or do not any more.
    pub fn pin(chat: ChatId, pinned: bool) -> Self {
        let member = false;
        Self::Pin { chat, pinned, member }
    }

    /// Put a chat away, or take it out again.
    pub fn archive(chat: ChatId, archived: bool) -> Self {
        let member = false;
        Self::Archive { chat, archived, member }
    }

    /// Keep a draft, or end it.
    pub fn draft(chat: ChatId, draft: Option<Draft>) -> Self {
        let (draft, member) = (draft.map(Box::new), false);
        Self::Draft { chat, draft, member }
    }
}

/// What somebody is about to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Draft {
    /// What is written.
    pub body: Body,
    /// The message of the chat that it is to answer, which is not looked at.
    pub reply_to: Option<MessageId>,
}
