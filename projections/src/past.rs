//! A chat as it was: its stream, and somebody's inbox, replayed up to a position into what the projections make of them.

mod replay;

use domain::event::Event;
use domain::fact::Fact;
use domain::id::{AccountId, ChatId, MessageId, Position};
use domain::stream::Stream;
use domain::time::Timestamp;
use infra::log::{self, EventLog};
use tokio::task::JoinError;

use crate::dialogs::{Dialog, Draft, LISTED_MAX, Restricted};
use crate::members::Member;
use crate::timeline::{From, LAST_WITHIN, Message};
use crate::{bans, chats, dialogs, members, mentions, pins, reactions, share, timeline};

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
    bans: bans::Changes<()>,
    restrictions: bans::Changes<String>,
    timeline: timeline::Changes,
    reactions: reactions::Changes,
    pins: pins::Changes,
    mentions: mentions::Changes,
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
            bans: bans::Changes::default(),
            restrictions: bans::Changes::default(),
            timeline: timeline::Changes::default(),
            reactions: reactions::Changes::default(),
            pins: pins::Changes::default(),
            mentions: mentions::Changes::default(),
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
                        drop(members::take(&mut self.members, fact, chat, event));
                        drop(bans::take(&mut self.bans, &mut self.restrictions, fact, chat, event));
                        drop(self.timeline.take(fact, chat, event));
                        self.reactions.take(fact, chat, event);
                        self.pins.take(fact, chat, event);
                        self.mentions.take(chat, event);
                    }
                    Asked::Members => drop(members::take(&mut self.members, fact, chat, event)),
                    Asked::Messages => {
                        drop(self.chats.take(fact, chat, event));
                        drop(self.timeline.take(fact, chat, event));
                        self.reactions.take(fact, chat, event);
                    }
                }
                self.begun = true;
            }
            // The order of pinned chats is about all of them.
            (Event::Inbox(event), _) if event.chat().is_none_or(|chat| chat == self.chat) => {}
            (
                Event::Chat(_)
                | Event::Account(_)
                | Event::Inbox(_)
                | Event::SignIn(_)
                | Event::Name(_)
                | Event::Interactions(_)
                | Event::System(_),
                _,
            ) => {
                return false;
            }
        }
        drop(self.dialogs.take(fact));
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

    /// Takes in what an account had read and hidden by then. Its marks in other chats may be many, and cost a commit each.
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
        let (id, dialogs, top) = (self.chat, self.dialogs, chat.top_message);
        let change = dialogs.change(account, id);
        let cleared_up_to = change.and_then(|change| change.cleared_up_to);
        let marked = standing.read_up_to.max(cleared_up_to);
        let is_unread = |message: &MessageId| Some(*message) > marked && !dialogs.is_hidden(account, id, *message);
        let mentions: Vec<MessageId> = self.mentions.of(account).filter(is_unread).collect();
        let oldest = top.map_or(0, |top| top.get() - LAST_WITHIN);
        let (mut unread, mut last) = (Vec::new(), None);
        for (message, sent) in self.timeline.into_there() {
            if is_unread(&message) {
                unread.push(message);
            }
            if message.get() > oldest && !dialogs.is_hidden(account, id, message) {
                last = Some((message, sent));
            }
        }
        let mut last = last.map(|(message, sent)| sent.message((id, message))).transpose()?;
        if let Some(last) = &mut last {
            let mut counts = self.reactions.into_counts(Some(account));
            last.reactions = counts.remove(&(id, last.message)).unwrap_or_default();
        }
        let peer = id.peer(account).and_then(|peer| dialogs.standing(peer, id));
        let own = members::joined_by(self.members)?
            .into_iter()
            .find(|member| member.account == account);
        let restricted = self.restrictions.get(&(id, account)).and_then(Option::as_ref);
        Ok(Some(Dialog {
            chat: chat.chat,
            title: chat.title,
            members: chat.members,
            unread: u32::try_from(unread.len()).unwrap_or(u32::MAX),
            not_counted: not_counted(marked, top, &unread),
            mentioned: u32::try_from(mentions.len()).unwrap_or(u32::MAX),
            mentions: (mentions.len() <= LISTED_MAX).then_some(mentions),
            read_up_to: standing.read_up_to,
            cleared_up_to,
            peer_read_up_to: peer.and_then(|peer| peer.read_up_to),
            marked_unread: change.and_then(|change| change.marked_unread) == Some(true),
            muted_until: change.and_then(|change| change.muted_until).filter(|until| until.0 > 0),
            place: dialogs.place(account, id),
            archived: change.and_then(|change| change.archived) == Some(true),
            draft: change.and_then(|change| change.draft.as_deref()).and_then(drafted).transpose()?,
            pins: self.pins.into_pins(),
            top_message: top,
            last,
            joined_at: standing.joined_at,
            active_at: standing.joined_at.map_or(chat.top_at, |joined_at| joined_at.max(chat.top_at)),
            username: chat.username,
            head: None,
            role: own.map(|member| member.role),
            denied: chat.denied,
            slow_mode: chat.slow_mode,
            protected: chat.protected,
            restricted: restricted.map(restriction).transpose()?,
        }))
    }

    /// Who was in it, by account: at most `limit` of those behind `after`.
    pub fn members(self, after: Option<AccountId>, limit: u32) -> Result<Vec<Member>, Error> {
        let members = members::joined_by(self.members)?.into_iter();
        Ok(members.filter(|member| Some(member.account) > after).take(limit as usize).collect())
    }

    /// A page of what had been said, as [`timeline::page`] gives it, with how everybody reacted to it: as an account saw it, else as nobody. What it had
    /// hidden is left out as far as its inbox was taken in. With the highest id that had been given.
    pub fn page(self, from: From, limit: u32, me: Option<AccountId>) -> Result<(Vec<Message>, Option<MessageId>), Error> {
        let (chat, limit, dialogs) = (self.chat, limit as usize, self.dialogs);
        let top = self.chats.into_chat(chat)?.and_then(|chat| chat.top_message);
        let mut counts = self.reactions.into_counts(me);
        let is_shown = |message: MessageId| me.is_none_or(|me| !dialogs.is_hidden(me, chat, message));
        let there = self.timeline.into_there().filter(|(message, _)| is_shown(*message));
        let page: Vec<_> = match from {
            From::After(after) => there.filter(|(message, _)| Some(*message) > after).take(limit).collect(),
            From::Before(before) => {
                let older = there.rev().filter(|(message, _)| before.is_none_or(|before| *message < before));
                let mut page: Vec<_> = older.take(limit).collect();
                page.reverse();
                page
            }
        };
        let told = |(id, sent): (MessageId, timeline::Sent)| -> Result<Message, Error> {
            let mut message = sent.message((chat, id))?;
            message.reactions = counts.remove(&(chat, id)).unwrap_or_default();
            Ok(message)
        };
        let page: Result<_, Error> = page.into_iter().map(told).collect();
        Ok((page?, top))
    }
}

/// The messages behind a mark that are not among the unread ones.
fn not_counted(marked: Option<MessageId>, top: Option<MessageId>, unread: &[MessageId]) -> Option<Vec<MessageId>> {
    let (marked, top) = (marked.map_or(0, MessageId::get), top.map_or(0, MessageId::get));
    let count = usize::try_from((top - marked).max(0)).ok()?.checked_sub(unread.len())?;
    let others = (marked + 1..=top)
        .filter_map(MessageId::new)
        .filter(|id| unread.binary_search(id).is_err());
    (count <= LISTED_MAX).then(|| others.collect())
}

fn restriction((denied, until, _): &(String, Option<Timestamp>, bans::By)) -> Result<Restricted, serde_json::Error> {
    let (denied, until) = (serde_json::from_str(denied)?, *until);
    Ok(Restricted { denied, until })
}

/// A draft, unless it ended.
fn drafted(draft: &str) -> Option<Result<Draft, serde_json::Error>> {
    (!draft.is_empty()).then(|| serde_json::from_str(draft))
}

impl std::fmt::Debug for Replay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replay").field("chat", &self.chat).finish_non_exhaustive()
    }
}
