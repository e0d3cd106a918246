//! How reactions grow: whole sets of who reacts, and where many follow what was told of them.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use domain::chat::event::ReactionChanged;
use domain::chat::{Emoji, Event};
use domain::fact::Fact;
use domain::id::{AccountId, ChatId, MessageId};
use domain::interactions;
use domain::interactions::event::{Counted, ReactionCount};
use domain::time::Timestamp;
use infra::db::Column::{self, Int, Text};
use infra::db::{Bulk, BulkDelete, Writes, json};
use sqlx::{AssertSqlSafe, Error};

use super::{Count, Counts, emoji, most_frequent};
use crate::cells::Cells;
use crate::lane::Lane;
use crate::projection::{ApplyError, Batch, Projection};
use crate::share::{self, Happening};

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

type Key = (ChatId, MessageId);

/// Who reacts to messages with what.
type Sets = BTreeMap<Key, BTreeMap<AccountId, Vec<Emoji>>>;

/// What a batch does to reactions.
#[derive(Default)]
pub(crate) struct Changes {
    /// Messages that have none any more.
    gone: BTreeSet<Key>,
    /// The whole sets of those who changed theirs.
    sets: BTreeMap<(ChatId, MessageId, AccountId), (Vec<Emoji>, Timestamp)>,
    /// What those who follow were told was counted.
    told: BTreeMap<Key, Vec<ReactionCount>>,
    /// Messages of groups to which somebody reacts where many follow, with the batch's sets from before: what everybody was told at once.
    before: Sets,
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
        if matches!(chat, ChatId::Group(_)) {
            let own = self
                .sets
                .range((chat, changed.message, AccountId::MIN)..=(chat, changed.message, AccountId::MAX));
            let before = || own.map(|((.., account), (set, _))| (*account, set.clone())).collect();
            self.before.entry((chat, changed.message)).or_insert_with(before);
        }
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
        self.before.remove(&(chat, message));
        self.sets.retain(|(of, to, _), _| (*of, *to) != (chat, message));
        self.gone.insert((chat, message));
    }

    /// How often each emoji of a chat's messages: all there are, where no fact came before.
    pub(crate) fn into_counts(self, me: Option<AccountId>) -> Counts {
        let mut sets = Sets::new();
        for ((chat, message, account), (set, _)) in self.sets {
            sets.entry((chat, message)).or_default().insert(account, set);
        }
        let counts = sets.into_iter().map(|(message, sets)| (message, tally(sets, me)));
        counts.filter(|(_, shown)| !shown.is_empty()).collect()
    }

    async fn write(mut self, writes: &mut Writes<'_>) -> Result<(), Error> {
        self.keep_what_was_told(writes).await?;
        let gone: Vec<_> = self.gone.into_iter().collect();
        delete("reactions", MESSAGE).delete(writes, &gone).await?;
        let changed: Vec<_> = self.sets.keys().copied().collect();
        delete("reactions", SET).delete(writes, &changed).await?;
        let untold: Vec<_> = gone.iter().chain(self.told.keys()).copied().collect();
        delete("reaction_counts", MESSAGE).delete(writes, &untold).await?;
        COUNTED.insert(writes, &rows_of(self.told)?).await?;
        let rows = self.sets.into_iter().flat_map(|((chat, message, account), (set, at))| {
            let numbered = (1..).zip(set);
            numbered.map(move |(place, emoji): (u32, Emoji)| (chat, message, account, emoji, place, at))
        });
        REACTED.insert(writes, &rows.collect::<Vec<_>>()).await
    }

    /// Of a message of which nothing was counted yet, everybody knows what it had when the group's sequence began: that stays until it is counted.
    async fn keep_what_was_told(&mut self, writes: &mut Writes<'_>) -> Result<(), Error> {
        let mut known = std::mem::take(&mut self.before);
        known.retain(|message, _| !self.told.contains_key(message));
        if known.is_empty() {
            return Ok(());
        }
        let (source, chat, message) = (writes.engine.rows("$1"), writes.engine.cell(0, Text), writes.engine.cell(1, Int));
        let sql = format!(
            "select t.chat, t.message, t.account, t.emoji from {source} join reactions t on t.chat = {chat} and t.message = {message} \
             where not exists (select 1 from reaction_counts c where c.chat = {chat} and c.message = {message}) \
             order by t.chat, t.message, t.account, t.place"
        );
        let messages: Vec<&Key> = known.keys().collect();
        let query = sqlx::query(AssertSqlSafe(sql)).bind(json(&messages)?);
        let mut rows = Sets::new();
        for row in query.fetch_all(writes.as_before()).await? {
            let sets = rows.entry((row.parsed("chat")?, row.id("message")?)).or_default();
            sets.entry(row.id("account")?).or_default().push(emoji(&row)?);
        }
        let kept = known.into_iter().map(|(message, later)| {
            let mut sets = rows.remove(&message).unwrap_or_default();
            sets.extend(later);
            (message, tally(sets, None).iter().map(Count::told).collect())
        });
        // What was counted before stays.
        COUNTED.insert(writes, &rows_of(kept.collect())?).await
    }
}

/// How often each emoji in sets by who chose them, as an account sees it, else as nobody.
fn tally(sets: BTreeMap<AccountId, Vec<Emoji>>, me: Option<AccountId>) -> Vec<Count> {
    let mut counts: Vec<Count> = Vec::new();
    for (account, set) in sets {
        let mine = Some(account) == me;
        for emoji in set {
            match counts.iter_mut().find(|count| count.emoji == emoji) {
                Some(count) => (count.count, count.mine) = (count.count + 1, count.mine || mine),
                None => counts.push(Count { emoji, count: 1, mine }),
            }
        }
    }
    most_frequent(&mut counts);
    counts
}

/// Rows of what was told. A channel's posts have none until somebody reacts; a group's messages may have had some before.
fn rows_of(told: BTreeMap<Key, Vec<ReactionCount>>) -> Result<Vec<(ChatId, MessageId, String)>, Error> {
    let said = told
        .into_iter()
        .filter(|((chat, _), counts)| !counts.is_empty() || matches!(chat, ChatId::Group(_)));
    said.map(|((chat, message), counts)| Ok((chat, message, json(&counts)?))).collect()
}

fn delete(table: &'static str, keys: &'static [(&'static str, Column)]) -> BulkDelete {
    BulkDelete { table, keys }
}
