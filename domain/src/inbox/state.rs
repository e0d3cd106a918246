//! What an inbox remembers: how far each chat is read, which channels are followed.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Command, Event, Rejection, decide};
use crate::aggregate::{Aggregate, Context, Known};
use crate::event;
use crate::id::{AccountId, ChatId, MessageId};
use crate::stream::Stream;

/// One account's view of its chats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbox {
    /// Whose.
    pub(super) account: AccountId,
    /// How far each chat is read: up to and including this message.
    pub(super) read: BTreeMap<ChatId, MessageId>,
    /// Channels that are followed.
    pub(super) subscribed: BTreeSet<ChatId>,
}

impl Aggregate for Inbox {
    type Id = AccountId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    const STATE_VERSION: u32 = 2;

    /// Read marks coalesce to one commit per account and second.
    const PACE_MICROS: u64 = 1_000_000;

    fn new(id: AccountId) -> Self {
        Self {
            account: id,
            read: BTreeMap::new(),
            subscribed: BTreeSet::new(),
        }
    }

    fn stream(id: &AccountId) -> Stream {
        Stream::Inbox(*id)
    }

    fn own(event: &event::Event) -> Option<&Event> {
        match event {
            event::Event::Inbox(event) => Some(event),
            event::Event::Chat(_)
            | event::Event::Account(_)
            | event::Event::SignIn(_)
            | event::Event::Name(_)
            | event::Event::Interactions(_)
            | event::Event::System(_) => None,
        }
    }

    fn size(&self) -> usize {
        // A map's entries and what holds them together.
        size_of::<Self>() + (self.read.len() + self.subscribed.len()) * 2 * size_of::<(ChatId, MessageId)>()
    }

    fn decide(&self, context: &Context, command: &Command, _known: &Known) -> Result<Vec<Event>, Rejection> {
        decide::decide(self, context, command)
    }

    fn evolve(&mut self, event: &Event) {
        match event {
            Event::Read(read) => {
                self.read.insert(read.chat, read.up_to);
            }
            Event::Subscribed(subscribed) => {
                self.subscribed.insert(subscribed.chat);
            }
            Event::Unsubscribed(unsubscribed) => {
                self.subscribed.remove(&unsubscribed.chat);
            }
        }
    }

    /// A later mark of the same chat says all that the earlier one said.
    fn supersedes(later: &Event, earlier: &Event) -> bool {
        match (later, earlier) {
            (Event::Read(later), Event::Read(earlier)) => later.chat == earlier.chat,
            (Event::Read(_) | Event::Subscribed(_) | Event::Unsubscribed(_), _) => false,
        }
    }
}
