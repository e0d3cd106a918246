//! A chat as it was: its stream, and somebody's inbox, replayed up to a position into what the projections make of them.

mod replay;

use domain::event::Event;
use domain::fact::Fact;
use domain::id::{AccountId, ChatId, Position};
use domain::stream::Stream;
use infra::log::{self, EventLog};

use crate::dialogs::Dialog;
use crate::members::Member;
use crate::timeline::{From, LAST_WITHIN, Message};
use crate::{chats, dialogs, members, share, timeline};

pub use replay::Budget;

/// Why the past can't be told.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The log can't be read.
    #[error(transparent)]
    Log(#[from] log::Error),
    /// There is more of it than the budget allows.
    #[error("what happened up to then is more than one answer may replay")]
    TooLong,
    /// What was folded can't be read back.
    #[error("a part of the past is malformed: {0}")]
    Malformed(#[from] serde_json::Error),
}

/// Facts of a chat's stream, and of inboxes, on their way to what they make of the chat.
pub struct Replay {
    chat: ChatId,
    chats: chats::Changes,
    members: members::Changes,
    timeline: timeline::Changes,
    dialogs: dialogs::Changes<'static>,
}

/// A chat as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// Title, counts, the last message given an id.
    pub chat: chats::Chat,
    /// Who was in it, by account.
    pub members: Vec<Member>,
    /// What had been said, in ascending order, the deleted too.
    pub messages: Vec<Message>,
}

impl Replay {
    /// Nothing has happened yet.
    pub fn new(chat: ChatId) -> Self {
        Self {
            chat,
            chats: chats::Changes::default(),
            members: members::Changes::default(),
            timeline: timeline::Changes::default(),
            dialogs: dialogs::Changes::of_all(),
        }
    }

    /// Takes in the next fact. One that a projection can't apply does nothing there, as it did then.
    pub fn take(&mut self, fact: &Fact) {
        self.dialogs.take(fact);
        if let (Event::Chat(event), Some(chat)) = (&fact.event, share::chat(fact)) {
            drop(self.chats.take(fact, chat, event));
            drop(members::take(&mut self.members, fact, chat, event));
            drop(self.timeline.take(fact, chat, event));
        }
    }

    /// Whether the account is in the chat by now.
    pub fn has(&self, account: AccountId) -> bool {
        self.dialogs.standing(account, self.chat).is_some_and(|standing| standing.member)
    }

    /// Takes in the chat's stream, all up to a position.
    pub async fn happened(&mut self, log: &dyn EventLog, until: Position, budget: &mut Budget) -> Result<(), Error> {
        let stream = Stream::Chat(self.chat);
        replay::stream(log, &stream, until, budget, |fact| self.take(fact)).await
    }

    /// Takes in what an account had read by then.
    pub async fn was_read(&mut self, by: AccountId, log: &dyn EventLog, until: Position, budget: &mut Budget) -> Result<(), Error> {
        replay::stream(log, &Stream::Inbox(by), until, budget, |fact| self.take(fact)).await
    }

    /// The chat as an account saw it then, and as it was; `None`: it was not in it.
    pub fn seen_by(self, account: AccountId) -> Result<Option<(Dialog, Past)>, Error> {
        let standing = self.dialogs.standing(account, self.chat).filter(|standing| standing.member);
        let chat = self.chats.into_chat(self.chat)?;
        let (Some(standing), Some(chat)) = (standing, chat) else {
            return Ok(None);
        };
        let past = Past {
            chat,
            members: members::joined_by(self.members)?,
            messages: self.timeline.into_messages()?,
        };
        Ok(Some((past.dialog(standing), past)))
    }
}

impl std::fmt::Debug for Replay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replay").field("chat", &self.chat).finish_non_exhaustive()
    }
}

impl Past {
    /// A page of what had been said, as [`timeline::page`] gives it.
    pub fn page(&self, from: From, limit: u32) -> Vec<Message> {
        let there = self.messages.iter().filter(|message| !message.deleted);
        let limit = limit as usize;
        match from {
            From::After(after) => there.filter(|message| Some(message.message) > after).take(limit).cloned().collect(),
            From::Before(before) => {
                let behind = there.filter(|message| before.is_none_or(|before| message.message < before));
                let mut page: Vec<Message> = behind.rev().take(limit).cloned().collect();
                page.reverse();
                page
            }
        }
    }

    fn dialog(&self, standing: dialogs::Standing) -> Dialog {
        let top = self.chat.top_message;
        let unread = self.messages.iter().filter(|message| Some(message.message) > standing.read_up_to);
        let oldest = top.map_or(0, |top| top.get() - LAST_WITHIN);
        let last = self.messages.iter().rev().find(|message| !message.deleted);
        Dialog {
            chat: self.chat.chat,
            title: self.chat.title.clone(),
            members: self.chat.members,
            unread: u32::try_from(unread.filter(|message| !message.deleted).count()).unwrap_or(u32::MAX),
            read_up_to: standing.read_up_to,
            top_message: top,
            last: last.filter(|message| message.message.get() > oldest).cloned(),
            active_at: standing
                .joined_at
                .map_or(self.chat.top_at, |joined_at| joined_at.max(self.chat.top_at)),
        }
    }
}
