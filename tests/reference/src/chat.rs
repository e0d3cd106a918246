//! A chat: its place in the list, what is unread, and the messages that are known of it.

mod counting;
mod messages;
mod reactions;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::own::{copy, list, object};
use crate::told::Sequence;
use counting::Counting;
use messages::Messages;

/// What an account is in a group or a channel.
const OWN_ROLE: [&str; 2] = ["role", "rights"];

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
        head.extend(object(&json!({"marked_unread": false, "archived": false, "pins": []})));
        if let Some(own) = list(&update["members"]).find(|member| member["account"] == me)
            && update["kind"] != "direct"
            && update["kind"] != "saved"
        {
            copy(&mut head, own, &OWN_ROLE);
            head.insert("protected".to_owned(), json!(false));
        }
        if let Some(denied) = update.get("denied") {
            head.extend(object(&json!({"denied": denied, "slow_mode": 0})));
        }
        if update["kind"] == "direct" {
            let peer = members.into_iter().find(|member| *member != me);
            head.extend(object(&json!({"peer": peer, "peer_read_up_to": 0})));
        }
        let mut chat = Self::of(&Value::Object(head));
        chat.people = Some(list(&update["members"]).filter_map(member).collect());
        chat
    }

    /// What the list is ordered by.
    #[must_use]
    pub fn active_at(&self) -> i64 {
        self.number("active_at")
    }

    /// Its place among pinned chats; behind all of them, if it is none.
    #[must_use]
    pub fn place(&self) -> u64 {
        self.head.get("pinned").and_then(Value::as_u64).unwrap_or(u64::MAX)
    }

    /// As `GET /v1/chats/{chat}` tells it.
    #[must_use]
    pub fn shown(&self) -> Value {
        let mut shown = self.head.clone();
        self.counting.show(&mut shown);
        if let Some(last) = self.messages.last(self.oldest_shown()) {
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

    /// The number of the last update of its own sequence that was applied, to ask for what is behind it; `None`: it has no such sequence, and
    /// what happens there is told to the device.
    #[must_use]
    pub fn last_update(&self) -> Option<i64> {
        self.head.get("head").and_then(Value::as_i64)
    }

    /// Which sequence tells what everybody there sees.
    pub(crate) fn sequence(&self) -> Sequence {
        self.last_update().map_or(Sequence::Device, |_| Sequence::Chat)
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
        let Some(id) = message["id"].as_i64() else { return };
        if id > self.counting.top {
            let active_at = self.number("joined_at").max(message["sent_at"].as_i64().unwrap_or_default());
            self.say("active_at", Some(&json!(active_at)));
            self.counting.sent(id);
        }
        if message.get("from").is_some_and(|from| self.head.get("peer") == Some(from)) {
            self.read_by_peer(id);
        }
        if message["deleted"] == true {
            self.delete(id);
        } else if id > self.counting.cleared_up_to {
            self.messages.put(id, message);
            self.counting.mention(id, mentions(me, message));
        }
    }

    /// Who says or does something has read what was said before; who says something has said what was to be said. Of a channel's posts, which
    /// name nobody, only those who sent them are told so.
    pub(crate) fn acted(&mut self, me: i64, message: &Value) {
        let is_own = match message.get("from") {
            Some(from) => *from == me,
            None => self.head.get("kind") == Some(&json!("channel")),
        };
        if let Some(id) = message["id"].as_i64().filter(|_| is_own) {
            self.read_by_me(id);
            if message.get("service").is_none() {
                self.say("draft", None);
            }
        }
    }

    pub(crate) fn edited(&mut self, me: i64, message: &Value) {
        let Some(id) = message["id"].as_i64() else { return };
        if message["deleted"] == true {
            self.delete(id);
        } else {
            self.messages.edit(id, message);
            self.counting.mention(id, mentions(me, message));
        }
    }

    pub(crate) fn deleted(&mut self, messages: &Value) {
        list(messages).filter_map(Value::as_i64).for_each(|id| self.delete(id));
    }

    fn delete(&mut self, id: i64) {
        self.hide(id);
        self.unpinned(&json!([id]));
    }

    pub(crate) fn hidden(&mut self, messages: &Value) {
        for id in list(messages).filter_map(Value::as_i64) {
            self.messages.hide(id);
            self.hide(id);
        }
    }

    fn hide(&mut self, id: i64) {
        self.messages.known.remove(&id);
        self.counting.discount(id);
    }

    pub(crate) fn cleared(&mut self, up_to: &Value) {
        self.counting.clear(up_to.as_i64().unwrap_or_default());
        let cleared = self.counting.cleared_up_to;
        self.messages.known.retain(|id, _| *id > cleared);
    }

    /// A read mark: one's own, or the other side's.
    pub(crate) fn read(&mut self, me: i64, update: &Value) {
        let up_to = update["up_to"].as_i64().unwrap_or_default();
        if update["account"] == me {
            self.read_by_me(up_to);
        } else {
            self.read_by_peer(up_to);
        }
    }

    fn read_by_me(&mut self, up_to: i64) {
        self.counting.read(up_to);
        self.say("marked_unread", Some(&json!(false)));
    }

    fn read_by_peer(&mut self, up_to: i64) {
        let up_to = self.number("peer_read_up_to").max(up_to);
        self.say("peer_read_up_to", Some(&json!(up_to)));
    }

    pub(crate) fn reacted(&mut self, me: i64, update: &Value) {
        let message = update["message"].as_i64().and_then(|id| self.messages.known.get_mut(&id));
        if let Some(Value::Object(message)) = message {
            reactions::changed(message, me, update);
        }
    }

    /// What the account itself reacts with, where many follow.
    pub(crate) fn chosen(&mut self, update: &Value) {
        if let Some(message) = update["message"].as_i64() {
            self.messages.choose(message, list(&update["chosen"]).cloned().collect());
        }
    }

    /// How often messages were seen, and how they are reacted to.
    pub(crate) fn counted_messages(&mut self, counts: &Value) {
        for count in list(counts) {
            let message = count["id"].as_i64().and_then(|id| self.messages.known.get_mut(&id));
            if let Some(Value::Object(message)) = message {
                reactions::counted(message, count);
            }
        }
    }

    /// The last pinned stands last.
    pub(crate) fn pinned(&mut self, message: &Value) {
        self.unpinned(&json!([message]));
        if let Some(Value::Array(pins)) = self.head.get_mut("pins") {
            pins.push(message.clone());
        }
    }

    pub(crate) fn unpinned(&mut self, messages: &Value) {
        if let Some(Value::Array(pins)) = self.head.get_mut("pins") {
            pins.retain(|pin| !list(messages).any(|message| message == pin));
        }
    }

    /// A field that is as it is told, or absent.
    pub(crate) fn say(&mut self, field: &str, value: Option<&Value>) {
        match value {
            Some(value) => drop(self.head.insert(field.to_owned(), value.clone())),
            None => drop(self.head.remove(field)),
        }
    }

    pub(crate) fn renamed(&mut self, update: &Value) {
        copy(&mut self.head, update, &["title", "erased", "unreadable"]);
    }

    /// Somebody's role; perhaps one's own.
    pub(crate) fn role(&mut self, me: i64, update: &Value) {
        if update["account"] == me {
            copy(&mut self.head, update, &OWN_ROLE);
        }
        self.listed(update);
    }

    /// What somebody may not do beside what nobody may; of oneself it is kept.
    pub(crate) fn restricted(&mut self, me: i64, update: &Value) {
        if update["account"] == me {
            let mut restricted = Map::new();
            copy(&mut restricted, update, &["denied", "until"]);
            let is_so = list(&update["denied"]).next().is_some();
            self.say("restricted", is_so.then_some(&Value::Object(restricted)));
        }
    }

    /// A member in the role that is told.
    fn listed(&mut self, update: &Value) {
        if let (Some(people), Some((account, member))) = (&mut self.people, member(update)) {
            people.insert(account, member);
        }
    }

    pub(crate) fn joined(&mut self, update: &Value) {
        self.listed(update);
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
        !self.lacking && self.counting.is_sure() && self.messages.has_last(self.oldest_shown())
    }

    /// What a list shows is not before this message.
    fn oldest_shown(&self) -> i64 {
        messages::oldest_shown(self.counting.top).max(self.counting.cleared_up_to + 1)
    }

    fn number(&self, field: &str) -> i64 {
        self.head.get(field).and_then(Value::as_i64).unwrap_or_default()
    }
}

/// Whether a message mentions the account.
fn mentions(me: i64, message: &Value) -> bool {
    list(&message["mentions"]).any(|account| *account == me)
}

/// A member by its account: `account`, `role`, `rights`.
fn member(told: &Value) -> Option<(i64, Value)> {
    let mut member = Map::new();
    copy(&mut member, told, &["account", "role", "rights"]);
    Some((told["account"].as_i64()?, Value::Object(member)))
}
