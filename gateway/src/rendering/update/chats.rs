//! Updates about chats.

use std::collections::BTreeSet;

use domain::chat::Permission;
use domain::id::{AccountId, ChatId, LinkId, MessageId};
use domain::interactions::event::{Count, ReactionCount};
use domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{DescriptionView, Happened, TermsView, TitleView, UsernameView};
use crate::rendering::CountView;
use crate::rendering::chat::{ChatKind, MemberView, PermissionName};
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
        /// What members of a group may not do at first; absent elsewhere.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<Vec<PermissionName>>)]
        denied: Option<BTreeSet<Permission>>,
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
        /// The message that says so in the timeline; absent where none does.
        #[serde(skip_serializing_if = "Option::is_none")]
        service_message: Option<MessageView>,
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
        /// How many members there are then; absent in what older versions recorded.
        #[serde(skip_serializing_if = "Option::is_none")]
        count: Option<u32>,
        /// The message that says so in the timeline; absent where none does.
        #[serde(skip_serializing_if = "Option::is_none")]
        service_message: Option<MessageView>,
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
        /// How many members there are then; absent in what older versions recorded.
        #[serde(skip_serializing_if = "Option::is_none")]
        count: Option<u32>,
        /// The message that says so in the timeline; absent where none does.
        #[serde(skip_serializing_if = "Option::is_none")]
        service_message: Option<MessageView>,
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
        /// How many members there are then; absent in what older versions recorded.
        #[serde(skip_serializing_if = "Option::is_none")]
        count: Option<u32>,
        /// The message that says so in the timeline; absent where none does.
        #[serde(skip_serializing_if = "Option::is_none")]
        service_message: Option<MessageView>,
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
        /// How often which emoji, of everybody, as it is when this is told: all that the message shows. Absent where many follow: as before, until it
        /// is counted.
        #[serde(skip_serializing_if = "Option::is_none")]
        reactions: Option<Vec<CountView>>,
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
        /// The message that says so in the timeline; absent where none does.
        #[serde(skip_serializing_if = "Option::is_none")]
        service_message: Option<MessageView>,
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
    /// A group says something else of itself, or nothing any more.
    ChatDescribed {
        /// Which.
        #[schema(value_type = String)]
        chat: ChatId,
        #[serde(flatten)]
        description: DescriptionView,
        #[serde(flatten)]
        happened: Happened,
    },
    /// Members of a group may do something else than before.
    PermissionsChanged {
        /// Which group.
        #[schema(value_type = String)]
        chat: ChatId,
        /// What members may not do.
        #[schema(value_type = Vec<PermissionName>)]
        denied: BTreeSet<Permission>,
        #[serde(flatten)]
        happened: Happened,
    },
    /// Members of a group wait longer or shorter between two messages.
    SlowModeChanged {
        /// Which group.
        #[schema(value_type = String)]
        chat: ChatId,
        /// How long; 0: not at all.
        seconds: u32,
        #[serde(flatten)]
        happened: Happened,
    },
    /// Whether what is said may be forwarded changed.
    ProtectionChanged {
        /// In which group.
        #[schema(value_type = String)]
        chat: ChatId,
        /// Whether it may not.
        protected: bool,
        #[serde(flatten)]
        happened: Happened,
    },
    /// A member may do less than others, or as much again. Told to those who lead the group and to the member.
    MemberRestricted {
        /// In which group.
        #[schema(value_type = String)]
        chat: ChatId,
        /// Who; perhaps the receiver.
        #[schema(value_type = i64)]
        account: AccountId,
        /// What it may not do; empty: it is not restricted any more.
        #[schema(value_type = Vec<PermissionName>)]
        denied: BTreeSet<Permission>,
        /// Until when, in µs since 1970; absent: for ever.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<i64>)]
        until: Option<Timestamp>,
        #[serde(flatten)]
        happened: Happened,
    },
    /// An account may not be in the group. Told to those who lead it and to the account.
    MemberBanned {
        /// Which group.
        #[schema(value_type = String)]
        chat: ChatId,
        /// Who; perhaps the receiver.
        #[schema(value_type = i64)]
        account: AccountId,
        /// Until when, in µs since 1970; absent: for ever.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<i64>)]
        until: Option<Timestamp>,
        #[serde(flatten)]
        happened: Happened,
    },
    /// An account may be in the group again. Told to those who lead it and to the account.
    MemberUnbanned {
        /// Which group.
        #[schema(value_type = String)]
        chat: ChatId,
        /// Who; perhaps the receiver.
        #[schema(value_type = i64)]
        account: AccountId,
        #[serde(flatten)]
        happened: Happened,
    },
    /// An invite link was made. Told to those who lead the group.
    LinkMade {
        /// Of which group.
        #[schema(value_type = String)]
        chat: ChatId,
        /// Which link.
        #[schema(value_type = i64)]
        link: LinkId,
        #[serde(flatten)]
        terms: TermsView,
        #[serde(flatten)]
        happened: Happened,
    },
    /// An invite link was changed. Told to those who lead the group.
    LinkChanged {
        /// Of which group.
        #[schema(value_type = String)]
        chat: ChatId,
        /// Which link.
        #[schema(value_type = i64)]
        link: LinkId,
        #[serde(flatten)]
        terms: TermsView,
        #[serde(flatten)]
        happened: Happened,
    },
    /// An invite link was revoked. Told to those who lead the group.
    LinkRevoked {
        /// Of which group.
        #[schema(value_type = String)]
        chat: ChatId,
        /// Which link.
        #[schema(value_type = i64)]
        link: LinkId,
        #[serde(flatten)]
        happened: Happened,
    },
    /// An account asks to join. Told to those who lead the group and to the account.
    JoinRequested {
        /// Which group.
        #[schema(value_type = String)]
        chat: ChatId,
        /// Who; perhaps the receiver.
        #[schema(value_type = i64)]
        account: AccountId,
        /// Which link.
        #[schema(value_type = i64)]
        link: LinkId,
        #[serde(flatten)]
        happened: Happened,
    },
    /// A request to join came to nothing. Told to those who lead the group and to the account.
    JoinDeclined {
        /// Which group.
        #[schema(value_type = String)]
        chat: ChatId,
        /// Who; perhaps the receiver.
        #[schema(value_type = i64)]
        account: AccountId,
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
    /// Somebody else has the username that was asked for; told to who runs the channel.
    ChatUsernameRefused {
        /// Which.
        #[schema(value_type = String)]
        chat: ChatId,
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
        messages: Vec<MessageCountView>,
        #[serde(flatten)]
        happened: Happened,
    },
}

/// What was counted of a message. Whole numbers: what is absent is as before.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MessageCount)]
pub(crate) struct MessageCountView {
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
#[schema(as = CountedReaction)]
pub(crate) struct ReactionCountView {
    emoji: String,
    #[schema(value_type = i64)]
    count: u32,
}

impl MessageCountView {
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
