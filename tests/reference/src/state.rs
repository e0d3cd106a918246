//! All that a client keeps, and what it has to fetch.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::chat::Chat;
use crate::cursor::Cursor;
use crate::own::{Own, list};

/// All that a client keeps.
///
/// Hold updates back while you fetch something, and apply them behind the answer: it includes all that was applied before it was asked for,
/// and perhaps more. What it includes already is told again, and changes nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Up to where updates were applied.
    pub cursor: Cursor,
    /// The own account.
    pub own: Own,
    /// The chats that were fetched so far, by id.
    pub chats: BTreeMap<String, Chat>,
    /// Users that chats name, as they were when they were fetched: of others' profiles nothing is told.
    pub users: BTreeMap<i64, Map<String, Value>>,
    /// Chats to be fetched anew.
    pub(crate) wanted: BTreeSet<String>,
}

/// An update that is not the next: something went wrong on the way. Connect again, with the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The number that was to come.
    pub expected: i64,
    /// The number that came.
    pub found: i64,
}

impl State {
    /// From the first page of `GET /v1/sync`.
    #[must_use]
    pub fn from_snapshot(first: &Value) -> Self {
        let mut state = Self {
            cursor: Cursor::of(&first["cursor"]),
            own: Own::of(first),
            chats: BTreeMap::new(),
            users: BTreeMap::new(),
            wanted: BTreeSet::new(),
        };
        state.page(first);
        state
    }

    /// Takes in a further page of it: `GET /v1/sync?after=<next>`.
    pub fn page(&mut self, page: &Value) {
        for chat in list(&page["chats"]) {
            if let Some(id) = chat["id"].as_str() {
                self.fetched(id, Some(chat));
            }
        }
        let user = |user: &Value| Some((user["id"].as_i64()?, user.as_object()?.clone()));
        self.users.extend(list(&page["users"]).filter_map(user));
    }

    /// The chats that have to be fetched, by `GET /v1/chats/{chat}`: what is kept of them may be too little. Now or later; until then they
    /// show what is known.
    pub fn wants(&self) -> impl Iterator<Item = &str> {
        self.wanted.iter().map(String::as_str)
    }

    /// Has a chat be fetched anew: what is behind its last update was cleared away (`resync`).
    pub fn lost(&mut self, id: &str) {
        self.wanted.insert(id.to_owned());
    }

    /// Takes in a chat that was fetched; `None`: there is none for this account (`chat_not_found`).
    pub fn fetched(&mut self, id: &str, chat: Option<&Value>) {
        self.wanted.remove(id);
        match chat {
            Some(chat) => drop(self.chats.insert(id.to_owned(), Chat::of(chat))),
            None => drop(self.chats.remove(id)),
        }
    }

    /// The chats as a list shows them: pinned ones in their order, then the last active first.
    #[must_use]
    pub fn list(&self) -> Vec<&Chat> {
        let mut list: Vec<(&String, &Chat)> = self.chats.iter().collect();
        list.sort_by_key(|(id, chat)| (chat.place(), -chat.active_at(), *id));
        list.into_iter().map(|(_, chat)| chat).collect()
    }

    /// What a fresh snapshot would tell, all pages of it: without its cursor, and without what no update tells of, `users`, devices'
    /// `last_seen_at`, and how many follow a channel.
    #[must_use]
    pub fn shown(&self) -> Value {
        let mut shown = self.own.shown();
        let mut chats: Vec<Value> = self.list().into_iter().map(Chat::shown).collect();
        for channel in chats.iter_mut().filter(|chat| chat["kind"] == "channel") {
            channel.as_object_mut().map(|channel| channel.remove("members"));
        }
        shown.insert("chats".to_owned(), Value::Array(chats));
        Value::Object(shown)
    }
}
