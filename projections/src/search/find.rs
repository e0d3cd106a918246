//! Finding entries, the newest first.

mod fts5;
mod tsvector;

use domain::id::{AccountId, ChatId, MessageId};
use domain::time::Timestamp;
use infra::db::{Db, Engine};
use infra::seal::Keys;
use serde::Deserialize;
use sqlx::Error;

use super::Query;
use super::words::{Part, months};

/// A place in what can be found: behind this one, which is older.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place(pub i64);

/// Where is looked.
#[derive(Debug, Clone)]
pub struct Scope {
    /// In this chat alone.
    pub chat: Option<ChatId>,
    /// Else in these.
    pub chats: Vec<ChatId>,
    /// What this account wrote alone.
    pub from: Option<AccountId>,
    /// What was sent then or later alone.
    pub since: Option<Timestamp>,
    /// What was sent before alone.
    pub until: Option<Timestamp>,
}

/// A message that has the hashes of what is looked for: whether it says it, its text tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Hit(pub i64, pub ChatId, pub MessageId);

/// Some of what there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The newest first.
    pub hits: Vec<Hit>,
    /// Where to go on; `None`: that is all.
    pub next: Option<Place>,
}

/// What is asked of the tables.
struct Wanted<'a> {
    /// What an entry has, all of it.
    hashes: Vec<String>,
    /// Of which an entry has one, if there are any.
    months: Vec<String>,
    chats: &'a [ChatId],
    /// In one chat alone: a hash among the others says which.
    in_one: bool,
    before: i64,
    since: i64,
    until: i64,
}

/// What the tables say: how many entries were looked through, the oldest of them, and those that are wanted, as JSON.
type Listed = (i64, i64, String);

/// The next messages that have the words, behind `after`: about `scan` at most, of which where there is no other way some are in other chats.
pub async fn find(db: &Db, keys: &Keys, query: &Query, scope: &Scope, after: Option<Place>, scan: u32) -> Result<Found, Error> {
    if scope.chat.is_none() && scope.chats.is_empty() {
        return Ok(Found {
            hits: Vec::new(),
            next: None,
        });
    }
    let chat = scope.chat.map(|chat| Part::Chat(chat).hash(keys));
    let author = scope.from.map(|account| Part::Author(account).hash(keys));
    let wanted = Wanted {
        hashes: query.hashes(keys).into_iter().chain(chat).chain(author).collect(),
        months: scope.months().iter().map(|part| part.hash(keys)).collect(),
        chats: scope.chat.as_ref().map_or(&scope.chats, std::slice::from_ref),
        in_one: scope.chat.is_some(),
        before: after.map_or(i64::MAX, |place| place.0),
        since: scope.since.map_or(i64::MIN, |since| since.0),
        until: scope.until.map_or(i64::MAX, |until| until.0),
    };
    match db.engine {
        Engine::Sqlite => fts5::find(db, &wanted, scan).await,
        Engine::Postgres => tsvector::find(db, &wanted, scan).await,
    }
}

impl Scope {
    /// The years and months in which it ends or before. Where it has no end, the newest come first anyway.
    fn months(&self) -> Vec<Part<'static>> {
        let last = self.until.map(|until| Timestamp(until.0.saturating_sub(1)).month());
        last.map_or_else(Vec::new, |last| months(self.since.map(Timestamp::month), last))
    }
}

impl Wanted<'_> {
    /// All that an entry has, as both engines write it: `a AND b AND (c OR d)`.
    fn all(&self, and: &str, or: &str, quote: impl Fn(&String) -> String) -> String {
        let mut all: Vec<String> = self.hashes.iter().map(&quote).collect();
        if !self.months.is_empty() {
            let months: Vec<String> = self.months.iter().map(&quote).collect();
            all.push(format!("({})", months.join(or)));
        }
        all.join(and)
    }
}

impl Found {
    fn read((looked_through, oldest, hits): &Listed, most: i64) -> Result<Self, Error> {
        let mut hits: Vec<Hit> = serde_json::from_str(hits).map_err(|error| Error::Decode(error.into()))?;
        hits.sort_by_key(|hit| std::cmp::Reverse(hit.0));
        Ok(Self {
            hits,
            next: (*looked_through == most).then_some(Place(*oldest)),
        })
    }
}
