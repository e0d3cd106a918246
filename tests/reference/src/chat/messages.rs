//! The messages that are known of a chat: all from one on, but for those that are deleted.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::reactions;
use crate::own::{copy, list, object};

/// How far back the last message is looked for that a list shows.
const LAST_WITHIN: i64 = 100;

/// What an edit replaces.
const EDITED: [&str; 9] = [
    "text",
    "entities",
    "mentions",
    "location",
    "contact",
    "extra",
    "edited_at",
    "erased",
    "unreadable",
];

/// Messages that are known.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Messages {
    /// By id, those that are not deleted.
    pub(super) known: BTreeMap<i64, Value>,
    /// From here on there are no others.
    pub(super) known_from: i64,
    /// Hidden, perhaps before the chat's own sequence told of them.
    hidden: BTreeSet<i64>,
    /// What the account reacts with where many follow, perhaps before that, too.
    chosen: BTreeMap<i64, Vec<Value>>,
}

impl Messages {
    /// By the last one, as a chat that was fetched tells it: what is behind it is deleted.
    pub(super) fn of(last: Option<&Value>, top: i64) -> Self {
        let last = last.and_then(|last| Some((last["id"].as_i64()?, last.clone())));
        let known_from = last.as_ref().map_or_else(|| oldest_shown(top), |(id, _)| *id);
        Self {
            known: last.into_iter().collect(),
            known_from,
            hidden: BTreeSet::new(),
            chosen: BTreeMap::new(),
        }
    }

    /// A message, as it is now, but for its reactions, of which that says nothing.
    pub(super) fn put(&mut self, id: i64, message: &Value) {
        if id < self.known_from || self.hidden.contains(&id) {
            return;
        }
        let mut message = object(message);
        if let Some(reactions) = self.known.get(&id).and_then(|known| known.get("reactions")) {
            message.insert("reactions".to_owned(), reactions.clone());
        }
        if let Some(own) = self.chosen.get(&id) {
            reactions::chosen(&mut message, own);
        }
        self.known.insert(id, Value::Object(message));
    }

    /// What the account itself reacts with.
    pub(super) fn choose(&mut self, id: i64, own: Vec<Value>) {
        if let Some(Value::Object(message)) = self.known.get_mut(&id) {
            reactions::chosen(message, &own);
        }
        self.chosen.insert(id, own);
    }

    /// A message that is not to be seen, whenever it is told.
    pub(super) fn hide(&mut self, id: i64) {
        self.known.remove(&id);
        self.hidden.insert(id);
    }

    /// An edit: nothing that it does not tell changes. Of a message that is not known it says too little.
    pub(super) fn edit(&mut self, id: i64, message: &Value) {
        if let Some(Value::Object(known)) = self.known.get_mut(&id) {
            copy(known, message, &EDITED);
        }
    }

    /// The newest before those that are known; none: there are none.
    pub(super) fn history(&mut self, page: &Value) {
        let page: BTreeMap<i64, Value> = list(&page["messages"])
            .filter_map(|message| Some((message["id"].as_i64()?, message.clone())))
            .collect();
        self.known_from = page.first_key_value().map_or(1, |(id, _)| *id);
        self.known.extend(page);
    }

    /// What a list shows: the last one, unless it is too far back.
    pub(super) fn last(&self, oldest: i64) -> Option<&Value> {
        self.known.range(oldest..).next_back().map(|(_, message)| message)
    }

    /// Whether what a list shows is among those that are known, or is not there for certain.
    pub(super) fn has_last(&self, oldest: i64) -> bool {
        self.last(oldest).is_some() || self.known_from <= oldest
    }
}

/// The oldest message that a list shows.
pub(super) fn oldest_shown(top: i64) -> i64 {
    (top - LAST_WITHIN + 1).max(1)
}
