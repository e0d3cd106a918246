//! Who reacts to which message with what.

mod growth;

use std::collections::{BTreeSet, HashMap};

use domain::chat::Emoji;
use domain::id::{AccountId, ChatId, MessageId};
use domain::interactions::event::ReactionCount;
use domain::time::Timestamp;
use infra::db::Column::{Int, Text};
use infra::db::{Db, json};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Error};

use crate::cells::Cells;
use crate::timeline::Message;

pub(crate) use growth::Changes;
pub use growth::Reactions;

/// Different emoji that a message shows, at most: the most frequent.
pub const SHOWN_MAX: usize = 100;

/// How many react to a message with an emoji.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The emoji.
    pub emoji: Emoji,
    /// How many.
    pub count: u32,
    /// Whether the one who asks is among them.
    pub mine: bool,
}

impl Count {
    /// As it is told to everybody.
    pub(crate) fn told(&self) -> ReactionCount {
        ReactionCount {
            emoji: self.emoji.to_string(),
            count: self.count,
        }
    }
}

/// Of messages, how often each emoji, the most frequent first; only of those that somebody reacts to.
pub type Counts = HashMap<(ChatId, MessageId), Vec<Count>>;

/// Somebody who reacts to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// Who.
    pub account: AccountId,
    /// With what, in the account's order.
    pub emoji: Vec<Emoji>,
    /// Since when with exactly these.
    pub at: Timestamp,
}

/// How often each emoji of these messages, for an account, else for nobody: where many follow, as they were told, and what an account chose itself.
pub async fn counts(db: &Db, messages: &[(ChatId, MessageId)], me: Option<AccountId>) -> Result<Counts, Error> {
    // Named twice, its reactions would be counted twice.
    let messages: BTreeSet<_> = messages.iter().copied().collect();
    let mut counts = told(db, &messages).await?;
    let (told, others): (Vec<_>, Vec<_>) = messages.into_iter().partition(|message| counts.contains_key(message));
    if let Some(me) = me {
        for (message, emoji) in chosen(db, &told, me).await? {
            choose(counts.entry(message).or_default(), emoji);
        }
    }
    counts.retain(|_, shown| !shown.is_empty());
    counts.extend(counted(db, &others, me).await?);
    Ok(counts)
}

/// What was told to those who follow; of a channel, that may be nothing.
async fn told(db: &Db, messages: &BTreeSet<(ChatId, MessageId)>) -> Result<Counts, Error> {
    let many: Vec<_> = messages.iter().filter(|(chat, _)| !matches!(chat, ChatId::Direct(..))).collect();
    if many.is_empty() {
        return Ok(Counts::new());
    }
    let of_channels = many.iter().filter(|(chat, _)| matches!(chat, ChatId::Channel(_)));
    let mut counts: Counts = of_channels.map(|message| (**message, Vec::new())).collect();
    let (source, chat, message) = (db.engine.rows("$1"), db.engine.cell(0, Text), db.engine.cell(1, Int));
    let sql =
        format!("select t.chat, t.message, t.counts from {source} join reaction_counts t on t.chat = {chat} and t.message = {message}");
    for row in sqlx::query(AssertSqlSafe(sql)).bind(json(&many)?).fetch_all(&db.pool).await? {
        let told: Vec<ReactionCount> = row.json("counts")?;
        let count = |told: ReactionCount| Count {
            emoji: Emoji::recorded(told.emoji),
            count: told.count,
            mine: false,
        };
        counts.insert((row.parsed("chat")?, row.id("message")?), told.into_iter().map(count).collect());
    }
    Ok(counts)
}

/// With what an account reacts to these messages, in its order.
async fn chosen(db: &Db, messages: &[(ChatId, MessageId)], me: AccountId) -> Result<Vec<((ChatId, MessageId), Emoji)>, Error> {
    if messages.is_empty() {
        return Ok(Vec::new());
    }
    let (source, chat, message) = (db.engine.rows("$1"), db.engine.cell(0, Text), db.engine.cell(1, Int));
    let sql = format!(
        "select t.chat, t.message, t.emoji from {source} join reactions t on t.chat = {chat} and t.message = {message} \
         where t.account = $2 order by t.chat, t.message, t.place"
    );
    let query = sqlx::query(AssertSqlSafe(sql)).bind(json(messages)?).bind(me.get());
    let rows = query.fetch_all(&db.pool).await?;
    let choice = |row: &AnyRow| Ok(((row.parsed("chat")?, row.id("message")?), emoji(row)?));
    rows.iter().map(choice).collect()
}

/// An account's whole set at a message, in its order.
pub async fn set_of(db: &Db, message: (ChatId, MessageId), account: AccountId) -> Result<Vec<Emoji>, Error> {
    let chosen = chosen(db, &[message], account).await?;
    Ok(chosen.into_iter().map(|(_, emoji)| emoji).collect())
}

/// What one chose itself is shown at once, and counts for nothing until it is counted.
fn choose(shown: &mut Vec<Count>, emoji: Emoji) {
    match shown.iter_mut().find(|count| count.emoji == emoji) {
        Some(count) => count.mine = true,
        None => shown.push(Count {
            emoji,
            count: 0,
            mine: true,
        }),
    }
}

/// How often each emoji of these messages, each named once, by who reacts to them.
pub(crate) async fn counted(db: &Db, messages: &[(ChatId, MessageId)], me: Option<AccountId>) -> Result<Counts, Error> {
    if messages.is_empty() {
        return Ok(Counts::new());
    }
    let (source, chat, message) = (db.engine.rows("$1"), db.engine.cell(0, Text), db.engine.cell(1, Int));
    let sql = format!(
        "select t.chat, t.message, t.emoji, count(*) as reacted, max(case when t.account = $2 then 1 else 0 end) as mine \
         from {source} join reactions t on t.chat = {chat} and t.message = {message} group by t.chat, t.message, t.emoji"
    );
    let query = sqlx::query(AssertSqlSafe(sql))
        .bind(json(messages)?)
        .bind(me.map_or(0, AccountId::get));
    let mut counts = Counts::new();
    for row in query.fetch_all(&db.pool).await? {
        let count = Count {
            emoji: emoji(&row)?,
            count: row.count("reacted")?,
            mine: row.flag("mine")?,
        };
        counts.entry((row.parsed("chat")?, row.id("message")?)).or_default().push(count);
    }
    counts.values_mut().for_each(most_frequent);
    Ok(counts)
}

/// Tells messages how often which emoji each has, as an account sees it.
pub async fn fill(db: &Db, me: AccountId, messages: impl IntoIterator<Item = &mut Message>) -> Result<(), Error> {
    let mut messages: Vec<&mut Message> = messages.into_iter().filter(|message| !message.deleted).collect();
    let ids: Vec<_> = messages.iter().map(|message| (message.chat, message.message)).collect();
    let mut counts = counts(db, &ids, Some(me)).await?;
    for message in &mut messages {
        message.reactions = counts.remove(&(message.chat, message.message)).unwrap_or_default();
    }
    Ok(())
}

/// In an order that is everybody's, and no more than are shown.
fn most_frequent(counts: &mut Vec<Count>) {
    counts.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.emoji.cmp(&b.emoji)));
    counts.truncate(SHOWN_MAX);
}

/// Who reacts to a message, behind `after`, by account; only those who do with this emoji, if one is given.
pub async fn who(
    db: &Db,
    (chat, message): (ChatId, MessageId),
    with: Option<&Emoji>,
    after: Option<AccountId>,
    limit: u32,
) -> Result<Vec<Reaction>, Error> {
    let sql = "select r.account, r.emoji, r.at from reactions r join (select distinct account from reactions where chat = $1 and message = $2 \
               and account > $3 and ($4 = '' or emoji = $4) order by account limit $5) a on a.account = r.account \
               where r.chat = $1 and r.message = $2 order by r.account, r.place";
    let query = sqlx::query(sql)
        .bind(chat.to_string())
        .bind(message.get())
        .bind(after.map_or(0, AccountId::get))
        .bind(with.map_or("", Emoji::as_str).to_owned())
        .bind(i64::from(limit));
    let mut reactions: Vec<Reaction> = Vec::new();
    for row in query.fetch_all(&db.pool).await? {
        let (account, emoji, at) = (row.id("account")?, emoji(&row)?, row.time("at")?);
        match reactions.last_mut() {
            Some(last) if last.account == account => last.emoji.push(emoji),
            Some(_) | None => reactions.push(Reaction {
                account,
                emoji: vec![emoji],
                at,
            }),
        }
    }
    Ok(reactions)
}

fn emoji(row: &AnyRow) -> Result<Emoji, Error> {
    Ok(Emoji::recorded(row.text("emoji")?))
}
