//! Who reacts to which message with what.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;
use domain::chat::event::ReactionChanged;
use domain::chat::{Emoji, Event};
use domain::fact::Fact;
use domain::id::{AccountId, ChatId, MessageId};
use domain::interactions;
use domain::time::Timestamp;
use infra::db::Column::{self, Int, Text};
use infra::db::{Bulk, BulkDelete, Db, Writes, json};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Error};

use crate::cells::Cells;
use crate::lane::Lane;
use crate::projection::{ApplyError, Batch, Projection};
use crate::share;
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

/// How often each emoji of these messages, for an account, else for nobody.
pub async fn counts(db: &Db, messages: &[(ChatId, MessageId)], me: Option<AccountId>) -> Result<Counts, Error> {
    if messages.is_empty() {
        return Ok(Counts::new());
    }
    // Named twice, its reactions would be counted twice.
    let messages: Vec<_> = messages.iter().collect::<BTreeSet<_>>().into_iter().collect();
    let (source, chat, message) = (db.engine.rows("$1"), db.engine.cell(0, Text), db.engine.cell(1, Int));
    let sql = format!(
        "select t.chat, t.message, t.emoji, count(*) as reacted, max(case when t.account = $2 then 1 else 0 end) as mine \
         from {source} join reactions t on t.chat = {chat} and t.message = {message} group by t.chat, t.message, t.emoji"
    );
    let query = sqlx::query(AssertSqlSafe(sql))
        .bind(json(&messages)?)
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

const MESSAGE: &[(&str, Column)] = &[("chat", Text), ("message", Int)];
const SET: &[(&str, Column)] = &[("chat", Text), ("message", Int), ("account", Int)];

/// What a batch does to reactions.
#[derive(Default)]
pub(crate) struct Changes {
    /// Messages that have none any more.
    gone: BTreeSet<(ChatId, MessageId)>,
    /// The whole sets of those who changed theirs.
    sets: BTreeMap<(ChatId, MessageId, AccountId), (Vec<Emoji>, Timestamp)>,
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
        for (fact, chat, event) in share::chat_events(*lane, batch) {
            changes.take(fact, chat, event);
        }
        for (fact, chat, changed) in share::reactions(*lane, batch) {
            changes.reacted(fact, chat, changed);
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

    fn deleted(&mut self, chat: ChatId, message: MessageId) {
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
        delete(MESSAGE).delete(writes, &gone).await?;
        let changed: Vec<_> = self.sets.keys().copied().collect();
        delete(SET).delete(writes, &changed).await?;
        let rows = self.sets.into_iter().flat_map(|((chat, message, account), (set, at))| {
            let numbered = (1..).zip(set);
            numbered.map(move |(place, emoji): (u32, Emoji)| (chat, message, account, emoji, place, at))
        });
        REACTED.insert(writes, &rows.collect::<Vec<_>>()).await
    }
}

fn delete(keys: &'static [(&'static str, Column)]) -> BulkDelete {
    BulkDelete { table: "reactions", keys }
}
