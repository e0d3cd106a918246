//! The shape of `result.json`, as far as it is read; what it holds beyond that is passed over.
//!
//! A chat exported alone stands at the top; an export of everything has lists of them.

use serde::Deserialize;
use serde_json::Value;

/// `result.json`
#[derive(Debug, Deserialize)]
pub(super) struct Export {
    #[serde(default)]
    pub(super) chats: Option<List>,
    #[serde(default)]
    pub(super) left_chats: Option<List>,
    #[serde(default)]
    pub(super) personal_information: Option<Exporter>,
    #[serde(flatten)]
    pub(super) alone: Option<Chat>,
}

/// Who exported; not told beside a chat that was exported alone.
#[derive(Debug, Deserialize)]
pub(super) struct Exporter {
    #[serde(default)]
    pub(super) user_id: Option<i64>,
}

/// Chats of an export of everything.
#[derive(Debug, Deserialize)]
pub(super) struct List {
    #[serde(default)]
    pub(super) list: Vec<Chat>,
}

/// A chat.
#[derive(Debug, Deserialize)]
pub(super) struct Chat {
    /// `null` of deleted accounts.
    #[serde(default)]
    pub(super) name: Option<String>,
    /// `personal_chat`, `private_supergroup` …
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) id: i64,
    pub(super) messages: Vec<Message>,
}

/// A message, or something that happened.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Message {
    pub(super) id: i64,
    /// `message` or `service`.
    #[serde(rename = "type")]
    pub(super) kind: String,
    /// `2024-03-01T09:14:00`, in the time zone of the machine that exported.
    pub(super) date: String,
    /// Seconds since 1970; older exports lack it.
    pub(super) date_unixtime: Option<String>,
    pub(super) edited: Option<String>,
    pub(super) edited_unixtime: Option<String>,
    pub(super) from: Option<String>,
    /// `user77`, `channel42`
    pub(super) from_id: Option<String>,
    pub(super) actor: Option<String>,
    pub(super) actor_id: Option<String>,
    pub(super) action: Option<String>,
    pub(super) title: Option<String>,
    /// Names, not ids.
    pub(super) members: Vec<Option<String>>,
    pub(super) reply_to_message_id: Option<i64>,
    pub(super) forwarded_from: Option<String>,
    /// A string, or a list of strings and pieces.
    pub(super) text: Value,
    /// Newer exports say the same here, in pieces only.
    pub(super) text_entities: Vec<Piece>,
    pub(super) photo: Option<Value>,
    pub(super) file: Option<Value>,
    /// `sticker`, `voice_message`, `video_file` …
    pub(super) media_type: Option<String>,
    pub(super) sticker_emoji: Option<String>,
    pub(super) file_name: Option<String>,
    pub(super) poll: Option<Poll>,
    pub(super) location_information: Option<Value>,
    pub(super) contact_information: Option<Value>,
}

/// A poll.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Poll {
    pub(super) question: Value,
}

/// A piece of a text, formatted in one way.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct Piece {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) text: String,
    /// Of a `text_link`.
    pub(super) href: Option<String>,
    /// Of a `mention_name`.
    pub(super) user_id: Option<i64>,
    /// Of a `pre`.
    pub(super) language: Option<String>,
    /// Of a `blockquote`.
    pub(super) collapsed: bool,
}
