//! What is unread in a chat: counted by ids, so that nothing counts twice.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::own::list;

/// As many ids a snapshot tells of what is not counted, or mentions one; of more it tells none.
const TOLD_MAX: usize = 200;

/// The newest message, the marks, and what lies behind them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Counting {
    /// The newest message ever, deleted or not; 0: none.
    pub(super) top: i64,
    /// Read up to and including this message; 0: nothing.
    read_up_to: i64,
    /// Hidden up to and including this message; 0: nothing.
    pub(super) cleared_up_to: i64,
    /// Messages behind both marks that are not unread: deleted or hidden.
    not_counted: Ids,
    /// As it was told, and grown since: looked at only where the ids are not known.
    unread: i64,
    /// Unread messages that mention the account.
    mentions: Ids,
    /// As it was told: looked at only where the ids are not known.
    mention_count: i64,
    /// Whether all that is still right.
    sure: bool,
}

/// Message ids behind the marks; `None`: too many to be told.
type Ids = Option<BTreeSet<i64>>;

impl Counting {
    /// Takes the fields of a chat that are about it.
    pub(super) fn of(told: &mut Map<String, Value>) -> Self {
        let mut number = |field: &str| told.remove(field).and_then(|value| value.as_i64()).unwrap_or_default();
        Self {
            top: number("top_message"),
            read_up_to: number("read_up_to"),
            cleared_up_to: number("cleared_up_to"),
            unread: number("unread"),
            mention_count: number("mention_count"),
            not_counted: ids(told.remove("not_counted")),
            mentions: ids(told.remove("mentions")),
            sure: true,
        }
    }

    /// Puts them back.
    pub(super) fn show(&self, told: &mut Map<String, Value>) {
        let count = |ids: &BTreeSet<i64>| i64::try_from(ids.len()).unwrap_or(i64::MAX);
        let behind = (self.top - self.marked()).max(0);
        let unread = self.not_counted.as_ref().map_or(self.unread, |ids| (behind - count(ids)).max(0));
        let mention_count = self.mentions.as_ref().map_or(self.mention_count, count);
        let few = |ids: &Ids| ids.clone().filter(|ids| ids.len() <= TOLD_MAX);
        let fields = [
            ("top_message", json!(self.top)),
            ("read_up_to", json!(self.read_up_to)),
            ("cleared_up_to", json!(self.cleared_up_to)),
            ("unread", json!(unread)),
            ("not_counted", json!(few(&self.not_counted))),
            ("mention_count", json!(mention_count)),
            ("mentions", json!(few(&self.mentions))),
        ];
        told.extend(fields.map(|(field, value)| (field.to_owned(), value)));
    }

    /// Up to here nothing is unread.
    fn marked(&self) -> i64 {
        self.read_up_to.max(self.cleared_up_to)
    }

    /// A message newer than all.
    pub(super) fn sent(&mut self, id: i64) {
        self.unread += id - self.top;
        self.top = id;
    }

    /// A read mark; it only rises.
    pub(super) fn read(&mut self, up_to: i64) {
        let before = self.marked();
        self.read_up_to = self.read_up_to.max(up_to);
        self.rise(before);
    }

    /// What is cleared away; that only rises, too.
    pub(super) fn clear(&mut self, up_to: i64) {
        let before = self.marked();
        self.cleared_up_to = self.cleared_up_to.max(up_to);
        self.rise(before);
    }

    fn rise(&mut self, before: i64) {
        let marked = self.marked();
        if marked == before {
            return;
        }
        for ids in [&mut self.not_counted, &mut self.mentions] {
            match ids {
                Some(ids) => ids.retain(|id| *id > marked),
                // Nothing is left to be told.
                None if marked >= self.top => *ids = Some(BTreeSet::new()),
                None => self.sure = false,
            }
        }
    }

    /// A message that is not unread, and mentions nobody, whatever the marks say.
    pub(super) fn discount(&mut self, id: i64) {
        if id <= self.marked() {
            return;
        }
        match &mut self.not_counted {
            Some(ids) => drop(ids.insert(id)),
            // Perhaps it was not counted before: only the server knows.
            None => self.sure = false,
        }
        self.mention(id, false);
    }

    /// Whether a message mentions the account.
    pub(super) fn mention(&mut self, id: i64, does: bool) {
        if id <= self.marked() {
            return;
        }
        let hidden = self.not_counted.as_ref().map(|ids| ids.contains(&id));
        self.sure &= hidden.is_some() || !does;
        match &mut self.mentions {
            Some(ids) if does && hidden != Some(true) => drop(ids.insert(id)),
            Some(ids) => drop(ids.remove(&id)),
            None => self.sure = false,
        }
    }

    pub(super) fn is_sure(&self) -> bool {
        self.sure
    }
}

/// A list of ids; absent: none; `null`: too many.
fn ids(told: Option<Value>) -> Ids {
    match told {
        Some(Value::Null) => None,
        told => Some(told.iter().flat_map(list).filter_map(Value::as_i64).collect()),
    }
}
