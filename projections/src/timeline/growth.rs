//! How the timeline grows: a message is one row per batch, whatever happened to it in between.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use domain::actor::Actor;
use domain::chat::Event;
use domain::chat::content::Entity;
use domain::chat::event::{MessageEdited, MessageSent};
use domain::fact::{Fact, FactRef};
use domain::id::{AccountId, ChatId, CommandId, DeviceId, MessageId};
use domain::time::Timestamp;
use infra::db::Column::{Int, Text};
use infra::db::{Bulk, BulkUpdate, Writes};
use serde::Serialize;

use super::Message;
use crate::lane::Lane;
use crate::projection::{ApplyError, Batch, Projection};
use crate::share;

/// Keyed by chat.
#[derive(Debug, Default)]
pub struct Timeline;

const SENT: Bulk = Bulk {
    table: "timeline",
    columns: &[
        ("chat", Text),
        ("message", Int),
        ("position", Int),
        ("idx", Int),
        ("author", Int),
        ("device", Int),
        ("command", Text),
        ("sent_at", Int),
        ("reply_to", Int),
        ("edited_at", Int),
        ("length", Int),
        ("entities", Text),
        ("content", Text),
        ("deleted", Int),
        ("recorded_at", Int),
    ],
    conflict: "on conflict (chat, message) do nothing",
};

const EDITED: BulkUpdate = BulkUpdate {
    table: "timeline",
    keys: &[("chat", Text), ("message", Int)],
    set: &[("edited_at", Int), ("length", Int), ("entities", Text), ("content", Text)],
    only: "and timeline.deleted = 0",
};

const DELETED: BulkUpdate = BulkUpdate {
    table: "timeline",
    keys: &[("chat", Text), ("message", Int)],
    set: &[
        ("deleted", Int),
        ("edited_at", Int),
        ("length", Int),
        ("entities", Text),
        ("content", Text),
    ],
    only: "",
};

type Key = (ChatId, MessageId);

/// A message sent in this batch.
pub(crate) struct Sent {
    at: FactRef,
    author: AccountId,
    device: Option<DeviceId>,
    command: CommandId,
    when: Timestamp,
    /// Where that is another time.
    recorded_at: Option<Timestamp>,
    reply_to: Option<MessageId>,
    text: Says,
    deleted: bool,
}

/// What a message says now; nothing once deleted.
#[derive(Default)]
struct Says {
    edited_at: Option<Timestamp>,
    length: u32,
    entities: Option<String>,
    content: Option<String>,
}

/// What a batch does to messages: those it sent, and what became of older ones.
#[derive(Default)]
pub(crate) struct Changes {
    sent: BTreeMap<Key, Sent>,
    edited: BTreeMap<Key, Says>,
    deleted: BTreeSet<Key>,
}

#[async_trait]
impl Projection for Timeline {
    fn name(&self) -> &'static str {
        "timeline"
    }

    fn version(&self) -> i32 {
        1
    }

    async fn apply(&mut self, lane: &Lane, batch: &Batch, writes: &mut Writes<'_>) -> Result<(), ApplyError> {
        let mut changes = Changes::default();
        for (fact, chat, event) in share::chat_events(*lane, batch) {
            changes.take(fact, chat, event)?;
        }
        changes.write(writes).await?;
        Ok(())
    }

    fn forget(&mut self) {}
}

impl Changes {
    /// Takes in what a fact does.
    pub(crate) fn take(&mut self, fact: &Fact, chat: ChatId, event: &Event) -> Result<(), ApplyError> {
        match event {
            Event::MessageSent(sent) => self.sent(fact, chat, sent)?,
            Event::MessageEdited(edited) => self.edited(fact, chat, edited)?,
            Event::MessagesDeleted(deleted) => deleted.messages.iter().for_each(|message| self.deleted((chat, *message))),
            Event::Created(_)
            | Event::Renamed(_)
            | Event::MemberAdded(_)
            | Event::MemberRemoved(_)
            | Event::MemberLeft(_)
            | Event::RoleChanged(_)
            | Event::ReactionChanged(_)
            | Event::MessagePinned(_)
            | Event::MessagesUnpinned(_) => {}
        }
        Ok(())
    }

    fn sent(&mut self, fact: &Fact, chat: ChatId, sent: &MessageSent) -> Result<(), ApplyError> {
        let text = Says {
            edited_at: None,
            length: sent.length,
            entities: entities(fact, &sent.entities)?,
            content: Some(share::closed(fact, &sent.text)?),
        };
        let key = (chat, sent.message);
        // What came before it, when it was parked, found no message: in a batch of its own it would be nothing.
        self.edited.remove(&key);
        self.deleted.remove(&key);
        self.sent.entry(key).or_insert(Sent {
            at: fact.at,
            author: sent.from,
            device: sender(fact, sent),
            command: fact.command,
            when: fact.happened_at(),
            recorded_at: fact.sent_at.map(|_| fact.recorded_at),
            reply_to: sent.reply_to,
            text,
            deleted: false,
        });
        Ok(())
    }

    fn edited(&mut self, fact: &Fact, chat: ChatId, edited: &MessageEdited) -> Result<(), ApplyError> {
        let text = Says {
            edited_at: Some(fact.happened_at()),
            length: edited.length,
            entities: entities(fact, &edited.entities)?,
            content: Some(share::closed(fact, &edited.text)?),
        };
        let key = (chat, edited.message);
        match self.sent.get_mut(&key) {
            Some(sent) if sent.deleted => {}
            Some(sent) => sent.text = text,
            None if self.deleted.contains(&key) => {}
            None => drop(self.edited.insert(key, text)),
        }
        Ok(())
    }

    /// A deleted message loses what it said, and all that tells of it: formatting, length, edits.
    fn deleted(&mut self, key: Key) {
        if let Some(sent) = self.sent.get_mut(&key) {
            sent.deleted = true;
            sent.text = Says::default();
        } else {
            // An edit before it in the batch stands: when the message was edited is told of deleted ones too.
            self.deleted.insert(key);
        }
    }

    /// The messages of one chat that were sent and are not deleted, in ascending order: all there are, where no fact came before.
    pub(crate) fn into_there(self) -> impl DoubleEndedIterator<Item = (MessageId, Sent)> {
        let there = self.sent.into_iter().filter(|(_, sent)| !sent.deleted);
        there.map(|((_, message), sent)| (message, sent))
    }

    /// Writes a row per message.
    async fn write(self, writes: &mut Writes<'_>) -> Result<(), sqlx::Error> {
        let sent: Vec<_> = self.sent.into_iter().map(row).collect();
        SENT.insert(writes, &sent).await?;
        let row = |((chat, message), text): (Key, Says)| (chat, message, text.edited_at, text.length, text.entities, text.content);
        let edited: Vec<_> = self.edited.into_iter().map(row).collect();
        EDITED.update(writes, &edited).await?;
        let deleted: Vec<_> = self
            .deleted
            .into_iter()
            .map(|(chat, message)| (chat, message, 1, None::<Timestamp>, 0, None::<String>, None::<String>))
            .collect();
        DELETED.update(writes, &deleted).await
    }
}

impl Sent {
    /// As it has become.
    pub(crate) fn message(self, (chat, message): Key) -> Result<Message, serde_json::Error> {
        let text = self.text;
        Ok(Message {
            chat,
            message,
            at: self.at,
            author: self.author,
            device: self.device,
            command: self.command,
            sent_at: self.when,
            recorded_at: self.recorded_at.unwrap_or(self.when),
            edited_at: text.edited_at,
            reply_to: self.reply_to,
            length: text.length,
            entities: text.entities.as_deref().map(serde_json::from_str).transpose()?.unwrap_or_default(),
            content: text.content.as_deref().map(serde_json::from_str).transpose()?,
            deleted: self.deleted,
            reactions: Vec::new(),
        })
    }
}

/// A sent message's row.
fn row(((chat, message), sent): (Key, Sent)) -> impl Serialize {
    let text = sent.text;
    (
        chat,
        message,
        sent.at.position,
        sent.at.index,
        sent.author,
        sent.device,
        sent.command,
        sent.when,
        sent.reply_to,
        text.edited_at,
        text.length,
        text.entities,
        text.content,
        i64::from(sent.deleted),
        sent.recorded_at,
    )
}

/// The author's device, if one sent it.
fn sender(fact: &Fact, sent: &MessageSent) -> Option<DeviceId> {
    match fact.by {
        Actor::Device(account, device) => (account == sent.from).then_some(device),
        Actor::Service(_) | Actor::Import(_) | Actor::Reactor(_) | Actor::Admin(..) => None,
    }
}

fn entities(fact: &Fact, entities: &[Entity]) -> Result<Option<String>, ApplyError> {
    (!entities.is_empty()).then(|| share::json(fact, &entities)).transpose()
}
