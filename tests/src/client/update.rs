//! Updates as a client reads them: only what it needs, tolerant of what it does not know.

use serde::Deserialize;
use serde_json::Value;

/// A message, as far as a client keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Message {
    /// Within its chat.
    pub id: i64,
    /// Its author; absent where only an edit is told.
    #[serde(default)]
    pub from: Option<i64>,
    /// What it says; absent when deleted or erased.
    #[serde(default)]
    pub text: Option<String>,
    /// The message that it answers.
    #[serde(default)]
    pub reply_to: Option<i64>,
    /// Whether it was edited, and when.
    #[serde(default)]
    pub edited_at: Option<i64>,
    /// Whether it is gone.
    #[serde(default)]
    pub deleted: bool,
    /// Whether its author's key is gone.
    #[serde(default)]
    pub erased: bool,
}

/// What an update tells.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(missing_docs, reason = "docs/API.md says what each is; the names are its")]
pub enum Tidings {
    MessageSent {
        chat: String,
        message: Message,
    },
    MessageEdited {
        chat: String,
        message: Message,
    },
    MessagesDeleted {
        chat: String,
        messages: Vec<i64>,
    },
    ChatCreated {
        chat: String,
        title: Option<String>,
        members: Vec<Member>,
    },
    ChatRenamed {
        chat: String,
        title: Option<String>,
        #[serde(default)]
        service_message: Option<Message>,
    },
    MemberAdded {
        chat: String,
        account: i64,
        #[serde(default)]
        service_message: Option<Message>,
    },
    MemberRemoved {
        chat: String,
        account: i64,
        #[serde(default)]
        service_message: Option<Message>,
    },
    MemberLeft {
        chat: String,
        account: i64,
        #[serde(default)]
        service_message: Option<Message>,
    },
    RoleChanged {
        chat: String,
        account: i64,
        role: String,
    },
    ReactionChanged {
        chat: String,
        message: i64,
        account: i64,
        chosen: Vec<String>,
        /// Absent where many follow.
        reactions: Option<Vec<Count>>,
    },
    MessagePinned {
        chat: String,
        message: i64,
        #[serde(default)]
        service_message: Option<Message>,
    },
    MessagesUnpinned {
        chat: String,
        messages: Vec<i64>,
    },
    MessagesHidden {
        chat: String,
        messages: Vec<i64>,
    },
    ChatCleared {
        chat: String,
        up_to: i64,
    },
    ChatRead {
        chat: String,
        account: i64,
        up_to: i64,
    },
    DeviceRenamed {
        device: i64,
        name: Option<String>,
    },
    DeviceEnded {
        device: i64,
        #[serde(default)]
        reason: Option<String>,
    },
    UsernameChanged {
        username: Option<String>,
    },
    UsernameRefused,
    #[serde(other)]
    Other,
}

/// How many react to a message with an emoji.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Count {
    /// The emoji.
    pub emoji: String,
    /// How many.
    pub count: i64,
}

/// A member, as far as a client keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Member {
    /// Who.
    pub account: i64,
    /// `owner`, `admin` or `member`.
    pub role: String,
}

impl Tidings {
    /// Reads an update.
    pub fn read(update: &Value) -> Self {
        serde_json::from_value(update.clone()).unwrap_or_else(|error| panic!("not an update as documented ({error}): {update}"))
    }

    /// The chat it tells of.
    pub fn chat(&self) -> Option<&str> {
        match self {
            Self::MessageSent { chat, .. }
            | Self::MessageEdited { chat, .. }
            | Self::MessagesDeleted { chat, .. }
            | Self::ChatCreated { chat, .. }
            | Self::ChatRenamed { chat, .. }
            | Self::MemberAdded { chat, .. }
            | Self::MemberRemoved { chat, .. }
            | Self::MemberLeft { chat, .. }
            | Self::RoleChanged { chat, .. }
            | Self::ReactionChanged { chat, .. }
            | Self::MessagePinned { chat, .. }
            | Self::MessagesUnpinned { chat, .. }
            | Self::MessagesHidden { chat, .. }
            | Self::ChatCleared { chat, .. }
            | Self::ChatRead { chat, .. } => Some(chat),
            Self::DeviceRenamed { .. } | Self::DeviceEnded { .. } | Self::UsernameChanged { .. } | Self::UsernameRefused | Self::Other => {
                None
            }
        }
    }

    /// The message that says so in the timeline, where one does.
    pub fn service_message(&self) -> Option<&Message> {
        match self {
            Self::ChatRenamed { service_message, .. }
            | Self::MemberAdded { service_message, .. }
            | Self::MemberRemoved { service_message, .. }
            | Self::MemberLeft { service_message, .. }
            | Self::MessagePinned { service_message, .. } => service_message.as_ref(),
            _ => None,
        }
    }

    /// What never changes about it: contents are told as they are now, so they are left out.
    #[must_use]
    pub fn fact(&self) -> Self {
        let bare = |message: &Message| Message {
            id: message.id,
            ..Message::default()
        };
        match self.clone() {
            Self::MessageSent { chat, message } => Self::MessageSent {
                chat,
                message: bare(&message),
            },
            Self::MessageEdited { chat, message } => Self::MessageEdited {
                chat,
                message: bare(&message),
            },
            // Counts are told as they are now, too.
            Self::ReactionChanged {
                chat,
                message,
                account,
                chosen,
                ..
            } => Self::ReactionChanged {
                chat,
                message,
                account,
                chosen,
                reactions: None,
            },
            other => other,
        }
    }
}
