//! A chat as it was: its stream, and somebody's inbox, replayed up to a position into what the projections make of them.

mod replay;

use std::collections::BTreeSet;

use domain::event::Event;
use domain::fact::Fact;
use domain::id::{AccountId, ChatId, MessageId, Position};
use domain::inbox;
use domain::stream::Stream;
use infra::log::{self, EventLog};
use tokio::task::JoinError;

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
    /// The process is about to end.
    #[error("the server is stopping")]
    Stopping,
    /// Replaying it panicked: a defect.
    #[error("replaying the past panicked: {0}")]
    Panicked(String),
}

impl std::convert::From<JoinError> for Error {
    /// Of work on a thread of its own that did not end.
    fn from(ended: JoinError) -> Self {
        if ended.is_panic() {
            Self::Panicked(ended.to_string())
        } else {
            Self::Stopping
        }
    }
}

/// What is asked about a chat: nothing else is kept on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// How one of its members saw it.
    Dialog,
    /// Who was in it.
    Members,
    /// What had been said.
    Messages,
}

/// Facts of a chat's stream, and of inboxes, on their way to what they make of the chat.
pub struct Replay {
    chat: ChatId,
    asked: Asked,
    chats: chats::Changes,
    members: members::Changes,
    timeline: timeline::Changes,
    dialogs: dialogs::Changes<'static>,
    /// Whether anything has happened in the chat.
    begun: bool,
}

impl Replay {
    /// Nothing has happened yet.
    pub fn new(chat: ChatId, asked: Asked) -> Self {
        Self {
            chat,
            asked,
            chats: chats::Changes::default(),
            members: members::Changes::default(),
            timeline: timeline::Changes::default(),
            dialogs: dialogs::Changes::of_all(),
            begun: false,
        }
    }

    /// Takes in the next fact; whether it concerns the chat. One that a projection can't apply does nothing there, as it did then.
    pub fn take(&mut self, fact: &Fact) -> bool {
        match (&fact.event, share::chat(fact)) {
            (Event::Chat(event), Some(chat)) => {
                match self.asked {
                    Asked::Dialog => {
                        drop(self.chats.take(fact, chat, event));
                        drop(self.timeline.take(fact, chat, event));
                    }
                    Asked::Members => drop(members::take(&mut self.members, fact, chat, event)),
                    Asked::Messages => drop(self.timeline.take(fact, chat, event)),
                }
                self.begun = true;
            }
            (Event::Inbox(inbox::Event::Read(read)), _) if read.chat == self.chat => {}
            (Event::Chat(_) | Event::Account(_) | Event::Inbox(_) | Event::SignIn(_) | Event::Name(_) | Event::System(_), _) => {
                return false;
            }
        }
        self.dialogs.take(fact);
        true
    }

    /// Whether there is a chat by now.
    pub fn has_begun(&self) -> bool {
        self.begun
    }

    /// Whether the account is in the chat by now.
    pub fn has(&self, account: AccountId) -> bool {
        self.dialogs.standing(account, self.chat).is_some_and(|standing| standing.member)
    }

    /// Takes in the chat's stream, all up to a position.
    pub async fn happened(self, log: &dyn EventLog, until: Position, budget: Budget) -> Result<Self, Error> {
        let stream = Stream::Chat(self.chat);
        replay::stream(self, log, &stream, until, budget).await
    }

    /// Takes in what an account had read by then. Its marks in other chats may be many, and cost a commit each.
    pub async fn was_read(self, by: AccountId, log: &dyn EventLog, until: Position, budget: Budget) -> Result<Self, Error> {
        replay::stream(self, log, &Stream::Inbox(by), until, budget).await
    }

    /// The chat as an account saw it then; `None`: it was not in it.
    pub fn seen_by(self, account: AccountId) -> Result<Option<Dialog>, Error> {
        let standing = self.dialogs.standing(account, self.chat).filter(|standing| standing.member);
        let chat = self.chats.into_chat(self.chat)?;
        let (Some(standing), Some(chat)) = (standing, chat) else {
            return Ok(None);
        };
        let top = chat.top_message;
        let oldest = top.map_or(0, |top| top.get() - LAST_WITHIN);
        let (mark, mut unread, mut last) = (standing.read_up_to.map_or(0, MessageId::get), 0, None);
        let mut not_counted: BTreeSet<i64> = (mark + 1..=top.map_or(0, MessageId::get)).collect();
        for (message, sent) in self.timeline.into_there() {
            unread += u32::from(Some(message) > standing.read_up_to);
            not_counted.remove(&message.get());
            last = Some((message, sent));
        }
        let few = not_counted.len() <= dialogs::NOT_COUNTED_MAX as usize;
        let not_counted = not_counted.into_iter().filter_map(|message| MessageId::try_from(message).ok());
        let last = last.filter(|(message, _)| message.get() > oldest);
        Ok(Some(Dialog {
            chat: chat.chat,
            title: chat.title,
            members: chat.members,
            unread,
            not_counted: few.then(|| not_counted.collect()),
            read_up_to: standing.read_up_to,
            top_message: top,
            last: last.map(|(message, sent)| sent.message((self.chat, message))).transpose()?,
            joined_at: standing.joined_at,
            active_at: standing.joined_at.map_or(chat.top_at, |joined_at| joined_at.max(chat.top_at)),
        }))
    }

    /// Who was in it, by account: at most `limit` of those behind `after`.
    pub fn members(self, after: Option<AccountId>, limit: u32) -> Result<Vec<Member>, Error> {
        let members = members::joined_by(self.members)?.into_iter();
        Ok(members.filter(|member| Some(member.account) > after).take(limit as usize).collect())
    }

    /// A page of what had been said, as [`timeline::page`] gives it.
    pub fn page(self, from: From, limit: u32) -> Result<Vec<Message>, Error> {
        let (chat, limit) = (self.chat, limit as usize);
        let there = self.timeline.into_there();
        let page: Vec<_> = match from {
            From::After(after) => there.filter(|(message, _)| Some(*message) > after).take(limit).collect(),
            From::Before(before) => {
                let older = there.rev().filter(|(message, _)| before.is_none_or(|before| *message < before));
                let mut page: Vec<_> = older.take(limit).collect();
                page.reverse();
                page
            }
        };
        let page = page.into_iter().map(|(message, sent)| sent.message((chat, message)));
        Ok(page.collect::<Result<_, _>>()?)
    }
}

impl std::fmt::Debug for Replay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replay").field("chat", &self.chat).finish_non_exhaustive()
    }
}
