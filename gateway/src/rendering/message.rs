//! A message as clients see it.

use domain::chat::content::{Detail, Kind, Text};
use domain::chat::event::{MessageEdited, MessageSent};
use domain::fact::Fact;
use domain::id::{AccountId, ChatId, MessageId};
use domain::stream::Stream;
use domain::time::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::content::{ContactShape, LocationShape, OriginView, QuoteView};
use super::service::ServiceView;
use super::{CountView, Opener, Shut};

/// A formatted range of a text, as the Bot API writes it; read and written alike.
pub(crate) use domain::chat::EntityInput as Entity;

/// A formatted range of a text. Offsets and lengths count UTF-16 code units.
#[derive(Debug, ToSchema)]
#[schema(as = Entity)]
#[expect(
    dead_code,
    reason = "documents the shape of `domain::chat::EntityInput`, which knows nothing of OpenAPI"
)]
pub(crate) struct EntityShape {
    /// How the range is formatted: `bold`, `italic`, `text_link` …
    r#type: String,
    /// Where it starts.
    offset: u32,
    /// How long it is; at least 1.
    length: u32,
    /// A text link's address.
    url: Option<String>,
    /// A code block's language.
    language: Option<String>,
    /// Whom a text mention names.
    account: Option<i64>,
}

/// A message. Of a deleted one only `id`, `from`, `sent_at` and `deleted` remain.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[schema(as = Message)]
#[expect(clippy::struct_excessive_bools, reason = "each is a field of its own on the wire")]
pub(crate) struct MessageView {
    /// Its id within the chat.
    #[schema(value_type = i64, minimum = 1)]
    pub(crate) id: i64,
    /// Its author; absent in a channel, which says it itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i64)]
    pub(crate) from: Option<AccountId>,
    /// When it was sent, in µs since 1970. Absent where only the edit is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    pub(crate) sent_at: Option<Timestamp>,
    /// What it is: `location` or `contact`; absent: a text, or deleted. Only in edits that is not told, as it stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) kind: Option<&'static str>,
    /// What it says; `null` when erased or unreadable, absent when deleted and where it is something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    #[expect(clippy::option_option, reason = "absent, null and a text are three things on the wire")]
    pub(crate) text: Option<Option<String>>,
    /// The author's key is gone and the text with it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) erased: bool,
    /// The server can't read the text at present; it is not gone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) unreadable: bool,
    /// Deleted for everybody.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) deleted: bool,
    /// How the text is formatted; absent when it is not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<EntityShape>)]
    pub(crate) entities: Vec<Entity>,
    /// A place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) location: Option<LocationShape>,
    /// Somebody's name and phone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) contact: Option<ContactShape>,
    /// What the sender's program added.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(crate) extra: Option<Value>,
    /// Members whom it mentions or whose message it answers, ascending; absent: nobody.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<i64>)]
    pub(crate) mentions: Vec<AccountId>,
    /// The message of the chat that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    pub(crate) reply_to: Option<MessageId>,
    /// Whose that message is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    pub(crate) answers: Option<AccountId>,
    /// What it quotes of that message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) quote: Option<QuoteView>,
    /// Where it was said first, if it was forwarded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) forwarded: Option<OriginView>,
    /// Nobody is to be disturbed by it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) silent: bool,
    /// It may not be forwarded.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) protected: bool,
    /// When its text was last replaced, in µs since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    pub(crate) edited_at: Option<Timestamp>,
    /// In a channel: how many accounts have seen it, as it was counted last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    pub(crate) views: Option<u32>,
    /// How often which emoji, the most frequent first, at most 100; absent when there is none, and in updates.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) reactions: Vec<CountView>,
    /// What happened, of a service message: it has no text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) service: Option<ServiceView>,
}

impl MessageView {
    /// What an edit tells: nothing that it did not touch.
    pub(crate) fn of_edit(self) -> Self {
        Self {
            sent_at: None,
            kind: None,
            reply_to: None,
            views: None,
            answers: None,
            quote: None,
            forwarded: None,
            silent: false,
            protected: false,
            ..self
        }
    }

    fn saying(mut self, text: Result<Text, Shut>, entities: &[domain::chat::content::Entity]) -> Self {
        let (text, details) = match text {
            Ok(said) => {
                self.location = said.location.map(Into::into);
                self.contact = said.contact.map(Into::into);
                self.extra = said.extra;
                let is_text = self.location.is_none() && self.contact.is_none();
                (is_text.then_some(Some(said.text)), said.details)
            }
            Err(why) => {
                (self.erased, self.unreadable) = (why == Shut::Erased, why == Shut::Unreadable);
                (Some(None), Vec::new())
            }
        };
        self.text = text;
        self.entities = formatted(entities, &details);
        self
    }
}

/// The author, unless it is the channel that speaks.
pub(crate) fn shown_in(stream: &Stream, author: AccountId) -> Option<AccountId> {
    (!matches!(stream, Stream::Chat(ChatId::Channel(_)))).then_some(author)
}

/// Formatted ranges as clients write them.
pub(super) fn formatted(entities: &[domain::chat::content::Entity], details: &[Detail]) -> Vec<Entity> {
    let numbered = entities.iter().enumerate();
    numbered.map(|(index, entity)| written(index, entity, details)).collect()
}

/// What is no text has a name.
fn named(kind: Kind) -> Option<&'static str> {
    (!kind.is_text()).then(|| kind.as_str())
}

fn written(index: usize, entity: &domain::chat::content::Entity, details: &[Detail]) -> Entity {
    let detail = details.iter().find(|detail| detail.entity as usize == index);
    Entity {
        kind: entity.kind,
        offset: entity.offset,
        length: entity.length,
        url: detail.and_then(|detail| detail.url.clone()),
        language: detail.and_then(|detail| detail.language.clone()),
        account: entity.account,
    }
}

impl Opener<'_> {
    /// A message as it was sent.
    pub(crate) fn sent(self, fact: &Fact, sent: &MessageSent) -> MessageView {
        MessageView {
            id: sent.message.get(),
            from: shown_in(&fact.stream, sent.from),
            sent_at: Some(fact.happened_at()),
            kind: named(sent.kind),
            mentions: sent.mentions.clone(),
            reply_to: sent.reply_to,
            answers: sent.answers,
            quote: sent
                .quote
                .zip(sent.quoted.as_deref())
                .map(|(range, words)| QuoteView::of(range, self.open(&fact.stream, words))),
            forwarded: sent.forwarded.as_deref().cloned().map(Into::into),
            silent: sent.silent,
            protected: sent.protected,
            views: matches!(fact.stream, Stream::Chat(ChatId::Channel(_))).then_some(0),
            ..MessageView::default()
        }
        .saying(self.open(&fact.stream, &sent.text), &sent.entities)
    }

    /// What an edit says of a message.
    pub(crate) fn edited(self, fact: &Fact, edited: &MessageEdited) -> MessageView {
        MessageView {
            id: edited.message.get(),
            from: fact.by.account().and_then(|by| shown_in(&fact.stream, by)),
            mentions: edited.mentions.clone(),
            edited_at: Some(fact.happened_at()),
            ..MessageView::default()
        }
        .saying(self.open(&fact.stream, &edited.text), &edited.entities)
    }
}

impl Opener<'_> {
    /// A message as it is now.
    pub(crate) fn message(self, row: &projections::timeline::Message) -> MessageView {
        let view = MessageView {
            id: row.message.get(),
            from: shown_in(&Stream::Chat(row.chat), row.author),
            sent_at: Some(row.sent_at),
            ..MessageView::default()
        };
        if let Some(service) = row.service.as_ref().filter(|_| !row.deleted) {
            let service = self.service(&Stream::Chat(row.chat), service, row.content.as_ref());
            return MessageView {
                service: Some(service),
                ..view
            };
        }
        let Some(content) = row.content.as_ref().filter(|_| !row.deleted) else {
            return MessageView { deleted: true, ..view };
        };
        let stream = Stream::Chat(row.chat);
        let text = self.open_closed::<Text>(&stream, content);
        MessageView {
            kind: named(row.kind),
            mentions: row.mentions.clone(),
            reply_to: row.reply_to,
            answers: row.answers,
            quote: row
                .quote
                .as_ref()
                .map(|quote| QuoteView::of(quote.range, self.open_closed(&stream, &quote.words))),
            forwarded: row.forwarded.clone().map(Into::into),
            silent: row.silent,
            protected: row.protected,
            edited_at: row.edited_at,
            views: matches!(row.chat, ChatId::Channel(_)).then_some(row.views),
            reactions: CountView::of(&row.reactions),
            ..view.saying(text, &row.entities)
        }
    }
}
