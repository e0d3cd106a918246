//! Frames about reactions, pins, and how the caller has its chats.

use domain::id::{ChatId, MessageId};
use domain::time::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::error::Error;
use crate::extract::{json, objects};
use crate::rendering::Entity;

/// What a frame wants.
#[derive(Debug)]
pub(crate) enum Dialog {
    /// React to a message.
    React(React),
    /// Pin a message.
    PinMessage(OneMessage),
    /// Take a message down, or all.
    UnpinMessage(AnyMessage),
    /// Hide messages.
    Hide(Hide),
    /// Clear a chat.
    Clear(ClearUpTo),
    /// Mark a chat as unread.
    MarkUnread(OneChat),
    /// Take that back.
    UnmarkUnread(OneChat),
    /// Mute a chat.
    Mute(Mute),
    /// Mute it no more.
    Unmute(OneChat),
    /// Pin a chat.
    PinChat(OneChat),
    /// Pin it no more.
    UnpinChat(OneChat),
    /// Put pinned chats in another order.
    OrderPinned(Order),
    /// Put a chat away.
    Archive(OneChat),
    /// Take it out again.
    Unarchive(OneChat),
    /// Keep, or end, a draft.
    Draft(Draft),
}

/// The types of these frames.
pub(crate) const TYPES: [&str; 15] = [
    "react",
    "pin_message",
    "unpin_message",
    "hide",
    "clear",
    "mark_unread",
    "unmark_unread",
    "mute",
    "unmute",
    "pin_chat",
    "unpin_chat",
    "order_pinned",
    "archive",
    "unarchive",
    "draft",
];

/// `{"type":"react","id":"…","chat":"g-1","message":5,"reactions":["👍"]}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct React {
    #[serde(rename = "type")]
    _type: IgnoredAny,
    #[serde(rename = "id")]
    _id: IgnoredAny,
    /// Where.
    pub(crate) chat: ChatId,
    /// To which message.
    pub(crate) message: MessageId,
    /// All that the caller reacts with from now on.
    pub(crate) reactions: Vec<String>,
}

/// `{"type":"pin_message","id":"…","chat":"g-1","message":5}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OneMessage {
    #[serde(rename = "type")]
    _type: IgnoredAny,
    #[serde(rename = "id")]
    _id: IgnoredAny,
    /// Where.
    pub(crate) chat: ChatId,
    /// Which.
    pub(crate) message: MessageId,
}

/// `{"type":"unpin_message","id":"…","chat":"g-1","message":5}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnyMessage {
    #[serde(rename = "type")]
    _type: IgnoredAny,
    #[serde(rename = "id")]
    _id: IgnoredAny,
    /// Where.
    pub(crate) chat: ChatId,
    /// Which; absent: all.
    #[serde(default)]
    pub(crate) message: Option<MessageId>,
}

/// `{"type":"hide","id":"…","chat":"g-1","messages":[5,6]}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hide {
    #[serde(rename = "type")]
    _type: IgnoredAny,
    #[serde(rename = "id")]
    _id: IgnoredAny,
    /// Where.
    pub(crate) chat: ChatId,
    /// Which.
    pub(crate) messages: Vec<MessageId>,
}

/// `{"type":"clear","id":"…","chat":"g-1","up_to":5}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClearUpTo {
    #[serde(rename = "type")]
    _type: IgnoredAny,
    #[serde(rename = "id")]
    _id: IgnoredAny,
    /// Where.
    pub(crate) chat: ChatId,
    /// Up to and including this message; absent: all.
    #[serde(default)]
    pub(crate) up_to: Option<MessageId>,
}

/// `{"type":"archive","id":"…","chat":"g-1"}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OneChat {
    #[serde(rename = "type")]
    _type: IgnoredAny,
    #[serde(rename = "id")]
    _id: IgnoredAny,
    /// Which.
    pub(crate) chat: ChatId,
}

/// `{"type":"mute","id":"…","chat":"g-1","until":1760000000000000}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mute {
    #[serde(rename = "type")]
    _type: IgnoredAny,
    #[serde(rename = "id")]
    _id: IgnoredAny,
    /// Which.
    pub(crate) chat: ChatId,
    /// Until when; absent: for ever.
    #[serde(default)]
    pub(crate) until: Option<Timestamp>,
}

/// `{"type":"order_pinned","id":"…","chats":["g-1","dm-77-81"]}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    #[serde(rename = "type")]
    _type: IgnoredAny,
    #[serde(rename = "id")]
    _id: IgnoredAny,
    /// Those that come first.
    pub(crate) chats: Vec<ChatId>,
}

/// `{"type":"draft","id":"…","chat":"g-1","text":"well","entities":[…],"reply_to":4}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Draft {
    #[serde(rename = "type")]
    _type: IgnoredAny,
    #[serde(rename = "id")]
    _id: IgnoredAny,
    /// Where.
    pub(crate) chat: ChatId,
    /// What the caller is about to say; absent: nothing any more.
    #[serde(default)]
    pub(crate) text: Option<String>,
    /// How it is formatted.
    #[serde(default, deserialize_with = "objects")]
    pub(crate) entities: Vec<Entity>,
    /// The message that it is to answer.
    #[serde(default)]
    pub(crate) reply_to: Option<MessageId>,
}

/// Reads a frame of one of these types; `None`: it is of another.
pub(super) fn read(kind: &str, text: &[u8]) -> Option<Result<Dialog, Error>> {
    Some(match kind {
        "react" => json(text).map(Dialog::React),
        "pin_message" => json(text).map(Dialog::PinMessage),
        "unpin_message" => json(text).map(Dialog::UnpinMessage),
        "hide" => json(text).map(Dialog::Hide),
        "clear" => json(text).map(Dialog::Clear),
        "mark_unread" => json(text).map(Dialog::MarkUnread),
        "unmark_unread" => json(text).map(Dialog::UnmarkUnread),
        "mute" => json(text).map(Dialog::Mute),
        "unmute" => json(text).map(Dialog::Unmute),
        "pin_chat" => json(text).map(Dialog::PinChat),
        "unpin_chat" => json(text).map(Dialog::UnpinChat),
        "order_pinned" => json(text).map(Dialog::OrderPinned),
        "archive" => json(text).map(Dialog::Archive),
        "unarchive" => json(text).map(Dialog::Unarchive),
        "draft" => json(text).map(Dialog::Draft),
        _ => return None,
    })
}
