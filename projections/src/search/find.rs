//! Finding entries, the newest first.

use domain::id::{AccountId, ChatId, MessageId};
use infra::db::{Db, Engine, json};
use infra::seal::Keys;
use serde::Deserialize;
use sqlx::{AssertSqlSafe, Error};

use super::Query;
use super::words::Part;

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

/// Looks through the next `scan` messages that have the words, wherever they are.
pub async fn find(db: &Db, keys: &Keys, query: &Query, scope: &Scope, after: Option<Place>, scan: u32) -> Result<Found, Error> {
    let chat = scope.chat.map(|chat| Part::Chat(chat).hash(keys));
    let author = scope.from.map(|account| Part::Author(account).hash(keys));
    let hashes: Vec<String> = query.hashes(keys).into_iter().chain(chat).chain(author).collect();
    let (matches, all) = match db.engine {
        Engine::Sqlite => ("words match $1", hashes.join(" ")),
        Engine::Postgres => (
            "array_to_tsvector(string_to_array(hashes, ' ')) @@ $1::tsquery",
            hashes.iter().map(|hash| format!("'{hash}'")).collect::<Vec<_>>().join(" & "),
        ),
    };
    let within = match scope.chat {
        Some(_) => "true".to_owned(),
        None => format!("e.chat in ({})", db.engine.text_list("$4")),
    };
    let row = db.engine.array(&["e.id", "e.chat", "e.message"]);
    let listed = match db.engine {
        Engine::Sqlite => format!("group_concat(case when {within} then {row} end, ',')"),
        Engine::Postgres => format!("string_agg(case when {within} then {row} end, ',')"),
    };
    let sql = format!(
        "select count(*), coalesce(min(w.id), 0), '[' || coalesce({listed}, '') || ']' from \
         (select rowid as id from words where {matches} and rowid < $2 order by rowid desc limit $3) w join entries e on e.id = w.id"
    );
    let mut asked = sqlx::query_as(AssertSqlSafe(sql))
        .bind(all)
        .bind(after.map_or(i64::MAX, |place| place.0));
    asked = asked.bind(i64::from(scan));
    if scope.chat.is_none() {
        asked = asked.bind(json(&scope.chats)?);
    }
    let (scanned, last, hits): (i64, i64, String) = asked.fetch_one(&db.pool).await?;
    let mut hits: Vec<Hit> = serde_json::from_str(&hits).map_err(|error| Error::Decode(error.into()))?;
    hits.sort_by_key(|hit| std::cmp::Reverse(hit.0));
    Ok(Found {
        hits,
        next: (scanned == i64::from(scan)).then_some(Place(last)),
    })
}
