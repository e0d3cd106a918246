//! A chat: its place in the list, what is unread, and the messages that are known of it.

mod counting;
mod messages;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::own::{copy, list, object};
use counting::Counting;
use messages::Messages;

/// A chat as one of its members keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct Chat {
    /// What is told of it and does not stand below: `id`, `kind`, `peer`, `title`, `members`, `joined_at`, `active_at` …
    head: Map<String, Value>,
    counting: Counting,
    messages: Messages,
    /// Its members by account, once they were fetched.
    people: Option<BTreeMap<i64, Value>>,
    /// Whether something was told that can't be worked out by what is known.
    lacking: bool,
}

impl Chat {
    /// As it was fetched.
    pub(crate) fn of(told: &Value) -> Self {
        let mut head = object(told);
        let counting = Counting::of(&mut head);
        Self {
            messages: Messages::of(head.remove("last").as_ref(), counting.top),
            counting,
            head,
            people: None,
            lacking: false,
        }
    }

    /// As it came into being: with nobody else than it names, and no message.
    pub(crate) fn created(me: i64, update: &Value) -> Self {
        let members: Vec<i64> = list(&update["members"]).filter_map(|member| member["account"].as_i64()).collect();
        let mut head = json!({"id": update["chat"], "members": members.len()});
        for field in ["joined_at", "active_at"] {
            head[field] = update.get("created_at").unwrap_or(&update["at"]).clone();
        }
        let mut head = object(&head);
        copy(&mut head, update, &["kind", "title", "erased", "unreadable"]);
        if update["kind"] == "direct" {
            let peer = members.into_iter().find(|member| *member != me);
            head.insert("peer".to_owned(), json!(peer));
        }
        let mut chat = Self::of(&Value::Object(head));
        chat.people = Some(list(&update["members"]).filter_map(member).collect());
        chat
    }

    /// What the list is ordered by.
    #[must_use]
    pub fn active_at(&self) -> i64 {
        self.time("active_at")
    }

    /// As `GET /v1/chats/{chat}` tells it.
    #[must_use]
    pub fn shown(&self) -> Value {
        let mut shown = self.head.clone();
        self.counting.show(&mut shown);
        if let Some(last) = self.messages.last(self.counting.top) {
            shown.insert("last".to_owned(), last.clone());
        }
        Value::Object(shown)
    }

    /// Its messages that are known, by id: from [`known_from`](Self::known_from) on all that there are.
    #[must_use]
    pub fn messages(&self) -> &BTreeMap<i64, Value> {
        &self.messages.known
    }

    /// From this message on nothing is missing but what is deleted; 1: nothing at all. Fetch what is before by
    /// `GET /v1/chats/{chat}/messages?before=…`.
    #[must_use]
    pub fn known_from(&self) -> i64 {
        self.messages.known_from
    }

    /// Takes in a page of the messages before [`known_from`](Self::known_from). An empty one is the end.
    pub fn history(&mut self, page: &Value) {
        self.messages.history(page);
    }

    /// Its members by account, once they were fetched.
    #[must_use]
    pub fn people(&self) -> Option<&BTreeMap<i64, Value>> {
        self.people.as_ref()
    }

    /// Takes in its members, all pages of them.
    pub fn populated(&mut self, members: &[Value]) {
        self.people = Some(members.iter().filter_map(member).collect());
    }

    /// A message, as it is now. What is below the newest is counted already.
    pub(crate) fn sent(&mut self, me: i64, message: &Value) {
        let (Some(id), deleted) = (message["id"].as_i64(), message["deleted"] == true) else {
            return;
        };
        let own = message["from"] == me;
        if id > self.counting.top {
            let active_at = self.time("joined_at").max(message["sent_at"].as_i64().unwrap_or_default());
            self.head.insert("active_at".to_owned(), json!(active_at));
            self.counting.sent(id, own);
        } else if own {
            self.counting.read(id);
        }
        if deleted {
            self.delete(id);
        } else {
            self.messages.put(id, message);
        }
    }

    pub(crate) fn edited(&mut self, message: &Value) {
        let Some(id) = message["id"].as_i64() else { return };
        if message["deleted"] == true {
            self.delete(id);
        } else {
            self.messages.edit(id, message);
        }
    }

    pub(crate) fn deleted(&mut self, messages: &Value) {
        list(messages).filter_map(Value::as_i64).for_each(|id| self.delete(id));
    }

    fn delete(&mut self, id: i64) {
        self.messages.known.remove(&id);
        self.counting.discount(id);
    }

    pub(crate) fn read(&mut self, up_to: i64) {
        self.counting.read(up_to);
    }

    pub(crate) fn renamed(&mut self, update: &Value) {
        copy(&mut self.head, update, &["title", "erased", "unreadable"]);
    }

    pub(crate) fn role(&mut self, update: &Value) {
        if let (Some(people), Some((account, member))) = (&mut self.people, member(update)) {
            people.insert(account, member);
        }
    }

    pub(crate) fn joined(&mut self, update: &Value) {
        self.role(update);
        self.counted(update);
    }

    pub(crate) fn left(&mut self, update: &Value) {
        if let (Some(people), Some(account)) = (&mut self.people, update["account"].as_i64()) {
            people.remove(&account);
        }
        self.counted(update);
    }

    /// How many members there are then. Of what was recorded by an older server it is not told.
    fn counted(&mut self, update: &Value) {
        match update.get("count") {
            Some(count) => drop(self.head.insert("members".to_owned(), count.clone())),
            None => self.lacking = true,
        }
    }

    /// Whether all that a list shows of it can be told by what is known; if not, it has to be fetched.
    pub(crate) fn knows_enough(&self) -> bool {
        !self.lacking && self.counting.is_sure() && self.messages.has_last(self.counting.top)
    }

    fn time(&self, field: &str) -> i64 {
        self.head.get(field).and_then(Value::as_i64).unwrap_or_default()
    }
}

/// A member by its account: `account`, `role`, `rights`.
fn member(told: &Value) -> Option<(i64, Value)> {
    let mut member = Map::new();
    copy(&mut member, told, &["account", "role", "rights"]);
    Some((told["account"].as_i64()?, Value::Object(member)))
}
