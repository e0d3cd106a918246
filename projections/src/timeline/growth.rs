//! How the timeline grows: a message is one row per batch, whatever happened to it in between.

mod rows;

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use domain::actor::Actor;
use domain::chat::content::Kind;
use domain::chat::event::{MessageEdited, MessageSent};
use domain::chat::{Event, Service};
use domain::fact::{Fact, FactRef};
use domain::id::{AccountId, ChatId, CommandId, DeviceId, MessageId};
use domain::interactions::{self, event::Counted};
use domain::sealed::Sealed;
use domain::time::Timestamp;
use infra::db::Writes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Message, Quotation};
use crate::lane::Lane;
use crate::projection::{ApplyError, Batch, Projection};
use crate::share::{self, Happening};

/// Keyed by chat.
#[derive(Debug, Default)]
pub struct Timeline;

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
    answers: Option<AccountId>,
    text: Says,
    besides: Besides,
    marks: Marks,
    deleted: bool,
    service: Option<Service>,
}

/// What it says of itself in one word; stays once deleted.
#[derive(Default)]
struct Marks {
    silent: bool,
    protected: bool,
    carried: bool,
    views: u32,
}

/// What it is and is made of, which no edit changes; nothing once deleted.
#[derive(Default)]
struct Besides {
    kind: Kind,
    quote: Option<String>,
    forwarded: Option<String>,
}

/// What a message says now; nothing once deleted.
#[derive(Default)]
struct Says {
    edited_at: Option<Timestamp>,
    length: u32,
    entities: Option<String>,
    content: Option<String>,
    mentions: Option<String>,
}

/// What a batch does to messages: those it sent, and what became of older ones.
#[derive(Default)]
pub(crate) struct Changes {
    sent: BTreeMap<Key, Sent>,
    edited: BTreeMap<Key, Says>,
    deleted: BTreeSet<Key>,
    seen: BTreeMap<Key, u32>,
}

#[async_trait]
impl Projection for Timeline {
    fn name(&self) -> &'static str {
        "timeline"
    }

    /// 2: with service messages.
    fn version(&self) -> i32 {
        2
    }

    async fn apply(&mut self, lane: &Lane, batch: &Batch, writes: &mut Writes<'_>) -> Result<(), ApplyError> {
        let mut changes = Changes::default();
        for (fact, chat, happening) in share::happenings(*lane, batch) {
            match happening {
                Happening::Chat(event) => changes.take(fact, chat, event)?,
                Happening::Interactions(interactions::Event::Counted(counted)) => changes.counted(chat, counted),
                Happening::Interactions(interactions::Event::ReactionChanged(_)) => {}
            }
        }
        rows::write(changes, writes).await?;
        Ok(())
    }

    fn forget(&mut self) {}
}

impl Changes {
    /// Takes in what a fact does.
    pub(crate) fn take(&mut self, fact: &Fact, chat: ChatId, event: &Event) -> Result<(), ApplyError> {
        if let Some((message, service)) = event.service() {
            self.told(fact, (chat, message), service, event)?;
        }
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
            | Event::MessagesUnpinned(_)
            | Event::Described(_)
            | Event::PermissionsChanged(_)
            | Event::SlowModeChanged(_)
            | Event::ProtectionChanged(_)
            | Event::MemberRestricted(_)
            | Event::MemberBanned(_)
            | Event::MemberUnbanned(_)
            | Event::LinkMade(_)
            | Event::LinkChanged(_)
            | Event::LinkRevoked(_)
            | Event::JoinRequested(_)
            | Event::JoinDeclined(_)
            | Event::SequenceBegun(_)
            | Event::UsernameRequested(_)
            | Event::UsernameChanged(_)
            | Event::UsernameRefused(_) => {}
        }
        Ok(())
    }

    /// What everybody should see of what happened stands in its place.
    fn told(&mut self, fact: &Fact, key: Key, service: Service, event: &Event) -> Result<(), ApplyError> {
        let Some(author) = service.author(fact.by.account()) else {
            return Ok(());
        };
        let content = if let Event::Renamed(renamed) = event {
            Some(share::closed(fact, &renamed.title)?)
        } else {
            None
        };
        self.edited.remove(&key);
        self.deleted.remove(&key);
        self.seen.remove(&key);
        self.sent.entry(key).or_insert(Sent {
            at: fact.at,
            author,
            device: sender(fact, author),
            command: fact.command,
            when: fact.happened_at(),
            recorded_at: fact.sent_at.map(|_| fact.recorded_at),
            reply_to: None,
            answers: None,
            text: Says {
                content,
                ..Says::default()
            },
            besides: Besides::default(),
            marks: Marks::default(),
            deleted: false,
            service: Some(service),
        });
        Ok(())
    }

    fn sent(&mut self, fact: &Fact, chat: ChatId, sent: &MessageSent) -> Result<(), ApplyError> {
        let text = Says {
            edited_at: None,
            length: sent.length,
            entities: list(fact, &sent.entities)?,
            content: Some(share::closed(fact, &sent.text)?),
            mentions: list(fact, &sent.mentions)?,
        };
        let besides = Besides {
            kind: sent.kind,
            quote: quote(fact, sent)?,
            forwarded: sent.forwarded.as_ref().map(|origin| share::json(fact, origin)).transpose()?,
        };
        let key = (chat, sent.message);
        // What came before it, when it was parked, found no message: in a batch of its own it would be nothing.
        self.edited.remove(&key);
        self.deleted.remove(&key);
        self.seen.remove(&key);
        self.sent.entry(key).or_insert(Sent {
            at: fact.at,
            author: sent.from,
            device: sender(fact, sent.from),
            command: fact.command,
            when: fact.happened_at(),
            recorded_at: fact.sent_at.map(|_| fact.recorded_at),
            reply_to: sent.reply_to,
            answers: sent.answers,
            text,
            besides,
            marks: Marks {
                silent: sent.silent,
                protected: sent.protected,
                carried: sent.is_carried(),
                views: 0,
            },
            deleted: false,
            service: None,
        });
        Ok(())
    }

    fn edited(&mut self, fact: &Fact, chat: ChatId, edited: &MessageEdited) -> Result<(), ApplyError> {
        let text = Says {
            edited_at: Some(fact.happened_at()),
            length: edited.length,
            entities: list(fact, &edited.entities)?,
            content: Some(share::closed(fact, &edited.text)?),
            mentions: list(fact, &edited.mentions)?,
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

    /// A deleted message loses what it said, and all that tells of it: formatting, length, edits, whom it mentions, what it quotes.
    fn deleted(&mut self, key: Key) {
        if let Some(sent) = self.sent.get_mut(&key) {
            sent.deleted = true;
            sent.text = Says::default();
            sent.besides = Besides::default();
        } else {
            // An edit before it in the batch stands: when the message was edited is told of deleted ones too.
            self.deleted.insert(key);
        }
    }

    /// Takes in how often messages were seen.
    pub(crate) fn counted(&mut self, chat: ChatId, counted: &Counted) {
        for count in &counted.messages {
            let (key, views) = ((chat, count.message), count.views.unwrap_or(0));
            if let Some(sent) = self.sent.get_mut(&key) {
                sent.marks.views = sent.marks.views.max(views);
            } else if views > 0 {
                let seen = self.seen.entry(key).or_default();
                *seen = views.max(*seen);
            }
        }
    }

    /// The messages of one chat that were sent and are not deleted, in ascending order: all there are, where no fact came before.
    pub(crate) fn into_there(self) -> impl DoubleEndedIterator<Item = (MessageId, Sent)> {
        let there = self.sent.into_iter().filter(|(_, sent)| !sent.deleted);
        there.map(|((_, message), sent)| (message, sent))
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
            entities: read(text.entities.as_deref())?.unwrap_or_default(),
            content: read(text.content.as_deref())?,
            deleted: self.deleted,
            views: self.marks.views,
            reactions: Vec::new(),
            kind: self.besides.kind,
            answers: self.answers,
            quote: read(self.besides.quote.as_deref())?,
            forwarded: read(self.besides.forwarded.as_deref())?,
            mentions: read(text.mentions.as_deref())?.unwrap_or_default(),
            silent: self.marks.silent,
            protected: self.marks.protected,
            service: self.service,
        })
    }
}

/// The author's device, if one sent it.
fn sender(fact: &Fact, author: AccountId) -> Option<DeviceId> {
    match fact.by {
        Actor::Device(account, device) => (account == author).then_some(device),
        Actor::Service(_) | Actor::Import(_) | Actor::Reactor(_) | Actor::Admin(..) => None,
    }
}

/// A list as its column has it; an empty one is nothing.
fn list<T: Serialize>(fact: &Fact, list: &[T]) -> Result<Option<String>, ApplyError> {
    (!list.is_empty()).then(|| share::json(fact, &list)).transpose()
}

/// What it quotes, as its column has it.
fn quote(fact: &Fact, sent: &MessageSent) -> Result<Option<String>, ApplyError> {
    match (sent.quote, sent.quoted.as_deref()) {
        (Some(range), Some(Sealed::Closed(words))) => {
            let words = words.clone();
            share::json(fact, &Quotation { range, words }).map(Some)
        }
        (Some(_), Some(open @ Sealed::Open { .. })) => share::closed(fact, open).map(Some),
        (Some(_), None) | (None, _) => Ok(None),
    }
}

/// What a cell of JSON holds.
fn read<T: DeserializeOwned>(cell: Option<&str>) -> Result<Option<T>, serde_json::Error> {
    cell.map(serde_json::from_str).transpose()
}
