//! One batch's numbering: where each chat's sequence stands, and the rows that say so.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use domain::chat;
use domain::event::Event;
use domain::fact::FactRef;
use domain::id::{ChatId, Seq};
use infra::db::{Bulk, Column, Engine, Writes};
use sqlx::{AnyConnection, AssertSqlSafe};

use super::chat_of;
use crate::feed::{ToChat, Told};
use crate::lane::Lane;
use crate::projection::{ApplyError, Batch};
use crate::updates::cache::Generations;
use crate::updates::{pack, unpack};

/// Chats remembered between batches.
const CHATS: usize = 100_000;

const SEGMENTS: Bulk = Bulk {
    table: "chat_segments",
    columns: &[
        ("chat", Column::Text),
        ("last", Column::Int),
        ("first", Column::Int),
        ("until", Column::Int),
        ("refs", Column::Text),
    ],
    conflict: "",
};

/// Where a chat's sequence stands.
#[derive(Debug, Clone, Copy)]
struct Head {
    /// Whether it has one yet.
    begun: bool,
    /// The last number given; 0 before the first.
    last: i64,
}

/// What is remembered of the rows, brought up to date by each batch.
#[derive(Debug)]
pub(super) struct Heads(Generations<ChatId, Head>);

impl Heads {
    pub(super) fn new() -> Self {
        Self(Generations::new(CHATS))
    }

    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    /// Reads what the batch needs and is not remembered: mostly nothing.
    pub(super) async fn load(&mut self, lane: &Lane, engine: Engine, batch: &Batch, rows: &mut AnyConnection) -> Result<(), sqlx::Error> {
        self.0.age();
        let chats: BTreeSet<ChatId> = batch
            .facts
            .iter()
            .filter_map(|fact| begun_by(fact).or_else(|| chat_of(fact)))
            .collect();
        let missing: Vec<ChatId> = chats
            .into_iter()
            .filter(|chat| lane.owns_chat(*chat) && !self.0.touch(chat, |_| 1))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        for chat in &missing {
            self.0.put(*chat, Head { begun: false, last: 0 }, 1);
        }
        for (chat, last) in stored(lane, engine, &missing, rows).await? {
            if let Some(head) = self.0.get_mut(&chat) {
                *head = Head { begun: true, last };
            }
        }
        Ok(())
    }
}

/// The group whose own sequence a fact begins.
fn begun_by(fact: &domain::fact::Fact) -> Option<ChatId> {
    match (&fact.stream, &fact.event) {
        (domain::stream::Stream::Chat(chat), Event::Chat(chat::Event::SequenceBegun(_))) => Some(*chat),
        _ => None,
    }
}

/// Of these chats, those that have a sequence of their own, and its last number.
async fn stored(lane: &Lane, engine: Engine, chats: &[ChatId], rows: &mut AnyConnection) -> Result<Vec<(ChatId, i64)>, sqlx::Error> {
    let groups: Vec<&ChatId> = chats.iter().filter(|chat| matches!(chat, ChatId::Group(_))).collect();
    let mut own: Vec<ChatId> = chats.iter().copied().filter(|chat| matches!(chat, ChatId::Channel(_))).collect();
    if !groups.is_empty() {
        let list = serde_json::to_string(&groups).map_err(|error| sqlx::Error::Encode(error.into()))?;
        let wanted = engine.text_list("$1");
        let sql = format!("select chat from own_sequences where lane = $2 and chat in ({wanted})");
        let query = sqlx::query_as(AssertSqlSafe(sql)).bind(list).bind(i64::from(lane.index));
        let found: Vec<(String,)> = query.fetch_all(&mut *rows).await?;
        for (chat,) in found {
            own.push(chat.parse().map_err(decode)?);
        }
    }
    let mut heads = Vec::with_capacity(own.len());
    for chat in own {
        let query = sqlx::query_as("select last from chat_segments where chat = $1 order by last desc limit 1").bind(chat.to_string());
        let head: Option<(i64,)> = query.fetch_optional(&mut *rows).await?;
        heads.push((chat, head.map_or(0, |(last,)| last)));
    }
    Ok(heads)
}

/// A batch, numbered.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    pub(super) told: Told,
}

impl Numbers {
    /// Numbers a batch for the lane's chats. `heads` follows.
    pub(super) fn give(lane: Lane, batch: &Batch, heads: &mut Heads) -> Result<Self, ApplyError> {
        let mut lists: BTreeMap<ChatId, (i64, Vec<u32>)> = BTreeMap::new();
        for (index, fact) in (0u32..).zip(&batch.facts) {
            if let Some(head) = begun_by(fact).and_then(|chat| heads.0.get_mut(&chat)) {
                // It is told to devices still; what follows is numbered here.
                head.begun = true;
                continue;
            }
            let Some(chat) = chat_of(fact).filter(|chat| lane.owns_chat(*chat)) else {
                continue;
            };
            let Some(head) = heads.0.get_mut(&chat).filter(|head| head.begun) else {
                continue;
            };
            head.last += 1;
            lists.entry(chat).or_insert((head.last, Vec::new())).1.push(index);
        }
        let mut told = Told::default();
        for (chat, (first, list)) in lists {
            let first = Seq::try_from(first).map_err(|error| sqlx::Error::Decode(error.into()))?;
            told.chats.push(ToChat {
                chat,
                first,
                list: told.lists.len(),
            });
            told.lists.push(list);
        }
        told.facts.clone_from(&batch.facts);
        Ok(Self { told })
    }

    /// Writes a row per chat.
    pub(super) async fn write(&self, writes: &mut Writes<'_>) -> Result<(), sqlx::Error> {
        let row = |to: &ToChat| {
            let told = &self.told.lists[to.list];
            let refs = || told.iter().map(|index| self.told.facts[*index as usize].at);
            let until = refs().map(|at| at.position.get()).max().unwrap_or(0);
            let last = to.first.get() + i64::try_from(told.len()).expect("a batch is small") - 1;
            (to.chat, last, to.first, until, pack(refs()))
        };
        let rows: Vec<_> = self.told.chats.iter().map(row).collect();
        SEGMENTS.insert(writes, &rows).await
    }
}

/// What another process has told who follows a chat, by the rows that it has written: its facts of this batch, with their numbers.
pub(super) async fn found(chat: ChatId, batch: &Batch, connection: &mut AnyConnection) -> Result<Told, sqlx::Error> {
    let since = batch.facts.iter().map(|fact| fact.at.position.get()).min().unwrap_or(0);
    let rows: Vec<(i64, String)> = sqlx::query_as("select first, refs from chat_segments where chat = $1 and until >= $2 order by last")
        .bind(chat.to_string())
        .bind(since)
        .fetch_all(connection)
        .await?;
    let places: HashMap<FactRef, u32> = (0u32..).zip(&batch.facts).map(|(index, fact)| (fact.at, index)).collect();
    let mut told = Told {
        facts: batch.facts.iter().map(Arc::clone).collect(),
        ..Told::default()
    };
    for (first, packed) in rows {
        let refs = unpack(&packed).ok_or_else(|| sqlx::Error::Decode(format!("not references: {packed:?}").into()))?;
        let mut next = None;
        for (seq, at) in (first..).zip(refs) {
            let Some(index) = places.get(&at) else { continue };
            if next != Some(seq) {
                let (first, list) = (Seq::try_from(seq).map_err(decode)?, told.lists.len());
                told.chats.push(ToChat { chat, first, list });
                told.lists.push(Vec::new());
            }
            told.lists.last_mut().expect("one was pushed").push(*index);
            next = Some(seq + 1);
        }
    }
    Ok(told)
}

fn decode(error: domain::id::InvalidId) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}
