//! What chats are: title, how many members, last message.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use domain::chat::event::Created;
use domain::chat::{Event, Permission};
use domain::fact::Fact;
use domain::id::{AccountId, ChatId, MessageId, NameKey};
use domain::sealed::Closed;
use domain::time::Timestamp;
use infra::db::Column::{Int, Text};
use infra::db::{Bulk, BulkUpdate, Db, Writes};
use serde::Serialize;
use sqlx::Error;
use sqlx::any::AnyRow;

use crate::cells::Cells;
use crate::lane::Lane;
use crate::projection::{ApplyError, Batch, Projection};
use crate::share::{self, Subscription};

/// A chat. What kind of chat it is, its id says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chat {
    /// Its id.
    pub chat: ChatId,
    /// A group's title: a [`domain::chat::content::Title`]; direct chats have none.
    pub title: Option<Closed>,
    /// When it came into being.
    pub created_at: Option<Timestamp>,
    /// How many members it has; a channel: subscribers.
    pub members: u32,
    /// The last message given an id, deleted or not.
    pub top_message: Option<MessageId>,
    /// When that was sent, or else the chat was created.
    pub top_at: Timestamp,
    /// A channel's username: a [`domain::account::event::Username`].
    pub username: Option<Closed>,
    /// What a group says of itself: a [`domain::chat::content::Description`].
    pub description: Option<Closed>,
    /// What members of a group may not do.
    pub denied: BTreeSet<Permission>,
    /// How long they wait between two messages.
    pub slow_mode: u32,
    /// Whether nothing may be forwarded.
    pub protected: bool,
}

/// A chat.
pub async fn chat(db: &Db, chat: ChatId) -> Result<Option<Chat>, Error> {
    let sql = "select chat, title, created_at, members, top_message, top_at, description, denied, slow_mode, protected, username from chats where chat = $1";
    let row = sqlx::query(sql).bind(chat.to_string()).fetch_optional(&db.pool).await?;
    row.map(|row| read(&row)).transpose()
}

/// The channel that goes by a username, by the name's key.
pub async fn named(db: &Db, name: &NameKey) -> Result<Option<Chat>, Error> {
    let sql = "select chat, title, created_at, members, top_message, top_at, description, denied, slow_mode, protected, username from chats where name = $1 order by chat limit 1";
    let row = sqlx::query(sql).bind(name.to_string()).fetch_optional(&db.pool).await?;
    row.map(|row| read(&row)).transpose()
}

/// How many channels with a username an account owns, beside this one.
pub async fn public_of(db: &Db, owner: AccountId, beside: ChatId) -> Result<u32, Error> {
    let sql = "select count(*) from dialogs d join chats c on c.chat = d.chat join members m on m.chat = d.chat and m.account = d.account \
               where d.account = $1 and d.admin = 1 and d.chat like 'c-%' and d.chat <> $2 and c.username is not null and m.role = '\"owner\"'";
    let query = sqlx::query_scalar(sql).bind(owner.get()).bind(beside.to_string());
    let count: i64 = query.fetch_one(&db.pool).await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

fn read(row: &AnyRow) -> Result<Chat, Error> {
    Ok(Chat {
        chat: row.parsed("chat")?,
        title: row.json_or_none("title")?,
        created_at: row.time_or_none("created_at")?,
        members: row.count("members")?,
        top_message: row.id_or_none("top_message")?,
        top_at: row.time("top_at")?,
        username: row.json_or_none("username")?,
        description: row.json_or_none::<Option<Closed>>("description")?.flatten(),
        denied: row.json_or_none("denied")?.unwrap_or_else(Permission::denied_at_first),
        slow_mode: row.count("slow_mode")?,
        protected: row.flag("protected")?,
    })
}

/// Keyed by chat.
#[derive(Debug, Default)]
pub struct Chats;

const CHANGED: Bulk = Bulk {
    table: "chats",
    columns: &[
        ("chat", Text),
        ("title", Text),
        ("created_at", Int),
        ("members", Int),
        ("top_message", Int),
        ("top_at", Int),
    ],
    conflict: "on conflict (chat) do update set title = coalesce(excluded.title, chats.title), \
               created_at = coalesce(excluded.created_at, chats.created_at), members = chats.members + excluded.members, \
               top_at = case when excluded.top_message > chats.top_message then excluded.top_at else chats.top_at end, \
               top_message = case when excluded.top_message > chats.top_message then excluded.top_message else chats.top_message end",
};

/// What channels go by from now on; nothing: no name any more.
const NAMED: BulkUpdate = BulkUpdate {
    table: "chats",
    keys: &[("chat", Text)],
    set: &[("name", Text), ("username", Text)],
    only: "",
};

const DESCRIBED: BulkUpdate = BulkUpdate {
    table: "chats",
    keys: &[("chat", Text)],
    set: &[("description", Text)],
    only: "",
};

const PERMITTED: BulkUpdate = BulkUpdate {
    table: "chats",
    keys: &[("chat", Text)],
    set: &[("denied", Text)],
    only: "",
};

const SLOWED: BulkUpdate = BulkUpdate {
    table: "chats",
    keys: &[("chat", Text)],
    set: &[("slow_mode", Int)],
    only: "",
};

const PROTECTED: BulkUpdate = BulkUpdate {
    table: "chats",
    keys: &[("chat", Text)],
    set: &[("protected", Int)],
    only: "",
};

const NUMBERED: BulkUpdate = BulkUpdate {
    table: "chats",
    keys: &[("chat", Text)],
    set: &[("own_sequence", Int)],
    only: "",
};

/// What a batch does to a chat: what is null or 0 stays as it was.
#[derive(Default)]
struct Change {
    title: Option<String>,
    created_at: Option<Timestamp>,
    /// How many more members than before.
    members: i64,
    top: Option<(MessageId, Timestamp)>,
    /// What it goes by from now on, if that changed.
    named: Option<(Option<NameKey>, Option<String>)>,
    settings: Settings,
}

/// What a batch does to a group's settings; `None`: it stays as it was.
#[derive(Default)]
struct Settings {
    /// The description as its column holds it; `null`: none any more.
    description: Option<String>,
    denied: Option<String>,
    slow_mode: Option<u32>,
    protected: Option<bool>,
    /// It has a sequence of its own from now on.
    own_sequence: bool,
}

/// What a batch does to the lane's chats.
#[derive(Default)]
pub(crate) struct Changes(BTreeMap<ChatId, Change>);

#[async_trait]
impl Projection for Chats {
    fn name(&self) -> &'static str {
        "chats"
    }

    /// 2: with service messages and groups' settings; 3: with which groups have a sequence of their own.
    fn version(&self) -> i32 {
        3
    }

    async fn apply(&mut self, lane: &Lane, batch: &Batch, writes: &mut Writes<'_>) -> Result<(), ApplyError> {
        let mut changes = Changes::default();
        for (fact, chat, event) in share::chat_events(*lane, batch) {
            changes.take(fact, chat, event)?;
        }
        for (chat, subscription) in share::subscriptions(*lane, batch) {
            changes.subscribed(chat, subscription);
        }
        changes.write(writes).await?;
        Ok(())
    }

    fn forget(&mut self) {}
}

impl Changes {
    /// The chat as it has become: all that there is to it, where no fact came before.
    pub(crate) fn into_chat(mut self, chat: ChatId) -> Result<Option<Chat>, serde_json::Error> {
        self.0.remove(&chat).map(|change| change.chat(chat)).transpose()
    }

    /// Takes in what a fact does.
    pub(crate) fn take(&mut self, fact: &Fact, chat: ChatId, event: &Event) -> Result<(), ApplyError> {
        if let Some((message, _)) = event.service() {
            self.rises(fact, chat, message);
        }
        match event {
            Event::Created(created) => self.created(fact, chat, created)?,
            Event::MemberAdded(_) | Event::MemberRemoved(_) | Event::MemberLeft(_) if matches!(chat, ChatId::Channel(_)) => {}
            Event::Renamed(renamed) => self.of(chat).title = Some(share::closed(fact, &renamed.title)?),
            Event::MemberAdded(_) => self.of(chat).members += 1,
            Event::MemberRemoved(_) | Event::MemberLeft(_) => self.of(chat).members -= 1,
            Event::MessageSent(sent) => self.rises(fact, chat, sent.message),
            Event::Described(described) => {
                let sealed = described.description.as_ref();
                let cell = sealed.map_or_else(|| Ok("null".to_owned()), |sealed| share::closed(fact, sealed))?;
                self.of(chat).settings.description = Some(cell);
            }
            Event::UsernameChanged(changed) => {
                let username = changed
                    .username
                    .as_ref()
                    .map(|username| share::closed(fact, username))
                    .transpose()?;
                self.of(chat).named = Some((changed.name.clone(), username));
            }
            Event::PermissionsChanged(changed) => self.of(chat).settings.denied = Some(share::json(fact, &changed.denied)?),
            Event::SlowModeChanged(changed) => self.of(chat).settings.slow_mode = Some(changed.seconds.seconds()),
            Event::ProtectionChanged(changed) => self.of(chat).settings.protected = Some(changed.protected),
            Event::SequenceBegun(_) => self.of(chat).settings.own_sequence = true,
            Event::MemberRestricted(_)
            | Event::MemberBanned(_)
            | Event::MemberUnbanned(_)
            | Event::LinkMade(_)
            | Event::LinkChanged(_)
            | Event::LinkRevoked(_)
            | Event::JoinRequested(_)
            | Event::JoinDeclined(_)
            | Event::RoleChanged(_)
            | Event::MessageEdited(_)
            | Event::MessagesDeleted(_)
            | Event::ReactionChanged(_)
            | Event::MessagePinned(_)
            | Event::MessagesUnpinned(_)
            | Event::UsernameRequested(_)
            | Event::UsernameRefused(_) => {}
        }
        Ok(())
    }

    /// A channel's members are those who follow it.
    pub(crate) fn subscribed(&mut self, chat: ChatId, subscription: Subscription) {
        match subscription {
            Subscription::Begun => self.of(chat).members += 1,
            Subscription::Ended => self.of(chat).members -= 1,
        }
    }

    fn rises(&mut self, fact: &Fact, chat: ChatId, message: MessageId) {
        let change = self.of(chat);
        change.top = change.top.max(Some((message, fact.happened_at())));
    }

    /// What a group is and says of itself in one statement, each setting, which rarely changes, in one of its own.
    async fn write(mut self, writes: &mut Writes<'_>) -> Result<(), Error> {
        let settings: Vec<_> = self
            .0
            .iter_mut()
            .map(|(chat, change)| (*chat, std::mem::take(&mut change.settings)))
            .collect();
        let named = self.0.iter_mut().filter_map(|(chat, change)| {
            let (name, username) = change.named.take()?;
            Some((*chat, name, username))
        });
        let named: Vec<_> = named.collect();
        let rows: Vec<_> = self.0.into_iter().map(|(chat, change)| change.row(chat)).collect();
        CHANGED.insert(writes, &rows).await?;
        let described = settings.iter().filter_map(|(chat, now)| Some((chat, now.description.as_ref()?)));
        DESCRIBED.update(writes, &described.collect::<Vec<_>>()).await?;
        let denied = settings.iter().filter_map(|(chat, now)| Some((chat, now.denied.as_ref()?)));
        PERMITTED.update(writes, &denied.collect::<Vec<_>>()).await?;
        let slowed = settings.iter().filter_map(|(chat, now)| Some((chat, now.slow_mode?)));
        SLOWED.update(writes, &slowed.collect::<Vec<_>>()).await?;
        let protected = settings.iter().filter_map(|(chat, now)| Some((chat, u8::from(now.protected?))));
        PROTECTED.update(writes, &protected.collect::<Vec<_>>()).await?;
        let numbered = settings.iter().filter(|(_, now)| now.own_sequence).map(|(chat, _)| (chat, 1));
        NUMBERED.update(writes, &numbered.collect::<Vec<_>>()).await?;
        NAMED.update(writes, &named).await
    }

    fn created(&mut self, fact: &Fact, chat: ChatId, created: &Created) -> Result<(), ApplyError> {
        let title = created.title.as_ref().map(|title| share::closed(fact, title)).transpose()?;
        let members = match chat {
            // Its owner follows it by subscribing, as everybody.
            ChatId::Channel(_) => 0,
            ChatId::Direct(..) | ChatId::Group(_) => {
                i64::try_from(created.members.len()).map_err(|error| ApplyError::Fact(fact.at, error.to_string()))?
            }
        };
        let change = self.of(chat);
        (change.title, change.created_at) = (title, Some(fact.happened_at()));
        change.members += members;
        Ok(())
    }

    fn of(&mut self, chat: ChatId) -> &mut Change {
        self.0.entry(chat).or_default()
    }
}

impl Change {
    fn chat(self, chat: ChatId) -> Result<Chat, serde_json::Error> {
        let (top_message, top_at) = self.top();
        Ok(Chat {
            chat,
            title: self.title.as_deref().map(serde_json::from_str).transpose()?,
            created_at: self.created_at,
            members: u32::try_from(self.members).unwrap_or(0),
            top_message,
            top_at,
            username: self
                .named
                .and_then(|(_, username)| username)
                .as_deref()
                .map(serde_json::from_str)
                .transpose()?,
            description: self
                .settings
                .description
                .as_deref()
                .map(serde_json::from_str::<Option<Closed>>)
                .transpose()?
                .flatten(),
            denied: match self.settings.denied.as_deref() {
                Some(denied) => serde_json::from_str(denied)?,
                None => Permission::denied_at_first(),
            },
            slow_mode: self.settings.slow_mode.unwrap_or(0),
            protected: self.settings.protected.unwrap_or(false),
        })
    }

    fn row(self, chat: ChatId) -> impl Serialize {
        let (top_message, top_at) = self.top();
        let top_message = top_message.map_or(0, MessageId::get);
        (chat, self.title, self.created_at, self.members, top_message, top_at)
    }

    fn top(&self) -> (Option<MessageId>, Timestamp) {
        match (self.top, self.created_at) {
            (Some((message, sent_at)), _) => (Some(message), sent_at),
            (None, Some(created_at)) => (None, created_at),
            (None, None) => (None, Timestamp(0)),
        }
    }
}
