//! What is unread in a chat: counted by ids, so that nothing counts twice.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::own::list;

/// As many ids a snapshot tells of what is not counted; of more it tells none.
const NOT_COUNTED_MAX: usize = 200;

/// The newest message, the read mark, and what lies between and is not unread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Counting {
    /// The newest message ever, deleted or not; 0: none.
    pub(super) top: i64,
    /// Read up to and including this message; 0: nothing.
    read_up_to: i64,
    /// Messages behind the mark that are not unread; `None`: too many to be told.
    not_counted: Option<BTreeSet<i64>>,
    /// As it was told, and grown since: looked at only where the ids are not known.
    unread: i64,
    /// Whether that is still right.
    sure: bool,
}

impl Counting {
    /// Takes the fields of a chat that are about it.
    pub(super) fn of(told: &mut Map<String, Value>) -> Self {
        let mut number = |field: &str| told.remove(field).and_then(|value| value.as_i64()).unwrap_or_default();
        let (top, read_up_to, unread) = (number("top_message"), number("read_up_to"), number("unread"));
        let not_counted = match told.remove("not_counted") {
            Some(Value::Null) => None,
            other => Some(other.iter().flat_map(list).filter_map(Value::as_i64).collect()),
        };
        Self {
            top,
            read_up_to,
            not_counted,
            unread,
            sure: true,
        }
    }

    /// Puts them back.
    pub(super) fn show(&self, told: &mut Map<String, Value>) {
        let not_counted = self.not_counted.as_ref().filter(|ids| ids.len() <= NOT_COUNTED_MAX);
        told.insert("top_message".to_owned(), json!(self.top));
        told.insert("read_up_to".to_owned(), json!(self.read_up_to));
        told.insert("unread".to_owned(), json!(self.unread()));
        told.insert("not_counted".to_owned(), json!(not_counted));
    }

    fn unread(&self) -> i64 {
        match &self.not_counted {
            Some(ids) => (self.top - self.read_up_to).max(0) - i64::try_from(ids.len()).unwrap_or(i64::MAX),
            None => self.unread,
        }
    }

    /// A message newer than all. One's own marks the chat as read up to it.
    pub(super) fn sent(&mut self, id: i64, own: bool) {
        self.unread += id - self.top;
        self.top = id;
        if own {
            self.read(id);
        }
    }

    /// A read mark; it only rises.
    pub(super) fn read(&mut self, up_to: i64) {
        if up_to <= self.read_up_to {
            return;
        }
        self.read_up_to = up_to;
        match &mut self.not_counted {
            Some(ids) => ids.retain(|id| *id > up_to),
            // Nothing is left to be told.
            None if up_to >= self.top => self.not_counted = Some(BTreeSet::new()),
            None => self.sure = false,
        }
    }

    /// A message that is not unread, whatever the mark says.
    pub(super) fn discount(&mut self, id: i64) {
        if id <= self.read_up_to {
            return;
        }
        match &mut self.not_counted {
            Some(ids) => drop(ids.insert(id)),
            // Perhaps it was not counted before: only the server knows.
            None => self.sure = false,
        }
    }

    pub(super) fn is_sure(&self) -> bool {
        self.sure
    }
}
