//! What happens to messages.

use serde::{Deserialize, Serialize};

use crate::chat::content::{Entity, Kind, Text};
use crate::id::{AccountId, ChatId, MessageId};
use crate::sealed::{Parts, Sealed, SealedPart};
use crate::time::Timestamp;

/// A message was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageSent {
    /// Its id within the chat.
    pub message: MessageId,
    /// Its author.
    pub from: AccountId,
    /// What it is; absent: a text.
    #[serde(default, skip_serializing_if = "Kind::is_text")]
    pub kind: Kind,
    /// The text's length in UTF-16 code units.
    pub length: u32,
    /// Formatted ranges of the text, by offset.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<Entity>,
    /// The message of this chat that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// Whose that message is. Absent where it answers none, and in what older versions recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<AccountId>,
    /// The part of that message that it quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<Quote>,
    /// Where it comes from, if it was forwarded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forwarded: Option<Box<Forwarded>>,
    /// Members whom it mentions or whose message it answers, ascending; not its author.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<AccountId>,
    /// Whether nobody is to be disturbed by it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub silent: bool,
    /// Whether it may not be forwarded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub protected: bool,
    /// In slow mode: when its author may write again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slow_until: Option<Timestamp>,
    /// The text, sealed with the key of who wrote it: of a forwarded message, not its author's.
    #[serde(rename = "sealed")]
    pub text: Sealed<Text>,
    /// The quoted words, sealed with the key of who wrote them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quoted: Option<Box<Sealed<Text>>>,
}

/// A part of an answered message's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// Where it starts, in UTF-16 code units.
    pub offset: u32,
    /// How long it is, in UTF-16 code units; at least 1.
    pub length: u32,
}

/// Where a forwarded message was said first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forwarded {
    /// Who said it; absent where that is hidden, or a channel did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<AccountId>,
    /// Whether who said it wishes that this is not told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
    /// The chat, of a channel's post and of what one keeps for oneself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat: Option<ChatId>,
    /// The message of that chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageId>,
    /// When it was said.
    pub sent_at: Timestamp,
}

/// A message's text was replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageEdited {
    /// Which message.
    pub message: MessageId,
    /// The new text's length in UTF-16 code units.
    pub length: u32,
    /// Formatted ranges of the new text, by offset.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<Entity>,
    /// Members whom it mentions from now on or whose message it answers, ascending; not its author.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<AccountId>,
    /// The new text, sealed with the author's key.
    #[serde(rename = "sealed")]
    pub text: Sealed<Text>,
}

/// Messages were deleted for everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessagesDeleted {
    /// Which, in ascending order.
    pub messages: Vec<MessageId>,
}

impl MessageSent {
    /// A text without anything else, to be grown by what it has.
    pub fn plain(message: MessageId, from: AccountId, text: Sealed<Text>) -> Self {
        Self {
            message,
            from,
            kind: Kind::Text,
            length: 0,
            entities: Vec::new(),
            reply_to: None,
            answers: None,
            quote: None,
            forwarded: None,
            mentions: Vec::new(),
            silent: false,
            protected: false,
            slow_until: None,
            text,
            quoted: None,
        }
    }

    /// Whether somebody else said first what it says: with or without a word of who.
    pub fn is_carried(&self) -> bool {
        self.forwarded.is_some() || self.text.of() != self.from
    }

    /// What it says, and what it quotes.
    pub(super) fn sealed_parts_mut(&mut self) -> Parts<'_> {
        let quoted = self.quoted.as_deref_mut().map(|quoted| quoted as &mut dyn SealedPart);
        [Some(&mut self.text as &mut dyn SealedPart), quoted].into_iter().flatten()
    }
}
