//! How the index grows: an entry per message, as it says now.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use domain::account;
use domain::chat::Event;
use domain::chat::content::Text;
use domain::event;
use domain::fact::{Fact, FactRef};
use domain::id::{AccountId, ChatId, MessageId};
use domain::sealed::{Closed, Sealed};
use domain::stream::Stream;
use domain::time::Timestamp;
use infra::db::Column::{self, Int};
use infra::db::{Bulk, BulkDelete, Engine, Writes, json};
use infra::seal::{self, Keys};
use sqlx::AssertSqlSafe;

use super::words::{self, Part};
use super::{NAME, VERSION};
use crate::lane::Lane;
use crate::projection::{ApplyError, Batch, Projection};
use crate::share;

/// Keyed by chat; one lane has them all.
#[derive(Debug)]
pub(super) struct Index {
    keys: Keys,
}

impl Index {
    pub(super) fn new(keys: Keys) -> Self {
        Self { keys }
    }
}

const ENTRIES: Bulk = Bulk {
    table: "entries",
    columns: &[
        ("id", Int),
        ("chat", Column::Text),
        ("message", Int),
        ("owner", Int),
        ("sent_at", Int),
    ],
    conflict: "",
};

/// In SQLite without the chat: a row of a full-text index is nothing but its words.
const fn words_of(engine: Engine) -> Bulk {
    let columns: &[_] = match engine {
        Engine::Sqlite => &[("rowid", Int), ("hashes", Column::Text)],
        Engine::Postgres => &[("rowid", Int), ("hashes", Column::Text), ("chat", Column::Text)],
    };
    Bulk {
        table: "words",
        columns,
        conflict: "",
    }
}

const NO_ENTRIES: BulkDelete = BulkDelete {
    table: "entries",
    keys: &[("id", Int)],
};

const NO_WORDS: BulkDelete = BulkDelete {
    table: "words",
    keys: &[("rowid", Int)],
};

type Key = (ChatId, MessageId);

/// A row of each table.
type Entry = (i64, ChatId, MessageId, AccountId, Timestamp);
type Words = (i64, String, ChatId);

/// Where the log has a message, and when it was sent.
type Sent = (i64, Timestamp);

/// What a message says now; nothing: it is gone.
type Says = Option<Closed>;

/// What a batch does to the entries.
#[derive(Default)]
struct Changes {
    /// Messages sent in it, with their author.
    sent: BTreeMap<Key, (Sent, AccountId, Says)>,
    /// What became of older ones.
    older: BTreeMap<Key, Says>,
    /// Whose words go, whatever they are in.
    erased: BTreeSet<AccountId>,
}

#[async_trait]
impl Projection for Index {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> i32 {
        VERSION
    }

    async fn apply(&mut self, lane: &Lane, batch: &Batch, writes: &mut Writes<'_>) -> Result<(), ApplyError> {
        let mut changes = Changes::default();
        for fact in &batch.facts {
            changes.erase(fact);
        }
        for (fact, chat, event) in share::chat_events(*lane, batch) {
            changes.take(fact, chat, event);
        }
        let older = changes.entries_of_older(writes).await?;
        self.load(&changes).await?;
        let (entries, words) = self.rows(changes, &older);
        let gone: Vec<(i64,)> = older.into_iter().map(|((id, _), ..)| (id,)).collect();
        NO_WORDS.delete(writes, &gone).await?;
        NO_ENTRIES.delete(writes, &gone).await?;
        ENTRIES.insert(writes, &entries).await?;
        words_of(writes.engine).insert(writes, &words).await?;
        Ok(())
    }

    fn forget(&mut self) {}
}

impl Changes {
    fn erase(&mut self, fact: &Fact) {
        if let (Stream::Account(account), event::Event::Account(account::Event::ErasureBegun(_))) = (&fact.stream, &fact.event) {
            self.erased.insert(*account);
        }
    }

    fn take(&mut self, fact: &Fact, chat: ChatId, event: &Event) {
        match event {
            Event::MessageSent(sent) => {
                let said = ((place(fact.at), fact.happened_at()), sent.from, closed(&sent.text));
                self.sent.insert((chat, sent.message), said);
            }
            Event::MessageEdited(edited) => self.says((chat, edited.message), closed(&edited.text)),
            Event::MessagesDeleted(deleted) => deleted.messages.iter().for_each(|message| self.says((chat, *message), None)),
            Event::Created(_)
            | Event::Renamed(_)
            | Event::MemberAdded(_)
            | Event::MemberRemoved(_)
            | Event::MemberLeft(_)
            | Event::RoleChanged(_)
            | Event::SequenceBegun(_)
            | Event::UsernameRequested(_)
            | Event::UsernameChanged(_)
            | Event::UsernameRefused(_)
            | Event::ReactionChanged(_)
            | Event::MessagePinned(_)
            | Event::MessagesUnpinned(_)
            | Event::Described(_)
            | Event::PermissionsChanged(_)
            | Event::MemberRestricted(_)
            | Event::MemberBanned(_)
            | Event::MemberUnbanned(_)
            | Event::SlowModeChanged(_)
            | Event::ProtectionChanged(_)
            | Event::LinkMade(_)
            | Event::LinkChanged(_)
            | Event::LinkRevoked(_)
            | Event::JoinRequested(_)
            | Event::JoinDeclined(_) => {}
        }
    }

    /// What is gone stays gone.
    fn says(&mut self, key: Key, says: Says) {
        match self.sent.get_mut(&key) {
            Some((_, _, now)) if now.is_some() => *now = says,
            Some(_) => {}
            None if matches!(self.older.get(&key), Some(None)) => {}
            None => drop(self.older.insert(key, says)),
        }
    }

    /// The entries that are there of older messages that this changes.
    async fn entries_of_older(&self, writes: &mut Writes<'_>) -> Result<Vec<(Sent, Key)>, sqlx::Error> {
        let engine = writes.engine;
        let keys: Vec<&Key> = self.older.keys().collect();
        let list = engine.row_list("$1", &[Column::Text, Int]);
        let owners = engine.int_list("$2");
        let sql = format!("select id, chat, message, sent_at from entries where (chat, message) in ({list}) or owner in ({owners})");
        if keys.is_empty() && self.erased.is_empty() {
            return Ok(Vec::new());
        }
        let query = sqlx::query_as(AssertSqlSafe(sql))
            .bind(json(&keys)?)
            .bind(json(&Vec::from_iter(&self.erased))?);
        let rows: Vec<(i64, String, i64, i64)> = query.fetch_all(writes.as_before()).await?;
        let read = |(id, chat, message, sent_at): (i64, String, i64, i64)| {
            let key = (chat.parse().map_err(decode)?, MessageId::try_from(message).map_err(decode)?);
            Ok(((id, Timestamp(sent_at)), key))
        };
        rows.into_iter().map(read).collect()
    }
}

impl Index {
    async fn load(&self, changes: &Changes) -> Result<(), ApplyError> {
        let sent = changes.sent.values().filter_map(|(_, _, says)| says.as_ref());
        let said = sent.chain(changes.older.values().flatten());
        let owners: BTreeSet<AccountId> = said.map(|closed| closed.of).collect();
        let owners: Vec<AccountId> = owners.into_iter().collect();
        let loaded = if owners.is_empty() { Ok(()) } else { self.keys.load(&owners).await };
        loaded.map_err(|error| ApplyError::Database(sqlx::Error::Io(std::io::Error::other(error))))
    }

    /// Rows for all that says anything by now. An older message keeps its place.
    fn rows(&self, changes: Changes, older: &[(Sent, Key)]) -> (Vec<Entry>, Vec<Words>) {
        let Changes { sent, older: says, erased } = changes;
        let sent = sent.into_iter().map(|(key, (sent, author, says))| (sent, key, Some(author), says));
        let kept = older
            .iter()
            .filter_map(|(sent, key)| Some((*sent, *key, None, says.get(key).cloned()?)));
        let mut entries = Vec::new();
        let mut rows = Vec::new();
        for ((id, sent_at), (chat, message), author, says) in sent.chain(kept) {
            let Some(closed) = says.filter(|closed| !erased.contains(&closed.of)) else {
                continue;
            };
            let Ok(Text { text, .. }) = self.open(chat, &closed) else {
                continue;
            };
            let mut hashes = words::hashes(&text, &self.keys);
            hashes.insert(Part::Chat(chat).hash(&self.keys));
            // Who writes edits; who forwards has another's words.
            hashes.insert(Part::Author(author.unwrap_or(closed.of)).hash(&self.keys));
            hashes.extend(words::dates(sent_at).map(|date| date.hash(&self.keys)));
            entries.push((id, chat, message, closed.of, sent_at));
            rows.push((id, Vec::from_iter(hashes).join(" "), chat));
        }
        (entries, rows)
    }

    fn open(&self, chat: ChatId, closed: &Closed) -> Result<Text, seal::Error> {
        let opened = self.keys.open_box(&Stream::Chat(chat), closed)?;
        serde_json::from_slice(&opened).map_err(|error| seal::Error::Damaged(error.to_string()))
    }
}

fn closed<T>(part: &Sealed<T>) -> Says {
    match part {
        Sealed::Closed(closed) => Some(closed.clone()),
        Sealed::Open { .. } => None,
    }
}

/// Rises with the log.
fn place(at: FactRef) -> i64 {
    (at.position.get() << 16) | i64::from(at.index)
}

fn decode(error: domain::id::InvalidId) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}
