//! Updates about how an account has its chats. But for read marks of direct chats, only its own devices get them.

use domain::id::{AccountId, ChatId, MessageId};
use domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::Happened;
use crate::rendering::DraftView;

/// An update about how an account has its chats.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum DialogUpdate {
    /// An account has read a chat, on whatever device: the receiver's, or the other side of a direct chat. The receiver's is marked as unread no more.
    ChatRead {
        /// Which.
        #[schema(value_type = String)]
        chat: ChatId,
        /// Who has read it.
        #[schema(value_type = i64)]
        account: AccountId,
        /// Up to and including this message.
        #[schema(value_type = i64)]
        up_to: MessageId,
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account has hidden messages from itself.
    MessagesHidden {
        /// Where.
        #[schema(value_type = String)]
        chat: ChatId,
        /// Which, ascending.
        #[schema(value_type = Vec<i64>)]
        messages: Vec<MessageId>,
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account has hidden all from itself that was said in a chat.
    ChatCleared {
        /// Which.
        #[schema(value_type = String)]
        chat: ChatId,
        /// Up to and including this message.
        #[schema(value_type = i64)]
        up_to: MessageId,
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account has marked a chat as unread, or taken that back.
    ChatMarkedUnread {
        /// Which.
        #[schema(value_type = String)]
        chat: ChatId,
        /// Whether it is marked.
        unread: bool,
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account has muted a chat, or does not any more.
    ChatMuted {
        /// Which.
        #[schema(value_type = String)]
        chat: ChatId,
        /// Until when, in µs since 1970; absent: it is not muted.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<i64>)]
        until: Option<Timestamp>,
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account has pinned other chats, or has them in another order.
    ChatsPinned {
        /// All that are pinned, the uppermost first.
        #[schema(value_type = Vec<String>)]
        chats: Vec<ChatId>,
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account has put a chat away, or taken it out again.
    ChatArchived {
        /// Which.
        #[schema(value_type = String)]
        chat: ChatId,
        /// Whether it is archived.
        archived: bool,
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account is about to say something else in a chat. A message of one's own ends a draft, too.
    DraftChanged {
        /// Where.
        #[schema(value_type = String)]
        chat: ChatId,
        /// What; absent: nothing any more.
        #[serde(skip_serializing_if = "Option::is_none")]
        draft: Option<DraftView>,
        #[serde(flatten)]
        happened: Happened,
    },
}
