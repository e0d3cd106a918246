//! Updates about chats.

use domain::id::{AccountId, ChatId, MessageId};
use domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Happened, TitleView};
use crate::rendering::CountView;
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
        /// When, in µs since 1970; of an imported one when that was where it comes from.
        #[schema(value_type = i64)]
        created_at: Timestamp,
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
    /// An account reacts to a message, otherwise than before.
    ReactionChanged {
        /// Where.
        #[schema(value_type = String)]
        chat: ChatId,
        /// To which message.
        #[schema(value_type = i64)]
        message: MessageId,
        /// Who.
        #[schema(value_type = i64)]
        account: AccountId,
        /// All that the account reacts with from now on.
        chosen: Vec<String>,
        /// How often which emoji, of everybody, as it is when this is told: all that the message shows.
        reactions: Vec<CountView>,
        #[serde(flatten)]
        happened: Happened,
    },
    /// A message was pinned.
    MessagePinned {
        /// Where.
        #[schema(value_type = String)]
        chat: ChatId,
        /// Which message.
        #[schema(value_type = i64)]
        message: MessageId,
        #[serde(flatten)]
        happened: Happened,
    },
    /// Messages were taken down. One that is deleted is down without this.
    MessagesUnpinned {
        /// Where.
        #[schema(value_type = String)]
        chat: ChatId,
        /// Which, ascending.
        #[schema(value_type = Vec<i64>)]
        messages: Vec<MessageId>,
        #[serde(flatten)]
        happened: Happened,
    },
}
