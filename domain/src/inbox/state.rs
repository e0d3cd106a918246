//! What an inbox remembers: how far each chat is read and cleared, which are followed, marked, muted, pinned, archived. Not what is hidden one
//! by one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Command, Event, Rejection, decide};
use crate::aggregate::{Aggregate, Context, Known};
use crate::event;
use crate::id::{AccountId, ChatId, MessageId};
use crate::stream::Stream;
use crate::time::Timestamp;

/// One account's view of its chats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbox {
    /// Whose.
    pub(super) account: AccountId,
    /// How far each chat is read: up to and including this message.
    pub(super) read: BTreeMap<ChatId, MessageId>,
    /// Channels that are followed.
    pub(super) subscribed: BTreeSet<ChatId>,
    /// How far each chat is cleared: up to and including this message.
    pub(super) cleared: BTreeMap<ChatId, MessageId>,
    /// Those marked as unread; perhaps not any more, by a message of one's own.
    pub(super) marked_unread: BTreeSet<ChatId>,
    /// Until when each that was muted is; perhaps over.
    pub(super) muted: BTreeMap<ChatId, Timestamp>,
    /// Those pinned, the uppermost first; at most [`PINNED_MAX`](super::PINNED_MAX).
    pub(super) pins: Vec<ChatId>,
    /// Those put away.
    pub(super) archived: BTreeSet<ChatId>,
    /// Those with a draft; perhaps not any more, by a message of one's own.
    pub(super) drafts: BTreeSet<ChatId>,
}

impl Inbox {
    /// Whether the account follows a channel.
    pub fn follows(&self, chat: ChatId) -> bool {
        self.subscribed.contains(&chat)
    }
}

/// Puts in or takes out.
fn set(chats: &mut BTreeSet<ChatId>, chat: ChatId, is_in: bool) {
    if is_in {
        chats.insert(chat);
    } else {
        chats.remove(&chat);
    }
}

impl Aggregate for Inbox {
    type Id = AccountId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    /// Read marks coalesce to one commit per account and second.
    const PACE_MICROS: u64 = 1_000_000;

    /// 2: with all that is more than read marks.
    const STATE_VERSION: u32 = 2;

    fn new(id: AccountId) -> Self {
        Self {
            account: id,
            read: BTreeMap::new(),
            subscribed: BTreeSet::new(),
            cleared: BTreeMap::new(),
            marked_unread: BTreeSet::new(),
            muted: BTreeMap::new(),
            pins: Vec::new(),
            archived: BTreeSet::new(),
            drafts: BTreeSet::new(),
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
        let marks = self.read.len() + self.cleared.len() + self.muted.len();
        let chats = self.marked_unread.len() + self.pins.len() + self.archived.len() + self.drafts.len() + self.subscribed.len();
        size_of::<Self>() + marks * 2 * size_of::<(ChatId, MessageId)>() + chats * 2 * size_of::<ChatId>()
    }

    fn decide(&self, context: &Context, command: &Command, _known: &Known) -> Result<Vec<Event>, Rejection> {
        decide::decide(self, context, command)
    }

    fn evolve(&mut self, event: &Event) {
        match event {
            Event::Read(read) => {
                self.read.insert(read.chat, read.up_to);
                self.marked_unread.remove(&read.chat);
            }
            Event::Subscribed(subscribed) => {
                self.subscribed.insert(subscribed.chat);
            }
            Event::Unsubscribed(unsubscribed) => {
                self.subscribed.remove(&unsubscribed.chat);
            }
            Event::MessagesHidden(_) => {}
            Event::Cleared(cleared) => {
                self.cleared.insert(cleared.chat, cleared.up_to);
            }
            Event::MarkedUnread(marked) => set(&mut self.marked_unread, marked.chat, marked.unread),
            Event::Muted(muted) => match muted.until {
                Some(until) => drop(self.muted.insert(muted.chat, until)),
                None => drop(self.muted.remove(&muted.chat)),
            },
            Event::PinsChanged(changed) => self.pins.clone_from(&changed.chats),
            Event::Archived(archived) => set(&mut self.archived, archived.chat, archived.archived),
            Event::DraftChanged(changed) => set(&mut self.drafts, changed.chat, changed.text.is_some()),
        }
    }

    /// A later mark or setting of the same chat says all that the earlier one said.
    fn supersedes(later: &Event, earlier: &Event) -> bool {
        match (later, earlier) {
            (Event::Read(later), Event::Read(earlier)) => later.chat == earlier.chat,
            (Event::Cleared(later), Event::Cleared(earlier)) => later.chat == earlier.chat,
            (Event::MarkedUnread(later), Event::MarkedUnread(earlier)) => later.chat == earlier.chat,
            (Event::Muted(later), Event::Muted(earlier)) => later.chat == earlier.chat,
            (Event::PinsChanged(_), Event::PinsChanged(_)) => true,
            (Event::Archived(later), Event::Archived(earlier)) => later.chat == earlier.chat,
            (Event::DraftChanged(later), Event::DraftChanged(earlier)) => later.chat == earlier.chat,
            (
                Event::Read(_)
                | Event::Subscribed(_)
                | Event::Unsubscribed(_)
                | Event::MessagesHidden(_)
                | Event::Cleared(_)
                | Event::MarkedUnread(_)
                | Event::Muted(_)
                | Event::PinsChanged(_)
                | Event::Archived(_)
                | Event::DraftChanged(_),
                _,
            ) => false,
        }
    }
}
