//! Updates about chats.

use domain::id::{AccountId, ChatId, MessageId};
use domain::interactions::event::{Count, ReactionCount};
use domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Happened, TitleView, UsernameView};
use crate::rendering::chat::{ChatKind, MemberView};
use crate::rendering::message::MessageView;

/// An update about a chat.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ChatUpdate {
    /// A message was sent; as it is now: edited, deleted or erased since, where that is so.
    MessageSent {
        /// Where.
        #[schema(value_type = String)]
        chat: ChatId,
        /// The message.
        message: MessageView,
        /// When it was sent, in µs since 1970.
        #[schema(value_type = i64)]
        at: Timestamp,
    },
    /// A message's text was replaced; as it is now.
    MessageEdited {
        /// Where.
        #[schema(value_type = String)]
        chat: ChatId,
        /// The message.
        message: MessageView,
        /// When this edit was made, in µs since 1970; later ones do not change it.
        #[schema(value_type = i64)]
        at: Timestamp,
    },
    /// Messages were deleted for everybody.
    MessagesDeleted {
        /// Where.
        #[schema(value_type = String)]
        chat: ChatId,
        /// Which, ascending.
        #[schema(value_type = Vec<i64>)]
        messages: Vec<MessageId>,
        #[serde(flatten)]
        happened: Happened,
    },
    /// A chat came into being, with the receiver in it.
    ChatCreated {
        /// Which.
        #[schema(value_type = String)]
        chat: ChatId,
        /// Its kind.
        kind: ChatKind,
        #[serde(flatten)]
        title: TitleView,
        /// Who is in it.
        members: Vec<MemberView>,
        #[serde(flatten)]
        happened: Happened,
    },
    /// A group got another title.
    ChatRenamed {
        /// Which.
        #[schema(value_type = String)]
        chat: ChatId,
        #[serde(flatten)]
        title: TitleView,
        #[serde(flatten)]
        happened: Happened,
    },
    /// An account became a member; perhaps the receiver's.
    MemberAdded {
        /// Of which chat.
        #[schema(value_type = String)]
        chat: ChatId,
        #[serde(flatten)]
        member: MemberView,
        #[serde(flatten)]
        happened: Happened,
    },
    /// A member was removed by another; perhaps the receiver.
    MemberRemoved {
        /// From which chat.
        #[schema(value_type = String)]
        chat: ChatId,
        /// Who.
        #[schema(value_type = i64)]
        account: AccountId,
        #[serde(flatten)]
        happened: Happened,
    },
    /// A member left; perhaps the receiver.
    MemberLeft {
        /// Which chat.
        #[schema(value_type = String)]
        chat: ChatId,
        /// Who.
        #[schema(value_type = i64)]
        account: AccountId,
        #[serde(flatten)]
        happened: Happened,
    },
    /// A member got another role or other rights.
    RoleChanged {
        /// In which chat.
        #[schema(value_type = String)]
        chat: ChatId,
        #[serde(flatten)]
        member: MemberView,
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account has read a chat, on whatever device.
    ChatRead {
        /// Which.
        #[schema(value_type = String)]
        chat: ChatId,
        /// Up to and including this message.
        #[schema(value_type = i64)]
        up_to: MessageId,
        #[serde(flatten)]
        happened: Happened,
    },
    /// The group has a sequence of its own from now on: what follows is told there, from number 1 on, and no more in the device's.
    SequenceBegun {
        /// Which.
        #[schema(value_type = String)]
        chat: ChatId,
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account follows a channel.
    Subscribed {
        /// Which.
        #[schema(value_type = String)]
        chat: ChatId,
        /// Its last message then; what was said before is not unread. Absent: there was none.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<i64>)]
        after: Option<MessageId>,
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver's account follows a channel no more.
    Unsubscribed {
        /// Which.
        #[schema(value_type = String)]
        chat: ChatId,
        #[serde(flatten)]
        happened: Happened,
    },
    /// The receiver asked for a username for a channel; `chat_username_changed` follows in the channel's sequence, if it can be had.
    ChatUsernameRequested {
        /// Which.
        #[schema(value_type = String)]
        chat: ChatId,
        #[serde(flatten)]
        username: UsernameView,
        #[serde(flatten)]
        happened: Happened,
    },
    /// A channel has another username, or none.
    ChatUsernameChanged {
        /// Which.
        #[schema(value_type = String)]
        chat: ChatId,
        #[serde(flatten)]
        username: UsernameView,
        #[serde(flatten)]
        happened: Happened,
    },
    /// Messages were counted: how often they were seen, how they are reacted to.
    MessagesCounted {
        /// Where.
        #[schema(value_type = String)]
        chat: ChatId,
        /// Which.
        messages: Vec<CountView>,
        #[serde(flatten)]
        happened: Happened,
    },
}

/// What was counted of a message. Whole numbers: what is absent is as before.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Count)]
pub(crate) struct CountView {
    /// Its id within the chat.
    #[schema(value_type = i64)]
    id: MessageId,
    /// How many accounts have seen it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    views: Option<u32>,
    /// How it is reacted to, the most frequent first.
    #[serde(skip_serializing_if = "Option::is_none")]
    reactions: Option<Vec<ReactionCountView>>,
}

/// How many accounts react with an emoji.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReactionCount)]
pub(crate) struct ReactionCountView {
    emoji: String,
    #[schema(value_type = i64)]
    count: u32,
}

impl CountView {
    /// As it was counted.
    pub(in crate::rendering) fn of(count: &Count) -> Self {
        let view = |reaction: &ReactionCount| ReactionCountView {
            emoji: reaction.emoji.clone(),
            count: reaction.count,
        };
        Self {
            id: count.message,
            views: count.views,
            reactions: count.reactions.as_ref().map(|reactions| reactions.iter().map(view).collect()),
        }
    }
}
