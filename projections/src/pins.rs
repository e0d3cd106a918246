//! The pinned messages of chats.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use domain::chat::Event;
use domain::fact::{Fact, FactRef};
use domain::id::{ChatId, MessageId};
use infra::db::Column::{Int, Text};
use infra::db::{Bulk, BulkDelete, Db, Writes, json};
use sqlx::{AssertSqlSafe, Error};

use crate::cells::Cells;
use crate::lane::Lane;
use crate::projection::{ApplyError, Batch, Projection};
use crate::share;

/// Chats' pinned messages, the last pinned last; only of chats that have any.
pub async fn of(db: &Db, chats: &[ChatId]) -> Result<HashMap<ChatId, Vec<MessageId>>, Error> {
    let list = db.engine.text_list("$1");
    let sql = format!("select chat, message from pins where chat in ({list}) order by position, idx");
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(json(chats)?).fetch_all(&db.pool).await?;
    let mut pins: HashMap<ChatId, Vec<MessageId>> = HashMap::new();
    for row in rows {
        pins.entry(row.parsed("chat")?).or_default().push(row.id("message")?);
    }
    Ok(pins)
}

/// Keyed by chat.
#[derive(Debug, Default)]
pub struct Pins;

const PINNED: Bulk = Bulk {
    table: "pins",
    columns: &[("chat", Text), ("message", Int), ("position", Int), ("idx", Int)],
    conflict: "on conflict (chat, message) do nothing",
};

const DOWN: BulkDelete = BulkDelete {
    table: "pins",
    keys: &[("chat", Text), ("message", Int)],
};

/// What a batch does to pins: where each was pinned, or that it is not.
#[derive(Default)]
pub(crate) struct Changes(BTreeMap<(ChatId, MessageId), Option<FactRef>>);

#[async_trait]
impl Projection for Pins {
    fn name(&self) -> &'static str {
        "pins"
    }

    fn version(&self) -> i32 {
        1
    }

    async fn apply(&mut self, lane: &Lane, batch: &Batch, writes: &mut Writes<'_>) -> Result<(), ApplyError> {
        let mut changes = Changes::default();
        for (fact, chat, event) in share::chat_events(*lane, batch) {
            changes.take(fact, chat, event);
        }
        changes.write(writes).await?;
        Ok(())
    }

    fn forget(&mut self) {}
}

impl Changes {
    /// Takes in what a fact does.
    pub(crate) fn take(&mut self, fact: &Fact, chat: ChatId, event: &Event) {
        match event {
            Event::MessagePinned(pinned) => drop(self.0.insert((chat, pinned.message), Some(fact.at))),
            Event::MessagesUnpinned(unpinned) => self.down(chat, &unpinned.messages),
            Event::MessagesDeleted(deleted) => self.down(chat, &deleted.messages),
            Event::Created(_)
            | Event::Renamed(_)
            | Event::MemberAdded(_)
            | Event::MemberRemoved(_)
            | Event::MemberLeft(_)
            | Event::RoleChanged(_)
            | Event::MessageSent(_)
            | Event::MessageEdited(_)
            | Event::ReactionChanged(_)
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
            | Event::JoinDeclined(_) => {}
        }
    }

    fn down(&mut self, chat: ChatId, messages: &[MessageId]) {
        self.0.extend(messages.iter().map(|message| ((chat, *message), None)));
    }

    /// A chat's pinned messages, the last pinned last: all there are, where no fact came before.
    pub(crate) fn into_pins(self) -> Vec<MessageId> {
        let mut pinned: Vec<_> = self.0.into_iter().filter_map(|((_, message), at)| Some((at?, message))).collect();
        pinned.sort_by_key(|(at, _)| (at.position, at.index));
        pinned.into_iter().map(|(_, message)| message).collect()
    }

    async fn write(self, writes: &mut Writes<'_>) -> Result<(), Error> {
        let named: Vec<_> = self.0.keys().copied().collect();
        DOWN.delete(writes, &named).await?;
        let pinned = self
            .0
            .into_iter()
            .filter_map(|((chat, message), at)| Some((chat, message, at?.position, at?.index)));
        PINNED.insert(writes, &pinned.collect::<Vec<_>>()).await
    }
}
