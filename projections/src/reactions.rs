//! Who reacts to which message with what.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;
use domain::chat::event::ReactionChanged;
use domain::chat::{Emoji, Event};
use domain::fact::Fact;
use domain::id::{AccountId, ChatId, MessageId};
use domain::interactions;
use domain::interactions::event::{Counted, ReactionCount};
use domain::time::Timestamp;
use infra::db::Column::{self, Int, Text};
use infra::db::{Bulk, BulkDelete, Db, Writes, json};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Error};

use crate::cells::Cells;
use crate::lane::Lane;
use crate::projection::{ApplyError, Batch, Projection};
use crate::share::{self, Happening};
use crate::timeline::Message;

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

/// Keyed by chat.
#[derive(Debug, Default)]
pub struct Reactions;

const REACTED: Bulk = Bulk {
    table: "reactions",
    columns: &[
        ("chat", Text),
        ("message", Int),
        ("account", Int),
        ("emoji", Text),
        ("place", Int),
        ("at", Int),
    ],
    conflict: "on conflict (chat, message, account, emoji) do nothing",
};

const COUNTED: Bulk = Bulk {
    table: "reaction_counts",
    columns: &[("chat", Text), ("message", Int), ("counts", Text)],
    conflict: "on conflict (chat, message) do nothing",
};

const MESSAGE: &[(&str, Column)] = &[("chat", Text), ("message", Int)];
const SET: &[(&str, Column)] = &[("chat", Text), ("message", Int), ("account", Int)];

/// What a batch does to reactions.
#[derive(Default)]
pub(crate) struct Changes {
    /// Messages that have none any more.
    gone: BTreeSet<(ChatId, MessageId)>,
    /// The whole sets of those who changed theirs.
    sets: BTreeMap<(ChatId, MessageId, AccountId), (Vec<Emoji>, Timestamp)>,
    /// What those who follow were told was counted.
    told: BTreeMap<(ChatId, MessageId), Vec<ReactionCount>>,
}

#[async_trait]
impl Projection for Reactions {
    fn name(&self) -> &'static str {
        "reactions"
    }

    fn version(&self) -> i32 {
        1
    }

    async fn apply(&mut self, lane: &Lane, batch: &Batch, writes: &mut Writes<'_>) -> Result<(), ApplyError> {
        let mut changes = Changes::default();
        for (fact, chat, happening) in share::happenings(*lane, batch) {
            match happening {
                Happening::Chat(event) => changes.take(fact, chat, event),
                Happening::Interactions(interactions::Event::ReactionChanged(set)) => changes.reacted(fact, chat, set),
                Happening::Interactions(interactions::Event::Counted(counted)) => changes.counted(chat, counted),
            }
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
            Event::ReactionChanged(changed) => self.changed(fact, chat, changed),
            Event::MessagesDeleted(deleted) => deleted.messages.iter().for_each(|message| self.deleted(chat, *message)),
            Event::Created(_)
            | Event::Renamed(_)
            | Event::MemberAdded(_)
            | Event::MemberRemoved(_)
            | Event::MemberLeft(_)
            | Event::RoleChanged(_)
            | Event::MessageSent(_)
            | Event::MessageEdited(_)
            | Event::MessagePinned(_)
            | Event::MessagesUnpinned(_)
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
            | Event::JoinDeclined(_)
            | Event::SequenceBegun(_)
            | Event::UsernameRequested(_)
            | Event::UsernameChanged(_)
            | Event::UsernameRefused(_) => {}
        }
    }

    fn changed(&mut self, fact: &Fact, chat: ChatId, changed: &ReactionChanged) {
        let set = (changed.reactions.clone(), fact.happened_at());
        self.sets.insert((chat, changed.message, changed.account), set);
    }

    /// Where many follow, reactions are in a stream of their own.
    fn reacted(&mut self, fact: &Fact, chat: ChatId, changed: &interactions::event::ReactionChanged) {
        let set = changed.reactions.iter().cloned().map(Emoji::recorded).collect();
        self.sets
            .insert((chat, changed.message, changed.account), (set, fact.happened_at()));
    }

    fn counted(&mut self, chat: ChatId, counted: &Counted) {
        for count in &counted.messages {
            if let Some(reactions) = &count.reactions {
                self.told.insert((chat, count.message), reactions.clone());
            }
        }
    }

    fn deleted(&mut self, chat: ChatId, message: MessageId) {
        self.told.remove(&(chat, message));
        self.sets.retain(|(of, to, _), _| (*of, *to) != (chat, message));
        self.gone.insert((chat, message));
    }

    /// How often each emoji of a chat's messages: all there are, where no fact came before.
    pub(crate) fn into_counts(self, me: Option<AccountId>) -> Counts {
        let mut counts = Counts::new();
        for ((chat, message, account), (set, _)) in self.sets {
            let shown = counts.entry((chat, message)).or_default();
            for emoji in set {
                let mine = Some(account) == me;
                match shown.iter_mut().find(|count: &&mut Count| count.emoji == emoji) {
                    Some(count) => (count.count, count.mine) = (count.count + 1, count.mine || mine),
                    None => shown.push(Count { emoji, count: 1, mine }),
                }
            }
        }
        counts.values_mut().for_each(most_frequent);
        counts.retain(|_, shown| !shown.is_empty());
        counts
    }

    async fn write(self, writes: &mut Writes<'_>) -> Result<(), Error> {
        let gone: Vec<_> = self.gone.into_iter().collect();
        delete("reactions", MESSAGE).delete(writes, &gone).await?;
        let changed: Vec<_> = self.sets.keys().copied().collect();
        delete("reactions", SET).delete(writes, &changed).await?;
        let untold: Vec<_> = gone.iter().chain(self.told.keys()).copied().collect();
        delete("reaction_counts", MESSAGE).delete(writes, &untold).await?;
        let told = self.told.into_iter().filter(|(_, counts)| !counts.is_empty());
        let told = told.map(|((chat, message), counts)| Ok((chat, message, json(&counts)?)));
        COUNTED.insert(writes, &told.collect::<Result<Vec<_>, Error>>()?).await?;
        let rows = self.sets.into_iter().flat_map(|((chat, message, account), (set, at))| {
            let numbered = (1..).zip(set);
            numbered.map(move |(place, emoji): (u32, Emoji)| (chat, message, account, emoji, place, at))
        });
        REACTED.insert(writes, &rows.collect::<Vec<_>>()).await
    }
}

fn delete(table: &'static str, keys: &'static [(&'static str, Column)]) -> BulkDelete {
    BulkDelete { table, keys }
}
